"""Whom a certificate names: the names that it bears, and the one buyer that they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from simulator.certificates.quiet import UNREADABLE, quietly
from simulator.wire.binding import collapse
from simulator.wire.complaints import on_one_line

LONGEST_BUYER = 36
"""Characters of a buyerIdentifier."""
LONGEST_TOLD = 200
"""Characters of a subject, an issuer or a name that are told."""
MOST_TOLD = 5
"""Names of one certificate that are told."""

_NAMING = (x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name)


@dataclass(frozen=True, slots=True)
class Misnamed:
    """Why a certificate's names are not one buyer's."""

    reason: Literal["names-no-buyer", "names-several"]
    words: str


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names that a certificate bears, each once: the alternative ones (DNS, URI, e-mail), then the common ones.

    What cannot be read is left out. All of them count: behind a bound there might be another buyer's.
    """
    return tuple(dict.fromkeys(filter(None, [*_alternative(certificate), *_common(certificate)])))


def buyer_of(names: Sequence[str], known: Mapping[str, str], *, anybody: bool = False) -> str | Misnamed:
    """The buyer that a certificate's names mean; ``known`` has the buyerIdentifier of each name that is somebody's.

    With ``anybody``, names that are nobody's are those of a buyer too: the first that a message could have as its
    buyerIdentifier is its.
    """
    buyers = sorted({known[name] for name in names if name in known})
    if len(buyers) == 1:
        return buyers[0]
    if buyers:
        words = f"its names are those of several buyers ({listed(buyers)}): have one issued for each"
        return Misnamed("names-several", words)
    if anybody and (name := next(filter(_could_be_a_buyer, names), "")):
        return name
    what = f"its names ({listed(names)}) are" if names else "it bears no name, so it is"
    todo = "have one issued whose common name is the buyerIdentifier, or list a name of it with its buyer"
    return Misnamed("names-no-buyer", f"{what} no buyer's of the inventory: {todo}")


def _could_be_a_buyer(name: str) -> bool:
    """Whether a field of a message can carry it as it stands: what is printable is fit for XML too."""
    return len(name) <= LONGEST_BUYER and name.isprintable() and collapse(name) == name


def told(certificate: x509.Certificate) -> dict[str, object]:
    """A certificate for lists and logs: texts of bounded length that neither steer a terminal nor forge a line.

    Whatever the certificate is, it is told; what can't be read of it is empty.
    """
    lasts = span_of(certificate)
    names = names_of(certificate)
    return {
        "subject": subject_of(certificate),
        "issuer": issuer_of(certificate),
        "serial": _serial(certificate),
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "not_before": lasts[0].isoformat() if lasts else "",
        "not_after": lasts[1].isoformat() if lasts else "",
        "names": [printable(name) for name in names[:MOST_TOLD]],
        "names_in_all": len(names),
    }


def span_of(certificate: x509.Certificate) -> tuple[datetime, datetime] | None:
    """From when to when it is valid; ``None`` where that can't be read, such as the year 0."""
    with quietly():
        try:
            return certificate.not_valid_before_utc, certificate.not_valid_after_utc
        except UNREADABLE:
            return None


def subject_of(certificate: x509.Certificate) -> str:
    """Whom it was issued to (RFC 4514); empty where that can't be read."""
    return _written(certificate, "subject")


def issuer_of(certificate: x509.Certificate) -> str:
    """Who has issued it (RFC 4514); empty where that can't be read."""
    return _written(certificate, "issuer")


def printable(text: str) -> str:
    """A text of bounded length in which whatever is not to be printed is a question mark."""
    shown = "".join(one if one.isprintable() else "?" for one in text[: LONGEST_TOLD + 1])
    return shown if len(shown) <= LONGEST_TOLD else f"{shown[: LONGEST_TOLD - 1]}…"


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(on_one_line(printable(name)) for name in names[:MOST_TOLD])
    return shown if len(names) <= MOST_TOLD else f"{shown} and {len(names) - MOST_TOLD} more"


def _serial(certificate: x509.Certificate) -> str:
    """Its number in whole bytes, as OpenSSL prints it."""
    with quietly():
        try:
            number = certificate.serial_number
        except UNREADABLE:
            return ""
    digits = f"{abs(number):x}"
    return f"{'-' * (number < 0)}{'0' * (len(digits) % 2)}{digits}"


def _written(certificate: x509.Certificate, part: Literal["subject", "issuer"]) -> str:
    with quietly():
        try:
            name: x509.Name = getattr(certificate, part)
            return printable(name.rfc4514_string())
        except UNREADABLE:
            return ""


def _alternative(certificate: x509.Certificate) -> list[str]:
    with quietly():
        try:
            extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (*UNREADABLE, x509.ExtensionNotFound):
            return []
    return [name.value for name in extension.value if isinstance(name, _NAMING)]


def _common(certificate: x509.Certificate) -> list[str]:
    with quietly():
        try:
            attributes = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        except UNREADABLE:
            return []
    return [one.value for one in attributes if isinstance(one.value, str)]
