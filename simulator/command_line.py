"""What the commands have in common: settings and inventory from flags, one line where they are wrong, and colour."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

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
    "": {},
}

CONFIG_HELP = "A YAML file with any settings."


def load(flags: dict[str, Any]) -> Loaded:
    """The settings in force: flags by their names, variables, and the file that ``file`` names."""
    from simulator import config  # noqa: PLC0415 - each command imports what it needs

    file = flags.pop("file", None)
    try:
        return config.load({name.replace("__", "."): value for name, value in flags.items()}, os.environ, file)
    except config.ConfigError as error:
        give_up(str(error))


def inventory_in_force(loaded: Loaded) -> Inventory:
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
        give_up(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}")
    except DocumentError as error:
        give_up(str(error))


def give_up(reason: str) -> NoReturn:
    """End with exit code 2 and the reason, each line of which says who speaks."""
    for line in reason.splitlines():
        click.echo(f"cityfibre-simulator: {line}", err=True)
    sys.exit(2)


def say(line: tuple[str, str]) -> None:
    """Print a line in its tone."""
    tone, text = line
    click.secho(text, **_TONES[tone])
