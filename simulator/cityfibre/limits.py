"""The limits that the field tables state and the XSD does not (R10, R12, R21, R22)."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.cityfibre.messages import FaultRequest

LONGEST_TEXT = 36
LONGEST_INSTANT = 25
LIMITS = {
    "api_version": ("apiVersion", LONGEST_TEXT),
    "message_id": ("messageId", LONGEST_TEXT),
    "buyer_fault_reference": ("buyerFaultReference", LONGEST_TEXT),
    "maintainer_fault_reference": ("maintainerFaultReference", LONGEST_TEXT),
    "parent_fault_reference": ("parentFaultReference", LONGEST_TEXT),
    "rejected_reason": ("rejectedReason", LONGEST_TEXT),
    "sent_at": ("sentAt", LONGEST_INSTANT),
    "report_date_time": ("reportDateTime", LONGEST_INSTANT),
}
"""Field to element and most characters. errorMessage's 36 is not among them: the published one is longer (R11)."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that a message does not keep."""

    ruling: str
    field: str
    reason: str


def breaches(message: FaultRequest) -> Iterator[Breach]:
    """Every limit of the tables that a message breaks; a missing sentAt is one (R22)."""
    for name, (element, most) in LIMITS.items():
        text = getattr(message, name, None)
        if text is not None and len(text) > most:
            ruling = "R21" if most == LONGEST_INSTANT else "R10"
            yield Breach(ruling, element, f"{len(text)} characters; the table allows {most}")
    if message.sent_at is None:
        yield Breach("R22", "sentAt", "missing; the table requires it, the XSD does not")
