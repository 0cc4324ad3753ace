"""The way of a request through the supplier, top to bottom: bytes in, reply out, everything else in the draft."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from simulator.cityfibre import answers, callers
from simulator.cityfibre.appointment_messages import AppointmentRequest
from simulator.cityfibre.books import Draft
from simulator.cityfibre.echo import Echo, echo_of
from simulator.cityfibre.messages import FaultRequest
from simulator.cityfibre.operation import Operation
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.received import Received
from simulator.cityfibre.rules import Rejection
from simulator.cityfibre.shape_warnings import warn_of_shape
from simulator.cityfibre.ticket import address_of
from simulator.core.effects import Reply
from simulator.core.inputs import RequestReceived
from simulator.core.journal import Note
from simulator.wire import explanation
from simulator.wire.binding import bind
from simulator.wire.envelope import guess_style, local_name, open_envelope
from simulator.wire.errors import Place, ProtocolError, shorten
from simulator.wire.explanation import Violation
from simulator.wire.fault import Fault
from simulator.wire.reader import LONGEST_BODY, read
from simulator.wire.schema import schema

SCHEMAS = {"fault": "faultReport.xsd", "appointment": "appointments.xsd"}


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is no message for an operation at all (contract §1): the status of its answer, by which rule, and why."""

    status: int
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message out of its envelope; ``request`` is there where it keeps to the XSD, which has no violations then."""

    element: etree._Element
    echo: Echo
    violations: tuple[Violation, ...] = ()
    request: FaultRequest | AppointmentRequest | None = None


Opened = Unfit | ProtocolError | Message
"""A request as far as it could be read: what it is refused for, or its message."""


def prepare() -> None:
    """Load now what the first refusal would have to wait for, a third of a second. May be called from a thread."""
    for name in SCHEMAS.values():
        explanation.prepare(schema(name).path)


def receive(request: RequestReceived, draft: Draft, opened: Opened | None = None) -> Received:
    """Answer a request. Where the answer is a refusal, only the draft's notes may be kept.

    ``opened`` is what :func:`open_request` has made of it, where that was asked already.
    """
    if opened is None:
        opened = open_request(request)
    if isinstance(opened, Unfit):
        return _refuse_transport(request, opened, draft)
    operation = OPERATIONS[request.operation]
    if not request.content_type:
        draft.warn("§1", "Content-Type", "missing; taken for XML")
    if isinstance(opened, ProtocolError):
        reply = answers.broken(operation, opened, guess_style(request.body), draft.settings)
        return _refused(reply, opened.rule, str(opened.reason), opened.place, draft)
    if opened.request is None:
        reply = answers.invalid(operation, opened.violations, opened.echo, draft)
        told = "; ".join(violation.reason for violation in opened.violations)
        return _refused(reply, "xsd", told, opened.violations[0].place, draft)
    anothers = callers.of_another(request.caller, opened.echo.buyer_identifier)
    if anothers:
        fault = Fault("Client", anothers[:1].upper() + anothers[1:], callers.ANOTHER_BUYER)
        reply = answers.fault_reply(403, fault, opened.echo.style, draft.settings)
        return _refused(reply, callers.ANOTHER_BUYER, anothers, Place(), draft)
    return _decide(operation, opened, opened.request, draft)


def open_request(request: RequestReceived) -> Opened:
    """Read a request as far as it lets itself be read. Nobody's books are asked."""
    return _unfit(request) or open_message(request.body, OPERATIONS[request.operation])


def open_message(body: bytes, operation: Operation | None) -> ProtocolError | Message:
    """Take a message out of its bytes; whether it is valid is asked only where its operation is known."""
    try:
        element, style = open_envelope(read(body))
    except ProtocolError as error:
        return error
    echo = echo_of(element, style)
    if operation is None:
        return Message(element, echo)
    violations = _breaches(operation, element)
    return Message(element, echo, violations, None if violations else bind(operation.request, element))


def _decide(
    operation: Operation, message: Message, request: FaultRequest | AppointmentRequest, draft: Draft
) -> Received:
    """A valid message meets the rules in order; the first that says no is the answer."""
    echo = message.echo
    ticket = address_of(echo.buyer_identifier, echo.buyer_fault_reference) if echo.buyer_fault_reference else ""
    warn_of_shape(message.element, operation, draft)
    for rule in operation.rules:
        rejection = rule.rejects(request, draft)
        if rejection is not None:
            reply = answers.rejected(operation, rejection, echo, draft)
            place = place_of(rejection, message.element)
            return _refused(reply, rejection.rule, rejection.reason, place, draft, ticket)
    if not draft.remember_message(echo.buyer_identifier, echo.message_id):
        draft.warn("R19", "messageId", "this buyer has used it before", ticket)
    result = operation.handle(request, draft)
    reply = answers.accepted(operation, result, echo, draft)
    answered = Note("request-answered", ticket, {"status": reply.status, "body": reply.body.decode()})
    draft.notes.insert(0, answered)  # the journal reads on from the answer to what it is warned of and what follows
    return Received(reply, good=True, ticket=ticket)


