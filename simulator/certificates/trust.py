"""Which client certificates are taken: those of the trusted authorities, unless these have revoked them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from simulator.certificates import refusals
from simulator.certificates.files import CertificateFileError, certificates_of, lists_of
from simulator.certificates.naming import issuer_of, subject_of
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
        above = cls(certificates_of(authorities))
        _try_out(above, authorities)
        if revoked is None:
            return above
        trust = cls(above.authorities, lists_of(revoked))
        _try_out(trust, revoked)
        if alone := _alone(trust.authorities):
            told = f"{subject_of(alone[0])} was issued by {issuer_of(alone[0])}, which is not in it"
            raise CertificateFileError(f"{authorities}: {told}; with revocation lists, put that authority in too")
        return trust

    def fill(self, store: crypto.X509Store) -> None:
        """Put all of it into a store, such as a TLS context's own."""
        if _alone(self.authorities):
            store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        for authority in self.authorities:
            store.add_cert(crypto.X509.from_cryptography(authority))
        for revoked in self.lists:
            store.add_crl(revoked)
        if self.lists:
            store.set_flags(_EVERY_LIST)

    def store(self) -> crypto.X509Store:
        """A new store with all of it."""
        store = crypto.X509Store()
        self.fill(store)
        return store

    def refusal(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime
    ) -> Refusal | None:
        """Why a client certificate, sent with a chain, is refused at an instant; ``None`` if it is taken.

        The reasons are those of a TLS handshake, with OpenSSL's own security level. Whatever the certificate is,
        nothing is raised.
        """
        return next(self._refusals(certificate, chain, now), None)

    def refusals(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime
    ) -> tuple[Refusal, ...]:
        """Everything that is wrong with it, each once; first what a handshake would end by."""
        return tuple(dict.fromkeys(self._refusals(certificate, chain, now)))

    def _refusals(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], now: datetime
    ) -> Iterator[Refusal]:
        """One by one. OpenSSL stops at the first, so it is asked again without what it has found fault with."""
        trust: Trust = self
        at: datetime | None = now
        path, refusal = trust._path(certificate, chain, at)
        while refusal is not None:
            yield refusal
            if refusal in _OF_TIME and at is not None:
                at = None
            elif refusal in _OF_LISTS and trust.lists:
                trust = Trust(self.authorities)
            else:  # nobody knows which are above it, so it alone is looked at
                yield from _unfit((certificate,), signed=(certificate,))
                return
            path, refusal = trust._path(certificate, chain, at)
        yield from _unfit(path, signed=path[:-1])

    def _path(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate], at: datetime | None
    ) -> tuple[Sequence[x509.Certificate], Refusal | None]:
        """The certificates from a client's to the authority, or why there is no such path; ``None`` is at any time."""
        try:
            store = self.store()
            if at is None:
                store.set_flags(_AT_ANY_TIME)
            else:
                store.set_time(at.astimezone(UTC))
            sent = [crypto.X509.from_cryptography(one) for one in chain[:MOST_IN_A_CHAIN]]
            context = crypto.X509StoreContext(store, crypto.X509.from_cryptography(certificate), sent)
            return [one.to_cryptography() for one in context.get_verified_chain()], None
        except crypto.X509StoreContextError as error:
            return (), refusal_of(error.errors[0])
        except (crypto.Error, *UNREADABLE):
            return (), refusal_of(_UNSPECIFIED)


def _alone(authorities: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Those that another has issued who is not among them: they are trusted all the same, and nothing above them is.

    Where the other is there too, the way leads on to it, as OpenSSL's own rules have it.
    """
    with quietly():
        try:
            names = {one.subject.public_bytes() for one in authorities}
            return [one for one in authorities if one.issuer.public_bytes() not in names]
        except UNREADABLE:
            return []


_UNSPECIFIED = 1
_INVALID_EXTENSION = 41
_EVERY_LIST = crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL
"""A list of each authority on the way, or one that is revoked would be believed."""
_AT_ANY_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h
_OF_TIME = (refusals.EXPIRED, refusals.NOT_YET_VALID)
_OF_LISTS = (refusals.REVOKED, refusals.NO_LIST, refusals.OLD_LIST)


def _try_out(trust: Trust, path: Path) -> None:
    """Have OpenSSL read what cryptography has read: it is the stricter of the two."""
    try:
        trust.store()
    except crypto.Error:
        raise CertificateFileError(f"{path}: what is in it is damaged; export it anew") from None


_Certificates = Sequence[x509.Certificate]


def _unfit(path: _Certificates, signed: _Certificates) -> list[Refusal]:
    """What a handshake asks beyond what a store does; of ``signed``, a part of the path, how they are signed too."""
    found = []
    with quietly():
        for refusal, is_unfit in _BEYOND_A_STORE:
            try:
                if is_unfit(path, signed):
                    found.append(refusal)
            except UNREADABLE:
                found.append(refusal_of(_INVALID_EXTENSION))
    return found


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


_BEYOND_A_STORE: tuple[tuple[Refusal, Callable[[_Certificates, _Certificates], bool]], ...] = (
    (refusals.WRONG_USAGE, lambda path, _: not _signs(path[0]) or not all(map(_is_for_clients, path))),
    (refusals.WEAK_KEY, lambda path, _: not _is_strong(path[0])),
    (refusals.WEAK_AUTHORITY, lambda path, _: not all(map(_is_strong, path[1:]))),
    (refusals.WEAK_SIGNATURE, lambda _, signed: any(_digest_bytes(one) < _LEAST_DIGEST_BYTES for one in signed)),
)
