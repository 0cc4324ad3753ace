"""Says whether a client certificate would be taken, as which buyer's, and what to do where it would not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from cryptography import x509

from simulator.certificates.files import CertificateFileError, Found, belongs, read
from simulator.certificates.naming import (
    Misnamed,
    buyer_of,
    issuer_of,
    listed,
    names_of,
    printable,
    span_of,
    subject_of,
)
from simulator.certificates.telling import UNREADABLE_DATES, Line, in_utc, is_authority, validity
from simulator.certificates.trust import Trust

_INSTEAD = {
    "a certificate request": "name the certificate that an authority has issued for it",
    "a public key": "name the certificate that has it",
    "a private key": "name the certificate that goes with it, and this file with --key",
    "a revocation list": "name it with --crl, and the certificate here",
    "a PKCS#7 bundle": "openssl pkcs7 -print_certs makes PEM of it",
    "a certificate in OpenSSL's own TRUSTED form": "openssl x509 -in FILE makes PEM of it",
}


class _Key(Enum):
    """Whose the private key is, as the overview says it."""

    OWN = "is the certificate's own"
    LATER = "is that of a later certificate of the file"
    ANOTHERS = "is another certificate's"
    LOCKED = "is locked, so nothing is known of it: say its password with --password"
    ABSENT = "is not in the file: name it with --key to have it checked too"


_WRONG_KEY = "the private key is not that of the certificate: name the two that were made together"
_WRONG_ORDER = (
    "the first certificate of the file is not the client's own, which must come first: put those above it behind it"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be checked, and by what."""

    file: Path
    key: Path | None
    password: str
    trust: Trust
    known: Mapping[str, str]
    """The buyerIdentifier of each name that is somebody's."""
    anybody: bool = False
    """Whether names that are nobody's are a buyer's too: of an inventory that is not listed."""

    def buyer(self, certificate: x509.Certificate) -> str | Misnamed:
        """Whose it is."""
        return buyer_of(names_of(certificate), self.known, anybody=self.anybody)


def check(asked: Checked, now: datetime) -> tuple[bool, list[Line]]:
    """Whether the simulator would take a client certificate, and that in words.

    Raises:
        CertificateFileError: a file can't be used.
    """
    found = read(asked.file, asked.password)
    if not found.certificates:
        kind = next((one for one in _INSTEAD if one in found.what()), "")
        raise CertificateFileError(
            f"{asked.file}: expected a certificate, found {found.what()}; {_INSTEAD.get(kind, 'name another file')}"
        )
    certificate, *chain = found.certificates
    key = _key(asked, found)
    wrong = list(_wrong(asked, certificate, chain, now))
    if key is _Key.ANOTHERS:
        wrong.append(("wrong-key", _WRONG_KEY))
    elif key is _Key.LATER or (chain and is_authority(certificate)):
        wrong.append(("wrong-order", _WRONG_ORDER))
    lines: list[Line] = [
        ("state", printable(str(asked.file))),
        ("", f"  subject   {subject_of(certificate) or '(none)'}"),
        ("", f"  names     {listed(names_of(certificate)) or '(none)'}"),
        ("", f"  issuer    {issuer_of(certificate) or '(none)'}"),
        ("", f"  valid     {_span(certificate, now)}"),
        ("", f"  sent      {_sent(chain)}"),
        ("", f"  key       {key.value}"),
    ]
    for reason, words in wrong:
        lines += [("refusal", f"refused: {reason}"), ("", f"  {words}")]
    if not wrong:
        lines.append(("supplier", f"taken, as that of the buyer {printable(str(asked.buyer(certificate)))}"))
    return not wrong, lines


def _wrong(
    asked: Checked, certificate: x509.Certificate, chain: list[x509.Certificate], now: datetime
) -> Iterator[tuple[str, str]]:
    for refusal in asked.trust.refusals(certificate, chain, now):
        yield refusal.reason, refusal.words
    buyer = asked.buyer(certificate)
    if isinstance(buyer, Misnamed):
        yield buyer.reason, buyer.words


def _key(asked: Checked, found: Found) -> _Key:
    place, held = asked.file, found
    if asked.key is not None:
        place, held = asked.key, read(asked.key, asked.password)
        if not held.keys and not held.locked:
            raise CertificateFileError(f"{place}: expected a private key, found {held.what()}; name the key's file")
    own = [any(belongs(key, one) for key in held.keys) for one in found.certificates]
    if not held.keys:
        return _Key.LOCKED if held.locked else _Key.ABSENT
    return _Key.OWN if own[0] else _Key.LATER if any(own) else _Key.ANOTHERS


def _span(certificate: x509.Certificate, now: datetime) -> str:
    lasts = span_of(certificate)
    if lasts is None:
        return UNREADABLE_DATES
    begins, ends = lasts
    exact = f"{in_utc(begins)} to {in_utc(ends)}"
    return exact if begins <= now <= ends else f"{exact}: {validity(begins, ends, now)}"


def _sent(chain: list[x509.Certificate]) -> str:
    if not chain:
        return "alone"
    return f"with {len(chain)} more certificate{'' if len(chain) == 1 else 's'} of the file"
