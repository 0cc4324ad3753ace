"""What is said of an endpoint that TLS keeps us from: real handshakes, and every error that can't be made with them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import SHUT_RDWR, create_server

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from simulator.certificates.making import CLIENT, SERVER, Issued, Span, Wanted, issue
from simulator.core.inputs import DeliveryAnswer
from simulator.runtime.delivery import Courier, Endpoint
from simulator.runtime.delivery_failures import failure
from tests.deliveries import deliver, listening

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
VALID = Span(NOW - DAY, NOW + DAY)
HERE = ("127.0.0.1",)

UNKNOWN = (
    "the authority of the endpoint's certificate is not trusted, or an intermediate certificate is not sent with it: "
    "name the authority by --notify-trust, or by the buyer's trust"
)
SELF_SIGNED = "the endpoint's certificate is signed by itself: name it by --notify-trust, or by the buyer's trust"
EXPIRED = "the endpoint's certificate, or that of an authority above it, has expired"
NOT_YET = "the endpoint's certificate, or that of an authority above it, is not yet valid"
USAGE = "the endpoint's certificate, or that of an authority above it, is not meant for servers"
HOST = "the endpoint's certificate is that of another host: it must name the host of the endpoint's URL"
WEAK = "the endpoint's certificate, or that of an authority above it, is too weak to be taken"
BROKEN_OFF = (
    "the endpoint broke TLS off before it answered; if it asks for a certificate, name one that it takes "
    "by --notify-certificate, or by the buyer's client_certificate"
)
VERSION = "the endpoint and the simulator speak no common version of TLS; the simulator's are 1.2 and 1.3"
NOT_SPOKEN = "the endpoint does not speak TLS: is it http in place of https?"
CLOSED = "the endpoint closed the connection before its answer was whole"
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<taken/>"

AUTHORITY = issue(Wanted(("Authority",), VALID), None)
GOOD = issue(Wanted(("A",), VALID, SERVER, HERE), AUTHORITY)


def pem(issued: Issued, tmp_path: Path) -> Path:
    """A file with certificate and key."""
    path = tmp_path / "endpoint.pem"
    key = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(issued.certificate.public_bytes(Encoding.PEM) + key)
    return path


def shown(issued: Issued, tmp_path: Path) -> ssl.SSLContext:
    """An endpoint's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem(issued, tmp_path))
    return context


