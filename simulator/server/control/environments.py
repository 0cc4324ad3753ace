"""The environments of the control API (``docs/control-api.md``): make, look at, begin anew and remove them."""

from aiohttp import web
from typing_extensions import TypedDict

from simulator.runtime.environments import Environments
from simulator.server.control.pictures import EnvironmentPicture, environment_picture
from simulator.server.control.problems import json_response
from simulator.server.control.requests import environment_of
from simulator.server.control.route import ENVIRONMENT, Route


class EnvironmentsPicture(TypedDict):
    """The names of all environments, in the order in which they were made."""

    environments: list[str]


class EnvironmentRoutes:
    """The handlers of ``/control/v1/environments`` and ``/control/v1/environments/{env}``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        return [
            Route("GET", "/control/v1/environments", self.list_environments, EnvironmentsPicture),
            Route("GET", ENVIRONMENT, self.show_environment, EnvironmentPicture),
            Route("POST", f"{ENVIRONMENT}/reset", self.reset, EnvironmentPicture),
        ]

    async def list_environments(self, _request: web.Request) -> web.Response:
        """The names of all environments."""
        return json_response({"environments": self._environments.names})

    async def show_environment(self, request: web.Request) -> web.Response:
        """Clock, counts and next timers."""
        return json_response(environment_picture(environment_of(request, self._environments)))

    async def reset(self, request: web.Request) -> web.Response:
        """Begin the environment anew."""
        environment = environment_of(request, self._environments)
        await environment.reset()
        return json_response(environment_picture(environment))
