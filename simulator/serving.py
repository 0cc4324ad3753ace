"""``serve``: a server from settings, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from simulator import __version__, ready_file
from simulator.cityfibre import reception
from simulator.cityfibre.inventory import Inventory
from simulator.config import Config, without_query
from simulator.core.journal import Entry
from simulator.printing import Printer
from simulator.runtime import open_files
from simulator.runtime.endpoint_tls import endpoint_tls
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.addresses import Addresses
from simulator.server.app import Server
from simulator.server.crowd import FILES
from simulator.server.entrance import entrance_of
from simulator.timeline import Line, Timeline

if TYPE_CHECKING:
    from simulator.scenario.loader import Source

Say = Callable[[Line], None]
PREPARING_SECONDS = 0.5
"""How long after it is ready a server prepares for refusals: the first request comes first."""
_OF_TLS = ("tls_certificate", "tls_key", "tls_trust", "tls_crl")
NOBODY = "nobody: notifications are printed here (--notify URL sends them)"


def serve_forever(config: Config, known: Inventory, scripts: tuple[Source, ...] | None, say: Say) -> None:
    """Serve until SIGINT or SIGTERM, then finish what has begun. ``scripts`` lead the tickets that match them.

    Raises:
        OSError: a port can't be listened on, or the ready file can't be written.
        ConfigError: the certificates can't be used.
    """
    asyncio.run(_serve(config, known, scripts, say))


async def _serve(config: Config, known: Inventory, scripts: tuple[Source, ...] | None, say: Say) -> None:
    entrance = entrance_of(config)
    template = _template(config, known, scripts)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    teller: _Teller = _LogTeller(config) if config.log_format == "json" else _TimelineTeller(config, say)
    environments = Environments([Environment(replace(template, name=name)) for name in config.environments], template)
    environments.listen(teller.show)
    token = config.control_token.get_secret_value() if config.control_token else ""
    server = Server(environments, token, entrance)
    ready_file.remove(config.ready_file)
    open_files.ask_for(FILES)
    try:
        addresses = await server.start(config.host, config.port, config.control_port, config.control_host)
        if config.ready_file is not None:
            ready_file.write(config.ready_file, supplier=addresses.supplier, control=addresses.control)
        teller.greet(addresses)
        loop.call_later(PREPARING_SECONDS, _prepare)
        await ended.wait()
    finally:
        ready_file.remove(config.ready_file)
        await server.stop()
        teller.close()


def _prepare() -> None:
    """In a thread that holds up neither the loop nor the end; whoever is refused before it is done waits as long."""
    threading.Thread(target=reception.prepare, name="prepare", daemon=True).start()


def _template(config: Config, known: Inventory, scripts: tuple[Source, ...] | None) -> Blueprint:
    return Blueprint(
        name="",
        settings=config.supplier(),
        inventory=known,
        seed=config.seed,
        mode=config.clock,
        rate=config.rate,
        start=config.start,
        notify=config.notify,
        notify_tls=endpoint_tls(config),
        scripts=scripts,
        scripts_from=config.scenarios,
    )


class _Teller(Protocol):
    """Tells whoever started the process what happens."""

    def greet(self, addresses: Addresses) -> None:
        """Say where everything is."""

    def show(self, environment: str, entries: Sequence[Entry]) -> None:
        """Tell new entries of an environment."""

    def close(self) -> None:
        """Tell what still waits, if anybody reads it."""


class _TimelineTeller:
    """Lines for people, in colour."""

    def __init__(self, config: Config, say: Say) -> None:
        self._config = config
        self._printer = Printer(say, _lost)

    def greet(self, addresses: Addresses) -> None:
        """Say where everything is."""
        put, config = self._printer.put, self._config
        for name in config.environments:
            put(("state", f"buyers    {addresses.supplier}/{name}/api2/{{operation}}"))
        put(("state", f"control   {addresses.control}/control/v1/environments/{config.environments[0]}"))
        put(("state", f"look at   {addresses.control}/"))
        put(("quiet", f"notify    {without_query(config.notify) if config.notify else NOBODY}"))
        if config.tls != "off":
            put(("quiet", f"tls       certificates {config.tls}; refused: {addresses.control}/control/v1/tls-refusals"))
        elif idle := [name for name in _OF_TLS if getattr(config, name) is not None]:
            put(("warning", f"tls       off, so {', '.join(idle)} do nothing: --tls required turns it on"))
        if config.scenarios is not None:
            put(("quiet", f"scenarios {config.scenarios}: they lead the tickets that match, or ask by X-Scenario"))
        rate = f", {config.rate:g} simulated seconds a second" if config.clock == "realtime" else ""
        put(("quiet", f"clock     {config.clock}{rate}; seed {config.seed}; Ctrl+C ends"))

    def show(self, environment: str, entries: Sequence[Entry]) -> None:
        """Print new entries of an environment."""
        timeline = Timeline(show_bodies=self._config.notify is None)  # an input and all that it led to come together
        several = self._config.environments != (environment,)
        for entry in entries:
            for tone, text in timeline.lines(entry.as_json()):
                self._printer.put((tone, f"{environment:<10} {text}" if several and tone != "quiet" else text))

    def close(self) -> None:
        """Print what still waits."""
        self._printer.close()


def _lost(number: int) -> Line:
    return "warning", f"{number} lines were not printed: nobody read them in time"


class _LogTeller:
    """Lines for machines; what the standard library logs comes the same way."""

    def __init__(self, config: Config) -> None:
        from simulator.runtime import logs  # noqa: PLC0415 - only who wants this log pays for it
        from simulator.runtime.delivery import TIMES  # noqa: PLC0415 - as above

        self._logs = logs
        self._times = TIMES
        self._config = config
        self._printer = Printer(logs.writer(sys.stdout), logs.lost)
        self._records = logs.Records(self._printer.put)
        self._greeted = False
        logging.getLogger().addHandler(self._records)
        logging.captureWarnings(capture=True)
        TIMES.setLevel(logging.INFO)

    def greet(self, addresses: Addresses) -> None:
        """Say where everything is."""
        config = self._config
        self._greeted = True
        self._printer.put(
            self._logs.said(
                "started",
                version=__version__,
                pid=os.getpid(),
                supplier=addresses.supplier,
                control=addresses.control,
                environments=config.environments,
                notify=without_query(config.notify) if config.notify else None,
                tls=config.tls,
                clock=config.clock,
                rate=config.rate,
                seed=config.seed,
            )
        )

    def show(self, environment: str, entries: Sequence[Entry]) -> None:
        """Log new entries of an environment."""
        for one in self._logs.told(environment, entries):
            self._printer.put(one)

    def close(self) -> None:
        """Write what still waits."""
        if self._greeted:
            self._printer.put(self._logs.said("stopped", pid=os.getpid()))
        logging.captureWarnings(capture=False)
        self._times.setLevel(logging.NOTSET)
        logging.getLogger().removeHandler(self._records)
        self._printer.close()