def trusting() -> ssl.SSLContext:
    """Ours, which trusts the authority, and shows nothing."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=AUTHORITY.certificate.public_bytes(Encoding.PEM).decode())
    return context


async def failing(port: int, tls: ssl.SSLContext | None) -> DeliveryAnswer:
    """One attempt."""
    courier = Courier(Endpoint(f"https://127.0.0.1:{port}/", tls=tls), {})
    answer = await courier.deliver(deliver())
    await courier.close()
    return answer


@asynccontextmanager
async def alerting(context: ssl.SSLContext) -> AsyncIterator[int]:
    """An endpoint that, other than asyncio, sends its alert; it answers two connections at most."""

    def answer() -> None:
        for _ in range(2):
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            with closing(connected):
                try:
                    with context.wrap_socket(connected, server_side=True) as tls:
                        tls.recv(65_536)
                        tls.sendall(TAKEN)
                except OSError:
                    pass

    with create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(asyncio.to_thread(answer))
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(SHUT_RDWR)  # which wakes whoever waits for a connection
            await task


@pytest.mark.parametrize(
    ("wanted", "issuer", "words"),
    [
        (Wanted(("A",), VALID, SERVER, HERE), issue(Wanted(("Stranger",), VALID), None), UNKNOWN),
        (Wanted(("A",), VALID, SERVER, HERE), None, SELF_SIGNED),
        (Wanted(("A",), Span(NOW - 2 * DAY, NOW - DAY), SERVER, HERE), AUTHORITY, EXPIRED),
        (Wanted(("A",), Span(NOW + DAY, NOW + 2 * DAY), SERVER, HERE), AUTHORITY, NOT_YET),
        (Wanted(("A",), VALID, CLIENT, HERE), AUTHORITY, USAGE),
        (Wanted(("A",), VALID, SERVER, ("127.0.0.2",)), AUTHORITY, HOST),
    ],
    ids=["unknown authority", "self-signed", "expired", "not yet valid", "usage", "another host"],
)
async def test_a_certificate_that_is_not_taken(
    wanted: Wanted, issuer: Issued | None, words: str, tmp_path: Path
) -> None:
    """Each for its own reason."""
    async with alerting(shown(issue(wanted, issuer), tmp_path)) as port:
        assert await failing(port, trusting()) == DeliveryAnswer(None, b"", words)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_an_endpoint_that_demands_a_certificate(version: ssl.TLSVersion, tmp_path: Path) -> None:
    """None is shown. The alert comes in the handshake, or after it."""
    context = shown(GOOD, tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    async with alerting(context) as port:
        assert await failing(port, trusting()) == DeliveryAnswer(None, b"", BROKEN_OFF)


async def test_an_endpoint_that_hangs_up_in_place_of_an_alert(tmp_path: Path) -> None:
    """As asyncio's servers do: it is told in the same words."""

    async def answer(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        raise AssertionError

    context = shown(GOOD, tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    async with listening(answer, tls=context) as there:
        assert await failing(there.port, trusting()) == DeliveryAnswer(None, b"", BROKEN_OFF)


async def test_an_endpoint_that_closes_without_a_word(tmp_path: Path) -> None:
    """The same again: what hangs up before it answers may do so for our certificate."""

    async def answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with listening(answer, tls=shown(GOOD, tmp_path)) as there:
        assert await failing(there.port, trusting()) == DeliveryAnswer(None, b"", BROKEN_OFF)


async def test_an_endpoint_that_cuts_its_answer_off_under_tls(tmp_path: Path) -> None:
    """TLS has nothing to do with that: the answer had begun."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TAKEN[:-1])
        await writer.drain()

    async with listening(answer, tls=shown(GOOD, tmp_path)) as there:
        assert await failing(there.port, trusting()) == DeliveryAnswer(None, b"", CLOSED)


async def test_another_version_of_tls(tmp_path: Path) -> None:
    """The endpoint says so by its alert."""
    context = shown(GOOD, tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    ours = trusting()
    ours.maximum_version = ssl.TLSVersion.TLSv1_2
    async with alerting(context) as port:
        assert await failing(port, ours) == DeliveryAnswer(None, b"", VERSION)


async def test_an_endpoint_without_tls() -> None:
    """It answers in the clear."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(answer) as there:
        assert await failing(there.port, None) == DeliveryAnswer(None, b"", NOT_SPOKEN)


# -- errors that no handshake of ours brings about


def refused(code: int) -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, "words that differ")
    error.verify_code = code
    return error


def broken(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "words that differ")
    error.reason = reason  # type: ignore[assignment]  # typeshed has no None
    return error


def told(cause: Exception, kind: Callable[[], Exception], url: str = "https://h/") -> str:
    """What is said of an error that comes of another."""
    try:
        raise kind() from cause
    except (aiohttp.ClientError, OSError) as error:
        return failure(error, url)


def not_connected() -> Exception:
    return aiohttp.ClientConnectorSSLError(None, OSError(1, "x"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (2, UNKNOWN),
        (19, UNKNOWN),
        (21, UNKNOWN),
        (62, HOST),
        (66, WEAK),
        (67, WEAK),
        (68, WEAK),
        (1, "the endpoint's certificate does not hold"),
    ],
)
def test_other_verdicts_on_a_certificate(code: int, words: str) -> None:
    """By OpenSSL's number."""
    assert told(refused(code), not_connected) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("PACKET_LENGTH_TOO_LONG", NOT_SPOKEN),
        ("UNSUPPORTED_PROTOCOL", VERSION),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", BROKEN_OFF),
        ("TLSV1_ALERT_UNKNOWN_CA", BROKEN_OFF),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", BROKEN_OFF),
        ("BAD_SIGNATURE", "no TLS connection could be made with the endpoint"),
        (None, "no TLS connection could be made with the endpoint"),
    ],
)
def test_other_ways_to_agree_upon_nothing(reason: str | None, words: str) -> None:
    """By OpenSSL's reason; a version of it that knows none gives none."""
    assert told(broken(reason), not_connected) == words


def test_a_reset_without_tls_is_only_that() -> None:
    """The words on certificates are for https."""
    assert told(ConnectionResetError(), lambda: aiohttp.ClientOSError(104, "x"), "http://h/") == CLOSED
    assert told(ConnectionResetError(), lambda: aiohttp.ClientOSError(104, "x"), "HTTPS://h/") == BROKEN_OFF
