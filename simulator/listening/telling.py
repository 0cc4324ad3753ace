"""What is printed of each notification: when, about which ticket, what it tells, and what was answered."""

from collections.abc import Iterator

from simulator.core.instants import parse_instant
from simulator.listening.answers import Answer
from simulator.listening.endpoint import Arrival
from simulator.listening.notification import Notification, texts
from simulator.timeline import INDENT, Line, clock, printable

LONGEST_TOLD = 200
"""Characters of one text of a notification that are printed; ``--raw`` prints all of it."""
MOST_TOLD = 5
"""Appointments, and other things that there may be many of, of one notification; the last ones are printed."""
MOST_RAW_LINES = 2_000
_XML = frozenset({"application/xml", "text/xml"})
_BEFORE_CLOCK = len(INDENT) - 1
_FLAGS = (
    "sellerMissedAppointment",
    "Amended",
    "Cancelled",
    "endUserMissedAppointment",
    "endUserPreAgreed",
    "MBORC",
)


def came(arrival: Arrival, *, raw: bool) -> Iterator[Line]:
    """The lines of one request: of a notification what it tells, of anything else what is wrong with it."""
    if arrival.notification is None:
        yield "refusal", printable(f"{INDENT}✗  no notification: {arrival.trouble}")
    else:
        for tone, text in _notification(arrival.notification, arrival.attempt):
            yield tone, printable(text)
        media_type = arrival.content_type.partition(";")[0].strip().lower()
        if media_type and media_type not in _XML:
            yield "warning", printable(f"{INDENT}!  it is said to be {_short(arrival.content_type)}, and not XML")
    if raw:
        if arrival.content_type:
            yield "quiet", printable(f"Content-Type: {arrival.content_type}")
        lines = arrival.body.decode("utf-8", "replace").splitlines()
        yield from (("quiet", printable(line)) for line in lines[:MOST_RAW_LINES])
        if len(lines) > MOST_RAW_LINES:
            yield "quiet", f"… and {len(lines) - MOST_RAW_LINES} lines more"


def answered(arrival: Arrival, answer: Answer) -> Line:
    """The line of what was answered, which may come a while later than the others."""
    which = f"  {_short(arrival.notification.message_id)}" if arrival.notification is not None else ""
    return "buyer" if answer.good else "warning", printable(f"{INDENT}→  {_short(answer.told)}{which}")


def refused(why: str) -> Line:
    """The line of a handshake that came to nothing."""
    return "refusal", f"{INDENT}✗  a handshake was refused: {why}"


def _notification(told: Notification, attempt: int) -> Iterator[Line]:
    at = clock(parse_instant(told.sent_at)).ljust(_BEFORE_CLOCK)
    references = (told.text(name) for name in ("buyerIdentifier", "buyerFaultReference", "maintainerFaultReference"))
    about = " ".join(_short(one) for one in references if one)
    again = f"  attempt {attempt}" if attempt > 1 else ""
    status = _short(told.status) or "no status"
    yield "supplier", f"{at} ←  {status:<30} {_short(told.message_id)}  {about}{again}".rstrip()
    for text in _details(told):
        yield "state", f"{INDENT}●  {text}"


def _details(told: Notification) -> Iterator[str]:
    """What it tells beside the status. Triage and the report's own text are always there, and so are left out."""
    if reason := told.text("faultDetails", "statusReason"):
        yield f"the reason: {_short(reason)}"
    if parent := told.text("parentFaultReference"):
        yield f"the parent fault: {_short(parent)}"
    single = told.part("appointment")
    for visit in _last([*told.parts("appointments"), *([] if single is None else [texts(single)])]):
        yield f"the appointment of {_slot(visit)}{_outcome(visit)}"
    if (missed := told.part("faultDetails", "missedAppointment")) is not None:
        visit = texts(missed)
        flags = ", ".join(name for name in _FLAGS if visit.get(name) == "Y") or "no flag is Y"
        yield f"missed, the appointment of {_slot(visit)}: {flags}"
    for update in told.parts("updates")[-1:]:
        yield f"the newest update, of the {_party(update, 'updatedBy')}: {_short(update.get('description', ''))}"
    if (comment := told.part("comment")) is not None:
        said = texts(comment)
        yield f"a comment of the {_party(said, 'commentedBy')}: {_short(said.get('value', ''))}"
    for file in _last(told.parts("attachments")):
        there = "uploaded" if file.get("uploaded") in {"true", "1"} else "not uploaded"
        yield f"the file {_short(file.get('filename', ''))}, {there}"
    if priority := told.text("priorityLevel"):
        yield f"the priority: {_short(priority)}"
    yield from _late_repair(told)
    if error := told.text("errorMessage"):
        yield f"an error: {_short(error)}"


def _late_repair(told: Notification) -> Iterator[str]:
    late = told.part("lateRepairNotification")
    if late is None:
        return
    days = texts(late)
    names = (
        ("totalDelayInDays", "in all"),
        ("sellerDelayDays", "the seller's"),
        ("nonSellerDelayDays", "not the seller's"),
    )
    yield "a late repair, days: " + ", ".join(f"{_short(days[name])} {of}" for name, of in names if name in days)
    for one in _last(told.parts("lateRepairNotification", "exclusions")):
        span = f"{_short(one.get('startDateTime', ''))} to {_short(one.get('endDateTime', ''))}"
        yield f"excluded: {_short(one.get('numberOfDays', ''))} days, {span} ({_short(one.get('exclusionReason', ''))})"


def _party(part: dict[str, str], name: str) -> str:
    return _short(part.get(name, "")).lower() or "nobody named"


def _slot(visit: dict[str, str]) -> str:
    day, start, end = (_short(visit.get(f"appointment{one}", "")) for one in ("Date", "StartTime", "EndTime"))
    return " ".join(one for one in (day, f"{start}-{end}" if start or end else "") if one) or "no date"


def _outcome(visit: dict[str, str]) -> str:
    """What an appointment's own fields say of it."""
    closure = visit.get("appointmentClosureCode")
    cancelled = visit.get("appointmentCancelled", "").lower() in {"true", "y"}
    parts = (
        _short(visit.get("appointmentConfirmationStatus", "")),
        f"closure code {_short(closure)}" if closure else "",
        "cancelled" if cancelled else "",
    )
    told = ", ".join(part for part in parts if part)
    return f": {told}" if told else ""


def _last(many: list[dict[str, str]]) -> list[dict[str, str]]:
    return many[-MOST_TOLD:]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"
