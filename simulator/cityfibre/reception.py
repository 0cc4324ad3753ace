"""The way of a request through the supplier, top to bottom: bytes in, reply out, everything else in the draft."""

from collections.abc import Callable

from lxml import etree

from simulator.cityfibre import answers
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
from simulator.wire.binding import bind
from simulator.wire.envelope import guess_style, local_name, open_envelope
from simulator.wire.errors import Place, ProtocolError, shorten
from simulator.wire.explanation import Violation
from simulator.wire.fault import Fault
from simulator.wire.reader import LONGEST_BODY, read
from simulator.wire.schema import schema

SCHEMAS = {"fault": "faultReport.xsd", "appointment": "appointments.xsd"}


def receive(request: RequestReceived, draft: Draft) -> Received:
    """Answer a request. Where the answer is a refusal, only the draft's notes may be kept."""
    unfit = _unfit(request)
    if unfit is not None:
        return _refuse_transport(request, *unfit, draft=draft)
    operation = OPERATIONS[request.operation]
    if not request.content_type:
        draft.warn("§1", "Content-Type", "missing; taken for XML")
    try:
        message, style = open_envelope(read(request.body))
    except ProtocolError as error:
        reply = answers.broken(operation, error, guess_style(request.body), draft.settings)
        return _refused(reply, error.rule, str(error.reason), error.place, draft)
    echo = echo_of(message, style)
    violations = _breaches(operation, message)
    if violations:
        reply = answers.invalid(operation, violations, echo, draft)
        told = "; ".join(violation.reason for violation in violations)
        return _refused(reply, "xsd", told, violations[0].place, draft)
    return _decide(operation, message, echo, draft)


def _decide(operation: Operation, message: etree._Element, echo: Echo, draft: Draft) -> Received:
    """A valid message meets the rules in order; the first that says no is the answer."""
    request: FaultRequest | AppointmentRequest = bind(operation.request, message)
    ticket = address_of(echo.buyer_identifier, echo.buyer_fault_reference) if echo.buyer_fault_reference else ""
    warn_of_shape(message, operation, draft)
    for rule in operation.rules:
        rejection = rule.rejects(request, draft)
        if rejection is not None:
            reply = answers.rejected(operation, rejection, echo, draft)
            return _refused(reply, rejection.rule, rejection.reason, _place_of(rejection, message), draft, ticket)
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


def _place_of(rejection: Rejection, message: etree._Element) -> Place:
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

_Unfit = tuple[int, str, str]


def _unknown_operation(request: RequestReceived) -> _Unfit | None:
    if request.operation in OPERATIONS:
        return None
    return 404, "operation-unknown", f"no such operation; known are {', '.join(OPERATIONS)}"


def _wrong_method(request: RequestReceived) -> _Unfit | None:
    return None if request.method == "POST" else (405, "method", f"{request.method} is not served; POST the message")


def _unread(request: RequestReceived) -> _Unfit | None:
    return _TROUBLES[request.trouble] if request.trouble else None


def _encoded(request: RequestReceived) -> _Unfit | None:
    if request.content_encoding.lower() in {"", "identity"}:
        return None
    return 415, "content-encoding", "send the message uncompressed, without Content-Encoding"


def _wrong_media_type(request: RequestReceived) -> _Unfit | None:
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type in {"", "application/xml", "text/xml"} or media_type.endswith("+xml"):
        return None
    return 415, "media-type", f"found {shorten(media_type)}; send Content-Type: application/xml, or text/xml for SOAP"


_TROUBLES: dict[str, _Unfit] = {  # there is always room for a message
    "body-too-big": (413, "body-too-big", f"the body is larger than {LONGEST_BODY} bytes"),
    "body-too-slow": (408, "body-too-slow", "the body did not arrive in time"),
    "body-cut-off": (400, "body-cut-off", "the connection ended before the body was whole"),
}
_CHECKS: tuple[Callable[[RequestReceived], _Unfit | None], ...] = (
    _unknown_operation,
    _wrong_method,
    _unread,
    _encoded,
    _wrong_media_type,
)


def _unfit(request: RequestReceived) -> _Unfit | None:
    return next((found for check in _CHECKS if (found := check(request)) is not None), None)


def _refuse_transport(request: RequestReceived, status: int, rule: str, reason: str, *, draft: Draft) -> Received:
    fault = Fault("Client", reason[:1].upper() + reason[1:], rule)
    reply = answers.fault_reply(status, fault, answers.style_of(request.body, draft.settings), draft.settings)
    return _refused(reply, rule, reason, Place(), draft)
