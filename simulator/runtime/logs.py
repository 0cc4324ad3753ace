"""The log for machines: each entry of a journal, and each record of the standard library's, as one line of JSON.

What is to be said is put together where it happens, and becomes text (by ``structlog``, which is imported only then)
where it is written, so that whoever answers a buyer does not wait for it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO
from xml.sax.saxutils import unescape

from simulator.core.instants import format_instant
from simulator.core.journal import Entry

if TYPE_CHECKING:
    from structlog.typing import EventDict

LONGEST_FIELD = 500
"""Characters of one field; a longer text ends in an ellipsis."""
LONGEST_TRACEBACK = 8_000
"""Characters of the last of a traceback: its end says most."""

_LEFT_OUT = frozenset({"body", "body_base64", "level", "event", "exc_info"})
"""Messages; and names that are the log's own, should the journal ever use them."""
_FIRST = ("timestamp", "level", "event")
_LEVELS: Mapping[str, int] = {
    "bug": logging.ERROR,
    "request-refused": logging.WARNING,
    "file-refused": logging.WARNING,
    "conformance-warning": logging.WARNING,
    "notification-refused": logging.WARNING,
    "notification-failed": logging.WARNING,
    "notification-dead-lettered": logging.WARNING,
    "fault-injected": logging.WARNING,
    "sla-exceeded": logging.WARNING,
    "script-failed": logging.WARNING,
    "script-refused": logging.WARNING,
    "timer-set": logging.DEBUG,
    "timer-cancelled": logging.DEBUG,
    "timer-fired": logging.DEBUG,
}
"""How loud an entry is; all others inform."""
_MESSAGE_ID = re.compile(r"<messageId>([^<]+)</messageId>")


class Said(NamedTuple):
    """One line of the log to be."""

    level: int
    event: str
    facts: dict[str, object]


def said(event: str, level: int = logging.INFO, /, **facts: object) -> Said:
    """Something to be logged, at the machine's own time."""
    return Said(level, event, {"timestamp": _real_time(), **facts})


def told(environment: str, entries: Iterable[Entry]) -> Iterator[Said]:
    """New entries of an environment: who, where and when, and their small facts; never a message.

    The operation stands in the entry of the request, which comes with all that it led to; its answer repeats it.
    """
    operations: dict[int, object] = {}
    timestamp = _real_time()
    for entry in entries:
        data = entry.data
        facts: dict[str, object] = {"timestamp": timestamp, "environment": environment, "seq": entry.seq}
        facts["at"] = format_instant(entry.at)
        if entry.cause:
            facts["cause"] = entry.cause
        if entry.ticket:
            facts["ticket"] = entry.ticket
        if entry.kind == "request-received":
            operations[entry.seq] = data.get("operation")
        elif entry.kind in {"request-answered", "request-refused", "bug"} and entry.cause in operations:
            facts["operation"] = operations[entry.cause]
            facts |= _message_id(data.get("body"))
        for name, value in data.items():
            if name not in _LEFT_OUT and (value is None or isinstance(value, str | int | float)):
                facts.setdefault(name, value)
        yield Said(_LEVELS.get(entry.kind, logging.INFO), entry.kind, facts)


def lost(number: int) -> Said:
    """What is said when nobody read the log in time."""
    return said("lines-lost", logging.WARNING, lines=number)


class Records(logging.Handler):
    """Says what comes by the standard library's way: our own bugs with their tracebacks, and what aiohttp says."""

    def __init__(self, put: Callable[[Said], None]) -> None:
        super().__init__()
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        """Say one record; its text is made here, for what it speaks of may change."""
        try:
            facts: dict[str, object] = {"logger": record.name, **getattr(record, "facts", {})}
            if record.exc_info:
                facts["exc_info"] = record.exc_info
            self._put(said(record.getMessage(), record.levelno, **facts))
        except Exception:  # noqa: BLE001 - as every handler does: whoever logs is not to suffer for it
            self.handleError(record)


def writer(stream: TextIO) -> Callable[[Said], None]:
    """What writes a line for each thing said. It raises OSError where nobody reads any more."""
    import structlog  # noqa: PLC0415 - 100 ms that only who wants this log pays

    log = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _bounded,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        cache_logger_on_first_use=True,
    )

    def write(one: Said) -> None:
        level = min(max(one.level // 10 * 10, logging.DEBUG), logging.CRITICAL)  # a logger may have levels of its own
        log.log(level, one.event, **one.facts)

    return write


def _real_time() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _message_id(answer: object) -> dict[str, object]:
    """The messageId of an answer of ours: of fault operations it is the request's own."""
    found = _MESSAGE_ID.search(answer) if isinstance(answer, str) else None
    return {"message_id": unescape(found[1])} if found else {}


def _bounded(_logger: object, _method: str, event: EventDict) -> Mapping[str, Any]:
    """The fields that every line has come first, and no field is longer than it may be."""
    names = [*_FIRST, *(name for name in event if name not in _FIRST)]
    return {name: _cut(name, event[name]) for name in names}


def _cut(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "exception":
        text = value if len(value) <= LONGEST_TRACEBACK else "…" + value[1 - LONGEST_TRACEBACK :]
    else:
        text = value if len(value) <= LONGEST_FIELD else value[: LONGEST_FIELD - 1] + "…"
    return text.encode("utf-8", "replace").decode()  # half a character, of a hostile path, is no JSON
