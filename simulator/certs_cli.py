"""The commands ``certs``: certificates for mutual TLS, made, looked at, and checked as the simulator checks them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.certificates import DEFAULT_FOLDER
from simulator.command_line import CONFIG_HELP, give_up, inventory_in_force, load, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.config import Loaded

_PATH = click.Path(path_type=Path)


def _with_the_inventory(command: Callable[..., None]) -> Callable[..., None]:
    """The two options that say whose buyers are meant."""
    command = click.option("--inventory-file", metavar="FILE", help="The inventory whose buyers are meant.")(command)
    return click.option("--config", "file", metavar="FILE", type=_PATH, help=CONFIG_HELP)(command)


_in_folder = click.option(
    "--dir", "folder", metavar="DIR", type=_PATH, default=DEFAULT_FOLDER, show_default=True, help="Where the set is."
)
_password = click.option("--password", default="changeit", show_default=True, help="That of .p12 files.")
_any_password = click.option(
    "--password", default="changeit", show_default=True, help="That of .p12 files, and of a key that is encrypted."
)


@click.group()
def certs() -> None:
    """Make, show and check certificates for mutual TLS."""


@certs.command()
@_in_folder
@click.option("--name", "hosts", multiple=True, metavar="HOST", help="One more name or address of the simulator.")
@click.option("--buyer", "buyers", multiple=True, metavar="ID", help="Only for this buyer; repeat it for several.")
@click.option("--days", type=int, default=825, show_default=True, help="How long they are valid.")
@click.option("--force", is_flag=True, help="Replace an earlier set; whatever else is there stays.")
@_password
@_with_the_inventory
def init(folder: Path, *, force: bool, **asked: Any) -> None:  # noqa: ANN401 - click hands over what the options are
    """Make a development set: an authority, the simulator's certificate, each buyer's, and bad ones."""
    from simulator.certificates import command  # noqa: PLC0415 - each command imports what it needs
    from simulator.certificates.development_set import Asked, UnusableSetError  # noqa: PLC0415
    from simulator.certificates.writing import FolderError  # noqa: PLC0415

    loaded = _loaded(asked)
    inventory = inventory_in_force(loaded)
    known = inventory.certified if loaded.config.inventory == "listed" else None
    asked["buyers"] = tuple(dict.fromkeys(asked["buyers"])) or tuple(inventory.buyers)
    try:
        lines = command.init(folder, Asked(**asked), _now(), loaded.config.port, force=force, known=known)
    except (UnusableSetError, FolderError) as error:
        give_up(str(error))
    for line in lines:
        say(line)


@certs.command()
@click.argument("place", metavar="[DIR|FILE]", type=_PATH, required=False)
@_in_folder
@_any_password
def show(place: Path | None, folder: Path, password: str) -> None:
    """List certificates: whom each names, how long it is valid, what it is for.

    DIR is a folder of any certificates, FILE is PEM, DER or PKCS#12; where neither is said, it is the set of --dir.
    """
    from simulator.certificates import command  # noqa: PLC0415 - each command imports what it needs
    from simulator.certificates.files import CertificateFileError  # noqa: PLC0415

    try:
        lines = command.show(place or folder, _now(), password)
    except CertificateFileError as error:
        give_up(str(error))
    for line in lines:
        say(line)


@certs.command()
@click.argument("certificate", metavar="FILE", type=_PATH)
@click.option("--trust", metavar="FILE", type=_PATH, help="The authorities.  [ca.pem of --dir]")
@click.option("--crl", metavar="FILE", type=_PATH, help="What they have revoked.  [ca.crl of --dir, without --trust]")
@click.option("--key", metavar="FILE", type=_PATH, help="The certificate's private key.")
@_in_folder
@_any_password
@_with_the_inventory
def check(certificate: Path, folder: Path, **asked: Any) -> None:  # noqa: ANN401 - as init
    """Say whether a client certificate would be taken, as which buyer's, and why not.

    FILE is PEM, DER or PKCS#12. Ends with 0 when it would be, 1 when not, 2 when it can't be read.
    """
    from simulator.certificates import command  # noqa: PLC0415 - each command imports what it needs
    from simulator.certificates.checking import Checked  # noqa: PLC0415
    from simulator.certificates.files import CertificateFileError  # noqa: PLC0415

    loaded = _loaded(asked)
    known, anybody = inventory_in_force(loaded).certified, loaded.config.inventory == "any"
    try:
        trust = command.trust_of(folder, asked["trust"], asked["crl"])
        code, lines = command.check(
            Checked(certificate, asked["key"], asked["password"], trust, known, anybody), _now()
        )
    except CertificateFileError as error:
        give_up(str(error))
    for line in lines:
        say(line)
    sys.exit(code)


def _loaded(asked: dict[str, Any]) -> Loaded:
    """The settings in force, of which a command for certificates has two as flags."""
    return load({name: asked.pop(name) for name in ("file", "inventory_file")})


def _now() -> datetime:
    """Certificates live in real time, and not on the simulated clock."""
    return datetime.now(UTC)