def _breaches(operation: Operation, message: etree._Element) -> tuple[Violation, ...]:
    """Every way in which a message is not the operation's own request, valid by its XSD."""
    gate = schema(SCHEMAS[operation.family])
    if local_name(message) != operation.request_element:
        place = Place(message.sourceline or 0, 0, f"/{shorten(local_name(message))}")
        return (Violation(place, f"not a message for {operation.name}", "", operation.request_element),)
    return () if gate.valid(message) else gate.explain(message)


def place_of(rejection: Rejection, message: etree._Element) -> Place:
    """Where in the message the field of a rejection stands, or the last element on the way to it that is there."""
    at, path = message, f"/{local_name(message)}"
    for name in rejection.field.split("/"):
        child = next((one for one in at if local_name(one) == name), None)
        if child is None:
            break
        at, path = child, f"{path}/{name}"
    return Place(at.sourceline or 0, 0, path)


def _refused(reply: Reply, rule: str, reason: str, place: Place, draft: Draft, ticket: str = "") -> Received:
    """One entry of the journal names the rule and the place in the message."""
    data = {
        "rule": rule,
        "reason": reason,
        "line": place.line,
        "column": place.column,
        "path": place.path,
        "status": reply.status,
        "body": reply.body.decode(),
    }
    draft.note("request-refused", ticket, data)
    return Received(reply, good=False, ticket=ticket, rule=rule, reason=reason)


# -- what is no message for an operation at all (contract §1, the last row)


def _stopped(request: RequestReceived) -> Unfit | None:
    found = callers.stopped(request.caller)
    return Unfit(*found) if found else None


def _unknown_operation(request: RequestReceived) -> Unfit | None:
    if request.operation in OPERATIONS:
        return None
    return Unfit(404, "operation-unknown", f"no such operation; known are {', '.join(OPERATIONS)}")


def _wrong_method(request: RequestReceived) -> Unfit | None:
    return (
        None if request.method == "POST" else Unfit(405, "method", f"{request.method} is not served; POST the message")
    )


def _troubled(request: RequestReceived) -> Unfit | None:
    return _TROUBLES[request.trouble] if request.trouble else None


def _encoded(request: RequestReceived) -> Unfit | None:
    if request.content_encoding.lower() in {"", "identity"}:
        return None
    return Unfit(415, "content-encoding", "send the message uncompressed, without Content-Encoding")


def _wrong_media_type(request: RequestReceived) -> Unfit | None:
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type in {"", "application/xml", "text/xml"} or media_type.endswith("+xml"):
        return None
    reason = f"found {shorten(media_type)}; send Content-Type: application/xml, or text/xml for SOAP"
    return Unfit(415, "media-type", reason)


_TROUBLES: dict[str, Unfit] = {  # there is always room for a message
    one.rule: one
    for one in (
        Unfit(413, "body-too-big", f"the body is larger than {LONGEST_BODY} bytes"),
        Unfit(408, "body-too-slow", "the body did not arrive in time"),
        Unfit(400, "body-cut-off", "the connection ended before the body was whole"),
    )
}
CHECKS: Mapping[tuple[str, ...], Callable[[RequestReceived], Unfit | None]] = {
    ("operation-unknown",): _unknown_operation,
    ("method",): _wrong_method,
    tuple(_TROUBLES): _troubled,
    ("content-encoding",): _encoded,
    ("media-type",): _wrong_media_type,
}
"""What is checked of a request before its body is looked at, in order, each under the rules by which it may refuse."""


def _unfit(request: RequestReceived) -> Unfit | None:
    checks = (_stopped, *CHECKS.values())
    return next((found for check in checks if (found := check(request)) is not None), None)


def _refuse_transport(request: RequestReceived, unfit: Unfit, draft: Draft) -> Received:
    fault = Fault("Client", unfit.reason[:1].upper() + unfit.reason[1:], unfit.rule)
    style = answers.style_of(request.body, draft.settings, request.content_type)
    reply = answers.fault_reply(unfit.status, fault, style, draft.settings)
    return _refused(reply, unfit.rule, unfit.reason, Place(), draft)
