"""What the server shows of itself: its certificate, those that lead to it, and its key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from OpenSSL import SSL

from simulator.certificates.files import CertificateFileError, certificates_of, key_of, read
from simulator.certificates.making import Key


@dataclass(frozen=True, slots=True)
class Own:
    """The certificate, what is sent beside it, and the key: a pair that OpenSSL serves with."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: Key

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Own:
        """From two files, which may be the same.

        Raises:
            CertificateFileError: one of them can't be used, or they don't belong together.
        """
        own, *chain = certificates_of(certificate)
        made = cls(own, tuple(chain), key_of(key))
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        try:
            context.use_certificate(own)
            for one in chain:
                context.add_extra_chain_cert(one)
        except SSL.Error:
            told = "its key or its signature is too weak: RSA of 2048 bits or more and SHA-256 are taken, or P-256"
            raise CertificateFileError(f"{certificate}: {told}") from None
        try:
            context.use_privatekey(made.key)
            context.check_privatekey()
        except (SSL.Error, TypeError):
            told = f"it does not belong to {certificate}; name the key that the certificate was made for"
            raise CertificateFileError(f"{key}: {told}") from None
        return made

    def show(self, context: SSL.Context) -> None:
        """Let connections of this context begin with it."""
        context.use_certificate(self.certificate)
        for one in self.chain:
            context.add_extra_chain_cert(one)
        context.use_privatekey(self.key)


def holds_a_key(path: Path) -> bool:
    """Whether a file has a private key in it too, as one that holds all of a server's often has."""
    try:
        found = read(path)
    except CertificateFileError:  # which is told of when its certificate is wanted
        return False
    return bool(found.keys) or found.locked
