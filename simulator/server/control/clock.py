"""The clock of the control API (``docs/control-api.md``): look at it, move it, let it run or stand."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import TypedDict

from simulator.cityfibre.action_parameters import Instant
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.settings import Duration
from simulator.config import FASTEST
from simulator.core.engine import EnvironmentFailedError
from simulator.core.instants import format_instant
from simulator.core.journal import Entry, Journal
from simulator.runtime.advance import (
    MOST_REAL_SECONDS,
    AdvanceTimedOutError,
    AdvanceUnderWayError,
    Awaited,
    DriverStoppedError,
)
from simulator.runtime.driver import Mode
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.pictures import (
    ClockPicture,
    EntryPicture,
    TimerPicture,
    clock_picture,
    happened_picture,
    timers_picture,
)
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import address_of, checked, environment_of, object_of
from simulator.server.control.route import ENVIRONMENT, Route

LATEST = datetime(2999, 1, 1, tzinfo=UTC)
"""Time beyond this is refused: the calendar ends somewhere."""
MOST_AWAITED = 20
"""Requests that one advance awaits."""
_REAL = "how long it may take, in real seconds"
_STRICT = ConfigDict(extra="forbid")
_OPERATIONS = tuple(OPERATIONS)
_NOTIFICATIONS = tuple(one.name for one in NOTIFICATIONS)


class AwaitedRequest(BaseModel):
    """A request that the buyer is to send since the advance began: an operation, and about which ticket."""

    model_config = _STRICT

    operation: Literal[_OPERATIONS] = Field(description="what the buyer is to send")  # type: ignore[valid-type]
    ticket: str | None = Field(None, description="about which ticket, by either of its names; any, unless said")
    within_real: float = Field(MOST_REAL_SECONDS, gt=0, le=MOST_REAL_SECONDS, description=_REAL)


class UntilNotification(BaseModel):
    """A notification at which an advance ends: which, and of which ticket."""

    model_config = _STRICT

    notification: Literal[_NOTIFICATIONS] = Field(description="what the buyer is told")  # type: ignore[valid-type]
    ticket: str | None = Field(None, description="of which ticket, by either of its names; any, unless said")


_Until = Annotated[
    Annotated[Literal["next-timer", "next-notification"], Tag("word")] | Annotated[UntilNotification, Tag("named")],
    Discriminator(lambda value: "named" if isinstance(value, dict | UntilNotification) else "word"),
]


class Advance(BaseModel):
    """Move the clock ``by`` a duration or ``to`` an instant, or only ``until`` something happens on the way.

    ``await`` are requests that are waited for in real time once the clock has arrived; it stands still meanwhile.
    ``within_real`` bounds the whole, in real seconds.
    """

    model_config = _STRICT

    by: Duration | None = Field(None, description="how far to go, such as PT48H; PT0S only waits until all is quiet")
    to: Instant | None = Field(None, description="where to go; an instant that has passed is refused")
    until: _Until | None = Field(
        None, description="end there already: at the next of all, or at a certain notification"
    )
    awaited: list[AwaitedRequest] = Field(
        [],
        alias="await",
        max_length=MOST_AWAITED,
        description="requests that are waited for once the clock has arrived",
    )
    within_real: float = Field(MOST_REAL_SECONDS, gt=0, le=MOST_REAL_SECONDS, description=_REAL)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        instants = (self.by is not None) + (self.to is not None)
        if instants > 1 or (instants == 0 and self.until is None):
            message = 'say either "by" (a duration such as PT48H) or "to" (an instant), or "until" what'
            raise ValueError(message)
        return self


class Resume(BaseModel):
    """How fast time runs, in simulated seconds for each real one; as the environment began, unless said."""

    model_config = _STRICT

    rate: float | None = Field(
        None, gt=0, le=FASTEST, allow_inf_nan=False, description="simulated seconds in a real one"
    )


class Nothing(BaseModel):
    """A body that says nothing."""

    model_config = _STRICT


AdvancedPicture = TypedDict(
    "AdvancedPicture",
    {
        "from": str,
        "now": str,
        "ended": Literal["arrived", "next-timer", "next-notification", "notification", "no-timer"],
        "entries": int,
        "happened": list[EntryPicture],
        "more": int,
        "next_timers": list[TimerPicture],
    },
)
"""What an advance has led to, in order, why it ended where it did, and what comes next."""


class ClockRoutes:
    """The handlers below ``/control/v1/environments/{env}/clock``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        clock = f"{ENVIRONMENT}/clock"
        return [
            Route("GET", clock, self.show_clock, ClockPicture),
            Route("POST", f"{clock}/advance", self.advance, AdvancedPicture, body=Advance, problems=(409, 503)),
            Route("POST", f"{clock}/freeze", self.freeze, ClockPicture, body=Nothing, problems=(409, 503)),
            Route("POST", f"{clock}/resume", self.resume, ClockPicture, body=Resume, problems=(409, 503)),
            Route("POST", f"{clock}/auto", self.auto, ClockPicture, body=Nothing, problems=(409, 503)),
        ]

    async def show_clock(self, request: web.Request) -> web.Response:
        """The simulated instant, and how time moves."""
        return json_response(clock_picture(environment_of(request, self._environments)))

    async def advance(self, request: web.Request) -> web.Response:
        """Advance the clock, settled at each timer; answers when all is quiet, with what happened and what comes."""
        wanted = checked(Advance, await object_of(request))
        environment = environment_of(request, self._environments)
        driver, journal = environment.driver, environment.engine.journal
        before, seq = driver.now(), journal.next_seq
        to, enough = _target(wanted, before), _enough(wanted, environment)
        awaited = [_awaited(one, environment) for one in wanted.awaited]
        try:
            await driver.advance(to, wanted.within_real, enough, awaited)
        except AdvanceTimedOutError as error:
            detail = f"the advance did not end within its real time: {error.blocked_by}; what has fired stays"
            reached = format_instant(error.reached)
            raise Problem(409, detail, reached=reached, blocked_by=error.blocked_by) from None
        except _HELD_UP as error:
            raise _held_up(error) from None
        told, more = happened_picture(journal, seq)
        picture: AdvancedPicture = {
            "from": format_instant(before),
            "now": format_instant(driver.now()),
            "ended": _met(wanted) if enough() else "arrived" if to else "no-timer",
            "entries": journal.next_seq - seq,
            "happened": told,
            "more": more,
            "next_timers": timers_picture(environment),
        }
        return json_response(picture)

    async def freeze(self, request: web.Request) -> web.Response:
        """Let the clock stand still; it then moves only when it is advanced."""
        checked(Nothing, await object_of(request))
        return self._run(request, "frozen")

    async def resume(self, request: web.Request) -> web.Response:
        """Let the clock run, at a rate."""
        wanted = checked(Resume, await object_of(request))
        return self._run(request, "realtime", wanted.rate)

    async def auto(self, request: web.Request) -> web.Response:
        """Let the clock jump on by itself whenever all is quiet."""
        checked(Nothing, await object_of(request))
        return self._run(request, "auto")

    def _run(self, request: web.Request, mode: Mode, rate: float | None = None) -> web.Response:
        environment = environment_of(request, self._environments)
        try:
            environment.driver.run(mode, rate or environment.blueprint.rate)
        except _HELD_UP as error:
            raise _held_up(error) from None
        return json_response(clock_picture(environment))


