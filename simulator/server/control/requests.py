"""Requests of the control API, read and checked: whatever is wrong with one is a problem that says where."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import from_json

from simulator.cityfibre.ticket import Ticket
from simulator.core.engine import EnvironmentFailedError, Outcome
from simulator.core.inputs import Steered
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.problems import Problem
from simulator.server.crowd import CROWDED, RETRY_AFTER, is_read
from simulator.wire.complaints import dotted, explain, miscounts, shown

LONGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
"""Real seconds for a body to arrive."""
JSON = "application/json"
MOST_ERRORS = 100
"""Errors of one document that an answer tells."""
_MOST_DIGITS = 16
_M = TypeVar("_M", bound=BaseModel)


def _read_digits(value: object) -> object:
    """Digits and nothing else: pydantic would take ``1_000`` and ``5.0`` too."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
        raise ValueError(f"expected a whole number, found {shown(value)}")
    return value


Digits = BeforeValidator(_read_digits)
"""Of a parameter of the query that is a whole number."""


def environment_of(request: web.Request, environments: Environments) -> Environment:
    """The environment that the path names."""
    name = request.match_info["env"]
    environment = environments.get(name)
    if environment is None:
        told = environments.removed.get(name)
        detail = f"no environment is called {name!r}" + (f": {told}" if told else "")
        raise Problem(404, detail, environments=environments.names)
    environment.touch()
    return environment


def ticket_of(reference: str, environment: Environment) -> Ticket:
    """The ticket that a path or a parameter names, by either of its names."""
    ticket = environment.supplier.books.find_address(reference)
    if ticket is None:
        raise Problem(404, f"no ticket is known as {reference!r}; try CS0000001 or ~BUYER~REFERENCE")
    return ticket


def address_of(reference: str, environment: Environment) -> str:
    """The address of a ticket, as the journal has it; one of the form ``~BUYER~REFERENCE`` may be yet to come."""
    known = environment.supplier.books.find_address(reference)
    if known is None and reference.startswith("~"):
        return reference
    return ticket_of(reference, environment).address


def steer(environment: Environment, steered: Steered) -> Outcome:
    """Hand a command to an environment. What came of it may be a refusal, which is the caller's to tell."""
    try:
        outcome = environment.driver.steer(steered)
    except EnvironmentFailedError as error:
        raise Problem(503, f"the environment has failed ({error}); reset it") from None
    if outcome.bug is not None:
        raise Problem(500, "the simulator met a bug of its own, and nothing was changed; its log says more")
    return outcome


def query_of(model: type[_M], request: web.Request) -> _M:
    """The query as its model has it; a parameter that is said twice, or that nobody knows, is an error."""
    query = request.query
    twice = sorted({name for name in query if len(query.getall(name)) > 1})
    if twice:
        raise wrong((name, f"{name} is said more than once") for name in twice)
    return checked(model, dict(query), noun="parameter")


async def object_of(request: web.Request, most: int = LONGEST_BODY) -> dict[str, Any]:
    """The JSON object that a body holds; an empty body counts as an empty one.

    Anything else than JSON is refused by its media type: a page in a browser may send a form anywhere, but no JSON.
    """
    text = await body_of(request, most)
    if text and not (request.content_type == JSON or request.content_type.endswith("+json")):
        found = request.headers.get("Content-Type", "none")
        raise Problem(415, f"send Content-Type: {JSON} (curl --json does), found {found[:80]!r}")
    try:
        document = from_json(text or b"{}")
    except ValueError as error:
        raise wrong([("", f"Invalid JSON: {error}")]) from None
    if not isinstance(document, dict):
        raise wrong([("", "expected a JSON object")])
    return document


async def nothing_in(request: web.Request) -> None:
    """A command that takes nothing is refused where it is given something."""
    unknown = await object_of(request)
    if unknown:
        raise wrong((name, "unknown field: nothing is taken") for name in unknown)


def number_of(text: str) -> int:
    """The number that a part of a path is; 0, which nothing has, for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0


def checked(model: type[_M], document: Mapping[str, Any], noun: str = "field") -> _M:
    """An object as its model has it; every error of it is told at once."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        complaints = explain(model, document, error, noun=noun, most=MOST_ERRORS)
        told = error.errors(include_url=False)[:MOST_ERRORS]
        places = [dotted(one["loc"]) for one in told if not miscounts(one)]
        errors = [(place, _without(place, said)) for place, (_, said) in zip(places, complaints, strict=True)]
        more = error.error_count() - len(told)
        raise wrong([*errors, *([("", f"and {more} more")] if more > 0 else [])]) from None


def _without(place: str, said: str) -> str:
    """A complaint without its place, which stands beside it; one of a list's item may name the list."""
    for named in (place, place.partition("[")[0]):
        said = said.removeprefix(f"{named}: ")
    return said


def wrong(errors: Iterable[tuple[str, str]]) -> Problem:
    """A document that is not what is expected: pairs of field and error."""
    told = [{"field": field, "error": error} for field, error in errors]
    detail = "; ".join(f"{one['field']}: {one['error']}" if one["field"] else one["error"] for one in told)
    return Problem(422, detail, errors=told)


async def body_of(request: web.Request, most: int = LONGEST_BODY) -> bytes:
    """A body, wholly read."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, "send the body uncompressed, without Content-Encoding")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise Problem(413, f"the body is larger than {most} bytes")
    except TimeoutError:
        raise Problem(408, f"the body did not arrive within {BODY_SECONDS:g} seconds") from None
    except web.RequestPayloadError:
        raise Problem(400, "the body can't be read") from None
    if not is_read(request):
        raise Problem(503, CROWDED["answering"], retry_after=RETRY_AFTER)
    return bytes(body)
