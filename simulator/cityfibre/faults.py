"""Faults that can be injected on purpose: what each does to a message, and by which words it is chosen.

The supplier's text knows none of them: they are what networks and busy servers do. The control API and scenarios
read them with the same models.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.settings import Duration
from simulator.core.instants import later

LONGEST_MILLISECONDS = 60_000
"""Real milliseconds of a delay that is injected."""
MOST_TIMES = 1_000_000
MOST_NAMES = 20
"""Messages that one fault names."""
LONGEST_MEDIA_TYPE = 100

OperationName = Literal[
    "addFaultReport",
    "amendFaultReport",
    "resolveResponse",
    "requestFaultReportUpdate",
    "queryAppointmentAvailability",
    "reserveAppointment",
]
if TYPE_CHECKING:
    NotificationName = str
else:
    NotificationName = Literal[tuple(one.name for one in NOTIFICATIONS)]


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_json(names: Iterable[str]) -> WithJsonSchema:
    one = {"type": "string", "enum": list(names)}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "maxItems": MOST_NAMES}]})


_OneOrMore = BeforeValidator(_one_or_more)


class Fault(BaseModel):
    """A fault, and the messages that it meets: those that fit are counted, from the first after it was set."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # 20 ms that only who sets one waits

    nth: int = Field(1, ge=1, le=MOST_TIMES, description="from which of the messages that fit on")
    times: int | None = Field(
        None, ge=1, le=MOST_TIMES, description="how often at most; once, unless `lasts` or `probability` is said"
    )
    starts_in: Duration = Field(timedelta(0), description="simulated time until it begins to count")
    lasts: Duration | None = Field(None, description="simulated time from then on, after which it is over")
    probability: float | None = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="the share of the messages that it meets, drawn by the seed"
    )

    @property
    def most(self) -> int:
        """How often it is injected at most."""
        if self.times is not None:
            return self.times
        return 1 if self.lasts is None and self.probability is None else MOST_TIMES


class OfRequests(Fault):
    """A fault of what the buyer sends, or of the answer to it."""

    on: Annotated[
        tuple[OperationName, ...], _OneOrMore, Field(max_length=MOST_NAMES), _as_json(get_args(OperationName))
    ] = Field((), description="one operation or several; without, each of the six")


class OfNotifications(Fault):
    """A fault of what the buyer is sent."""

    on: Annotated[
        tuple[NotificationName, ...],
        _OneOrMore,
        Field(max_length=MOST_NAMES),
        _as_json(one.name for one in NOTIFICATIONS),
    ] = Field((), description="one notification or several; without, each")


Milliseconds = Annotated[int, Field(ge=1, le=LONGEST_MILLISECONDS)]
RetryAfter = Annotated[int, Field(ge=0, le=24 * 3600)]


# -- of requests


class Latency(OfRequests):
    """The answer comes late; simulated time stands meanwhile, unless it runs by itself."""

    milliseconds: Milliseconds = Field(1_000, description="real milliseconds before the first byte")


class SlowAnswer(OfRequests):
    """The answer's body comes in small pieces."""

    milliseconds: Milliseconds = Field(1_000, description="real milliseconds from the first byte to the last")


class ResetBeforeCommit(OfRequests):
    """The connection is reset, and nothing has happened."""


class ResetAfterCommit(OfRequests):
    """The connection is reset in place of the answer; what was asked for has happened."""


class EmptyAnswer(OfRequests):
    """The answer has its status, and no body."""


class TruncatedAnswer(OfRequests):
    """The answer's XML breaks off half-way."""


class MalformedAnswer(OfRequests):
    """The answer's last element is closed under another name."""


class TooManyRequests(OfRequests):
    """The request is turned away: 429, with a Retry-After."""

    retry_after: RetryAfter = Field(30, description="seconds that the buyer is asked to wait")


class Unavailable(OfRequests):
    """The request is turned away: 503, with a Retry-After."""

    retry_after: RetryAfter = Field(30, description="seconds that the buyer is asked to wait")


class ServerError(OfRequests):
    """The request is answered with a fault and status 500; nothing has happened."""


class Outage(OfRequests):
    """A planned outage: each request gets 503, and a Retry-After up to its end."""

    lasts: Duration = Field(description="how long it takes, in simulated time")

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if not self.lasts:
            message = "an outage takes some time"
            raise ValueError(message)
        return self


