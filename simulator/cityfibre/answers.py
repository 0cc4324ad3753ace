"""The answers of the two families: fault operations answer with their own element, appointments with theirs or a fault.

Which failure gets which is the table of contract §1; this file is that table, spelt out.
"""

import json
from collections.abc import Sequence
from typing import Any

from lxml import etree

from simulator.cityfibre.appointment_messages import (
    Buyer,
    MessageHeader,
    QueryAppointmentAvailabilityResponse,
    Rejected,
    ReserveAppointmentResponse,
    Seller,
)
from simulator.cityfibre.books import Draft
from simulator.cityfibre.echo import Echo
from simulator.cityfibre.messages import Received
from simulator.cityfibre.operation import Operation, Taken
from simulator.cityfibre.rules import Rejection
from simulator.cityfibre.sent import check_sent
from simulator.cityfibre.settings import SupplierSettings
from simulator.cityfibre.ticket import State
from simulator.core.effects import Reply
from simulator.core.instants import format_instant
from simulator.wire.binding import unbind
from simulator.wire.envelope import CONTENT_TYPES, Style, guess_style, to_bytes
from simulator.wire.errors import ProtocolError, ProtocolRule
from simulator.wire.explanation import Violation
from simulator.wire.fault import Fault, FaultCode, fault_element

SELLER = "CITYFIBRE"
_FIXED: tuple[Style, ...] = ("bare", "soap")
LONGEST_ERROR_MESSAGE = 2_000
_FAULT_CODES: dict[str, FaultCode] = {
    "envelope-version": "VersionMismatch",
    "envelope-must-understand": "MustUnderstand",
}
_BROKEN: dict[ProtocolRule, str] = {
    "xml-not-well-formed": "Broken XML",
    "xml-limit": "XML not accepted",
    "envelope": "Broken SOAP envelope",
    "envelope-version": "SOAP version not accepted",
    "envelope-must-understand": "SOAP header not understood",
}


def accepted(operation: Operation, result: Any, echo: Echo, draft: Draft) -> Reply:  # noqa: ANN401 - the operation's own
    """The good answer."""
    if operation.family == "fault":
        taken = result or Taken(State.PENDING)  # which is not shown where the answer has no status
        message = _received(operation, echo, draft, operation.good_status, taken)
    else:
        message = _appointment_answer(operation, echo, draft, result)
    return _reply(operation, operation.good_status, message, echo.style, draft)


def rejected(operation: Operation, rejection: Rejection, echo: Echo, draft: Draft) -> Reply:
    """A rule says no: the operation's own element; its errorMessage is a JSON object of field and reason (§1)."""
    if operation.family == "fault":
        field = rejection.field.rpartition("/")[2]
        told = json.dumps({field: rejection.reason}, ensure_ascii=False)
        message = _received(operation, echo, draft, rejection.status, _REFUSED, error=told)
        return _reply(operation, rejection.status, message, echo.style, draft)
    if draft.settings.appointment_rejection == "fault":
        fault = Fault("Client", rejection.reason, rejection.rule, rejection.field)
        return fault_reply(400, fault, _style(operation, echo.style, draft.settings), draft.settings)
    refusal = Rejected(reason_code=rejection.rule, reason=rejection.reason)
    message = _appointment_answer(operation, echo, draft, refusal)
    return _reply(operation, rejection.status, message, echo.style, draft)


def invalid(operation: Operation, violations: Sequence[Violation], echo: Echo, draft: Draft) -> Reply:
    """Well-formed, but breaks the XSD: 400, every violation told (§1)."""
    told = _join(violations)
    if operation.family == "fault":
        error = f"Failed XML schema validation: {told}"
        message = _received(operation, echo, draft, 400, _REFUSED, error=error)
        return _reply(operation, 400, message, echo.style, draft)
    fault = Fault("Client", "Failed XML schema validation", "xsd", told)
    return fault_reply(400, fault, _style(operation, echo.style, draft.settings), draft.settings)


