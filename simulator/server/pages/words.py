"""What an entry of the journal is called on a page: a tone, a title, and more lines."""

from collections.abc import Callable, Mapping
from typing import Any

Words = tuple[Any, str, list[str]]
_Data = Mapping[str, Any]


def _answered(data: _Data) -> Words:
    return "buyer", f"{data.get('operation', 'request')} → {data['status']}", []


def _refused(data: _Data) -> Words:
    where = ", ".join(part for part in (f"line {data['line']}" if data["line"] else "", data["path"]) if part)
    return (
        "refusal",
        f"{data.get('operation', 'request')} → {data['status']}",
        [f"{data['rule']}: {data['reason']}", where],
    )


def _notified(data: _Data) -> Words:
    return "supplier", f"notification {data['notification']}", [data["message_id"]]


def _changed(data: _Data) -> Words:
    return "state", f"{data['from']} → {data['to']}", [data["reason"]]


def _added(data: _Data) -> Words:
    return "state", "reported", [f"{data['type']}, service {data['service']}"]


def _amended(_data: _Data) -> Words:
    return "state", "amended", []


def _commented(data: _Data) -> Words:
    return "state", "the supplier comments", [data["value"]]


def _triaged(data: _Data) -> Words:
    return "state", f"triage {'' if data['complete'] else 'not '}complete", [data["findings"]]


def _visit(data: _Data) -> Words:
    return "state", f"the appointment is {data['to']}", [data["why"]]


def _late(data: _Data) -> Words:
    return "warning", "the SLA is exceeded", [f"its deadline was {data['deadline']}"]


def _warned(data: _Data) -> Words:
    return (
        "warning",
        f"a stricter reading would refuse this ({data['ruling']})",
        [f"{data['field']}: {data['warning']}"],
    )


def _stored(data: _Data) -> Words:
    return "buyer", f"file {data['filename']}", [f"{data['bytes']} bytes"]


def _file_refused(data: _Data) -> Words:
    return "refusal", f"a file → {data['status']}", [f"{data['rule']}: {data['reason']}"]


def _held(data: _Data) -> Words:
    return "state", "an appointment is reserved", [data["slot"], f"key {data['key']}"]


def _expired(data: _Data) -> Words:
    return "warning", "a reservation has expired", [data["slot"]]


def _steered(data: _Data) -> Words:
    told = ", ".join(f"{name}: {value}" for name, value in data["parameters"].items() if name != "files")
    return "quiet", f"told to {data['command']}", [told[:300]]


def _fault_set(data: _Data) -> Words:
    said = data["parameters"].items()
    told = ", ".join(f"{name}: {' '.join(value) if isinstance(value, list) else value}" for name, value in said)
    return "quiet", f"fault {data['fault']} is set: {data['kind']}", [told]


def _fault_injected(data: _Data) -> Words:
    return "warning", f"fault {data['fault']} is injected: {data['kind']} on {data['on']}", []


def _fault_removed(data: _Data) -> Words:
    return "quiet", f"fault {data['fault']} is removed: {data['kind']}", []


def _script_started(data: _Data) -> Words:
    return "quiet", f"scenario {data['scenario']} leads", [data["case"] or ""]


def _script_step(data: _Data) -> Words:
    return "quiet", f"{data['scenario']}, line {data['line']}: {data['does']}", []


def _script_failed(data: _Data) -> Words:
    told = [f"expected {data['expected']}", f"found {data['found']}"]
    return "refusal", f"{data['scenario']}, line {data['line']} failed: {data['does']}", told


def _script_ended(data: _Data) -> Words:
    return "quiet", f"scenario {data['scenario']} has come to its end", []


def _script_refused(data: _Data) -> Words:
    return "warning", "no scenario leads this ticket", [data["reason"]]


def _bug(data: _Data) -> Words:
    operation = f"{data['operation']} met " if "operation" in data else ""
    return "refusal", f"{operation}a bug of the simulator's own", [data["error"]]


WORDS: dict[str, Callable[[_Data], Words]] = {
    "request-answered": _answered,
    "request-refused": _refused,
    "notification": _notified,
    "ticket-added": _added,
    "ticket-amended": _amended,
    "ticket-changed": _changed,
    "ticket-commented": _commented,
    "ticket-triaged": _triaged,
    "appointment-changed": _visit,
    "sla-exceeded": _late,
    "conformance-warning": _warned,
    "file-stored": _stored,
    "file-refused": _file_refused,
    "slot-held": _held,
    "hold-expired": _expired,
    "steered": _steered,
    "fault-set": _fault_set,
    "fault-injected": _fault_injected,
    "fault-removed": _fault_removed,
    "script-started": _script_started,
    "script-step": _script_step,
    "script-failed": _script_failed,
    "script-ended": _script_ended,
    "script-refused": _script_refused,
    "bug": _bug,
}
"""By kind. Timers are left out, requests are told with their answers, and attempts with their notifications."""
