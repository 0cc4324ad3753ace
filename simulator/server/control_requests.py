"""Requests of the control API, read and checked: whatever is wrong with one is a problem that says where."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from simulator.core.engine import EnvironmentFailedError, Outcome
from simulator.core.inputs import Steered
from simulator.runtime.environments import Environment, Environments
from simulator.server.problems import Problem
from simulator.wire.complaints import dotted, explain

LONGEST_BODY = 64 * 1024
_MOST_DIGITS = 16
_M = TypeVar("_M", bound=BaseModel)


def environment_of(request: web.Request, environments: Environments) -> Environment:
    """The environment that the path names."""
    name = request.match_info["env"]
    environment = environments.get(name)
    if environment is None:
        raise Problem(404, f"no environment is called {name!r}", environments=environments.names)
    return environment


def steer(environment: Environment, steered: Steered) -> Outcome:
    """Hand a command to an environment. What came of it may be a refusal, which is the caller's to tell."""
    try:
        outcome = environment.driver.steer(steered)
    except EnvironmentFailedError as error:
        raise Problem(503, f"the environment has failed ({error}); reset it") from None
    if outcome.bug is not None:
        raise Problem(500, "the simulator met a bug of its own, and nothing was changed; its log says more")
    return outcome


def number_of(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A number of the query, from 0 to ``most``."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= most):
        raise Problem(422, f"{name}: expected a whole number from 0 to {most}", field=name)
    return int(text)


async def object_of(request: web.Request) -> dict[str, Any]:
    """The JSON object that a body holds; an empty body counts as an empty one."""
    text = await _read(request)
    try:
        document = from_json(text or b"{}")
    except ValueError as error:
        raise wrong([("", f"Invalid JSON: {error}")]) from None
    if not isinstance(document, dict):
        raise wrong([("", "expected a JSON object")])
    return document


def checked(model: type[_M], document: Mapping[str, Any]) -> _M:
    """An object as its model has it; every error of it is told at once."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        complaints = explain(model, document, error, noun="field")
        places = [dotted(one["loc"]) for one in error.errors(include_url=False, include_context=False)]
        raise wrong(
            (place, said.removeprefix(f"{place}: ")) for place, (_, said) in zip(places, complaints, strict=True)
        ) from None


def wrong(errors: Iterable[tuple[str, str]]) -> Problem:
    """A document that is not what is expected: pairs of field and error."""
    told = [{"field": field, "error": error} for field, error in errors]
    detail = "; ".join(f"{one['field']}: {one['error']}" if one["field"] else one["error"] for one in told)
    return Problem(422, detail, errors=told)


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
