"""A development set: an authority, the simulator's certificate, one for each buyer, and bad ones, as files."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from simulator.certificates import oddities
from simulator.certificates.making import CLIENT, Issued, Span, Wanted, issue, revocation_list
from simulator.certificates.oddities import Ground

HOSTS = ("localhost", "127.0.0.1", "::1", "host.docker.internal")
"""What every set's server certificate is valid for."""
MOST_BUYERS = 200
"""Buyers of one set."""
MOST_HOSTS = 100
"""Further names of its server certificate."""
MOST_DAYS = 3650
"""Days that a set is valid."""
LONGEST_IDENTIFIER = 36
"""Characters of a buyerIdentifier."""
LONGEST_COMMON_NAME = 64
"""Bytes of it in UTF-8: X.509 has no room for more in a common name."""
LONGEST_PASSWORD = 100
"""Characters of the password of its PKCS#12 files."""

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\.?")
_BUYER_AS_HOST = re.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_HOST = 253
_ROUNDS = 2048
"""As many as OpenSSL takes: the keys are for tests, and a set is to be made in no time."""
_LISTS_BEYOND = timedelta(days=3650)
_SKEW = timedelta(hours=1)
"""Containers and their hosts do not always agree on the time."""


class UnusableSetError(ValueError):
    """A set that can't be made: ``--flag: what is wrong; what to do``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which set is to be made.

    Raises:
        UnusableSetError: it can't be.
    """

    buyers: tuple[str, ...]
    hosts: tuple[str, ...]
    days: int
    password: str

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise UnusableSetError(f"--days: expected 1 to {MOST_DAYS}")
        if not 1 <= len(self.buyers) <= MOST_BUYERS:
            raise UnusableSetError(
                f"--buyer: certificates are made for 1 to {MOST_BUYERS} buyers, and not for {len(self.buyers)};"
                " name those that you need"
            )
        for buyer in self.buyers:
            if not 1 <= len(buyer) <= LONGEST_IDENTIFIER or not buyer.isprintable() or buyer != buyer.strip():
                raise UnusableSetError(f"--buyer: expected 1 to {LONGEST_IDENTIFIER} printable characters")
            if len(buyer.encode()) > LONGEST_COMMON_NAME:
                raise UnusableSetError(
                    f"--buyer: {buyer} is too long for a certificate: more than {LONGEST_COMMON_NAME} bytes in UTF-8;"
                    " name the other buyers"
                )
        if len(self.hosts) > MOST_HOSTS:
            raise UnusableSetError(f"--name: more than {MOST_HOSTS}; a name such as *.example.test stands for many")
        for host in self.hosts:
            if not is_host(host):
                raise UnusableSetError("--name: expected the name of a host, such as simulator.test, or an IP address")
        if not 1 <= len(self.password) <= LONGEST_PASSWORD or not self.password.isascii():
            raise UnusableSetError(f"--password: expected 1 to {LONGEST_PASSWORD} characters of ASCII")


def is_host(text: str) -> bool:
    """Whether a server certificate can bear this as the name or the address of a host."""
    try:
        ip_address(text)
    except ValueError:
        return len(text) <= _LONGEST_HOST and _HOST.fullmatch(text) is not None
    return "%" not in text  # a zone is this machine's alone


def file_name(buyer: str) -> str:
    """What a buyer's files are called: its identifier, with whatever a file name should not have as %XX."""
    name = quote(buyer, safe=" ")
    return f"%2E{name[1:]}" if name.startswith(".") else name


def files(asked: Asked, now: datetime) -> dict[str, bytes]:
    """Every file of a new set by its path; all of them are made before any is written."""
    ground = _ground(asked, now)
    encryption = _encryption(asked.password)
    made = {
        "ca.pem": _pem(ground.authority.certificate),
        "ca.key": _key(ground.authority),
        "trust.p12": _trust_store(ground.authority, encryption),
        **_of("server", issue(ground.server(), ground.authority)),
    }
    for buyer, hosts in ground.buyers:
        issued = issue(Wanted((buyer,), ground.span, CLIENT, hosts), ground.authority)
        made |= _client(f"clients/{file_name(buyer)}", issued, encryption)
    revoked = []
    for bad in oddities.CLIENTS:
        if bad.reason == "names-several" and len(ground.buyers) == 1:
            continue
        issued = bad.make(ground)
        made |= _client(f"bad/{bad.name}", issued, encryption)
        if bad.reason == "revoked":
            revoked.append(issued.certificate)
    for server in oddities.SERVERS:
        made |= _of(f"bad/{server.name}", server.make(ground))
    made["bad/wrong-authority-ca.pem"] = _pem(ground.stranger.certificate)
    # Longer than the authority, or what is wrong with an old set would be that its list is out of date.
    lists = Span(ground.span.begins - _LISTS_BEYOND, ground.span.ends + _LISTS_BEYOND)
    made["ca.crl"] = b"".join(
        revocation_list(issuer, lists, gone).public_bytes(Encoding.PEM)
        for issuer, gone in ((ground.authority, revoked), (ground.intermediate, []))
    )
    return made


def _ground(asked: Asked, now: datetime) -> Ground:
    whole = now.replace(microsecond=0)
    span = Span(whole - _SKEW, whole + timedelta(days=asked.days))
    authority = issue(Wanted(("Development authority",), span), None)
    return Ground(
        authority,
        issue(Wanted(("Intermediate authority",), span), authority),
        issue(Wanted(("Untrusted authority",), span), None),
        tuple((buyer, _as_hosts(buyer)) for buyer in asked.buyers),
        tuple(dict.fromkeys((*HOSTS, *asked.hosts))),
        span,
        whole,
    )


def _as_hosts(buyer: str) -> tuple[str, ...]:
    return (buyer,) if _BUYER_AS_HOST.fullmatch(buyer) else ()


def _encryption(password: str) -> KeySerializationEncryption:
    """Triple DES with SHA-1, for old readers' sake.

    What is newer, Java before 8u301, Windows Server 2016 and the keychain of macOS can't open; this all can. It guards
    test keys, whose password is in the documentation.
    """
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_ROUNDS)
    builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    return builder.hmac_hash(hashes.SHA1()).build(password.encode())  # noqa: S303 - see above


def _of(path: str, issued: Issued) -> dict[str, bytes]:
    """The certificate, with what is to be sent beside it, and the key."""
    certificates = b"".join(map(_pem, (issued.certificate, *issued.chain)))
    return {f"{path}.pem": certificates, f"{path}.key": _key(issued)}


def _client(path: str, issued: Issued, encryption: KeySerializationEncryption) -> dict[str, bytes]:
    name = path.rpartition("/")[2].encode()
    store = pkcs12.serialize_key_and_certificates(name, issued.key, issued.certificate, issued.chain, encryption)
    return {**_of(path, issued), f"{path}.p12": store}


def _trust_store(authority: Issued, encryption: KeySerializationEncryption) -> bytes:
    entry = pkcs12.PKCS12Certificate(authority.certificate, b"cityfibre-simulator")
    return pkcs12.serialize_java_truststore([entry], encryption)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key(issued: Issued) -> bytes:
    return issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
