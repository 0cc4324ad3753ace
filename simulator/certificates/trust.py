"""Which client certificates are taken: those of the trusted authorities, unless these have revoked them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from simulator.certificates import refusals
from simulator.certificates.files import CertificateFileError, certificates_of, lists_of
from simulator.certificates.quiet import UNREADABLE, quietly
from simulator.certificates.refusals import Reason, Refusal, refusal_of

__all__ = ["CertificateFileError", "Reason", "Refusal", "Trust", "refusal_of"]

MOST_IN_A_CHAIN = 20
"""Certificates that a client may send beside its own."""

# What OpenSSL asks for at security level 2, which is its own; a bare store does not ask for it.
_LEAST_RSA_BITS = 2048
_LEAST_EC_BITS = 224
_LEAST_DIGEST_BYTES = 28


@dataclass(frozen=True, slots=True)
class Trust:
    """Authorities whose client certificates are taken, and what they have revoked."""

    authorities: tuple[x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...] = ()

    @classmethod
    def read(cls, authorities: Path, revoked: Path | None) -> "Trust":
        """From PEM bundles: several certificates, several revocation lists.

        Raises:
            CertificateFileError: a file can't be used.
        """
        return cls(certificates_of(authorities), lists_of(revoked) if revoked is not None else ())

    def fill(self, store: crypto.X509Store) -> None:
        """Put all of it into a store, such as a TLS context's own."""
        for authority in self.authorities:
            store.add_cert(crypto.X509.from_cryptography(authority))
        for revoked in self.lists:
            store.add_crl(revoked)
        if self.lists:
            store.set_flags(crypto.X509StoreFlags.CRL_CHECK)

    def store(self) -> crypto.X509Store:
        """A new store with all of it."""
        store = crypto.X509Store()
        self.fill(store)
        return store

    def refusal(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime
    ) -> Refusal | None:
        """Why a client certificate, sent with a chain, is refused at an instant; ``None`` if it is taken.

        The reasons are those of a TLS handshake, with OpenSSL's own security level.
        """
        store = self.store()
        store.set_time(now.astimezone(UTC))
        try:
            sent = [crypto.X509.from_cryptography(one) for one in chain[:MOST_IN_A_CHAIN]]
            context = crypto.X509StoreContext(store, crypto.X509.from_cryptography(certificate), sent)
            verified = [one.to_cryptography() for one in context.get_verified_chain()]
        except crypto.X509StoreContextError as error:
            return refusal_of(error.errors[0])
        except (crypto.Error, ValueError):
            return refusal_of(_UNSPECIFIED)
        with quietly():
            try:
                return _unfit(verified)
            except UNREADABLE:
                return refusal_of(_INVALID_EXTENSION)


_UNSPECIFIED = 1
_INVALID_EXTENSION = 41


def _unfit(verified: Sequence[x509.Certificate]) -> Refusal | None:
    """What a handshake asks beyond what a store does, of a chain from the client's certificate to the authority."""
    if not _signs(verified[0]) or not all(_is_for_clients(one) for one in verified):
        return refusals.WRONG_USAGE
    if not _is_strong(verified[0]):
        return refusals.WEAK_KEY
    if not all(_is_strong(one) for one in verified[1:]):
        return refusals.WEAK_AUTHORITY
    if any(_digest_bytes(one) < _LEAST_DIGEST_BYTES for one in verified[:-1]):
        return refusals.WEAK_SIGNATURE
    return None


def _signs(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.key_agreement


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages


def _is_strong(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey):
        return key.key_size >= _LEAST_RSA_BITS
    return not isinstance(key, ec.EllipticCurvePublicKey) or key.key_size >= _LEAST_EC_BITS


def _digest_bytes(certificate: x509.Certificate) -> int:
    digest = certificate.signature_hash_algorithm  # Ed25519 and the like have none of their own
    return digest.digest_size if digest is not None else _LEAST_DIGEST_BYTES
