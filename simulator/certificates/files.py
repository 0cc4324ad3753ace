"""Reads certificates, keys and revocation lists from files of any of the usual forms: PEM, DER, PKCS#12."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    pkcs12,
)

from simulator.certificates.making import Key
from simulator.certificates.quiet import UNREADABLE, quietly

LONGEST_FILE = 1024 * 1024
"""Bytes of one file; some hundred authorities have room in it."""
MOST_IN_A_FILE = 200
"""Certificates, keys and lists of one file."""

# What the beginnings of a PEM file's blocks call what is neither a certificate, nor a list, nor a key.
_OTHER_BLOCKS = {
    "CERTIFICATE REQUEST": "a certificate request",
    "NEW CERTIFICATE REQUEST": "a certificate request",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "PKCS7": "a PKCS#7 bundle",
    "TRUSTED CERTIFICATE": "a certificate in OpenSSL's own TRUSTED form",
}
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s*")
# A sequence that begins with the number 3, which is a PKCS#12 file's version.
_PKCS12 = re.compile(rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...)\x02\x01\x03", re.DOTALL)


class CertificateFileError(ValueError):
    """A file that can't be used: ``FILE: what is wrong; what to do``, and never anything of a key."""


@dataclass(slots=True)
class Found:
    """What one file holds, in its order."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    keys: list[PrivateKeyTypes] = field(default_factory=list)
    lists: list[x509.CertificateRevocationList] = field(default_factory=list)
    locked: bool = False
    """There is a private key that the password, or its lack, does not open."""
    others: list[str] = field(default_factory=list)

    def what(self) -> str:
        """In words, for who has named the wrong file."""
        kinds = [
            *(["a certificate"] if self.certificates else []),
            *(["a private key"] if self.keys or self.locked else []),
            *(["a revocation list"] if self.lists else []),
            *self.others,
        ]
        return " and ".join(dict.fromkeys(kinds))


def read(path: Path, password: str | None = None) -> Found:
    """What a file holds. A password is that of PKCS#12 files and encrypted keys; ``None``: there is no way to say one.

    Raises:
        CertificateFileError: it can't be read, or holds nothing of the kind.
    """
    data = _bytes(path)
    try:
        with quietly():
            found = _from_pem(data, password) if b"-----BEGIN " in data else _from_der(data, password)
    except UNREADABLE as error:
        # What the library says about a damaged key is not repeated.
        said = error if isinstance(error, _DamagedError) else "what is in it is damaged; export it anew"
        raise CertificateFileError(f"{path}: {said}") from None
    except _ClosedError as error:
        todo = f"name PEM files: openssl pkcs12 -in {quote(str(path))} -nodes -out {quote(f'{path}.pem')}"
        raise CertificateFileError(
            f"{path}: {error}; {todo if password is None else 'say its password with --password'}"
        ) from None
    return found


def certificates_of(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a bundle.

    Raises:
        CertificateFileError: there is none.
    """
    found = read(path)
    if not found.certificates:
        raise CertificateFileError(f"{path}: expected a certificate, found {found.what()}; name a PEM file of them")
    return tuple(found.certificates)


def lists_of(path: Path) -> tuple[x509.CertificateRevocationList, ...]:
    """The revocation lists of a bundle.

    Raises:
        CertificateFileError: there is none.
    """
    found = read(path)
    if not found.lists:
        raise CertificateFileError(f"{path}: expected a revocation list, found {found.what()}; name a PEM file of them")
    return tuple(found.lists)


def key_of(path: Path) -> Key:
    """The private key of a file, the first.

    Raises:
        CertificateFileError: there is none, or it has a password.
    """
    found = read(path)
    if found.locked and not found.keys:
        todo = f"openssl pkey -in {quote(str(path))} -out {quote(f'{path}.open')}"
        raise CertificateFileError(f"{path}: the private key has a password; {todo} writes it without")
    if not found.keys:
        raise CertificateFileError(f"{path}: expected a private key, found {found.what()}; name the key's file")
    return cast("Key", found.keys[0])


