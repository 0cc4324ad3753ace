"""The bad certificates of a development set, as a table: what is odd about each, and what it meets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.certificates.making import CLIENT, SERVER, Issued, Span, Wanted, issue
from simulator.certificates.refusals import Reason

NO_BUYER = "NOBODY"
"""The name of the certificate that names no buyer."""
WRONG_HOST = "wrong-host.invalid"
"""The host of the server certificate that is another host's."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the certificates of one set are made with."""

    authority: Issued
    intermediate: Issued
    stranger: Issued
    """An authority that the simulator does not trust."""
    buyers: tuple[tuple[str, tuple[str, ...]], ...]
    """Each buyerIdentifier, with the hosts that it can be written as: one, or none."""
    hosts: tuple[str, ...]
    span: Span
    now: datetime

    def client(self, span: Span | None = None) -> Wanted:
        """What the first buyer's certificate says."""
        name, hosts = self.buyers[0]
        return Wanted((name,), span or self.span, CLIENT, hosts)

    def server(self, span: Span | None = None) -> Wanted:
        """What the server's certificate says."""
        return Wanted((self.hosts[0],), span or self.span, SERVER, self.hosts)

    def ago(self, begins: timedelta, ends: timedelta) -> Span:
        """A span that begins and ends so long ago."""
        return Span(self.now - begins, self.now - ends)


@dataclass(frozen=True, slots=True)
class BadClient:
    """One of a buyer's bad certificates."""

    name: str
    odd: str
    """What is, or what is not where it is good."""
    reason: Reason | Literal["names-no-buyer", "names-several"] | None
    """Why it is refused; ``None`` for the one that is not."""
    alert: str | None
    """What TLS says where certificates are required; ``None`` if the handshake succeeds."""
    make: Callable[[Ground], Issued]

    @property
    def kind(self) -> str:
        """Whether it is bad at all."""
        return "bad" if self.reason else "good"

    @property
    def required(self) -> str:
        """What it meets at ``serve --tls required``."""
        return f"TLS alert {self.alert}" if self.alert else _LATER[self.reason is not None]

    @property
    def optional(self) -> str:
        """What it meets at ``serve --tls optional``."""
        return "401" if self.alert else _LATER[self.reason is not None]


_LATER = {True: "401", False: "taken"}


@dataclass(frozen=True, slots=True)
class BadServer:
    """One of the simulator's own bad certificates, for a test of what a buyer's client checks: it must refuse each."""

    name: str
    odd: str
    noticed: str
    """What a client notices that checks whom it talks to."""
    make: Callable[[Ground], Issued]


_MONTH = timedelta(days=30)
_YEAR = timedelta(days=365)


def _two_buyers(ground: Ground) -> Issued:
    (first, hosts), (second, others) = ground.buyers[:2]
    return issue(Wanted((first, second), ground.span, CLIENT, (*hosts, *others)), ground.authority)


def _with_the_intermediate(ground: Ground) -> Issued:
    made = issue(ground.client(), ground.intermediate)
    return Issued(made.certificate, made.key, (ground.intermediate.certificate,))


CLIENTS = (
    BadClient(
        "expired",
        "it was valid until a month ago",
        "expired",
        "certificate_expired",
        lambda ground: issue(ground.client(ground.ago(2 * _MONTH, _MONTH)), ground.authority),
    ),
    BadClient(
        "not-yet-valid",
        "it is valid from a year after it was made",
        "not-yet-valid",
        "bad_certificate",
        lambda ground: issue(ground.client(ground.ago(-_YEAR, -2 * _YEAR)), ground.authority),
    ),
    BadClient(
        "wrong-authority",
        "another authority has issued it: bad/wrong-authority-ca.pem",
        "unknown-authority",
        "unknown_ca",
        lambda ground: issue(ground.client(), ground.stranger),
    ),
    BadClient(
        "self-signed",
        "no authority has issued it",
        "self-signed",
        "unknown_ca",
        lambda ground: issue(ground.client(), None),
    ),
    BadClient(
        "missing-intermediate",
        "an intermediate authority has issued it, whose certificate is not sent with it",
        "unknown-authority",
        "unknown_ca",
        lambda ground: issue(ground.client(), ground.intermediate),
    ),
    BadClient(
        "good-intermediate",
        "it is sent with the certificate of the intermediate authority that issued it",
        None,
        None,
        _with_the_intermediate,
    ),
    BadClient(
        "revoked",
        "ca.crl names it",
        "revoked",
        "certificate_revoked",
        lambda ground: issue(ground.client(), ground.authority),
    ),
    BadClient(
        "wrong-usage",
        "it is for servers only",
        "wrong-usage",
        "unsupported_certificate",
        lambda ground: issue(
            Wanted((ground.buyers[0][0],), ground.span, SERVER, ground.buyers[0][1]), ground.authority
        ),
    ),
    BadClient(
        "weak-key",
        "its key is RSA with 1024 bits; a client of OpenSSL's may refuse to load it",
        "unusable",
        "bad_certificate",
        lambda ground: issue(ground.client(), ground.authority, rsa.generate_private_key(65537, 1024)),  # noqa: S505 - it is to be weak
    ),
    BadClient(
        "wrong-name",
        f"it names {NO_BUYER}, who is no buyer",
        "names-no-buyer",
        None,
        lambda ground: issue(Wanted((NO_BUYER,), ground.span, CLIENT, (NO_BUYER,)), ground.authority),
    ),
    BadClient(
        "two-buyers",
        "it names the first two buyers; not made where there is one only",
        "names-several",
        None,
        _two_buyers,
    ),
)

SERVERS = (
    BadServer(
        "server-expired",
        "it was valid until a month ago",
        "it has expired",
        lambda ground: issue(ground.server(ground.ago(2 * _MONTH, _MONTH)), ground.authority),
    ),
    BadServer(
        "server-wrong-host",
        f"it is that of {WRONG_HOST}",
        "it is not that of the host that was called",
        lambda ground: issue(Wanted((WRONG_HOST,), ground.span, SERVER, (WRONG_HOST,)), ground.authority),
    ),
    BadServer(
        "server-wrong-authority",
        "another authority has issued it: bad/wrong-authority-ca.pem",
        "its authority is not trusted",
        lambda ground: issue(ground.server(), ground.stranger),
    ),
)
