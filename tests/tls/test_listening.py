"""``listen --certs``: each sender that gets no TLS connection is told of, with the reason."""

import asyncio
import json
import ssl
from pathlib import Path

import pytest

from simulator.listening import handshakes
from simulator.listening.endpoint import Arrival, Endpoint
from tests.listening.conftest import SECONDS
from tests.tls.test_notifications import attempt, listening

REFUSED = "                    ✗  a handshake was refused: "
BY_CERTIFICATE = {
    "clients/SPDEV1": None,
    "bad/good-intermediate": None,
    "bad/expired": "the sender's certificate, or that of an authority above it, has expired",
    "bad/not-yet-valid": "the sender's certificate, or that of an authority above it, is not yet valid",
    "bad/revoked": "the sender's certificate, or that of an authority above it, is revoked",
    "bad/self-signed": "the sender's certificate is signed by itself",
    "bad/wrong-usage": "the sender's certificate, or that of an authority above it, is not meant for clients",
    "bad/wrong-authority": "no authority of the set has issued the sender's certificate, or an intermediate one is not"
    " sent with it",
}
SHOWED_NONE = "the sender showed no certificate"
HUNG_UP = "the sender hung up; it may not trust this endpoint's certificate: name it the set's ca.pem"


async def ended(process: asyncio.subprocess.Process) -> list[str]:
    """What it has said of refused handshakes, and that nothing was said by a bug."""
    process.terminate()
    said = (await process.communicate())[0].decode()
    assert "Traceback" not in said
    return [line.removeprefix(REFUSED) for line in said.splitlines() if line.startswith(REFUSED)]


async def test_every_refused_certificate_is_told(certs: Path, tmp_path: Path) -> None:
    """What is good is answered, and the revoked one is not; no certificate at all has its words too."""
    ready = tmp_path / "ready.json"
    process = await listening(certs, ready, "--demand")
    try:
        url = json.loads(ready.read_text())["notify"]
        answers = {
            name: (
                await attempt(
                    url,
                    notify_trust=certs / "ca.pem",
                    notify_certificate=certs / f"{name}.pem",
                    notify_key=certs / f"{name}.key",
                )
            ).status
            for name in BY_CERTIFICATE
        }
        assert (await attempt(url, notify_trust=certs / "ca.pem")).status is None
    finally:
        told = await ended(process)
    assert answers == {name: None if words else 400 for name, words in BY_CERTIFICATE.items()}
    assert told == [*filter(None, BY_CERTIFICATE.values()), SHOWED_NONE]


async def test_without_a_list_nothing_is_revoked(certs: Path, tmp_path: Path) -> None:
    """A set of one's own may have none."""
    (certs / "ca.crl").unlink()
    ready = tmp_path / "ready.json"
    process = await listening(certs, ready, "--demand")
    own = {"notify_certificate": certs / "bad/revoked.pem", "notify_key": certs / "bad/revoked.key"}
    try:
        answer = await attempt(json.loads(ready.read_text())["notify"], notify_trust=certs / "ca.pem", **own)
    finally:
        told = await ended(process)
    assert (answer.status, told) == (400, [])


async def test_senders_that_do_not_take_the_endpoint(certs: Path, tmp_path: Path) -> None:
    """One that hangs up without a word, and one that sends plain HTTP; the next is answered."""
    ready = tmp_path / "ready.json"
    process = await listening(certs, ready)
    try:
        url = json.loads(ready.read_text())["notify"]
        assert (await attempt(url)).status is None
        assert (await attempt(url.replace("https", "http"))).status is None
        assert (await attempt(url, notify_trust=certs / "ca.pem")).status == 400
    finally:
        told = await ended(process)
    assert told == [HUNG_UP, "the sender speaks plain HTTP: use https"]


def of_the_set(certs: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certs / "server.pem", certs / "server.key")
    return context


async def hung_up_on(port: int, sent: bytes = b"") -> bytes:
    """What comes until the other side ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        async with asyncio.timeout(SECONDS):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_handshake_that_takes_too_long(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and told."""
    monkeypatch.setattr(handshakes, "HANDSHAKE_SECONDS", 0.2)
    arrivals: list[Arrival] = []
    told: list[str] = []
    endpoint = Endpoint(arrivals.append, tls=of_the_set(certs), refused=told.append)
    url = await endpoint.open()
    try:
        assert await hung_up_on(int(url.split(":")[2].split("/")[0])) == b""
    finally:
        await endpoint.close()
    assert told == ["it was not over after 0.2 seconds"]
    assert arrivals == []


async def test_one_handshake_too_many(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is hung up on; the one under way is not, until the endpoint closes."""
    monkeypatch.setattr(handshakes, "MOST_HANDSHAKES", 1)
    told: list[str] = []
    endpoint = Endpoint(lambda _arrival: None, tls=of_the_set(certs), refused=told.append)
    port = int((await endpoint.open()).split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.05)
    assert await hung_up_on(port) == b""
    assert told == []
    assert not reader.at_eof()
    await endpoint.close()
    writer.close()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "TLSV1_ALERT_UNKNOWN_CA",
            "the sender does not take this endpoint's certificate: name it the set's ca.pem, and call a host of it",
        ),
        ("UNSUPPORTED_PROTOCOL", "the sender speaks no version of TLS from 1.2 on"),
        ("BAD_SIGNATURE", "it is broken"),
    ],
)
def test_other_reasons(reason: str, words: str) -> None:
    """By what OpenSSL calls them."""
    error = ssl.SSLError(1, "words that differ")
    error.reason = reason
    assert handshakes.why(error) == words
