"""The server: two ports, one set of environments, started and stopped as one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.ports import why_not
from simulator.runtime.environments import Environments
from simulator.runtime.metrics import Metrics
from simulator.server.addresses import SUPPLIER, Addresses
from simulator.server.control.app import control_app
from simulator.server.control.health import METRICS
from simulator.server.control.problems import say
from simulator.server.control.tls import ENTRANCE
from simulator.server.crowd import Crowd
from simulator.server.door import Cover, Door, DoorRunner
from simulator.server.entrance import Entrance
from simulator.server.supplier_routes import SupplierRoutes, text

if TYPE_CHECKING:
    from simulator.runtime.tls.terms import Terms

KEEP_ALIVE_SECONDS = 15.0
SHUTDOWN_SECONDS = 5.0
LINGERING_SECONDS = 2.0
"""How long the rest of a refused body is waited for before the connection is closed."""
REAP_SECONDS = 1.0
"""How often environments that are left alone are looked for."""
LOOPBACK = "127.0.0.1"

_log = logging.getLogger(__name__)
_QUIET = logging.getLogger("simulator.http")
_QUIET.setLevel(logging.CRITICAL)  # what there is to be said of a request is said by us


def _cover(terms: Terms | None, crowd: Crowd) -> Cover | None:
    """What puts connections under TLS, if they go there."""
    if terms is None:
        return None
    from simulator.runtime.tls.cover import TlsCover  # noqa: PLC0415 - 40 ms that only TLS pays

    return TlsCover(terms, crowd.most["handshakes"], lambda: crowd.turn_away("handshakes"))


class PortError(OSError):
    """An address could not be listened on."""


class Server:
    """Serves environments until it is stopped."""

    def __init__(self, environments: Environments, token: str = "", entrance: Entrance | None = None) -> None:
        """``token`` is what the control API asks for; none for whoever is on this machine.

        ``entrance`` says how the supplier's port is kept: open to everybody, unless said.
        """
        self._environments = environments
        self._entrance = entrance or Entrance()
        self._token = token
        terms = self._entrance.terms
        self._metrics = Metrics(environments, terms.refusals.counts if terms else {})
        environments.listen(self._metrics.take)
        self.crowds = {port: Crowd(port, self._metrics.turned_away) for port in ("supplier", "control")}
        self._runners: list[web.BaseRunner] = []
        self._reaper: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int, control_port: int, control_host: str = LOOPBACK) -> Addresses:
        """Listen on both ports; 0 picks a free one.

        Raises:
            PortError: one of them is in use, or may not be had.
        """
        supplier = web.ServerRunner(
            Door(
                SupplierRoutes(self._environments, self._metrics, self._entrance).handle,
                self.crowds["supplier"],
                text,
                _cover(self._entrance.terms, self.crowds["supplier"]),
                access_log=None,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                lingering_time=LINGERING_SECONDS,
                logger=_QUIET,
                auto_decompress=False,  # a Content-Encoding is refused, by us and in our words
            ),
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        app = control_app(self._environments, self._token)
        app[METRICS] = self._metrics
        app[ENTRANCE] = self._entrance
        control = DoorRunner(
            app,
            self.crowds["control"],
            say,
            handle_signals=False,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            shutdown_timeout=SHUTDOWN_SECONDS,
            logger=_QUIET,
            auto_decompress=False,
        )
        try:
            scheme = "http" if self._entrance.terms is None else "https"
            app[SUPPLIER] = f"{scheme}://{await self._listen(supplier, host, port, '--port')}"
            at = await self._listen(control, control_host, control_port, "--control-port")
            addresses = Addresses(app[SUPPLIER], f"http://{at}")
        except PortError:
            await self.stop()
            raise
        self._reaper = asyncio.create_task(self._reap())
        return addresses

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(REAP_SECONDS)
            try:
                await self._environments.remove_left_alone()
            except Exception:  # noqa: BLE001 - our own bug, whatever it is, must not leave all others for ever
                _log.exception("an environment that was left alone could not be removed")

    async def _listen(self, runner: web.BaseRunner, host: str, port: int, flag: str) -> str:
        self._runners.append(runner)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except (OSError, OverflowError, ValueError) as error:
            raise PortError(f"can't listen on {host}:{port} ({flag}): {why_not(error)}") from None
        bound = runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        return f"{shown}:{bound[1]}"

    async def stop(self) -> None:
        """Finish what has begun, then stop listening and close the environments."""
        if self._reaper is not None:
            self._reaper.cancel()
        for environment in self._environments:
            environment.closing.set()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        self._runners.clear()
        await self._environments.close()
