"""The control API as an OpenAPI document, made of the routes themselves and of the models that read requests.

pydantic writes the schemas: of a body and of a query as they are read, of an answer as its type says.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import getdoc
from typing import Any, Literal, NotRequired

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from simulator import __version__
from simulator.server.control.problems import CONTENT_TYPE, TITLES, json_response
from simulator.server.control.route import ENVIRONMENT, Route

Json = dict[str, Any]
PATH = "/control/openapi.json"
_ABOUT = """Steer the simulator and question it: environments of your own, their clocks, tickets and journals.
Every answer that is not a good one is a problem document (RFC 9457), and nothing has changed."""
_REFS = "#/components/schemas/{model}"
_PATH_PARAMETERS = {
    "env": ("an environment", "cfsit"),
    "ref": ("a ticket: its maintainerFaultReference, or ~buyerIdentifier~buyerFaultReference", "CS0053224"),
    "key": ("the key of a file that was announced; its ticket names it", "QBGPLV00FGBBYIZPZ01CWAF51FNOSK7W"),
    "seq": ("the number of an entry of the journal", "1"),
    "buyer": ("a buyerIdentifier", "SPDEV1"),
    "delivery": ("the number of a delivery", "1"),
    "number": ("the number of a fault that was set", "1"),
}
"""Every parameter that a path may have: what it is, and one that may be found."""
_BELONGS = {
    "": "environments",
    "reset": "environments",
    "attachments": "tickets",
    "events": "journal",
    "verify": "verification",
    "unmatched": "verification",
    "dead-letters": "deliveries",
    "explain": "verification",
    "health": "process",
    "metrics": "process",
    "control": "process",
}
"""What a route is filed under, where its path does not say it in the plural already."""
_ANY_ROUTE = (400, 401, 403, 421, 500, 503)
_OF_PATH, _OF_QUERY, _OF_BODY = (404,), (422,), (400, 408, 413, 415, 422)


class Wrong(TypedDict):
    """What is wrong with one field; an empty ``field`` is the whole."""

    field: str
    error: str


class ProblemDocument(TypedDict):
    """Why there is no good answer (RFC 9457). Some problems have more fields, which docs/control-api.md tells."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[Wrong]]


def document(routes: Iterable[Route]) -> Json:
    """The whole document, as plain JSON values."""
    routes = tuple(routes)
    schemas, components = _schemas(routes)
    paths: dict[str, Json] = {}
    for number, route in enumerate(routes):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, number, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CityFibre Simulator: control API",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(route) for route in routes)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The control token."},
                "password": {"type": "http", "scheme": "basic", "description": "The same, as any user's password."},
            },
        },
        "security": [{}, {"token": []}, {"password": []}],
    }


def with_document(routes: list[Route]) -> list[Route]:
    """The routes, and the one that shows them as a document: it is among them."""
    every: list[Route] = []
    made: list[Json] = []

    async def show_document(_request: web.Request) -> web.Response:
        """This document: every route, what it takes and what it answers."""
        if not made:
            made.append(document(every))  # 100 ms that only who asks for it waits
        return json_response(made[0])

    every += [*routes, Route("GET", PATH, show_document, Json)]
    return every


def _schemas(routes: tuple[Route, ...]) -> tuple[Mapping[Any, Json], Json]:
    """The schema of each body and answer, and all that they refer to."""
    inputs: list[tuple[Any, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        ((-1, "problem"), "serialization", TypeAdapter(ProblemDocument))
    ]
    for number, route in enumerate(routes):
        if route.body is not None:
            model = route.body if isinstance(route.body, type) else route.body()
            inputs.append(((number, "body"), "validation", TypeAdapter(model)))
        if route.answer is not None and not isinstance(route.answer, str):
            inputs.append(((number, "answer"), "serialization", TypeAdapter(route.answer)))
    by_key, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFS)
    return {key: schema for (key, _mode), schema in by_key.items()}, definitions["$defs"]


def _operation(route: Route, number: int, schemas: Mapping[Any, Json]) -> Json:
    summary, _, more = " ".join((getdoc(route.handler) or "").replace("``", "`").split()).partition("; ")
    operation: Json = {
        "tags": [_tag(route)],
        "summary": summary.rstrip("."),
        "operationId": route.handler.__name__.replace("_", "-"),
        "parameters": [*_path_parameters(route.path), *_query_parameters(route.query)],
        "responses": {str(status): response for status, response in _responses(route, number, schemas)},
    }
    if more:
        operation["description"] = more[:1].upper() + more[1:]
    if route.body is not None:
        content = {"application/json": {"schema": schemas[number, "body"]}}
        operation["requestBody"] = {"required": _is_required(route.body), "content": content}
    elif route.takes:
        operation["requestBody"] = {"required": True, "content": {route.takes: {"schema": {"type": "string"}}}}
    return operation


def _is_required(body: object) -> bool:
    """An empty body counts as an empty object, which some models take."""
    if isinstance(body, type) and issubclass(body, BaseModel):
        return any(field.is_required() for field in body.model_fields.values())
    return True


def _responses(route: Route, number: int, schemas: Mapping[Any, Json]) -> Iterator[tuple[int, Json]]:
    good: Json = {"description": "As asked."}
    if isinstance(route.answer, str):
        good["content"] = {route.answer: {"schema": {"type": "string"}}}
    elif route.answer is not None:
        good["content"] = {"application/json": {"schema": schemas[number, "answer"]}}
    yield route.status, good
    problem = {CONTENT_TYPE: {"schema": schemas[-1, "problem"]}}
    takes_body = route.body is not None or bool(route.takes)
    statuses = {
        *_ANY_ROUTE,
        *(_OF_PATH if "{" in route.path else ()),
        *(_OF_QUERY if route.query else ()),
        *(_OF_BODY if takes_body else ()),
        *route.problems,
    }
    for status in sorted(statuses):
        yield status, {"description": TITLES[status], "content": problem}


def _path_parameters(path: str) -> Iterator[Json]:
    for name in re.findall(r"\{(\w+)\}", path):
        description, example = _PATH_PARAMETERS[name]
        schema = {"type": "string", "minLength": 1}
        about = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
        yield {**about, "example": example}


def _query_parameters(model: type[BaseModel] | None) -> Iterator[Json]:
    if model is None:
        return
    schema = model.model_json_schema(ref_template=_REFS)
    for name, about in schema["properties"].items():
        required = name in schema.get("required", ())
        yield {
            "name": name,
            "in": "query",
            "required": required,
            "description": about.pop("description", ""),
            "schema": about,
        }


def _tag(route: Route) -> str:
    """What a route is about: the first word below an environment, or where that belongs."""
    word = route.path.removeprefix(ENVIRONMENT).removeprefix("/control/v1").strip("/").split("/")[0]
    return _BELONGS.get(word, word)