def belongs(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    """Whether a private key is a certificate's own; one of a kind that can't be read is nobody's."""
    try:
        public = (key.public_key(), certificate.public_key())
        ours, theirs = (one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in public)
    except UNREADABLE:
        return False
    return ours == theirs


class _DamagedError(ValueError):
    """In words of our own."""


class _ClosedError(Exception):
    """A PKCS#12 file that the password, or its lack, does not open."""


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(LONGEST_FILE + 1)
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        raise CertificateFileError(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > LONGEST_FILE:
        raise CertificateFileError(f"{path}: more than {LONGEST_FILE} bytes; name a file with certificates only")
    if not data.strip():
        raise CertificateFileError(f"{path}: it is empty; export it anew")
    return data


def _from_pem(data: bytes, password: str | None) -> Found:
    found = Found()
    for number, (label, block) in enumerate(_blocks(data)):
        if number >= MOST_IN_A_FILE:
            raise _DamagedError(f"more than {MOST_IN_A_FILE} certificates, keys and lists; divide it")
        if label in _CERTIFICATES:
            found.certificates.append(x509.load_pem_x509_certificate(block))
        elif label == "X509 CRL":
            found.lists.append(x509.load_pem_x509_crl(block))
        elif label.endswith("PRIVATE KEY"):
            _unlock(found, label == "ENCRYPTED PRIVATE KEY" or b"ENCRYPTED" in block, block, password)
        elif label in _OTHER_BLOCKS:
            found.others.append(_OTHER_BLOCKS[label])
    if not found.what():
        raise _DamagedError("neither a certificate nor a key nor a revocation list is in it; name a file that has one")
    return found


def _blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The blocks of a PEM file, each with its label; line by line, so that no file takes longer than its length."""
    lines: list[bytes] = []
    label = b""
    for line in data.splitlines(keepends=True):
        if began := _BEGIN.fullmatch(line):
            if label:
                raise _DamagedError("a block is cut short; export it anew")
            label, lines = began[1], [line]
        elif label:
            lines.append(line)
            if line.startswith(b"-----END " + label + b"-----"):
                yield label.decode(), b"".join(lines)
                label = b""
    if label:
        raise _DamagedError("a block is cut short; export it anew")


def _unlock(found: Found, encrypted: bool, block: bytes, password: str | None) -> None:  # noqa: FBT001 - one of four
    if not encrypted:
        found.keys.append(load_pem_private_key(block, None))
        return
    try:
        found.keys.append(load_pem_private_key(block, password.encode() if password else b""))
    except (ValueError, TypeError):
        found.locked = True


def _from_der(data: bytes, password: str | None) -> Found:
    if _PKCS12.match(data):
        return _from_pkcs12(data, password)
    for load in _DER:
        found = Found()
        try:
            load(found, data)
        except UNREADABLE:
            continue
        return found
    raise _DamagedError("neither PEM nor DER nor PKCS#12; export it as PEM")


def _from_pkcs12(data: bytes, password: str | None) -> Found:
    store = _opened(data, password.encode() if password else None)
    found = Found()
    found.certificates += [one.certificate for one in (store.cert, *store.additional_certs) if one is not None]
    if store.key is not None:
        found.keys.append(store.key)
    if not found.what():
        raise _DamagedError("there is no certificate in it; export the certificate with its key")
    return found


def _opened(data: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates:
    """A store, by the password or by none: one that needs none is not kept closed by what is said without need."""
    for said in dict.fromkeys((None, password)):
        with suppress(ValueError):
            return pkcs12.load_pkcs12(data, said)
    raise _ClosedError(f"{'the password does not open it' if password else 'it has a password'}, or it is damaged")


def _request(found: Found, data: bytes) -> None:
    x509.load_der_x509_csr(data)
    found.others.append("a certificate request")


def _public_key(found: Found, data: bytes) -> None:
    load_der_public_key(data)
    found.others.append("a public key")


_DER: tuple[Callable[[Found, bytes], None], ...] = (
    lambda found, data: found.certificates.append(x509.load_der_x509_certificate(data)),
    lambda found, data: found.lists.append(x509.load_der_x509_crl(data)),
    lambda found, data: found.keys.append(load_der_private_key(data, None)),
    _request,
    _public_key,
)
