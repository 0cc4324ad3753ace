"""Every rule of every operation says no over HTTP, bare and in SOAP, and costs nothing but two lines of the journal."""

import json
from typing import Any

import pytest

from simulator.cityfibre import OPERATIONS, RULES
from tests.conftest import Start
from tests.messages import Tree, merged, request
from tests.rejections import CASES, Case
from tests.rig import Answer, Simulator, children, in_soap, name_of, text_at

ANSWERS = {
    "addFaultReport": "receivedFaultReport",
    "amendFaultReport": "receivedAmendFaultReport",
    "resolveResponse": "receivedResolvedResponse",
    "requestFaultReportUpdate": "receivedRequestFaultReportUpdate",
}
MESSAGES = {
    "queryAppointmentAvailability": "queryAppointmentAvailabilityRequest",
    "reserveAppointment": "reserveAppointmentRequest",
}
HAVE_STATUS = {"addFaultReport", "amendFaultReport"}


def test_every_rule_of_every_operation_has_a_case() -> None:
    """A new rule, or an old one in another operation, makes this red until it has its case."""
    expected = {(operation.name, rule.id) for operation in OPERATIONS.values() for rule in operation.rules}
    assert expected == {(case.operation, case.rule) for case in CASES}
    assert set(RULES) == {case.rule for case in CASES}
    assert set(OPERATIONS) == {case.operation for case in CASES}


@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_rule_says_no(start: Start, case: Case, soap: bool) -> None:  # noqa: FBT001 - both ways
    """The answer names field and reason; state, timers and deliveries stay; the journal says rule, line and path."""
    simulator = await start(**case.switches)
    prepared = await case.prepare(simulator)
    changes = merged(case.changes, prepared)
    message = request(case.operation, changes)
    shown, state, seq = await simulator.tickets(), simulator.state(), simulator.last_seq

    answer = await simulator.post(case.operation, message, soap=soap)

    now = simulator.environment.driver.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if case.operation in ANSWERS:
        _check_fault_answer(answer, case, message, now)
    else:
        _check_appointment_answer(answer, case, now)
    assert ("text/xml" if soap else "application/xml") + "; charset=utf-8" == answer.content_type
    assert soap == (name_of(answer.root) == "Envelope")
    await simulator.advance()
    assert shown == await simulator.tickets()
    assert state == simulator.state()
    sent = in_soap(message) if soap else message
    _check_journal(await simulator.journal(after=seq), answer, case, sent)


def _check_fault_answer(answer: Answer, case: Case, message: str, now: str) -> None:
    asked = _said(message)
    expected = {
        "apiVersion": asked["apiVersion"],
        "buyerIdentifier": asked["buyerIdentifier"],
        "sentAt": now,
        "messageId": asked["messageId"],
    }
    if case.operation in HAVE_STATUS:
        expected |= {"buyerFaultReference": asked["buyerFaultReference"], "status": "rejected"}
    field = case.path.rpartition("/")[2]
    expected |= {"responseCode": str(case.status), "errorMessage": json.dumps({field: case.reason})}
    assert case.status == answer.status
    assert ANSWERS[case.operation] == answer.name
    assert list(expected.items()) == list(children(answer.message).items())


def _check_appointment_answer(answer: Answer, case: Case, now: str) -> None:
    message = answer.message
    assert answer.status == 200
    assert f"{{http://www.niccstandards.org.uk/ala_1.0.xsd}}{case.operation}Response" == message.tag
    assert [name_of(child) for child in message] == ["message", "buyer", "seller", f"{case.operation}Rejected"]
    assert text_at(message, "message/correlationId") == "TRANSACTION-5"
    assert text_at(message, "message/messageId") not in {None, "", "MSG-5"}
    assert now == text_at(message, "message/sentAt")
    assert {"reasonCode": case.rule, "reason": case.reason} == children(message[3])


def _check_journal(entries: list[dict[str, Any]], answer: Answer, case: Case, sent: str) -> None:
    """The request, what was warned of on the way, and one refusal, which the request has led to."""
    kinds = [entry["kind"] for entry in entries]
    warned = ["conformance-warning"] * (len(kinds) - 2)
    assert ["request-received", *warned, "request-refused"] == kinds
    received, refused = entries[0], entries[-1]
    assert {entry["cause"] for entry in entries[1:]} == {received["seq"]}
    assert (case.operation, sent) == (received["data"]["operation"], received["data"]["body"])
    steps = [MESSAGES.get(case.operation, case.operation), *filter(None, case.place.split("/"))]
    expected = {
        "rule": case.rule,
        "reason": case.reason,
        "line": _line_of(sent, steps),
        "column": 0,
        "path": "/" + "/".join(steps),
        "status": answer.status,
        "body": answer.body.decode(),
    }
    assert expected == refused["data"]


def _line_of(text: str, steps: list[str]) -> int:
    """The line on which an element begins, found by reading the text."""
    at = 0
    for step in steps:
        at = min(found for prefix in ("<", "<cfh:") if (found := text.find(f"{prefix}{step}", at)) >= 0)
    return text.count("\n", 0, at) + 1


def _said(message: str) -> dict[str, str]:
    """The request's own texts, each of which stands on a line of its own."""
    said: dict[str, str] = {}
    for line in message.splitlines():
        name, _, text = line.removeprefix("<").partition(">")
        said.setdefault(name, text.partition("<")[0])
    return said


async def test_what_is_warned_of_before_a_refusal_is_journalled_too(simulator: Simulator) -> None:
    """A long messageId (R10) and an unknown service: the warning comes first, both are caused by the request."""
    changes: Tree = {"messageId": "M" * 37, "serviceAffected": "S99999"}
    await simulator.post("addFaultReport", request("addFaultReport", changes))
    entries = await simulator.journal()
    assert [entry["kind"] for entry in entries] == ["request-received", "conformance-warning", "request-refused"]
    assert entries[1]["data"] == {
        "ruling": "R10",
        "field": "messageId",
        "warning": "37 characters; the table allows 36",
    }


async def test_the_first_rule_that_says_no_is_the_answer(simulator: Simulator) -> None:
    """A message with three faults hears of the first alone: the rules stand in order (§2)."""
    changes: Tree = {
        "buyerIdentifier": "NOBODY",
        "serviceAffected": "S99999",
        "appointment": {"appointmentReservationKey": "KEY"},
    }
    answer = await simulator.post("addFaultReport", request("addFaultReport", changes))
    assert (answer.status, list(json.loads(answer.text("errorMessage") or ""))) == (400, ["buyerIdentifier"])


async def test_a_refused_message_may_be_sent_again(simulator: Simulator) -> None:
    """Neither its reference nor its messageId was used: the mended message is taken, without a warning (R19)."""
    refused = await simulator.post("addFaultReport", request("addFaultReport", {"serviceAffected": "S99999"}))
    mended = await simulator.post("addFaultReport", request("addFaultReport"))
    assert (refused.status, mended.status) == (400, 201)
    assert await simulator.warnings() == []
