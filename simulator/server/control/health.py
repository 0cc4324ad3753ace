"""Whether the process answers, whether it is ready, and its metrics: for whatever started it, or watches it."""

from aiohttp import web
from typing_extensions import TypedDict

from simulator.runtime.environments import Environments
from simulator.runtime.metrics import Metrics
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.route import Route

METRICS = web.AppKey("metrics", Metrics)
"""What the server has counted, for the application that is the control API."""


class HealthPicture(TypedDict):
    """``live`` or ``ready``."""

    status: str


class HealthRoutes:
    """The handlers below ``/health``, and ``/metrics``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        return [
            Route("GET", "/health/live", self.live, HealthPicture),
            Route("GET", "/health/ready", self.ready, HealthPicture, problems=(503,)),
            Route("GET", "/metrics", self.metrics, "text/plain"),
        ]

    async def live(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return json_response({"status": "live"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Requests are being taken, by environments that have not failed."""
        failed = [one.name for one in self._environments if one.engine.failed]
        if failed:
            raise Problem(503, "environments have failed; reset them", failed=failed)
        return json_response({"status": "ready"})

    async def metrics(self, request: web.Request) -> web.Response:
        """Metrics for Prometheus; as OpenMetrics where ``Accept`` asks for it."""
        body, media_type = request.app[METRICS].expose(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": media_type})
