"""Who may come in: 401 and 403 by the contract's table, and what is refused leaves everything as it was."""

from copy import deepcopy
from datetime import timedelta
from typing import Any, get_args

import pytest

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.cityfibre.callers import STOPPED, of_another, stopped
from simulator.core.engine import Decision
from simulator.core.inputs import Caller, FileReceived, RequestReceived, Steered, Stopped
from tests.drafts import NOW
from tests.messages import Tree, request
from tests.rig import children, in_soap, message_in

LATER = NOW + timedelta(hours=1)
MINE, THEIRS = Caller("SPDEV1"), Caller("SPDEV2")


class Desk:
    """A supplier without an engine: what it decides is committed at once, as of good requests, so of others."""

    def __init__(self, **switches: Any) -> None:  # noqa: ANN401 - switches have many types
        settings = SupplierSettings.model_validate({"validate_sent": True, **switches})
        self.supplier = CityFibre(settings, inventory.default(), 1)

    def post(self, operation: str, caller: Caller | None, *changes: Tree, soap: bool = False) -> tuple[int, str, str]:
        """Status, rule (empty where it is taken) and body."""
        message = request(operation, *changes)
        sent = RequestReceived(
            operation, (in_soap(message) if soap else message).encode(), content_type="text/xml", caller=caller
        )
        return self.decide(sent)

    def decide(self, sent: RequestReceived) -> tuple[int, str, str]:
        """The same of a request as it is."""
        decision = self.supplier.request(sent, NOW)
        decision.commit()
        assert decision.reply is not None
        rule = next((str(note.data["rule"]) for note in decision.notes if note.kind == "request-refused"), "")
        return decision.reply.status, rule, decision.reply.body.decode()


def test_every_reason_has_its_answer() -> None:
    """R4: 401 for who can't be told to be a buyer, 403 for who may not come from there."""
    assert {rule: status for rule, (status, _) in STOPPED.items()} == {
        "address-not-agreed": 403,
        "no-certificate": 401,
        "certificate-refused": 401,
        "certificate-unknown": 401,
    }
    assert set(STOPPED) == set(get_args(Stopped))


@pytest.mark.parametrize("rule", get_args(Stopped))
@pytest.mark.parametrize("operation", ["addFaultReport", "reserveAppointment", "nothing"])
def test_who_may_not_come_in(operation: str, rule: Stopped) -> None:
    """A fault, before anything else is looked at; the books stay as they were."""
    desk = Desk()
    books = deepcopy(desk.supplier.books)
    sent = RequestReceived(operation, b"", method="GET", content_type="application/xml", caller=Caller(stopped=rule))
    status, refused_by, body = desk.decide(sent)
    assert (status, refused_by) == (STOPPED[rule][0], rule)
    assert children(message_in(body.encode())) == {
        "faultcode": "Client",
        "faultmessage": STOPPED[rule][1][:1].upper() + STOPPED[rule][1][1:],
        "detail": rule,
    }
    assert desk.supplier.books == books


def test_who_may_not_come_in_meets_no_fault() -> None:
    """A fault that was set for the next request waits for one that comes in."""
    desk = Desk()
    steered = Steered("set-fault", "", {"fault": "unavailable", "times": 1})
    decision = desk.supplier.steered(steered, NOW)
    assert isinstance(decision, Decision)
    decision.commit()
    assert desk.post("addFaultReport", Caller(stopped="no-certificate"))[:2] == (401, "no-certificate")
    assert desk.post("addFaultReport", THEIRS)[:2] == (403, "certificate-of-another-buyer")
    assert desk.post("addFaultReport", MINE)[:2] == (503, "unavailable")
    assert desk.post("addFaultReport", MINE)[:2] == (201, "")


def test_what_is_wrong_with_a_certificate_is_told() -> None:
    """In the words of whoever has looked at it."""
    caller = Caller(stopped="certificate-refused", told="it has expired")
    assert stopped(caller) == (401, "certificate-refused", "it has expired")
    assert "<faultmessage>It has expired</faultmessage>" in Desk().decide(RequestReceived("x", b"", caller=caller))[2]


