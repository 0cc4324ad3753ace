"""The server's own certificate and key: one line for whatever can't be used, with what to do."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from simulator.certificates.files import CertificateFileError
from simulator.config import Config, ConfigError
from simulator.runtime.tls.own import Own, holds_a_key
from simulator.runtime.tls.terms import terms_of


def test_a_pair(certs: Path) -> None:
    """Two files, or one that holds both."""
    pair = Own.read(certs / "server.pem", certs / "server.key")
    both = certs / "both.pem"
    both.write_bytes((certs / "server.pem").read_bytes() + (certs / "server.key").read_bytes())
    assert Own.read(both, both).certificate == pair.certificate
    assert (holds_a_key(both), holds_a_key(certs / "server.pem"), holds_a_key(certs / "none")) == (True, False, False)
    assert terms_of(Config(tls="required", certs=certs, tls_certificate=both, tls_key=None)) is not None


def test_what_is_sent_beside_it(certs: Path) -> None:
    """The certificates that lead to it, as they stand behind it."""
    pair = Own.read(certs / "bad/good-intermediate.pem", certs / "bad/good-intermediate.key")
    assert len(pair.chain) == 1


def _encrypted(certs: Path) -> Path:
    key = load_pem_private_key((certs / "server.key").read_bytes(), None)
    path = certs / "locked.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    return path


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        (
            "server.pem",
            "clients/SPDEV1.key",
            "{0}/clients/SPDEV1.key: it does not belong to {0}/server.pem; name the key",
        ),
        ("server.pem", "ca.pem", "{0}/ca.pem: expected a private key, found a certificate; name the key's file"),
        (
            "server.pem",
            "locked.key",
            "{0}/locked.key: the private key has a password; openssl pkey -in {0}/locked.key -out",
        ),
        ("bad/weak-key.pem", "bad/weak-key.key", "{0}/bad/weak-key.pem: its key or its signature is too weak: RSA of"),
        ("server.key", "server.key", "{0}/server.key: expected a certificate, found a private key"),
        ("none.pem", "server.key", "{0}/none.pem: can't be read: No such file or directory"),
    ],
)
def test_what_cannot_be_used(certs: Path, certificate: str, key: str, message: str) -> None:
    """The file, what is wrong with it, and what would be right."""
    _encrypted(certs)
    with pytest.raises(CertificateFileError) as caught:
        Own.read(certs / certificate, certs / key)
    assert str(caught.value).startswith(message.format(certs))


def test_all_problems_are_told_at_once(certs: Path) -> None:
    """Of the server's side and of the clients'."""
    with pytest.raises(ConfigError) as caught:
        terms_of(Config(tls="required", certs=certs, tls_key=certs / "ca.key", tls_trust=certs / "server.key"))
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        f"{certs}/ca.key",
        f"{certs}/server.key",
    ]