_HELD_UP = (AdvanceUnderWayError, DriverStoppedError, EnvironmentFailedError)


def _held_up(error: Exception) -> Problem:
    """Why the clock can't be moved at all."""
    match error:
        case AdvanceUnderWayError():
            return Problem(409, "another advance of this environment has not ended")
        case DriverStoppedError():
            return Problem(409, "the environment was reset or removed meanwhile")
        case _:
            return Problem(503, f"the environment has failed ({error}); reset it")


def _target(wanted: Advance, now: datetime) -> datetime | None:
    if wanted.to is None and wanted.by is None:
        return None
    to = now + wanted.by if wanted.by is not None else wanted.to
    assert to is not None  # noqa: S101 - narrows the type: it has either
    if to < now:
        raise Problem(422, f"the clock never goes back: {format_instant(to)} is before {format_instant(now)}")
    if to > LATEST:
        raise Problem(422, f"the calendar ends at {format_instant(LATEST)}")
    return to


def _enough(wanted: Advance, environment: Environment) -> Callable[[], bool]:
    """Whether that has happened until which the clock is to move."""
    journal = environment.engine.journal
    match wanted.until:
        case "next-timer":
            return _seen(journal, lambda entry: entry.kind == "timer-fired")
        case "next-notification":
            return _seen(journal, lambda entry: entry.kind == "notification")
        case UntilNotification() as one:
            ticket = None if one.ticket is None else address_of(one.ticket, environment)
            return _seen(
                journal,
                lambda entry: (
                    (entry.kind, entry.data.get("notification")) == ("notification", one.notification)
                    and ticket in {None, entry.ticket}
                ),
            )
        case _:
            return lambda: False


def _met(wanted: Advance) -> Literal["next-timer", "next-notification", "notification"]:
    """What an advance has ended with that did not go all the way."""
    if isinstance(wanted.until, UntilNotification):
        return "notification"
    return "next-timer" if wanted.until == "next-timer" else "next-notification"


def _awaited(one: AwaitedRequest, environment: Environment) -> Awaited:
    """What is waited for, told in words; a ticket that is not known yet may be one that the request itself makes."""
    ticket = None if one.ticket is None else address_of(one.ticket, environment)
    what = one.operation + (f" of {one.ticket}" if one.ticket else "")

    def fits(entry: Entry) -> bool:
        asked = (entry.kind, entry.data.get("operation")) == ("request-received", one.operation)
        return asked and ticket in {None, entry.ticket}

    return Awaited(what, _seen(environment.engine.journal, fits), one.within_real)


def _seen(journal: Journal, fits: Callable[[Entry], bool]) -> Callable[[], bool]:
    """Whether the journal has got an entry that fits; each is looked at once."""
    looked, found = journal.next_seq - 1, False

    def seen() -> bool:
        nonlocal looked, found
        for entry in journal.after(looked, journal.next_seq):
            looked = entry.seq
            found = found or fits(entry)
        return found

    return seen
