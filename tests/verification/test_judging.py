"""Whether a message fits an expectation, and in what it differs: around the message, and in it."""

from typing import Any

import pytest

from simulator.core.instants import format_instant
from simulator.core.journal import Note
from simulator.verification.expectation import Expectation
from simulator.verification.judging import Judge
from simulator.verification.messages import Message, Messages, Opened
from tests.rig import in_soap
from tests.verification.entries import REPORT, START, TICKET, Written

ADD = {"operation": "addFaultReport"}
ACCEPTED = {"notification": "accepted"}
BOTH_CONTACTS = """<addFaultReport>
  <reporterContactDetails><name>Fault desk</name></reporterContactDetails>
  <endUserContactDetails><name>Occupier</name></endUserContactDetails>
</addFaultReport>"""


def read(written: Written) -> list[Message]:
    """The messages, in the order of their seqs."""
    messages = Messages()
    found = {one.seq: one for entry in written.journal if (one := messages.take(entry))}
    return [found[seq] for seq in sorted(found)]


def told(expectation: dict[str, Any], written: Written, ticket: str | None = None) -> list[str]:
    """In what the one message that is written differs."""
    (message,) = read(written)
    judge = Judge(Expectation.model_validate(expectation), ticket)
    assert judge.concerns(message)
    return [str(one) for one in judge.differences(Opened(message))]


def a_request(body: str | bytes = REPORT, rule: str = "") -> Written:
    written = Written()
    written.request(body=body, rule=rule)
    return written


def a_notification(outcome: str = "") -> Written:
    written = Written()
    written.notification(outcome=outcome)
    return written


def test_messages_are_read_from_the_journal() -> None:
    """A request with its answer, a refusal with its rule, a notification with its outcome; nothing else."""
    written = Written()
    written.request(at="9:30")
    written.request("amendFaultReport", rule="no-such-ticket", ticket="")
    written.notification("accepted", "delivered")
    written.notification("in-progress")
    written.notification("resolved", "failed")
    shown = [(one.seq, one.called, one.status, one.refused_by, one.delivered, one.ticket) for one in read(written)]
    assert shown == [
        (1, "addFaultReport", 201, "", None, TICKET),
        (3, "amendFaultReport", 400, "no-such-ticket", None, ""),
        (5, "notification accepted", None, "", True, TICKET),
        (7, "notification in-progress", None, "", None, TICKET),
        (8, "notification resolved", None, "", False, TICKET),
    ]
    assert format_instant(read(written)[0].at) == "2026-01-05T09:30:00.000Z"


def test_a_judge_is_asked_about_its_kind_only() -> None:
    """Of the same name, and of the same kind."""
    (message,) = read(a_request())
    concerned = [
        Judge(Expectation.model_validate(one)).concerns(message)
        for one in (ADD, {"operation": "amendFaultReport"}, ACCEPTED)
    ]
    assert concerned == [True, False, False]


@pytest.mark.parametrize(
    ("expectation", "rule", "different"),
    [
        ({}, "", []),
        ({}, "tlos-key", []),
        ({"status": 201}, "", []),
        ({"status": 200}, "", ["status is 201, expected 200"]),
        ({"refused_by": "tlos-key"}, "tlos-key", []),
        ({"refused_by": "tlos-key"}, "", ["refused_by is none: it was taken, expected tlos-key"]),
        ({"refused_by": "tlos-key"}, "xsd", ["refused_by is xsd, expected tlos-key"]),
        ({"refused_by": None}, "", []),
        ({"refused_by": None}, "xsd", ["refused_by is xsd, expected none: it is taken"]),
        (
            {"status": 201, "refused_by": None},
            "xsd",
            ["status is 400, expected 201", "refused_by is xsd, expected none: it is taken"],
        ),
    ],
    ids=repr,
)
def test_the_answer_to_a_request(expectation: dict[str, Any], rule: str, different: list[str]) -> None:
    """Whether it was taken is looked at only where that is said; null says so."""
    assert told({**ADD, **expectation}, a_request(rule=rule)) == different


@pytest.mark.parametrize(
    ("delivered", "outcome", "different"),
    [
        (None, "", []),
        (True, "delivered", []),
        (True, "", ["delivered is not delivered so far, expected delivered"]),
        (True, "refused", ["delivered is not taken by the buyer, expected delivered"]),
        (False, "refused", []),
        (False, "failed", []),
        (False, "", ["delivered is not delivered so far, expected not taken by the buyer"]),
        (False, "delivered", ["delivered is delivered, expected not taken by the buyer"]),
    ],
)
def test_whether_a_notification_was_taken(delivered: bool | None, outcome: str, different: list[str]) -> None:  # noqa: FBT001 - pytest hands it over
    """What is under way is neither."""
    assert told({**ACCEPTED, "delivered": delivered}, a_notification(outcome)) == different