# -- of notifications


class Duplicate(OfNotifications):
    """The notification is sent twice: the same bytes under the same messageId."""

    after: NotificationName | None = Field(
        None, description="the second time only behind the next of this name for the same ticket"
    )


class Drop(OfNotifications):
    """The notification is not sent; by the control API it can be asked for."""


class Delay(OfNotifications):
    """The notification is sent later, and so is what comes behind it for the same ticket."""

    by: Duration = Field(description="by how much, in simulated time")


class Reorder(OfNotifications):
    """The notification is sent behind the next of the same ticket."""

    at_most: Duration = Field(timedelta(days=3), description="simulated time after which it goes alone")


class Stale(OfNotifications):
    """Behind the notification comes the picture of the one before it, if any, under a messageId of its own."""


class SlowBody(OfNotifications):
    """The notification's body comes in small pieces."""

    milliseconds: Milliseconds = Field(1_000, description="real milliseconds from the first byte to the last")


class Verbatim(OfNotifications):
    """The notification has the quirks of the published sample: elements left out, and others spelt otherwise."""


class WrongContentType(OfNotifications):
    """The notification comes under another media type."""

    content_type: str = Field(
        "text/html; charset=utf-8",
        min_length=1,
        max_length=LONGEST_MEDIA_TYPE,
        pattern="^[!-~]+(/[!-~]+)?( *;[ -~]*)?$",
        description="the header's value",
    )


OF_REQUESTS: Mapping[str, type[OfRequests]] = MappingProxyType(
    {
        "latency": Latency,
        "slow-answer": SlowAnswer,
        "reset-before-commit": ResetBeforeCommit,
        "reset-after-commit": ResetAfterCommit,
        "empty-answer": EmptyAnswer,
        "truncated-answer": TruncatedAnswer,
        "malformed-answer": MalformedAnswer,
        "too-many-requests": TooManyRequests,
        "unavailable": Unavailable,
        "server-error": ServerError,
        "outage": Outage,
    }
)
OF_NOTIFICATIONS: Mapping[str, type[OfNotifications]] = MappingProxyType(
    {
        "duplicate": Duplicate,
        "drop": Drop,
        "delay": Delay,
        "reorder": Reorder,
        "stale": Stale,
        "slow-body": SlowBody,
        "verbatim": Verbatim,
        "wrong-content-type": WrongContentType,
    }
)
FAULTS: Mapping[str, type[Fault]] = MappingProxyType({**OF_REQUESTS, **OF_NOTIFICATIONS})
"""Every fault by its name: the same word in the control API and in scenarios."""
TURN_AWAY: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "too-many-requests": (429, "Too many requests"),
        "unavailable": (503, "The service is not available"),
        "server-error": (500, "The service has met an error"),
        "outage": (503, "The service is down for planned work"),
        "reset-before-commit": (0, "The connection is reset"),
    }
)
"""Faults by which a request is not taken, each with its status (0: there is no answer) and the fault's sentence."""


@dataclass(frozen=True, slots=True)
class Active:
    """A fault that has been set: for one ticket, or for all (empty), and how often it has been met and injected."""

    number: int
    kind: str
    fault: Fault
    set_at: datetime
    ticket: str = ""
    met: int = 0
    injected: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has been injected as often as it may."""
        return self.injected >= self.fault.most

    def over(self, now: datetime) -> bool:
        """Whether no message can meet it any more."""
        return self.spent or (self.ends is not None and self.ends <= now)

    def fits(self, kinds: Iterable[str], name: str, ticket: str, now: datetime) -> bool:
        """Whether a message is one of those that it counts."""
        if self.spent or self.kind not in kinds or self.ticket not in {"", ticket}:
            return False
        on: tuple[str, ...] = getattr(self.fault, "on", ())
        return (not on or name in on) and self.begins <= now and (self.ends is None or now < self.ends)

    @property
    def begins(self) -> datetime:
        """The instant from which it counts."""
        return later(self.set_at, self.fault.starts_in)

    @property
    def ends(self) -> datetime | None:
        """The instant at which it is over; ``None`` where time does not end it."""
        return None if self.fault.lasts is None else later(self.begins, self.fault.lasts)

    def parameters(self) -> dict[str, Any]:
        """What was said of it, as plain values."""
        return self.fault.model_dump(mode="json", exclude_unset=True)
