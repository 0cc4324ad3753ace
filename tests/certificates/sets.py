"""Reads what a development set holds, and shakes hands with it: both ends of a TLS connection, without a network."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from OpenSSL import SSL, crypto

from simulator.certificates import making
from simulator.certificates.trust import Trust

_PRIME256V1, _PRIME239V1 = (bytes.fromhex(f"06082a8648ce3d03010{last}") for last in (7, 4))


def certificates(files: Mapping[str, bytes], path: str) -> list[x509.Certificate]:
    """The certificates of a file of the set."""
    return x509.load_pem_x509_certificates(files[path])


def trust_in(files: Mapping[str, bytes]) -> Trust:
    """What the simulator is to trust."""
    lists = files["ca.crl"].split(b"-----BEGIN")[1:]
    return Trust(
        tuple(certificates(files, "ca.pem")), tuple(x509.load_pem_x509_crl(b"-----BEGIN" + one) for one in lists)
    )


def of_the_year_0() -> x509.Certificate:
    """A client's certificate whose first instant no calendar has; OpenSSL reads it, and Python does not."""
    span = making.Span(datetime(2060, 1, 5, tzinfo=UTC), datetime(2061, 1, 5, tzinfo=UTC))
    whole = making.issue(making.Wanted(("SPDEV1",), span, making.CLIENT), None).certificate.public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(whole.replace(b"20600105", b"00000105"))


def of_an_odd_curve(pem: bytes) -> bytes:
    """A certificate whose key is of the curve prime239v1, which cryptography reads no key of."""
    known = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    assert known.count(_PRIME256V1) == 1
    return x509.load_der_x509_certificate(known.replace(_PRIME256V1, _PRIME239V1)).public_bytes(Encoding.PEM)


class Handshake(NamedTuple):
    """How it ended: OpenSSL's first complaint at the server, and the alert that the client was sent."""

    complaint: int
    alert: str


def shake_hands(files: Mapping[str, bytes], client: str, *, server: str = "server") -> Handshake:
    """A handshake in which the server requires a certificate, and the client sends one of the set's."""
    complaints: list[int] = []
    ours = SSL.Context(SSL.TLS_SERVER_METHOD)
    _present(ours, files, server)
    trust_in(files).fill(ours.get_cert_store())  # type: ignore[arg-type] # it has one

    def complain(_connection: SSL.Connection, _certificate: crypto.X509, error: int, _depth: int, good: int) -> bool:
        if not good:
            complaints.append(error)
        return bool(good)

    ours.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, complain)
    theirs = SSL.Context(SSL.TLS_CLIENT_METHOD)
    if client:
        theirs.set_cipher_list(b"DEFAULT@SECLEVEL=0")  # or it would not load the weak key
        _present(theirs, files, client)
    alert = _pump(ours, theirs)
    return Handshake(complaints[0] if complaints else 0, alert)


def _present(context: SSL.Context, files: Mapping[str, bytes], path: str) -> None:
    leaf, *chain = certificates(files, f"{path}.pem")
    context.use_certificate(leaf)
    for one in chain:
        context.add_extra_chain_cert(one)
    context.use_privatekey(_key(files[f"{path}.key"]))


def _key(pem: bytes) -> making.Key:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, making.Key)
    return key


def _pump(server_side: SSL.Context, client_side: SSL.Context) -> str:
    """Carry bytes between two ends until both have done what they can; the alert that the client was sent, if any."""
    server, client = SSL.Connection(server_side, None), SSL.Connection(client_side, None)
    server.set_accept_state()
    client.set_connect_state()
    alert = ""
    for _ in range(10):
        for end, other in ((client, server), (server, client)):
            try:
                end.do_handshake()
                end.recv(1)  # a client of TLS 1.3 meets the alert only when it reads
            except SSL.WantReadError:
                pass
            except SSL.Error as error:
                if end is client:
                    alert = alert or error.args[0][0][2]
            with suppress(SSL.WantReadError):
                other.bio_write(end.bio_read(65536))
    return alert
