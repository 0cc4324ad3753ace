"""The whole vocabulary of what the core asks for. The core performs none of it but its own timers and its outbox."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from simulator.core.inputs import Timer


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer goes on the wire where a fault is injected, in real milliseconds; ``reset`` sends none at all."""

    wait_milliseconds: int = 0
    over_milliseconds: int = 0
    reset: bool = False


AT_ONCE = Manner()
"""The usual manner."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: status, media type and bytes, as they go on the wire.

    ``retry_after``, in seconds, goes into the header of that name.
    """

    status: int
    content_type: str
    body: bytes
    retry_after: int | None = None
    manner: Manner = AT_ONCE


Why = Literal["first", "retry", "duplicate", "redelivery"]
"""What an attempt is made for. Only the first attempt and its retries make up the delivery's one series."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send one notification to a buyer. ``delivery`` counts from 1; deliveries of one ``lane`` keep their order.

    ``not_before`` holds it up, and with it its lane. One that is ``held`` joins its lane when it is released, and one
    with a reason in ``unsent`` only if it is asked for. Its body is spread over ``over_milliseconds``, real ones.
    When it was ``made``, ``attempt`` and ``why`` are the outbox's to say.
    """

    delivery: int
    lane: str
    buyer: str
    notification: str
    message_id: str
    content_type: str
    body: bytes
    over_milliseconds: int = 0
    not_before: datetime | None = None
    held: bool = False
    unsent: str = ""
    made: datetime | None = field(default=None, compare=False)
    attempt: int = 1
    why: Why = "first"


@dataclass(frozen=True, slots=True)
class Again:
    """Send a notification once more, behind all that waits in its lane; one that waits for a retry is tried at once.

    Nothing happens where the outbox does not keep it any longer or still holds it; what was not sent has no duplicate.
    """

    delivery: int
    why: Literal["duplicate", "redelivery"]


@dataclass(frozen=True, slots=True)
class Release:
    """Let a notification that is held join its lane."""

    delivery: int


@dataclass(frozen=True, slots=True)
class Retry:
    """An attempt has failed: make another at ``due``. Until then the lane waits."""

    delivery: int
    due: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """An attempt was the last: the buyer has taken the notification, or it is given up. Its lane goes on."""

    delivery: int
    verdict: Literal["delivered", "refused", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Begin no attempts for a buyer until it is taken back; what is due then starts at once."""

    buyer: str
    paused: bool


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


Effect = Deliver | Again | Release | Retry | Settle | Pause | SetTimer | CancelTimer | Reach
