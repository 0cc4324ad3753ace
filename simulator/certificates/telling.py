"""What certificates there are, as a table: whom they name, how long they are valid, what each is for."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.certificates import oddities
from simulator.certificates.files import CertificateFileError, Found, read
from simulator.certificates.naming import names_of, printable, span_of
from simulator.certificates.quiet import UNREADABLE, quietly
from simulator.certificates.writing import MADE

Line = tuple[str, str]
"""A tone, and a text."""

MOST_FILES = 10_000
"""Files and folders in a folder that are looked at."""
LONGEST_CELL = 36
"""Characters of a subject, of names and of an issuer in the table."""

UNREADABLE_DATES = "unreadable"
"""In place of instants that no calendar has."""

_ENDINGS = (".pem", ".crt", ".cer", ".der", ".crl", ".p12", ".pfx")
_HEADER = ("file", "subject", "names", "valid", "issuer", "what it is for")
_OF_A_SET = {
    "ca.pem": "the authority: trusted by clients and by the simulator",
    "ca.crl": "what the authority has revoked",
    "server.pem": "the simulator's own",
    "trust.p12": "ca.pem as a trust store for Java",
    "bad/wrong-authority-ca.pem": "the authority that nobody trusts",
    **{f"bad/{one.name}.pem": f"{one.kind}: {one.odd}" for one in oddities.CLIENTS},
    **{f"bad/{one.name}.pem": f"bad, of a server: {one.odd}" for one in oddities.SERVERS},
}
_AN_AUTHORITY = "an authority"
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    tone: str


def shown(place: Path, now: datetime, password: str) -> Iterator[Line]:
    """The certificates and revocation lists of a file, or of all files of a folder.

    Raises:
        CertificateFileError: the file can't be read, or there is none.
    """
    if place.is_dir():
        closed: list[OSError] = []
        rows = [row for path in _paths(place, closed) for row in _rows_or_why(path, place, now, password)]
        if closed and not rows:
            raise CertificateFileError(f"{closed[0].filename}: can't be read: {closed[0].strerror}")
        rows += [_closed(error, place) for error in closed]
    elif place.exists():
        rows = list(_rows(read(place, password), place, place.parent, now))
    else:
        raise CertificateFileError(f"{place}: there is no such file or folder; `certs init` makes a set")
    if not rows:
        raise CertificateFileError(f"{place}: there is no certificate in it; `certs init` makes some")
    widths = [max(len(row.cells[column]) for row in (_Row(_HEADER, ""), *rows)) for column in range(len(_HEADER))]
    for row in (_Row(_HEADER, "quiet"), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row.cells, widths, strict=True))
        yield row.tone, "  ".join(cells).rstrip()


def validity(begins: datetime, ends: datetime | None, now: datetime) -> str:
    """How long something is valid, in words."""
    if now < begins:
        return f"from {begins:%Y-%m-%d} on"
    if ends is None:
        return "for ever"
    if now <= ends:
        return f"until {ends:%Y-%m-%d}"
    days = int((now - ends).total_seconds() // _SECONDS_A_DAY)
    return "expired today" if not days else "expired a day ago" if days == 1 else f"expired {days} days ago"


def _paths(folder: Path, closed: list[OSError]) -> list[Path]:
    """The files of a folder that may have certificates; the same in two forms is one.

    ``closed`` is given what can't be looked into.
    """
    walk = os.walk(folder, onerror=closed.append)
    there = (Path(place, name) for place, folders, names in walk for name in (*folders, *names))
    every = sorted(path for path in islice(there, MOST_FILES) if path.suffix.lower() in _ENDINGS and path.is_file())
    once = [path for path in every if path.suffix not in {".p12", ".pfx"} or path.with_suffix(".pem") not in every]
    # What lies at the top comes first: the authority, the server.
    return sorted(once, key=lambda path: (path.parent != folder, not str(path.parent).endswith("clients")))


def _known(path: Path, folder: Path) -> str:
    """What a file of a development set is, wherever in the set is looked; of another's nothing is known by its name."""
    whole = path.absolute()
    above = next((place for place in tuple(whole.parents)[:2] if (place / MADE).is_file()), folder.absolute())
    return _OF_A_SET.get(whole.relative_to(above).as_posix(), "")


