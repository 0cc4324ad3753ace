"""Who is at the other end of a TLS connection, and whether its certificate is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from OpenSSL import SSL, crypto

from simulator.certificates.naming import names_of
from simulator.certificates.trust import Refusal, Trust, refusal_of


@dataclass(slots=True)
class Client:
    """A client: its address, version of TLS, certificate with its names and chain, and why that is not taken, if so."""

    address: str = ""
    version: str = ""
    certificate: x509.Certificate | None = None
    chain: tuple[x509.Certificate, ...] = ()
    names: tuple[str, ...] = ()
    refusal: Refusal | None = None
    judged_by: Trust | None = None

    def take(self, tls: SSL.Connection) -> None:
        """Keep what the client has shown, now that the handshake is done."""
        shown = tls.get_peer_certificate(as_cryptography=True)
        if shown is not None:
            self.certificate = shown
            self.names = names_of(shown)
            self.chain = tuple(tls.get_peer_cert_chain(as_cryptography=True) or ())  # without its own

    def verdict(self, trust: Trust, now: datetime) -> Refusal | None:
        """Why its certificate is not taken, now: what was right in the handshake may have been revoked since.

        It is reckoned anew when there is something new to it: other authorities or revocations, or its time is up.
        """
        certificate = self.certificate
        if certificate is None:
            return None
        if self.judged_by is not trust or (self.refusal is None and now > certificate.not_valid_after_utc):
            self.refusal = trust.refusal(certificate, self.chain, now)
            self.judged_by = trust
        return self.refusal


def judge(connection: SSL.Connection, certificate: crypto.X509, error: int, _depth: int, good: int) -> bool:
    """What OpenSSL says of one certificate in the handshake; the first that is wrong is kept. For ``required``."""
    client: Client = connection.get_app_data()
    if not good and client.refusal is None:
        client.refusal = refusal_of(error)
        client.certificate = certificate.to_cryptography()
    return bool(good)


def hear(connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, good: int) -> bool:
    """The same, but that the handshake goes on: whoever answers requests says what is wrong. For ``optional``."""
    judge(connection, certificate, error, depth, good)
    return True
