"""The control API (``docs/control-api.md``): steer an environment's clock, and look into it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Self, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

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
from simulator.server.pictures import environment_picture, ticket_picture, timers_picture
from simulator.server.problems import Problem, json_response

LONGEST_BODY = 64 * 1024
MOST_ENTRIES = 1_000
LONGEST_PAGE = 4 * 1024 * 1024
"""Characters of messages in one page of the journal."""
LATEST = datetime(2999, 1, 1, tzinfo=UTC)
"""Time beyond this is refused: the calendar ends somewhere."""
_MOST_DIGITS = 16
_INSTANT = "expected an instant with its zone, such as 2026-01-06T09:00:00Z"
_M = TypeVar("_M", bound=BaseModel)


def _read_text(value: object) -> object:
    """An instant is spelt out; pydantic would take a number for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError(_INSTANT)  # noqa: TRY004 - pydantic turns only a ValueError into an answer
    return value


class Advance(BaseModel):
    """Move the clock ``by`` a duration or ``to`` an instant; ``within_real`` bounds the wait, in real seconds."""

    model_config = ConfigDict(extra="forbid")

    by: Duration | None = None
    to: Annotated[AwareDatetime, BeforeValidator(_read_text)] | None = None
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
            web.get(f"{one}/tickets", self.list_tickets),
            web.get(f"{one}/tickets/{{ref}}", self.show_ticket),
            web.get(f"{one}/journal", self.show_journal),
            web.post(f"{one}/reset", self.reset),
            web.get("/health/live", self.live),
            web.get("/health/ready", self.ready),
        ]

    def _environment(self, request: web.Request) -> Environment:
        name = request.match_info["env"]
        environment = self._environments.get(name)
        if environment is None:
            raise Problem(404, f"no environment is called {name!r}", environments=self._environments.names)
        return environment

    async def list_environments(self, _request: web.Request) -> web.Response:
        """The names of all environments."""
        return json_response({"environments": self._environments.names})

    async def show_environment(self, request: web.Request) -> web.Response:
        """Clock, counts and next timers."""
        return json_response(environment_picture(self._environment(request)))

    async def advance(self, request: web.Request) -> web.Response:
        """Advance the clock, settled at each timer; answers when all is quiet, with what happened and what comes."""
        environment = self._environment(request)
        wanted = await _body(request, Advance)
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
        entries = journal.after(seq - 1, journal.next_seq - seq)
        told = [entry.as_json() for entry in entries if entry.kind in _TOLD]
        return json_response(
            {
                "from": format_instant(before),
                "now": format_instant(driver.now()),
                "entries": journal.next_seq - seq,
                "happened": [_short(entry) for entry in told[:MOST_ENTRIES]],
                "more": max(0, len(told) - MOST_ENTRIES),
                "next_timers": timers_picture(environment),
            }
        )

    async def list_tickets(self, request: web.Request) -> web.Response:
        """Every ticket, oldest first."""
        books = self._environment(request).supplier.books
        return json_response({"tickets": [ticket_picture(ticket) for ticket in books.tickets.values()]})

    async def show_ticket(self, request: web.Request) -> web.Response:
        """One ticket, by ``maintainerFaultReference`` or ``~buyerIdentifier~buyerFaultReference``."""
        reference = request.match_info["ref"]
        ticket = self._environment(request).supplier.books.find_address(reference)
        if ticket is None:
            raise Problem(404, f"no ticket is known as {reference!r}; try CS0000001 or ~BUYER~REFERENCE")
        return json_response(ticket_picture(ticket))

    async def show_journal(self, request: web.Request) -> web.Response:
        """Entries behind ``after``, oldest first, ``limit`` at the most; fewer where they are long."""
        journal = self._environment(request).engine.journal
        after = _number(request.query, "after", 0, 2**53)
        limit = _number(request.query, "limit", MOST_ENTRIES, MOST_ENTRIES)
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


_TOLD = frozenset({"ticket-changed", "notification", "hold-expired", "bug"})


def _short(entry: Mapping[str, object]) -> dict[str, object]:
    """An entry without the bytes of its message."""
    data = entry["data"]
    assert isinstance(data, Mapping)  # noqa: S101 - narrows the type
    return {**entry, "data": {name: value for name, value in data.items() if name != "body"}}


def _target(wanted: Advance, now: datetime) -> datetime:
    if wanted.to is not None:
        to = wanted.to
        if to > LATEST:
            raise Problem(422, f"the calendar ends at {format_instant(LATEST)}")
        if to < now:
            raise Problem(422, f"the clock never goes back: {wanted.to.isoformat()} is before {format_instant(now)}")
        to = to.astimezone(UTC)
    else:
        assert wanted.by is not None  # noqa: S101 - the model has either
        to = now + wanted.by
    if to > LATEST:
        raise Problem(422, f"the calendar ends at {format_instant(LATEST)}")
    return to


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= most):
        raise Problem(422, f"{name}: expected a whole number from 0 to {most}", field=name)
    return int(text)


_WORDINGS = {
    "extra_forbidden": "not known here; known are by, to and within_real",
    "timezone_aware": _INSTANT,
}


def _wording(error: ErrorDetails) -> str:
    return _WORDINGS.get(error["type"]) or error["msg"].removeprefix("Value error, ")


async def _read(request: web.Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise Problem(413, f"the body is larger than {LONGEST_BODY} bytes")
    except web.RequestPayloadError:
        raise Problem(400, "the body can't be read") from None
    return bytes(body)


async def _body(request: web.Request, model: type[_M]) -> _M:
    """The typed body of a request; every error of it is told at once."""
    text = await _read(request)
    try:
        return model.model_validate_json(text or b"{}")
    except ValidationError as error:
        errors = [
            {"field": ".".join(str(step) for step in one["loc"]), "error": _wording(one)}
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        told = "; ".join(f"{one['field']}: {one['error']}" if one["field"] else one["error"] for one in errors)
        raise Problem(422, told, errors=errors) from None