def test_of_another_ticket() -> None:
    """The ticket is one of the differences, and a message about none is told as such."""
    assert told(ADD, a_request(), TICKET) == []
    assert told(ADD, a_request(), "~SPDEV1~REF-2") == ["ticket is ~SPDEV1~REF-1, expected ~SPDEV1~REF-2"]
    written = Written()
    written.request(ticket="")
    assert told(ADD, written, TICKET) == ["ticket is none, expected ~SPDEV1~REF-1"]


@pytest.mark.parametrize(
    ("fields", "different"),
    [
        ({"name": "Fault desk"}, []),
        ({"name": "Occupier"}, []),
        ({"endUserContactDetails.name": "Occupier"}, []),
        (
            {"endUserContactDetails": {"name": "Fault desk"}},
            ["endUserContactDetails.name is 'Occupier', expected 'Fault desk'"],
        ),
        ({"name": "Nobody"}, ["name is 'Fault desk', 'Occupier', expected 'Nobody'"]),
        ({"name": ["Occupier", "Fault desk"]}, []),
        ({"endUserContactDetails": {"present": True}}, []),
        ({"priorityLevel": None}, []),
        ({"priorityLevel": 2}, ["priorityLevel is not there, expected '2'"]),
        (
            {"name": {"matches": "^Occ", "not": "Occupier"}},
            ["name is 'Fault desk', 'Occupier', expected a text that matches '^Occ' and anything but 'Occupier'"],
        ),
    ],
    ids=repr,
)
@pytest.mark.parametrize("body", [BOTH_CONTACTS, in_soap(BOTH_CONTACTS)], ids=["bare", "soap"])
def test_fields_wherever_they_stand(fields: dict[str, Any], different: list[str], body: str) -> None:
    """In an envelope or not; of several elements of that name one must be as it says."""
    assert told({**ADD, "fields": fields}, a_request(body)) == different


@pytest.mark.parametrize("body", [BOTH_CONTACTS, in_soap(BOTH_CONTACTS)], ids=["bare", "soap"])
def test_an_xpath_begins_at_the_message(body: str) -> None:
    """An envelope is no part of it."""
    good = [{"select": "/addFaultReport/*/name", "one_of": ["Occupier"]}, {"select": "count(//name)", "one_of": ["2"]}]
    assert told({**ADD, "xpath": good}, a_request(body)) == []
    bad = [{"select": "//name", "not": "x", "matches": "^x"}, {"select": "//*[local-name() = 'Envelope']"}]
    assert told({**ADD, "xpath": bad}, a_request(body)) == [
        "XPath //name is 'Fault desk', 'Occupier', expected a text that matches '^x' and anything but 'x'",
        "XPath //*[local-name() = 'Envelope'] is not there, expected something",
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", "empty"),
        ("hello", "something else"),
        ("<a><b></a>", "something else"),
        (b"\xff\xfe", "something else"),
        ("<!DOCTYPE a><a/>", "something else"),
        ("<a " + " ".join(f"b{n}=''" for n in range(65)) + "/>", "something else"),
        ("<Envelope/>", "something else"),
    ],
)
def test_a_body_that_can_not_be_read_fits_nothing_that_looks_into_it(body: str | bytes, found: str) -> None:
    """Not even where an element must not be there; what is said around the message may still fit."""
    difference = [f"body is {found}, expected XML that can be read"]
    written = a_request(body, "xml-not-well-formed")
    assert told({**ADD, "fields": {"priorityLevel": {"present": False}}}, written) == difference
    assert told({**ADD, "xpath": [{"select": "//a", "present": False}]}, written) == difference
    assert told({**ADD, "refused_by": "xml-not-well-formed"}, written) == []


def test_a_message_of_utf_16_is_read() -> None:
    """The journal has it as base64."""
    assert told({**ADD, "fields": {"priorityLevel": "2"}}, a_request(REPORT.encode("utf-16"))) == []


def test_long_texts_are_told_in_short() -> None:
    """Two hundred characters of what was found."""
    body = f"<addFaultReport><priorityLevel>{'x' * 900}</priorityLevel></addFaultReport>"
    (message,) = read(a_request(body))
    looks = {"fields": {"priorityLevel": "2"}, "xpath": [{"select": "//priorityLevel", "one_of": ["2"]}]}
    judge = Judge(Expectation.model_validate({**ADD, **looks}))
    assert [one.found for one in judge.differences(Opened(message))] == [f"'{'x' * 198}…"] * 2


def test_a_request_that_met_a_bug_was_not_taken() -> None:
    """No rule has refused it, and yet nothing came of it."""
    written = Written()
    seq = written.journal.append(
        START, 0, Note("request-received", "", {"operation": "addFaultReport", "body": REPORT})
    )
    written.journal.append(START, seq, Note("bug", "", {"error": "RuntimeError: broken"}))
    assert told({**ADD, "refused_by": None}, written) == [
        "refused_by is a bug of the simulator's, expected none: it is taken"
    ]
