"""Who is at the other end of a TLS connection, and whether its certificate is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto

from simulator.certificates.naming import names_of, span_of
from simulator.certificates.quiet import UNREADABLE, quietly
from simulator.certificates.trust import Refusal, Trust, refusal_of

UNREADABLE_CERTIFICATE = Refusal(
    "unusable",
    "the client certificate can't be read: have one issued that keeps to X.509 (openssl x509 -text shows it)",
)

LONGEST = 32 * 1024
"""Bytes of a certificate: it is kept for as long as its connection, and takes thirty times as many."""
TOO_LONG = Refusal(
    "unusable", f"the client certificate has more than {LONGEST} bytes: have one issued with fewer names"
)
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Client:
    """A client: its address, version of TLS, certificate with its names and chain, and why that is not taken, if so.

    Of a handshake that is refused, ``certificate`` is the one that is wrong: ``depth`` above the client's own.
    """

    address: str = ""
    version: str = ""
    certificate: x509.Certificate | None = None
    depth: int = 0
    chain: tuple[x509.Certificate, ...] = ()
    names: tuple[str, ...] = ()
    refusal: Refusal | None = None
    judged_by: Trust | None = None
    judged_from: datetime = _ALWAYS
    judged_until: datetime = _NEVER

    def take(self, tls: SSL.Connection) -> None:
        """Keep what the client has shown, now that the handshake is done."""
        try:
            with quietly():
                self.certificate = tls.get_peer_certificate(as_cryptography=True)
                self.depth = 0
                if self.certificate is not None and len(self.certificate.public_bytes(Encoding.DER)) > LONGEST:
                    self.certificate, self.refusal = None, TOO_LONG
                if self.certificate is not None:
                    self.names = names_of(self.certificate)
                    self.chain = tuple(tls.get_peer_cert_chain(as_cryptography=True) or ())  # without its own
        except UNREADABLE:
            self.certificate, self.refusal = None, UNREADABLE_CERTIFICATE

    def verdict(self, trust: Trust, now: datetime) -> Refusal | None:
        """Why its certificate is not taken, now: what was right in the handshake may have been revoked since.

        It is reckoned anew when there is something new: other authorities or revocations, or an instant from which on
        anything that it rests upon is valid, or no longer; the machine's clock may go back, too.
        """
        certificate = self.certificate
        if certificate is None:  # there is none, or none that can be looked at
            return self.refusal
        if self.judged_by is not trust or not self.judged_from <= now < self.judged_until:
            self.refusal = trust.refusal(certificate, self.chain, now)
            self.judged_by = trust
            turns = tuple(self._turns(certificate, trust))
            self.judged_from = max((one for one in turns if one <= now), default=_ALWAYS)
            self.judged_until = min((one for one in turns if one > now), default=_NEVER)
        return self.refusal

    def _turns(self, certificate: x509.Certificate, trust: Trust) -> Iterator[datetime]:
        """Every instant that the verdict may turn at. One that no calendar has is none."""
        for one in (certificate, *self.chain, *trust.authorities):
            yield from span_of(one) or ()
        for revoked in trust.lists:
            with suppress(*UNREADABLE):
                yield revoked.last_update_utc
            with suppress(*UNREADABLE):
                if revoked.next_update_utc is not None:
                    yield revoked.next_update_utc


def judge(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, good: int) -> bool:
    """What OpenSSL says of one certificate in the handshake; the first that is wrong is kept. For ``required``."""
    client: Client = connection.get_app_data()
    if not good and client.refusal is None:
        client.refusal = refusal_of(error)
        client.depth = depth
        try:
            with quietly():
                client.certificate = certificate.to_cryptography()
        except UNREADABLE:
            client.refusal = UNREADABLE_CERTIFICATE
    return bool(good)


def hear(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, good: int) -> bool:
    """The same, but that the handshake goes on: whoever answers requests says what is wrong. For ``optional``."""
    judge(connection, certificate, error, depth, good)
    return True
