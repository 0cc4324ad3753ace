"""Sessions without a server, for tests that read journals."""

from datetime import UTC, datetime, timedelta

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.core.engine import Engine
from simulator.core.inputs import (
    DeliveryAnswer,
    DeliveryCompleted,
    FileReceived,
    RequestReceived,
    Steered,
    Timer,
    TimerFired,
)
from simulator.core.journal import Entry
from tests.messages import Tree, request

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOOD = b"<receivedNotifyFaultReportUpdate><responseCode>200</responseCode></receivedNotifyFaultReportUpdate>"
REFUSAL = b"<receivedNotifyFaultReportUpdate><responseCode>400</responseCode></receivedNotifyFaultReportUpdate>"


def every_kind() -> list[Entry]:
    """The journal of a short session in which every kind of entry occurs."""
    settings = SupplierSettings.model_validate({"sla": {"priority_2": 1}})
    supplier = CityFibre(settings, inventory.default(), 1)
    engine = Engine(supplier, has_endpoint=True)
    later = START + timedelta(hours=24)
    address = "~SPDEV1~REF-1"

    def post(operation: str, now: datetime, *changes: Tree) -> None:
        body = request(operation, *changes).encode()
        engine.handle(RequestReceived(operation, body, content_type="application/xml"), now)

    def fire(now: datetime) -> None:
        while engine.fire_next(now) is not None:
            pass

    post("addFaultReport", START)
    post("addFaultReport", START, {"buyerFaultReference": "REF-2"})
    fire(START)
    post("reserveAppointment", START)
    key: Tree = {"appointment": {"appointmentReservationKey": "6JIC2DJ3C3UV1GKZ6KK3FWFFHYO7TBTK"}}
    post("amendFaultReport", START, key, {"attachments": {"attachment": {"filename": "a.jpg"}}})
    post("reserveAppointment", START)
    engine.handle(FileReceived("NOBODYS"), START)
    (file,) = supplier.books.by_file
    engine.handle(FileReceived(file, 3, "0a1b"), START)
    engine.handle(Steered("comment", address, {"value": "On our way."}), START)
    engine.handle(Steered("triage", address, {"findings": "Splice"}), START)
    engine.handle(Steered("confirm-appointment", address), START)
    engine.handle(Steered("complete-appointment", address, {"closure_code": "FR"}), START)
    engine.handle(RequestReceived("nothing", b"\xff", "GET", "text/xml", "gzip", "body-cut-off"), START)
    fire(later)
    answers = (DeliveryAnswer(200, GOOD), DeliveryAnswer(200, REFUSAL), DeliveryAnswer(None, b"\xff", "no answer"))
    for number, answer in enumerate(answers, 1):
        engine.handle(DeliveryCompleted(number, answer), later)
    post("resolveResponse", later)
    engine.handle(TimerFired(Timer("accept", "~SPDEV1~nobody")), later)
    return list(engine.journal)
