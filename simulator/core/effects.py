"""The whole vocabulary of what the core asks for. The core performs none of it but its own timers."""

from dataclasses import dataclass
from datetime import datetime

from simulator.core.inputs import Timer


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: status, media type and bytes, as they go on the wire."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send one notification to a buyer. ``delivery`` counts from 1; deliveries of one ``lane`` keep their order."""

    delivery: int
    lane: str
    buyer: str
    notification: str
    message_id: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake me at ``due``. A ``driving`` timer is one that the auto clock may jump to (design: simulated time).

    While one with ``patience`` waits, the auto clock stands still for so many real seconds: somebody outside is to act
    before it falls due.
    """

    timer: Timer
    due: datetime
    driving: bool
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Do not wake me for this one."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Reach:
    """From now on notifications to this buyer have somewhere to go, or no longer; where that is, nobody here knows."""

    buyer: str
    reachable: bool


Effect = Deliver | SetTimer | CancelTimer | Reach
