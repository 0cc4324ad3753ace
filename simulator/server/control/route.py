"""One route of the control API: where it is, what it takes, what it answers. OpenAPI and the docs are held to this."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ENVIRONMENT = "/control/v1/environments/{env}"
"""What the path of everything below an environment begins with."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, with the handler, whose docstring says what it does.

    ``query`` and ``body`` are the models that the request is read by; a body may be a function that makes one, for one
    that only the document wants. ``answer`` is the type of a good answer's JSON, a ``TypedDict``, or the media type of
    one that is no JSON. ``takes`` is the media type of a body that is no JSON.
    ``problems`` are the statuses of problem documents that this route may answer with, beside those of every route.
    """

    method: str
    path: str
    handler: Handler
    answer: Any
    query: type[BaseModel] | None = None
    body: type[BaseModel] | Callable[[], Any] | None = None
    takes: str = ""
    status: int = 200
    problems: tuple[int, ...] = ()

    def definition(self) -> web.RouteDef:
        """The route as aiohttp takes it."""
        if self.method == "GET":
            return web.get(self.path, self.handler, allow_head=self.answer != "text/event-stream")  # which has no end
        return web.route(self.method, self.path, self.handler)
