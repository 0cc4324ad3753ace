"""``serve``: a server from settings, until a signal ends it."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from simulator.cityfibre.inventory import Inventory
from simulator.config import Config
from simulator.core.journal import Entry
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Addresses, Server
from simulator.timeline import Line, Timeline

Say = Callable[[Line], None]


def serve_forever(config: Config, known: Inventory, say: Say) -> None:
    """Serve until SIGINT or SIGTERM, then finish what has begun.

    Raises:
        OSError: a port can't be listened on, or the ready file can't be written.
    """
    asyncio.run(_serve(config, known, say))


async def _serve(config: Config, known: Inventory, say: Say) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    printer = _Printer(config, say)
    server = Server(Environments(_environments(config, known, printer)))
    if config.ready_file is not None:
        config.ready_file.unlink(missing_ok=True)  # one that an earlier run left would be believed
    try:
        addresses = await server.start(config.host, config.port, config.control_port)
        if config.ready_file is not None:
            _write_ready_file(config.ready_file, addresses)
        printer.greet(addresses)
        await ended.wait()
    finally:
        if config.ready_file is not None:
            config.ready_file.unlink(missing_ok=True)
        await server.stop()


def _environments(config: Config, known: Inventory, printer: "_Printer") -> Iterable[Environment]:
    settings = config.supplier()
    for name in config.environments:
        blueprint = Blueprint(
            name=name,
            settings=settings,
            inventory=known,
            seed=config.seed,
            mode=config.clock,
            rate=config.rate,
            start=config.start,
            notify=config.notify,
        )
        yield Environment(blueprint, printer.show)


def _write_ready_file(path: Path, addresses: Addresses) -> None:
    """Write it whole: whoever waits for it never reads half of it."""
    document = {"supplier": addresses.supplier, "control": addresses.control, "pid": os.getpid()}
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps(document) + "\n", "utf-8")
        beside.replace(path)
    except OSError as error:
        raise OSError(f"{path}: can't be written: {error.strerror}") from None


class _Printer:
    """Prints what happens in every environment as it happens."""

    def __init__(self, config: Config, say: Say) -> None:
        self._config = config
        self._say = say
        self._timelines: dict[str, Timeline] = {}

    def greet(self, addresses: Addresses) -> None:
        """Say where everything is."""
        say, config = self._say, self._config
        for name in config.environments:
            say(("state", f"buyers    {addresses.supplier}/{name}/api2/{{operation}}"))
        say(("state", f"control   {addresses.control}/control/v1/environments/{config.environments[0]}"))
        say(
            (
                "quiet",
                f"notify    {config.notify or 'nobody: notifications are printed here (--notify URL sends them)'}",
            )
        )
        rate = f", {config.rate:g} simulated seconds a second" if config.clock == "realtime" else ""
        say(("quiet", f"clock     {config.clock}{rate}; seed {config.seed}; Ctrl+C ends"))

    def show(self, environment: str, entries: Iterable[Entry]) -> None:
        """Print new entries of an environment."""
        timeline = self._timelines.setdefault(environment, Timeline(show_bodies=self._config.notify is None))
        several = len(self._config.environments) > 1
        for entry in entries:
            for tone, text in timeline.lines(entry.as_json()):
                self._say((tone, f"{environment:<10} {text}" if several and tone != "quiet" else text))
