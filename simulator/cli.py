"""The command line: ``cityfibre-simulator``. A wrong flag, file or port is one clear line and exit code 2."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from simulator import __version__

if TYPE_CHECKING:
    from simulator.cityfibre.inventory import Inventory
    from simulator.config import Loaded

_TONES: dict[str, dict[str, Any]] = {
    "buyer": {"fg": "cyan"},
    "supplier": {"fg": "green"},
    "state": {"bold": True},
    "warning": {"fg": "yellow"},
    "refusal": {"fg": "red"},
    "quiet": {"dim": True},
}


_CONFIG_HELP = "A YAML file with any settings."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cityfibre-simulator", message="%(prog)s %(version)s")
def main() -> None:
    """A stand-in for CityFibre's ticketing service, on a simulated clock."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 gets a ? and no traceback


class _SettingsCommand(click.Command):
    """A command that takes every setting as a flag, made from the one typed model; ``--config`` names the file."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self._settings(), *super().get_params(ctx)]

    @cache  # noqa: B019 - a command lives as long as the process
    def _settings(self) -> list[click.Parameter]:
        from simulator.config import PATHS, flag_name, wanted  # noqa: PLC0415 - each command imports what it needs

        options: list[click.Parameter] = [
            click.Option(["--config", "file"], metavar="FILE", type=click.Path(path_type=Path), help=_CONFIG_HELP)
        ]
        for path in PATHS:
            metavar, description = wanted(path)
            options.append(click.Option([flag_name(path), "__".join(path)], metavar=metavar, help=description))
        return options


@main.command(cls=_SettingsCommand)
def serve(**flags: Any) -> None:  # noqa: ANN401 - click hands over what the options are
    """Serve until Ctrl+C: buyers on one port, the control API on another."""
    from simulator.serving import serve_forever  # noqa: PLC0415 - each command imports what it needs

    loaded = _load(flags)
    try:
        serve_forever(loaded.config, _inventory(loaded), _say)
    except OSError as error:
        _give_up(str(error))


@main.command()
@click.option("--fast", is_flag=True, help="Without the pauses that let you read along.")
def demo(*, fast: bool) -> None:
    """Show a total loss of service from the first query to closure."""
    import asyncio  # noqa: PLC0415 - each command imports what it needs

    from simulator.demo import EXPECTED, Demonstration  # noqa: PLC0415

    pause = 0.8 if sys.stdout.isatty() and not fast else 0.0
    if not asyncio.run(Demonstration(_say, pause).run()):
        click.echo(f"the buyer was not told {', '.join(EXPECTED)} in this order", err=True)
        sys.exit(1)


@main.group()
def config() -> None:
    """Look at the settings."""


@config.command("show", cls=_SettingsCommand)
def config_show(**flags: Any) -> None:  # noqa: ANN401 - as serve
    """Print every setting in force, and where it came from."""
    from simulator.config import rows  # noqa: PLC0415 - each command imports what it needs

    for name, value, source in rows(_load(flags)):
        shown = value if isinstance(value, str) else json.dumps(value)
        click.echo(f"{name:<26} {shown:<34} {source}")


@main.command("inventory")
@click.option("--config", "file", metavar="FILE", type=click.Path(path_type=Path), help=_CONFIG_HELP)
@click.option("--inventory-file", metavar="FILE", help="The inventory to read, check and print.")
@click.option("--generate", type=click.IntRange(1, 2_000), metavar="SERVICES", help="Make up one of that size.")
@click.option("--seed", type=int, default=1, show_default=True, help="What made-up names are drawn from.")
def show_inventory(file: Path | None, inventory_file: str | None, generate: int | None, seed: int) -> None:
    """Print the buyers, addresses, products and services in force, as YAML to start one's own from."""
    from simulator.cityfibre import inventory  # noqa: PLC0415 - each command imports what it needs

    if generate:
        known = inventory.generate(buyers=3, services=generate, seed=seed)
    else:
        known = _inventory(_load({"file": file, "inventory_file": inventory_file}))
    click.echo(inventory.to_yaml(known), nl=False)


def _inventory(loaded: Loaded) -> Inventory:
    """The inventory that the settings name, or the default one."""
    from simulator.cityfibre import inventory  # noqa: PLC0415 - each command imports what it needs
    from simulator.wire.document import LONGEST_TEXT, DocumentError  # noqa: PLC0415

    path = loaded.config.inventory_file
    if path is None:
        return inventory.default()
    try:
        with path.open("rb") as opened:
            text = opened.read(LONGEST_TEXT + 1)
        return inventory.read_inventory(text, str(path))
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        _give_up(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}")
    except DocumentError as error:
        _give_up(str(error))


def _load(flags: dict[str, Any]) -> Loaded:
    from simulator.config import ConfigError, load  # noqa: PLC0415 - each command imports what it needs

    file = flags.pop("file", None)
    try:
        return load({name.replace("__", "."): value for name, value in flags.items()}, os.environ, file)
    except ConfigError as error:
        _give_up(str(error))


def _give_up(reason: str) -> NoReturn:
    for line in reason.splitlines():
        click.echo(f"cityfibre-simulator: {line}", err=True)
    sys.exit(2)


def _say(line: tuple[str, str]) -> None:
    tone, text = line
    click.secho(text, **_TONES[tone])
