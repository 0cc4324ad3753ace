"""The control API as an application: its routes behind a guard, and problems where there is no good answer."""

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.runtime.environments import Environments
from simulator.server.control.events import STREAMS, end_streams
from simulator.server.control.guard import Guard
from simulator.server.control.problems import Problem
from simulator.server.control.routes import control_routes
from simulator.server.door import NAME
from simulator.server.pages.routes import PageRoutes

_log = logging.getLogger(__name__)


def control_app(environments: Environments, token: str = "") -> web.Application:
    """All of it; ``token`` is what it asks for, none for whoever is on this machine."""
    guard = Guard(token)

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        guard.check(request)
        return await handler(request)

    app = web.Application(middlewares=[_problems, guarded])
    app[STREAMS] = set()
    app.on_shutdown.append(end_streams)
    app.on_response_prepare.append(_keep_apart)
    routes = control_routes(environments)
    app.add_routes(route.definition() for route in routes)
    app.add_routes(PageRoutes(environments, routes).routes())
    return app


async def _keep_apart(_request: web.Request, response: web.StreamResponse) -> None:
    """No page of another site may have an answer shown as its own, nor a browser guess what it is."""
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Server"] = NAME


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer that is not a good one is a problem document."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except ConnectionError:
        raise  # the client has gone
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        response = Problem(405, f"{request.method} is not served here; allowed: {allowed}").response()
        response.headers["Allow"] = allowed
        return response
    except web.HTTPNotFound:
        return Problem(404, f"nothing is at {request.path}; see docs/control-api.md").response()
    except Exception:  # noqa: BLE001 - our own bug, whatever it is, gets an answer too
        _log.exception("a control request could not be answered")
        return Problem(500, "the simulator met a bug of its own; its log says more").response()