@pytest.mark.parametrize("content_type", ["text/xml", "TEXT/XML; charset=utf-8"])
def test_soap_is_answered_though_the_body_was_not_read(content_type: str) -> None:
    """The media type of SOAP 1.1 tells how the answer has to look."""
    sent = RequestReceived("addFaultReport", b"", content_type=content_type, caller=Caller(stopped="no-certificate"))
    assert "<soap:Fault>" in Desk().decide(sent)[2]


def test_a_switch_of_statuses_holds_for_these_too() -> None:
    """R3: some clients can't read the body of a 401."""
    sent = RequestReceived("addFaultReport", b"", caller=Caller(stopped="no-certificate"))
    assert Desk(http_status="always-200").decide(sent)[:2] == (200, "no-certificate")


@pytest.mark.parametrize("caller", [None, Caller(), MINE])
def test_a_buyer_that_speaks_for_itself(caller: Caller | None) -> None:
    """Or whom nobody has asked who it is."""
    assert Desk().post("addFaultReport", caller)[:2] == (201, "")


@pytest.mark.parametrize("soap", [False, True])
@pytest.mark.parametrize(
    "operation",
    [
        "addFaultReport",
        "amendFaultReport",
        "resolveResponse",
        "requestFaultReportUpdate",
        "queryAppointmentAvailability",
        "reserveAppointment",
    ],
)
def test_a_buyer_that_speaks_for_another(operation: str, *, soap: bool) -> None:
    """403 as a fault, before any rule: whether the ticket is there is none of its business."""
    desk = Desk()
    books = deepcopy(desk.supplier.books)
    status, rule, body = desk.post(operation, THEIRS, soap=soap)
    assert (status, rule) == (403, "certificate-of-another-buyer")
    told = "The client certificate is SPDEV2's, and may not be used for another buyerIdentifier"
    fault = children(message_in(body.encode()))
    assert fault["faultstring" if soap else "faultmessage"] == told
    assert desk.supplier.books == books


def test_a_message_that_breaks_the_xsd_is_told_so_first() -> None:
    """Whom it speaks for is known only once it can be read."""
    assert Desk().post("addFaultReport", THEIRS, {"messageId": None})[:2] == (400, "xsd")


def test_of_another() -> None:
    """Empty where a caller may speak for a buyer."""
    assert [of_another(one, "SPDEV1") for one in (None, Caller(), MINE)] == ["", "", ""]
    assert of_another(THEIRS, "SPDEV1") == (
        "the client certificate is SPDEV2's, and may not be used for another buyerIdentifier"
    )


@pytest.mark.parametrize(
    ("caller", "status", "rule"),
    [
        (Caller(stopped="no-certificate"), 401, "no-certificate"),
        (Caller(stopped="address-not-agreed"), 403, "address-not-agreed"),
        (THEIRS, 403, "certificate-of-another-buyer"),
    ],
)
def test_files_are_behind_the_same_door(caller: Caller, status: int, rule: str) -> None:
    """Only the buyer whose ticket it is may put one; the ticket stays as it was."""
    desk = Desk()
    desk.post("addFaultReport", MINE, {"attachments": {"attachment": [{"filename": "router.log"}]}})
    (ticket,) = desk.supplier.books.tickets.values()
    (file,) = ticket.files
    before = deepcopy(desk.supplier.books)
    decision = desk.supplier.file(FileReceived(file.key, 5, "ab" * 32, caller=caller), LATER)
    decision.commit()
    assert decision.reply is not None
    assert (decision.reply.status, [note.data["rule"] for note in decision.notes]) == (status, [rule])
    assert desk.supplier.books == before
    decision = desk.supplier.file(FileReceived(file.key, 5, "ab" * 32, caller=MINE), LATER)
    assert decision.reply is not None
    assert decision.reply.status == 201


def test_the_journal_has_who_called() -> None:
    """All that a replay needs; nothing where nobody was asked."""
    supplier = Desk().supplier
    callers = (None, Caller(), MINE, Caller(stopped="certificate-refused", told="it has expired"))
    described = [supplier.describe(RequestReceived("x", b"", caller=one)).get("caller") for one in callers]
    assert described == [None, {}, {"buyer": "SPDEV1"}, {"stopped": "certificate-refused", "told": "it has expired"}]
    put = supplier.describe(FileReceived("KEY", caller=MINE))
    assert put["caller"] == {"buyer": "SPDEV1"}
