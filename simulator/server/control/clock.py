"""The clock of the control API (``docs/control-api.md``): look at it, move it, let it run or stand."""

from datetime import UTC, datetime
from typing import Annotated, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from simulator.cityfibre.action_parameters import Instant
from simulator.cityfibre.settings import Duration
from simulator.core.engine import EnvironmentFailedError
from simulator.core.instants import format_instant
from simulator.runtime.driver import (
    MOST_REAL_SECONDS,
    AdvanceTimedOutError,
    AdvanceUnderWayError,
    DriverStoppedError,
)
from simulator.runtime.environments import Environments
from simulator.server.control.pictures import EntryPicture, TimerPicture, happened_picture, timers_picture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import checked, environment_of, object_of
from simulator.server.control.route import ENVIRONMENT, Route

LATEST = datetime(2999, 1, 1, tzinfo=UTC)
"""Time beyond this is refused: the calendar ends somewhere."""


class Advance(BaseModel):
    """Move the clock ``by`` a duration or ``to`` an instant; ``within_real`` bounds the wait, in real seconds."""

    model_config = ConfigDict(extra="forbid")

    by: Duration | None = None
    to: Instant | None = None
    within_real: Annotated[float, Field(gt=0, le=MOST_REAL_SECONDS)] = MOST_REAL_SECONDS

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.by is None) == (self.to is None):
            message = 'say either "by" (a duration such as PT48H) or "to" (an instant)'
            raise ValueError(message)
        return self


AdvancedPicture = TypedDict(
    "AdvancedPicture",
    {
        "from": str,
        "now": str,
        "entries": int,
        "happened": list[EntryPicture],
        "more": int,
        "next_timers": list[TimerPicture],
    },
)
"""What an advance has led to, in order, and what comes next."""


class ClockRoutes:
    """The handlers below ``/control/v1/environments/{env}/clock``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        clock = f"{ENVIRONMENT}/clock"
        return [Route("POST", f"{clock}/advance", self.advance, AdvancedPicture, body=Advance, problems=(409, 503))]

    async def advance(self, request: web.Request) -> web.Response:
        """Advance the clock, settled at each timer; answers when all is quiet, with what happened and what comes."""
        environment = environment_of(request, self._environments)
        wanted = checked(Advance, await object_of(request))
        driver, journal = environment.driver, environment.engine.journal
        before, seq = driver.now(), journal.next_seq
        to = _target(wanted, before)
        try:
            await driver.advance(to, wanted.within_real)
        except AdvanceUnderWayError:
            raise Problem(409, "another advance of this environment has not ended") from None
        except DriverStoppedError:
            raise Problem(409, "the environment was reset meanwhile") from None
        except EnvironmentFailedError as error:
            raise Problem(503, f"the environment has failed ({error}); reset it") from None
        except AdvanceTimedOutError as error:
            reached = format_instant(error.reached)
            detail = f"the advance did not end within {wanted.within_real:g} real seconds; what has fired stays"
            raise Problem(409, detail, reached=reached, blocked_by=error.blocked_by) from None
        told, more = happened_picture(journal, seq)
        return json_response(
            {
                "from": format_instant(before),
                "now": format_instant(driver.now()),
                "entries": journal.next_seq - seq,
                "happened": told,
                "more": more,
                "next_timers": timers_picture(environment),
            }
        )


def _target(wanted: Advance, now: datetime) -> datetime:
    if wanted.to is not None:
        to = wanted.to
        if to < now:
            raise Problem(422, f"the clock never goes back: {format_instant(to)} is before {format_instant(now)}")
    else:
        assert wanted.by is not None  # noqa: S101 - the model has either
        to = now + wanted.by
    if to > LATEST:
        raise Problem(422, f"the calendar ends at {format_instant(LATEST)}")
    return to
