"""A journal as lines that a person enjoys reading: who said what to whom, when on the simulated clock, and why.

It takes entries as the control API gives them, so that it reads a distant simulator's journal as well as its own.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from simulator.core.instants import parse_instant

Tone = Literal["buyer", "supplier", "state", "warning", "refusal", "quiet"]
Line = tuple[Tone, str]
INDENT = " " * 20
"""What stands in its place where it does not change."""


class Timeline:
    """Turns entries into lines, in order. It remembers the requests that are still to be answered."""

    def __init__(self, *, show_bodies: bool = False) -> None:
        """``show_bodies`` prints each notification's XML below its line, for buyers that have no endpoint yet."""
        self._show_bodies = show_bodies
        self._operations: dict[int, str] = {}

    def lines(self, entry: Mapping[str, Any]) -> Iterator[Line]:
        """The lines of one entry; none for what only machines want to know."""
        if entry["kind"] == "request-received":
            self._operations[entry["seq"]] = entry["data"]["operation"]
            return
        write = _WRITERS.get(entry["kind"])
        if write is None:
            return
        at = clock(parse_instant(entry["at"]))
        operation = self._operations.get(entry["cause"], "")
        for number, (tone, text) in enumerate(write(entry["data"], entry["ticket"], operation)):
            yield tone, printable(f"{at if number == 0 else INDENT} {text}".rstrip())
        if entry["kind"] in {"request-answered", "request-refused"}:
            self._operations.pop(entry["cause"], None)
        if self._show_bodies and entry["kind"] == "notification":
            for line in entry["data"]["body"].splitlines():
                yield "quiet", printable(line)


def printable(line: str) -> str:
    """A line as a terminal may have it: what a buyer wrote can neither steer it nor forge another line."""
    return line if line.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in line)


def clock(at: datetime | None) -> str:
    """An instant as each line begins with it."""
    return f"{at:%a %d %b %H:%M:%S}" if at else ""


def _answered(data: Mapping[str, Any], ticket: str, operation: str) -> Iterator[Line]:
    yield "buyer", f"→  {operation:<30} {data['status']}  {_short(ticket)}"


def _refused(data: Mapping[str, Any], ticket: str, operation: str) -> Iterator[Line]:
    yield "refusal", f"→  {operation:<30} {data['status'] or '–'}  {_short(ticket)}"
    where = ", ".join(part for part in (f"line {data['line']}" if data["line"] else "", data["path"]) if part)
    yield "refusal", f"   ✗ {data['rule']}: {data['reason']}"
    if where:
        yield "quiet", f"     at {where}"


