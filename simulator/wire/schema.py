"""The XSD gate: libxml2 says yes or no to every message; why not is told by ``explanation``, and only then."""

from functools import cache, cached_property
from pathlib import Path

from lxml import etree

from simulator import resources
from simulator.wire.explanation import Violation, explain

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

    @cached_property
    def _gate(self) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(self.path))

    def valid(self, message: etree._Element) -> bool:
        """Whether a message keeps to the schema. About 10 microseconds for a fault report.

        White space around a date does not count (XSD collapses it), though libxml2 refuses it: it is then taken away.
        """
        good = self._gate.validate(message) or (_strip_dates(message) and self._gate.validate(message))
        self._refused = None if good else message
        return good

    def explain(self, message: etree._Element) -> tuple[Violation, ...]:
        """Every way in which a refused message breaks the schema; at least one."""
        if self._refused is not message:  # else libxml2's words on it are still there
            self.valid(message)
        self._refused = None
        first_words = [(entry.line, entry.path or "", entry.message) for entry in self._gate.error_log]
        return explain(self.path, message, first_words)


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