def broken(operation: Operation, error: ProtocolError, style: Style, settings: SupplierSettings) -> Reply:
    """Not well-formed, no envelope, or beyond the limits: a fault (§1, R5, R35)."""
    if error.rule == "xml-limit":
        status = 400
    else:
        status = 500 if operation.family == "fault" else settings.appointment_broken_xml
    detail = f"{error.place}: {error.reason}" if str(error.place) else error.reason
    fault = Fault(_FAULT_CODES.get(error.rule, "Client"), _BROKEN[error.rule], error.rule, detail)
    return fault_reply(status, fault, _style(operation, style, settings), settings)


def fault_reply(status: int, fault: Fault, style: Style, settings: SupplierSettings) -> Reply:
    """A fault as it goes on the wire. A SOAP stack finds its faults under 500 even where all else is 200 (R3)."""
    element = fault_element(fault, style, settings.fault_style)
    code = 200 if settings.http_status == "always-200" and status in {400, 401, 403} else status
    return Reply(code, CONTENT_TYPES[style], to_bytes(element, style))


def style_of(body: bytes, settings: SupplierSettings, content_type: str = "") -> Style:
    """How an answer is wrapped that belongs to no operation (R1): as the body looks, or as the switch has it.

    Where no body was read the media type is all that there is to go by: SOAP 1.1 has ``text/xml``.
    """
    if settings.envelope in _FIXED:
        return settings.envelope
    if not body and content_type.partition(";")[0].strip().lower() == "text/xml":
        return "soap"
    return guess_style(body)


def _style(operation: Operation, asked: Style, settings: SupplierSettings) -> Style:
    """How an answer is wrapped (R1). ``sampled``: fault answers bare, appointment answers enveloped."""
    match settings.envelope:
        case "mirror":
            return asked
        case "sampled":
            return "bare" if operation.family == "fault" else "soap"
        case fixed:
            return fixed


def _reply(operation: Operation, status: int, message: etree._Element, asked: Style, draft: Draft) -> Reply:
    check_sent(message, "faultReport.xsd" if operation.family == "fault" else "appointments.xsd", draft)
    style = _style(operation, asked, draft.settings)
    code = 200 if draft.settings.http_status == "always-200" else status
    return Reply(code, CONTENT_TYPES[style], to_bytes(message, style))


_REFUSED = Taken(State.REJECTED)


def _received(
    operation: Operation, echo: Echo, draft: Draft, code: int, taken: Taken, *, error: str | None = None
) -> etree._Element:
    received = Received(
        api_version=echo.api_version,
        buyer_identifier=echo.buyer_identifier,
        sent_at=format_instant(draft.now),
        message_id=echo.message_id,
        buyer_fault_reference=echo.buyer_fault_reference if operation.answers_status else None,
        status=taken.status.value if operation.answers_status else None,
        response_code=str(code),
        error_message=error,
        attachments=taken.attachments,
    )
    return unbind(received, operation.answer_element)


def _appointment_answer(operation: Operation, echo: Echo, draft: Draft, result: Any) -> etree._Element:  # noqa: ANN401
    """A new messageId under the buyer's correlationId (§1)."""
    heads = {
        "message": MessageHeader(
            message_id=draft.basis.ids.uuid("messageId", draft.request),
            correlation_id=echo.correlation_id,
            sent_at=format_instant(draft.now),
        ),
        "buyer": Buyer(buyer_identifier=echo.buyer_identifier, reseller_id=echo.reseller_id or None),
        "seller": Seller(seller_identifier=echo.seller_identifier or SELLER),
    }
    outcome = "rejected" if isinstance(result, Rejected) else "accepted"
    kind = _APPOINTMENT_ANSWERS[operation.name]
    return unbind(kind(**heads, **{f"{_FIELDS[operation.name]}_{outcome}": result}), operation.answer_element)


_APPOINTMENT_ANSWERS: dict[str, Any] = {
    "queryAppointmentAvailability": QueryAppointmentAvailabilityResponse,
    "reserveAppointment": ReserveAppointmentResponse,
}
_FIELDS = {
    "queryAppointmentAvailability": "query_appointment_availability",
    "reserveAppointment": "reserve_appointment",
}


def _join(violations: Sequence[Violation]) -> str:
    told = "; ".join(str(violation) for violation in violations)
    return told if len(told) <= LONGEST_ERROR_MESSAGE else told[: LONGEST_ERROR_MESSAGE - 1] + "…"