def _closed(error: OSError, folder: Path) -> _Row:
    """Of a folder that can't be looked into."""
    name = os.path.relpath(error.filename, folder)
    return _Row((printable(f"{name}/"), "", "", "", "", f"can't be read: {error.strerror}"), "warning")


def _rows_or_why(path: Path, folder: Path, now: datetime, password: str) -> Iterator[_Row]:
    try:
        yield from _rows(read(path, password), path, folder, now)
    except CertificateFileError as error:
        why = str(error).removeprefix(f"{path}: ")
        yield _Row((printable(str(path.relative_to(folder))), "", "", "", "", why), "warning")


def _rows(found: Found, path: Path, folder: Path, now: datetime) -> Iterator[_Row]:
    name = printable(str(path.relative_to(folder)))
    known = _known(path, folder)
    for number, certificate in enumerate(found.certificates):
        lasts, tone = _lasts(span_of(certificate), now)
        what = "sent with it" if number else known or _purpose(certificate)
        subject, names = _who(certificate, "subject"), _names(certificate)
        cells = (name, subject, names, lasts, _who(certificate, "issuer"), what)
        yield _Row(cells, tone)
    for one in found.lists:
        lasts, tone = _lasts(_span_of_list(one), now)
        cells = (name, "", f"{len(one)} revoked", lasts, _who(one, "issuer"), "what it has revoked")
        yield _Row(cells, tone)
    if not found.certificates and not found.lists:
        yield _Row((name, "", "", "", "", f"no certificate, but {found.what()}"), "quiet")


def _lasts(span: tuple[datetime, datetime | None] | None, now: datetime) -> tuple[str, str]:
    """How long something is valid, in words, and their tone."""
    if span is None:
        return UNREADABLE_DATES, "warning"
    begins, ends = span
    return validity(begins, ends, now), "" if begins <= now and (ends is None or now <= ends) else "warning"


def _span_of_list(one: x509.CertificateRevocationList) -> tuple[datetime, datetime | None] | None:
    with quietly():
        try:
            return one.last_update_utc, one.next_update_utc
        except UNREADABLE:
            return None


def _who(bearer: x509.Certificate | x509.CertificateRevocationList, part: Literal["subject", "issuer"]) -> str:
    """The common name, where there is one: the rest is often the same everywhere."""
    with quietly():
        try:
            name: x509.Name = getattr(bearer, part)
            common = [str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
            return _cut(printable(", ".join(common) or name.rfc4514_string()))
        except UNREADABLE:
            return ""


def _names(certificate: x509.Certificate) -> str:
    return _cut(", ".join(printable(name) for name in _all_names(certificate)))


def _all_names(certificate: x509.Certificate) -> Sequence[str]:
    with quietly():
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses = [str(one) for one in names.get_values_for_type(x509.IPAddress)]
        except (*UNREADABLE, x509.ExtensionNotFound):
            addresses = []
    return [*names_of(certificate), *addresses]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it is an authority's."""
    return _purpose(certificate) == _AN_AUTHORITY


def _purpose(certificate: x509.Certificate) -> str:
    """What a certificate says that it is for."""
    with quietly():
        try:
            extensions = certificate.extensions
        except UNREADABLE:
            return "unknown: its extensions can't be read"
        for extension in extensions:
            if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
                return _AN_AUTHORITY
        for extension in extensions:
            if isinstance(extension.value, x509.ExtendedKeyUsage):
                return _USES.get(frozenset(_USE.get(one, "") for one in extension.value), "neither client nor server")
    return "for clients and servers"


_USE = {ExtendedKeyUsageOID.CLIENT_AUTH: "client", ExtendedKeyUsageOID.SERVER_AUTH: "server"}
_USES = {
    frozenset({"client"}): "for clients",
    frozenset({"server"}): "for servers",
    frozenset({"client", "server"}): "for clients and servers",
}


def in_utc(instant: datetime) -> str:
    """An instant for people."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
