"""Sessions without a server, for tests that read journals."""

from datetime import UTC, datetime, timedelta

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.cityfibre.injecting import REMOVE, SET
from simulator.cityfibre.supplier import REDELIVER
from simulator.core.engine import Engine
from simulator.core.inputs import (
    Caller,
    DeliveryAnswer,
    DeliveryCompleted,
    FileReceived,
    RequestReceived,
    Steered,
    Timer,
    TimerFired,
)
from simulator.core.journal import Entry
from simulator.scenario.loader import load
from simulator.scenario.scripts import Scripts
from tests.messages import Tree, request

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOOD = b"<receivedNotifyFaultReportUpdate><responseCode>200</responseCode></receivedNotifyFaultReportUpdate>"
REFUSAL = b"<receivedNotifyFaultReportUpdate><responseCode>400</responseCode></receivedNotifyFaultReportUpdate>"


SCRIPT = """
scenario: 1
name: led
description: A script that comes to its end, unless the state that it checks is another.
match: {reference: LED-}
parameters: {state: accepted}
steps:
  - buyer: addFaultReport
  - supplier: accept
  - check: {state: $state}
"""


def every_kind() -> list[Entry]:
    """The journal of a short session in which every kind of entry occurs."""
    settings = SupplierSettings.model_validate({"sla": {"priority_2": 1}})
    supplier = CityFibre(settings, inventory.default(), 1, Scripts([load(SCRIPT, "led.yaml")]))
    engine = Engine(supplier, has_endpoint=True)
    later = START + timedelta(hours=24)
    address = "~SPDEV1~REF-1"

    def post(operation: str, now: datetime, *changes: Tree, scenario: str = "") -> None:
        body = request(operation, *changes).encode()
        engine.handle(RequestReceived(operation, body, content_type="application/xml", scenario=scenario), now)

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
    engine.handle(FileReceived("NOBODYS", caller=Caller("SPDEV1")), START)
    (file,) = supplier.books.by_file
    engine.handle(FileReceived(file, 3, "0a1b"), START)
    engine.handle(Steered("comment", address, {"value": "On our way."}), START)
    engine.handle(Steered("triage", address, {"findings": "Splice"}), START)
    engine.handle(Steered("confirm-appointment", address), START)
    engine.handle(Steered("complete-appointment", address, {"closure_code": "FR"}), START)
    engine.handle(RequestReceived("nothing", b"\xff", "GET", "text/xml", "gzip", "body-cut-off"), START)
    engine.handle(RequestReceived("addFaultReport", b"", caller=Caller(stopped="no-certificate")), START)
    fire(later)
    answers = (DeliveryAnswer(200, GOOD), DeliveryAnswer(200, REFUSAL), DeliveryAnswer(503, b"\xff", "no answer", 60))
    for number, answer in enumerate(answers, 1):
        engine.handle(DeliveryCompleted(number, answer), later)
    engine.handle(Steered(REDELIVER, address, {"delivery": 3}), later)  # it waits for its retry no longer
    while under_way := [one for one in engine.outbox if engine.outbox.attempt(one.number)]:
        attempt = len(under_way[0].attempts)
        engine.handle(DeliveryCompleted(under_way[0].number, DeliveryAnswer(200, GOOD), attempt), later)
    for attempt, answer in enumerate(answers, 2):
        engine.handle(Steered(REDELIVER, address, {"delivery": 1}), later)
        engine.handle(DeliveryCompleted(1, answer, attempt), later)
    post("resolveResponse", later)
    engine.handle(TimerFired(Timer("accept", "~SPDEV1~nobody")), later)
    post("addFaultReport", later, {"buyerFaultReference": "REF-3"}, scenario="nobody-wrote-it")
    post("addFaultReport", later, {"buyerFaultReference": "LED-1"})
    post("addFaultReport", later, {"buyerFaultReference": "LED-2"}, scenario="led; state=closed")
    fire(later)
    engine.handle(Steered(SET, "", {"fault": "stale"}), later)
    engine.handle(Steered("comment", "~SPDEV1~REF-2", {"value": "On our way."}), later)
    engine.handle(Steered(REMOVE, "", {"number": 1}), later)
    return list(engine.journal)
