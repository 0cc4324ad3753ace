"""What an operation is: its messages, its rules in order, and what it does when they all pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from simulator.cityfibre.books import Draft
from simulator.cityfibre.messages import Attachment
from simulator.cityfibre.rules import Rule
from simulator.cityfibre.ticket import State

Family = Literal["fault", "appointment"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the answer to a report or an amend says: the ticket's state, and the files that it announced."""

    status: State
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the six. ``handle`` gets the typed request and the draft, and returns what the answer says.

    For a fault operation that is a :class:`Taken` (``None`` where the answer has no status), for an appointment
    operation the ``…Accepted`` message. ``request_element`` and ``answer_element`` are local names.
    """

    name: str
    family: Family
    request: type[Any]
    request_element: str
    answer_element: str
    good_status: int
    answers_status: bool
    rules: tuple[Rule[Any], ...]
    handle: Callable[[Any, Draft], Any]
    source: str
