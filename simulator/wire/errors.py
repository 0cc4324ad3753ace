"""What may be wrong with a message before anybody asks what it means."""

from dataclasses import dataclass
from typing import Literal

ProtocolRule = Literal["xml-not-well-formed", "xml-limit", "envelope", "envelope-version", "envelope-must-understand"]
"""The id of each check of the wire, as the journal and the answers name it."""

LONGEST_VALUE = 60
"""Characters quoted of what a sender wrote."""


def shorten(text: str) -> str:
    """A value as it may be quoted: on one line, and no longer than is useful."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message: 1-based line and column, and the XPath of the element; 0 and empty where not known."""

    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        parts = [f"line {self.line}" if self.line else "", f"column {self.column}" if self.column else "", self.path]
        return ", ".join(part for part in parts if part)


class ProtocolError(Exception):
    """A message that is broken as XML or as an envelope. The contract names its answer (contract §1)."""

    def __init__(self, rule: ProtocolRule, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.place = place
