"""Messages that are broken as XML, as an envelope or by the XSD: what each gets, and that it costs nothing."""

from dataclasses import dataclass

import pytest

from tests.messages import ALA, Tree, add, request
from tests.rig import SOAP, Simulator, children, in_soap, name_of

FAULT_OPERATIONS = ("addFaultReport", "amendFaultReport", "resolveResponse", "requestFaultReportUpdate")
APPOINTMENTS = ("queryAppointmentAvailability", "reserveAppointment")
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
HEADER = '<h:x xmlns:h="urn:x" soap:mustUnderstand="1"/>'


def envelope(inside: str, namespace: str = SOAP) -> str:
    """An envelope that holds anything."""
    return f'<soap:Envelope xmlns:soap="{namespace}">\n{inside}\n</soap:Envelope>'


@dataclass(frozen=True, slots=True)
class Broken:
    """A body that no operation gets to see: what its fault says, for fault operations and for appointments."""

    name: str
    body: str | bytes
    rule: str
    statuses: tuple[int, int]
    code: str = "Client"
    soap: bool = False
    line: int = 1
    path: str = ""


BROKEN = (
    Broken("empty", b"", "xml-not-well-formed", (500, 400), line=0),
    Broken("white-space", b" \r\n\t ", "xml-not-well-formed", (500, 400), line=0),
    Broken("text", "hello", "xml-not-well-formed", (500, 400)),
    Broken("json", '{"addFaultReport": {}}', "xml-not-well-formed", (500, 400)),
    Broken("unclosed", "<addFaultReport>\n<apiVersion>1.0", "xml-not-well-formed", (500, 400), line=2),
    Broken("mis-nested", "<a>\n<b>\n</a>\n</b>", "xml-not-well-formed", (500, 400), line=3),
    Broken("two-roots", "<a/>\n<b/>", "xml-not-well-formed", (500, 400), line=2),
    Broken("bare-ampersand", "<a>\nfish & chips</a>", "xml-not-well-formed", (500, 400), line=2),
    Broken("unknown-entity", "<a>&nbsp;</a>", "xml-not-well-formed", (500, 400)),
    Broken("unbound-prefix", "<x:a/>", "xml-not-well-formed", (500, 400)),
    Broken("nul", b"<a>\0</a>", "xml-not-well-formed", (500, 400)),
    Broken("nul-at-the-end", b"<a/>\0", "xml-not-well-formed", (500, 400)),
    Broken("control-character", "<a>&#1;</a>", "xml-not-well-formed", (500, 400)),
    Broken("lone-surrogate", "<a>&#xD800;</a>", "xml-not-well-formed", (500, 400)),
    Broken("surrogate-in-utf-8", b"<a>\xed\xa0\x80</a>", "xml-not-well-formed", (500, 400)),
    Broken("not-utf-8", b"<a>\xe9</a>", "xml-not-well-formed", (500, 400)),
    Broken("unclosed-in-soap", envelope("<soap:Body>"), "xml-not-well-formed", (500, 400), soap=True, line=3),
    Broken(
        "soap-1.2", envelope("<soap:Body/>", SOAP_12), "envelope-version", (500, 400), "VersionMismatch", soap=True,
        path="/Envelope",
    ),
    Broken(
        "envelope-of-nothing", "<Envelope/>", "envelope-version", (500, 400), "VersionMismatch", soap=True,
        path="/Envelope",
    ),
    Broken("no-body", envelope(""), "envelope", (500, 400), soap=True, path="/Envelope"),
    Broken(
        "empty-body", envelope("<soap:Body/>"), "envelope", (500, 400), soap=True, line=2, path="/Envelope/Body"
    ),
    Broken(
        "two-messages", envelope("<soap:Body><a/><b/></soap:Body>"), "envelope", (500, 400), soap=True, line=2,
        path="/Envelope/Body",
    ),
    Broken(
        "something-else-in-it", envelope("<soap:Body><a/></soap:Body>\n<x/>"), "envelope", (500, 400), soap=True,
        line=3, path="/Envelope/x",
    ),
    Broken(
        "must-understand", envelope(f"<soap:Header>{HEADER}</soap:Header><soap:Body><a/></soap:Body>"),
        "envelope-must-understand", (500, 400), "MustUnderstand", soap=True, line=2, path="/Envelope/Header/x",
    ),
    Broken("doctype", "<!DOCTYPE a>\n<a/>", "xml-limit", (400, 400)),
    Broken("entities", '<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>', "xml-limit", (400, 400)),
    Broken("external-entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<a/>', "xml-limit", (400, 400)),
    Broken("processing-instruction", "<a>\n<?php echo 1 ?></a>", "xml-limit", (400, 400), line=2),
    Broken("depth", "<a>" * 65 + "</a>" * 65, "xml-limit", (400, 400)),
    Broken("elements", "<a>" + "<b/>" * 20_000 + "</a>", "xml-limit", (400, 400)),
    Broken("attributes", "<a " + " ".join(f'b{n}=""' for n in range(65)) + "/>", "xml-limit", (400, 400)),
    Broken("another-encoding", '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a/>', "xml-limit", (400, 400)),
)  # fmt: skip


WORDS = {
    "xml-not-well-formed": "Broken XML",
    "xml-limit": "XML not accepted",
    "envelope": "Broken SOAP envelope",
    "envelope-version": "SOAP version not accepted",
    "envelope-must-understand": "SOAP header not understood",
}


@pytest.mark.parametrize("operation", [FAULT_OPERATIONS[0], APPOINTMENTS[0]])
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
async def test_a_broken_message_gets_a_fault(simulator: Simulator, broken: Broken, operation: str) -> None:
    """Not well-formed and no envelope: 500, for appointments 400 (R35); DOCTYPE and limits: 400."""
    state, seq = simulator.state(), simulator.last_seq
    answer = await simulator.post(operation, broken.body)
    expected = broken.statuses[operation in APPOINTMENTS]
    assert (answer.status, answer.fault) == (expected, (broken.code, broken.rule, WORDS[broken.rule]))
    assert broken.soap == (name_of(answer.root) == "Envelope")
    media_type = "text/xml" if broken.soap else "application/xml"
    assert answer.content_type == f"{media_type}; charset=utf-8"
    data = await simulator.one_refusal(seq, state)
    assert (data["rule"], data["line"], data["path"]) == (broken.rule, broken.line, broken.path)
    assert (data["status"], data["body"]) == (expected, answer.body.decode())


@pytest.mark.parametrize("operation", FAULT_OPERATIONS + APPOINTMENTS)
async def test_every_operation_refuses_broken_xml(simulator: Simulator, operation: str) -> None:
    """The status that the supplier's pages publish for each."""
    answer = await simulator.post(operation, "<a>")
    assert answer.status == (400 if operation in APPOINTMENTS else 500)


ANSWERS = {
    "addFaultReport": "receivedFaultReport",
    "amendFaultReport": "receivedAmendFaultReport",
    "resolveResponse": "receivedResolvedResponse",
    "requestFaultReportUpdate": "receivedRequestFaultReportUpdate",
}


@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
@pytest.mark.parametrize("operation", FAULT_OPERATIONS)
async def test_a_fault_message_that_breaks_the_xsd(simulator: Simulator, operation: str, soap: bool) -> None:  # noqa: FBT001
    """400 in the operation's own answer element, which says every violation with its line and path."""
    state, seq = simulator.state(), simulator.last_seq
    message = request(operation, {"sentAt": "yesterday", "messageId": None})
    answer = await simulator.post(operation, message, soap=soap)
    assert (answer.status, answer.name) == (400, ANSWERS[operation])
    first, second = (3, 6) if soap else (1, 4)
    error = (
        f"Failed XML schema validation: line {first}, /{operation}: the required element messageId is missing; "
        f"line {second}, /{operation}/sentAt: 'yesterday' is not a value of the type dateTime; "
        "expected a date and time, such as 2026-01-05T09:00:00Z"
    )
    expected = {
        "apiVersion": "1.0",
        "buyerIdentifier": "SPDEV1",
        "sentAt": "2026-01-05T09:00:00.000Z",
        "messageId": "",
        "buyerFaultReference": "REF-1",
        "status": "rejected",
        "responseCode": "400",
        "errorMessage": error,
    }
    if operation not in {"addFaultReport", "amendFaultReport"}:
        del expected["buyerFaultReference"], expected["status"]
    assert expected == children(answer.message)
    data = await simulator.one_refusal(seq, state)
    assert (data["rule"], data["line"], data["path"]) == ("xsd", first, f"/{operation}")


@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
@pytest.mark.parametrize("operation", APPOINTMENTS)
async def test_an_appointment_message_that_breaks_the_xsd(simulator: Simulator, operation: str, soap: bool) -> None:  # noqa: FBT001
    """400, a fault that names XML schema validation."""
    state, seq = simulator.state(), simulator.last_seq
    answer = await simulator.post(operation, request(operation, {"cfh:productName": None}), soap=soap)
    assert (answer.status, answer.fault) == (400, ("Client", "xsd", "Failed XML schema validation"))
    assert b"the required element productName is missing" in answer.body
    assert soap == (name_of(answer.root) == "Envelope")
    data = await simulator.one_refusal(seq, state)
    assert (data["rule"], data["path"]) == ("xsd", f"/{operation}Request")


@pytest.mark.parametrize("operation", FAULT_OPERATIONS + APPOINTMENTS)
async def test_another_operations_message_breaks_the_xsd(simulator: Simulator, operation: str) -> None:
    """Each address takes its own message only, however good."""
    other = add() if operation != "addFaultReport" else request("amendFaultReport")
    state, seq = simulator.state(), simulator.last_seq
    answer = await simulator.post(operation, other)
    assert (answer.status, f"not a message for {operation}" in answer.body.decode()) == (400, True)
    assert (await simulator.one_refusal(seq, state))["rule"] == "xsd"


async def test_a_blank_text_is_called_blank(simulator: Simulator) -> None:
    """The words are for people: not the schema's lengths."""
    answer = await simulator.post("addFaultReport", add({"messageId": " "}))
    expected = "Failed XML schema validation: line 5, /addFaultReport/messageId: is blank; expected some text"
    assert (answer.status, answer.text("errorMessage")) == (400, expected)


async def test_a_child_in_another_namespace_is_told_why(simulator: Simulator) -> None:
    """R32: fault messages have none; the explanation says how to reset it."""
    answer = await simulator.post("addFaultReport", add().replace("<messageId>", '<messageId xmlns="urn:example">'))
    assert (answer.status, answer.name) == (400, "receivedFaultReport")
    assert 'reset it with xmlns=""' in (answer.text("errorMessage") or "")


@pytest.mark.parametrize("namespace", ["urn:example", "http://www.niccstandards.org.uk/ala_1.0.xsd"])
async def test_a_message_that_inherits_a_namespace_is_told_why(simulator: Simulator, namespace: str) -> None:
    """R32: the envelope's default namespace reaches the message; the path in the journal stays one of names."""
    inherited = in_soap(add()).replace("<soap:Body>", f'<soap:Body xmlns="{namespace}">')
    seq = simulator.last_seq
    answer = await simulator.post("addFaultReport", inherited, headers={"Content-Type": "text/xml"})
    assert (answer.status, answer.name) == (400, "receivedFaultReport")
    assert 'reset it with xmlns=""' in (answer.text("errorMessage") or "")
    refused = (await simulator.journal(after=seq))[-1]["data"]
    assert (refused["rule"], refused["line"], refused["path"]) == ("xsd", 3, "/addFaultReport")


async def test_only_the_text_of_a_broken_request_is_repeated(simulator: Simulator) -> None:
    """Never its markup; what is over-long is answered empty."""
    changes: Tree = {"buyerIdentifier": "B" * 37, "messageId": {"x": "evil"}, "buyerFaultReference": "R"}
    answer = await simulator.post("addFaultReport", add(changes))
    echoed = (answer.text("buyerIdentifier"), answer.text("messageId"), answer.text("buyerFaultReference"))
    assert (answer.status, echoed) == (400, ("", "", "R"))
    assert b"<x>" not in answer.body


async def test_an_empty_appointment_message_is_refused_in_its_own_namespace(simulator: Simulator) -> None:
    """The fault has no namespace, whatever the request's."""
    message = f'<reserveAppointmentRequest xmlns="{ALA}"/>'
    answer = await simulator.post("reserveAppointment", message)
    assert (answer.status, answer.root.tag) == (400, "fault")