def _notified(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "supplier", f"←  {data['notification']:<30} {data['message_id']}  {_short(ticket)}"


def _undelivered(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    again = f"; again at {clock(parse_instant(data['retry_at']))}" if "retry_at" in data else ""
    told = f"{_sent(data)} was not taken by the buyer: {data['reason']}{again}"
    yield "warning", f"   ! {told}  {_short(ticket)}"


def _taken(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    """Only of what did not come at once: that a notification is made is a line already."""
    if data["attempt"] > 1 or "made_at" in data:
        made = f", made {clock(parse_instant(data['made_at']))}" if "made_at" in data else ""
        yield "supplier", f"   ✓ {_sent(data)} is taken by the buyer{made}  {_short(ticket)}"


def _sent(data: Mapping[str, Any]) -> str:
    """A sending: what it is of, and which one it is."""
    if "again" in data:
        return f"the {data['again']} of {data['notification']}"
    return f"{data['notification']}, attempt {data['attempt']}," if data["attempt"] > 1 else str(data["notification"])


def _given_up(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    attempts = f"{data['attempts']} attempt{'s' if data['attempts'] > 1 else ''}"
    yield "refusal", f"   ✗ {data['notification']} is given up after {attempts}: a dead letter  {_short(ticket)}"


def _fault_set(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    said = data["parameters"].items()
    told = ", ".join(f"{name}: {' '.join(value) if isinstance(value, list) else value}" for name, value in said)
    yield "state", f"⚡ fault {data['fault']} is set: {data['kind']}{f' ({told})' if told else ''}  {_short(ticket)}"


def _fault_injected(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "warning", f"⚡ fault {data['fault']} is injected: {data['kind']} on {data['on']}  {_short(ticket)}"


def _fault_removed(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "state", f"⚡ fault {data['fault']} is removed: {data['kind']}  {_short(ticket)}"


def _steered(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    """Of commands only those that leave no other trace."""
    said = data["parameters"]
    if data["command"] == "pause-buyer":
        yield "state", f"●  {said['buyer']} is {'paused' if said['paused'] else 'resumed'}"
    elif data["command"] == "redeliver":
        yield "state", f"●  delivery {said['delivery']} is to be sent again  {_short(ticket)}"


def _changed(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    reason = f" ({data['reason']})" if data["reason"] else ""
    yield "state", f"●  {data['reference'] or _short(ticket)} is {data['to']}{reason}"


def _warned(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "warning", f"   ! {data['ruling']} {data['field']}: {data['warning']}  {_short(ticket)}"


def _commented(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "state", f"●  the supplier says: {data['value']}"


def _triaged(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "state", f"●  triage {'' if data['complete'] else 'not '}complete: {data['findings']}"


def _visit_changed(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    why = f" ({data['why']})" if data["why"] else ""
    yield "state", f"●  the appointment is {data['to']}{why}  {_short(ticket)}"


def _sla_exceeded(_data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "warning", f"   ! the SLA is exceeded  {_short(ticket)}"


def _file_stored(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "buyer", f"→  {'file ' + data['filename']:<30} {data['bytes']} bytes  {_short(ticket)}"


def _file_refused(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "refusal", f"→  {'a file':<30} {data['status']}  {_short(ticket)}"
    yield "refusal", f"   ✗ {data['rule']}: {data['reason']}"


def _held(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "state", f"●  slot {data['slot']} is held under {data['key']}"


def _hold_expired(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "state", f"●  the hold of slot {data['slot']} has expired"


def _script_started(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    case = f"[{data['case']}]" if data["case"] else ""
    yield "quiet", f"▷  scenario {data['scenario']}{case}  {_short(ticket)}"


def _script_step(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "quiet", f"·  {data['scenario']}, line {data['line']}: {data['does']}"


def _script_failed(data: Mapping[str, Any], _ticket: str, _operation: str) -> Iterator[Line]:
    yield "refusal", f"✗  {data['scenario']}, line {data['line']}: {data['does']}"
    yield "refusal", f"   expected {data['expected']}"
    yield "refusal", f"   found {data['found']}"


def _script_ended(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "quiet", f"▪  scenario {data['scenario']} has come to its end  {_short(ticket)}"


def _script_refused(data: Mapping[str, Any], ticket: str, _operation: str) -> Iterator[Line]:
    yield "warning", f"   ! no scenario leads this ticket: {data['reason']}  {_short(ticket)}"


def _bug(data: Mapping[str, Any], _ticket: str, operation: str) -> Iterator[Line]:
    yield "refusal", f"   ✗ a bug of the simulator's own {f'in {operation} ' if operation else ''}({data['error']})"


def _short(ticket: str) -> str:
    """The buyer and its reference, without the address's marks."""
    buyer, _, reference = ticket.removeprefix("~").partition("~")
    return f"{buyer} {reference}".strip()


_WRITERS = {
    "request-answered": _answered,
    "request-refused": _refused,
    "notification": _notified,
    "notification-delivered": _taken,
    "notification-failed": _undelivered,
    "notification-refused": _undelivered,
    "notification-dead-lettered": _given_up,
    "steered": _steered,
    "fault-set": _fault_set,
    "fault-injected": _fault_injected,
    "fault-removed": _fault_removed,
    "ticket-changed": _changed,
    "conformance-warning": _warned,
    "ticket-commented": _commented,
    "ticket-triaged": _triaged,
    "appointment-changed": _visit_changed,
    "sla-exceeded": _sla_exceeded,
    "file-stored": _file_stored,
    "file-refused": _file_refused,
    "slot-held": _held,
    "hold-expired": _hold_expired,
    "script-started": _script_started,
    "script-step": _script_step,
    "script-failed": _script_failed,
    "script-ended": _script_ended,
    "script-refused": _script_refused,
    "bug": _bug,
}
