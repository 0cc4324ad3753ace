"""The control API (``docs/control-api.md``): steer an environment's clock, and look into it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.cityfibre.action_parameters import Instant
from simulator.cityfibre.settings import Duration
from simulator.core.engine import EnvironmentFailedError
from simulator.core.instants import format_instant
from simulator.core.journal import Entry
from simulator.runtime.driver import (
    MOST_REAL_SECONDS,
    AdvanceTimedOutError,
    AdvanceUnderWayError,
    DriverStoppedError,
)
from simulator.runtime.environments import Environment, Environments
from simulator.server.control_requests import checked, environment_of, number_of, object_of
from simulator.server.pictures import MOST_ENTRIES, environment_picture, happened_picture, timers_picture
from simulator.server.problems import Problem, json_response
from simulator.server.scenario_routes import ScenarioRoutes
from simulator.server.ticket_routes import TicketRoutes

LONGEST_PAGE = 4 * 1024 * 1024
"""Characters of messages in one page of the journal."""
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


class ControlRoutes:
    """The handlers of the control API, all below ``/control/v1/environments``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[web.RouteDef]:
        """Every route; a test holds the docs to this list."""
        one = "/control/v1/environments/{env}"
        return [
            web.get("/control/v1/environments", self.list_environments),
            web.get(one, self.show_environment),
            web.post(f"{one}/clock/advance", self.advance),
            *TicketRoutes(self._environments).routes(),
            *ScenarioRoutes(self._environments).routes(),
            web.get(f"{one}/journal", self.show_journal),
            web.post(f"{one}/reset", self.reset),
            web.get("/health/live", self.live),
            web.get("/health/ready", self.ready),
        ]

    def _environment(self, request: web.Request) -> Environment:
        return environment_of(request, self._environments)

    async def list_environments(self, _request: web.Request) -> web.Response:
        """The names of all environments."""
        return json_response({"environments": self._environments.names})

    async def show_environment(self, request: web.Request) -> web.Response:
        """Clock, counts and next timers."""
        return json_response(environment_picture(self._environment(request)))

    async def advance(self, request: web.Request) -> web.Response:
        """Advance the clock, settled at each timer; answers when all is quiet, with what happened and what comes."""
        environment = self._environment(request)
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

    async def show_journal(self, request: web.Request) -> web.Response:
        """Entries behind ``after``, oldest first, ``limit`` at the most; fewer where they are long."""
        journal = self._environment(request).engine.journal
        after = number_of(request.query, "after", 0, 2**53)
        limit = number_of(request.query, "limit", MOST_ENTRIES, MOST_ENTRIES)
        entries: list[Entry] = []
        size = 0
        for entry in journal.after(after, limit):
            size += sum(len(text) for text in entry.data.values() if isinstance(text, str))
            if entries and size > LONGEST_PAGE:
                break
            entries.append(entry)
        last = entries[-1].seq if entries else after
        document = {"first_seq": journal.first_seq, "next_seq": journal.next_seq, "last": last}
        return json_response({**document, "entries": [entry.as_json() for entry in entries]})

    async def reset(self, request: web.Request) -> web.Response:
        """Begin the environment anew."""
        environment = self._environment(request)
        await environment.reset()
        return json_response(environment_picture(environment))

    async def live(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return json_response({"status": "live"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Requests are being taken, by environments that have not failed."""
        failed = [
            name for name in self._environments.names if (one := self._environments.get(name)) and one.engine.failed
        ]
        if failed:
            raise Problem(503, "environments have failed; reset them", failed=failed)
        return json_response({"status": "ready"})


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
