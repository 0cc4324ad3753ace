"""The commands ``certs init``, ``show`` and ``check``: from what was asked for to lines and an exit code."""

import shlex
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from pathlib import Path

from simulator.certificates import DEFAULT_FOLDER, checking, development_set, oddities, telling, writing
from simulator.certificates.development_set import Asked, file_name
from simulator.certificates.files import CertificateFileError
from simulator.certificates.telling import Line
from simulator.certificates.trust import Trust

Say = Callable[[Line], None]


def init(
    folder: Path, asked: Asked, now: datetime, port: int, *, force: bool, known: Container[str] | None
) -> list[Line]:
    """Make a development set in a folder; ``known`` are the names that are a buyer's, unless every name is.

    Raises:
        FolderError: the folder can't be used; it is as it was.
    """
    files = development_set.files(asked, now)
    writing.write(folder, files, replace=force)
    bad = sum(f"bad/{one.name}.pem" in files for one in oddities.CLIENTS)
    of = "1 buyer" if len(asked.buyers) == 1 else f"{len(asked.buyers)} buyers"
    where, client = shlex.quote(str(folder)), shlex.quote(str(folder / "clients" / file_name(asked.buyers[0])))
    authority = shlex.quote(str(folder / "ca.pem"))
    flag = "" if folder == DEFAULT_FOLDER else f" --certs {where}"
    servers = len(oddities.SERVERS)
    return [
        ("state", f"made      {folder}: for tests only, valid for {asked.days} days"),
        ("", "          ca.pem, ca.key, ca.crl, trust.p12   an authority, what it has revoked, a trust store for Java"),
        ("", "          server.pem, server.key              the simulator's own certificate"),
        ("", f"          clients/                            a certificate for each of {of}: .pem, .key and .p12"),
        ("", f"          bad/                                {bad} odd ones of clients, {servers} of servers"),
        ("quiet", f"          .p12 files have the password {asked.password}; nothing here belongs in a repository"),
        *_strangers(asked.buyers, known),
        ("state", f"look      cityfibre-simulator certs show{'' if folder == DEFAULT_FOLDER else f' {where}'}"),
        ("state", f"serve     cityfibre-simulator serve --tls required{flag}"),
        ("state", f"call      curl --cacert {authority} --cert {client}.pem --key {client}.key \\"),
        ("state", f"              https://localhost:{port}/cfsit/api2/faultReport.txt"),
    ]


def _strangers(buyers: tuple[str, ...], known: Container[str] | None) -> Iterator[Line]:
    """Says of whom the inventory knows nothing: their certificates are made all the same."""
    for buyer in buyers:
        if known is not None and buyer not in known:
            told = f"{buyer} is no buyer of the inventory: refused, unless that lists it or is `inventory: any`"
            yield "warning", f"          {told}"


def show(place: Path, now: datetime, password: str) -> list[Line]:
    """A table of the certificates in a folder or a file.

    Raises:
        CertificateFileError: there are none, or they can't be read.
    """
    return list(telling.shown(place, now, password))


def trust_of(folder: Path, authorities: Path | None, revoked: Path | None) -> Trust:
    """The authorities that are named, or those of a folder.

    Raises:
        CertificateFileError: a file can't be used.
    """
    if authorities is not None:
        return Trust.read(authorities, revoked)
    own = folder / "ca.pem"
    if not own.exists():
        raise CertificateFileError(f"{own}: there is no authority; `certs init` makes one, and --trust names another")
    lists = folder / "ca.crl"
    return Trust.read(own, revoked or (lists if lists.exists() else None))


def check(asked: checking.Checked, now: datetime) -> tuple[int, list[Line]]:
    """The exit code, and the verdict in words.

    Raises:
        CertificateFileError: a file can't be used.
    """
    taken, lines = checking.check(asked, now)
    return 0 if taken else 1, lines
