"""The XSD gate: libxml2 says yes or no to every message; why not is told by ``explanation``, and only then."""

from collections.abc import Iterable
from functools import cache, cached_property
from itertools import islice
from pathlib import Path

from lxml import etree

from simulator import resources
from simulator.wire.explanation import MOST_VIOLATIONS, Violation, explain

MOST_WITH_PLACES = 2_000
"""Elements of a message of whose errors libxml2 tells the places: it counts all siblings for each."""
_PIECE = 16 * 1024
_DATES = (
    "sentAt",
    "reportDateTime",
    "faultStartTime",
    "updatedTime",
    "commentedTime",
    "appointmentDate",
    "startDateTime",
    "endDateTime",
)
_WHITE = " \t\r\n"


class Schema:
    """One of our XSD files, compiled when it is first asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._refused: etree._Element | None = None
        self._said: list[tuple[int, str, str]] = []

    @cached_property
    def _gate(self) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(self.path))

    def valid(self, message: etree._Element) -> bool:
        """Whether a message keeps to the schema. About 10 microseconds for a fault report.

        White space around a date does not count (XSD collapses it), though libxml2 refuses it: it is then taken away.
        """
        good = self._passes(message) or (_strip_dates(message) and self._passes(message))
        self._refused = None if good else message
        return good

    def explain(self, message: etree._Element) -> tuple[Violation, ...]:
        """Every way in which a refused message breaks the schema; at least one."""
        if self._refused is not message:  # else libxml2's words on it are still there
            self.valid(message)
        self._refused = None
        return explain(self.path, message, self._said)

    def _passes(self, message: etree._Element) -> bool:
        """What libxml2 says; why not is kept for an explanation."""
        if _more_than(MOST_WITH_PLACES, message):
            return self._passes_as_read(message)
        good = self._gate.validate(message)
        self._said = [] if good else _words(self._gate.error_log)
        return good

    def _passes_as_read(self, message: etree._Element) -> bool:
        """The same for a large message, up to its first errors, and without their places.

        On a tree, libxml2 counts an element's siblings for each of its errors: seconds for ten thousand of them.
        """
        parser = etree.XMLParser(schema=self._gate, no_network=True, load_dtd=False, resolve_entities=False)
        text = etree.tostring(
            message, encoding="UTF-8", with_tail=False
        )  # no name can be escaped, as ASCII would want it
        for start in range(0, len(text), _PIECE):
            parser.feed(text[start : start + _PIECE])
            if len(parser.feed_error_log) >= MOST_VIOLATIONS:
                break
        self._said = [(0, "", said) for _, _, said in _words(islice(parser.feed_error_log, MOST_VIOLATIONS))]
        return not self._said


def _words(log: Iterable[etree._LogEntry]) -> list[tuple[int, str, str]]:
    return [(entry.line, entry.path or "", entry.message) for entry in log]


def _more_than(most: int, message: etree._Element) -> bool:
    return next(islice(message.iter(), most, None), None) is not None


def _strip_dates(message: etree._Element) -> bool:
    """Take the white space from around dates; whether there was any."""
    found = False
    for element in message.iter(*_DATES):
        if element.text and element.text != element.text.strip(_WHITE):
            element.text = element.text.strip(_WHITE)
            found = True
    return found


@cache
def schema(name: str) -> Schema:
    """The schema of that file name in ``schemas/``, for example ``faultReport.xsd``."""
    return Schema(resources.schemas() / name)
