"""The whole vocabulary of what can happen to an environment. Nothing else changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal["body-too-big", "body-too-slow", "body-cut-off", "no-room"]
"""Why a request could not be read whole, or a file not be kept; a body is then what came first, if anything."""
Stopped = Literal["address-not-agreed", "no-certificate", "certificate-refused", "certificate-unknown"]
"""Why somebody may not come in."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends something: the buyer whose certificate was shown, empty where none was asked for.

    Or why it may not come in, and in words what is wrong with its certificate. Nothing of what it sends is then read.
    """

    buyer: str = ""
    stopped: Stopped | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A buyer's request, wholly read. ``content_type`` and ``content_encoding`` are the headers as sent, or empty.

    ``scenario`` is the header by which a test says what shall become of it; no buyer's system sends one by itself.
    ``caller`` is ``None`` where nobody is asked who it is.
    """

    operation: str
    body: bytes
    method: str = "POST"
    content_type: str = ""
    content_encoding: str = ""
    trouble: Trouble | None = None
    scenario: str = ""
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class FileReceived:
    """A file that a buyer has put, wholly stored. ``name`` is the last part of its path; ``sha256`` is in hex.

    With a ``trouble``, or for a name that nobody awaits, nothing is stored, and ``size`` is 0.
    """

    name: str
    size: int = 0
    sha256: str = ""
    method: str = "PUT"
    trouble: Trouble | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Steered:
    """A command from whoever steers the environment. What it means is the supplier's to say.

    ``subject`` is the address of the ticket that it is about; ``parameters`` are plain JSON values.
    """

    command: str
    subject: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timer:
    """Names one timer: what is to happen, and to what. Setting the same timer again moves it.

    The subject is a ticket's address; of anything else, ``under`` says which ticket it belongs to, empty where to none.
    """

    kind: str
    subject: str
    under: str | None = None

    @property
    def ticket(self) -> str:
        """The ticket that the journal files it under; empty where it is no ticket's."""
        return self.subject if self.under is None else self.under


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer fell due. It fires at its own instant, whatever moved the clock."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """What the buyer's endpoint said to one attempt: a status and bytes, or why there was no answer.

    ``retry_after`` are the seconds that it asks for before another attempt.
    """

    status: int | None
    body: bytes = b""
    failure: str = ""
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveryCompleted:
    """One attempt to deliver a notification has ended. Attempts of a delivery count from 1."""

    delivery: int
    answer: DeliveryAnswer
    attempt: int = 1


Input = RequestReceived | FileReceived | TimerFired | DeliveryCompleted | Steered
