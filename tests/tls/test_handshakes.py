"""What is no handshake, or ends before it is one: told to the client where that is possible, and to us in any case."""

import asyncio
import socket
import ssl
import time
from pathlib import Path

import pytest

from simulator.runtime import open_files
from simulator.runtime.tls import connection
from simulator.server import crowd
from tests.control import Control
from tests.figures import Figure
from tests.tls.buyers import Buyer, context_of, report_once, served_under_tls

HELLO_WITHOUT_END = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20)
"""The beginning of a ClientHello."""


async def _raw(control: Control, data: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes over plain TCP, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(control.supplier.rpartition(":")[2]))
    writer.write(data)
    if not hang_up:
        async with asyncio.timeout(5):
            told = await reader.read()
    else:
        await writer.drain()
        told = b""
    writer.close()
    await writer.wait_closed()
    return told


async def _reasons(control: Control, number: int = 1) -> list[str]:
    """The reasons of all refusals, once there are so many."""
    async with asyncio.timeout(5):
        while (await control.get("/control/v1/tls-refusals"))["number"] < number:
            await asyncio.sleep(0.01)
    return [one["reason"] for one in (await control.get("/control/v1/tls-refusals"))["refusals"]]


async def test_plain_http_is_told_to_use_https(certs: Path) -> None:
    """The commonest slip of the first day: an answer that a person can read, in place of a broken connection."""
    async with served_under_tls(certs, "required") as control:
        told = await _raw(control, b"POST /cfsit/api2/addFaultReport HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _, body = told.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert body == b"This port speaks TLS: use https, with a client certificate.\n"
        assert f"Content-Length: {len(body)}".encode() in head
        assert await _reasons(control) == ["plain-http"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "not-tls"),
        (b"\r\n\r\n\r\n", "not-tls"),
        (b"\x17\x03\x03\x7f\x00" + bytes(50), "broken"),
    ],
    ids=["ssh", "empty-lines", "record"],
)
async def test_noise(certs: Path, data: bytes, reason: str) -> None:
    """Whatever it is, it is refused at once, and one line tells."""
    async with served_under_tls(certs, "required") as control:
        await _raw(control, data)
        assert await _reasons(control) == [reason]


async def test_who_hangs_up(certs: Path) -> None:
    """As clients do that do not trust the server's certificate and say nothing."""
    async with served_under_tls(certs, "required") as control:
        await _raw(control, HELLO_WITHOUT_END, hang_up=True)
        assert await _reasons(control) == ["hung-up"]


async def test_who_only_looks_whether_the_port_is_open(certs: Path) -> None:
    """A health check that connects and says nothing is no refusal."""
    async with served_under_tls(certs, "required") as control:
        await _raw(control, b"", hang_up=True)
        await asyncio.sleep(0.05)
        assert (await control.get("/control/v1/tls-refusals"))["number"] == 0


async def test_who_is_too_slow(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is ended; one that has said nothing at all is ended too, and is no refusal."""
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.1)
    async with served_under_tls(certs, "required") as control:
        assert await _raw(control, HELLO_WITHOUT_END) == b""
        assert await _reasons(control) == ["too-slow"]
        assert await _raw(control, b"") == b""
        assert await _reasons(control) == ["too-slow"]


async def test_a_client_that_does_not_trust_the_server(certs: Path) -> None:
    """It says so by an alert, and the words say what it lacks."""
    stranger = ssl.create_default_context(cafile=str(certs / "bad" / "wrong-authority-ca.pem"))

    def connect(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
            stranger.wrap_socket(plain, server_hostname="localhost")

    async with served_under_tls(certs, "required") as control:
        await asyncio.to_thread(connect, int(control.supplier.rpartition(":")[2]))
        assert await _reasons(control) == ["server-certificate"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_an_old_version(certs: Path) -> None:
    """TLS 1.1 is not spoken."""
    old = context_of(certs, "clients/SPDEV1")
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with served_under_tls(certs, "required") as control:
        with pytest.raises(ssl.SSLError) as caught:
            await Buyer.connect(control, old)
        assert caught.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"
        assert await _reasons(control) == ["version"]


async def test_a_client_that_shares_no_cipher(certs: Path) -> None:
    """The server's key is none of RSA."""
    narrow = context_of(certs, "clients/SPDEV1", "1.2")
    narrow.set_ciphers("AES128-SHA256")
    async with served_under_tls(certs, "required") as control:
        with pytest.raises(ssl.SSLError) as caught:
            await Buyer.connect(control, narrow)
        assert caught.value.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
        assert await _reasons(control) == ["cipher"]


async def test_the_list_has_the_newest_first_and_can_be_narrowed(certs: Path) -> None:
    """By reason, and by number."""
    async with served_under_tls(certs, "required") as control:
        await _raw(control, b"SSH-2.0-OpenSSH_9\r\n")
        await _raw(control, b"GET / HTTP/1.1\r\n\r\n")
        await _raw(control, b"SSH-2.0-OpenSSH_9\r\n")
        assert await _reasons(control, 3) == ["not-tls", "plain-http", "not-tls"]
        one = await control.get("/control/v1/tls-refusals?reason=not-tls&limit=1")
        assert [(refusal["number"], refusal["reason"]) for refusal in one["refusals"]] == [(3, "not-tls")]
        assert (one["number"], one["by_reason"]) == (3, {"not-tls": 2, "plain-http": 1})
        assert one["refusals"][0] | {"at": ""} == {
            "number": 3,
            "at": "",
            "stage": "handshake",
            "reason": "not-tls",
            "words": "what the client sent is no TLS",
            "address": "127.0.0.1",
            "version": "",
            "certificate": None,
            "environment": "",
            "operation": "",
        }
        assert (await control.ask("GET", "/control/v1/tls-refusals?limit=0"))[0] == 422


async def test_a_handshake_that_is_not_done_holds_up_nobody(certs: Path) -> None:
    """The server stops at once though clients are still shaking hands; they are cut off."""
    async with served_under_tls(certs, "required") as control:
        port = int(control.supplier.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HELLO_WITHOUT_END)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            await control.stop()
            assert await reader.read() == b""
        writer.close()


async def _begun(control: Control, number: int, data: bytes) -> list[asyncio.StreamWriter]:
    """So many connections that have said this much."""
    port = int(control.supplier.rpartition(":")[2])
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(number)]
    for writer in writers:
        writer.write(data)
    await asyncio.sleep(0.05)
    return writers


async def test_more_than_may_shake_hands_at_once(
    certs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One more is cut off at once, which is counted and told; when one of the others has ended there is room again."""
    monkeypatch.setitem(crowd.MOST, "handshakes", 3)
    async with served_under_tls(certs, "required") as control:
        begun = await _begun(control, 3, HELLO_WITHOUT_END)
        assert await _raw(control, HELLO_WITHOUT_END) == b""
        begun[0].close()
        await asyncio.sleep(0.05)
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        metrics = (await control.send("GET", "/metrics"))[2].decode()
        assert 'turned_away_total{port="supplier",reason="handshakes"} 1.0' in metrics
        assert [record.getMessage() for record in caplog.records if record.name == "simulator.server.crowd"] == [
            "the supplier port has 3 handshakes under way; 1 more were closed at once"
        ]
        for writer in begun:
            writer.close()


async def test_who_says_nothing_makes_room(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent connections keep nobody out, however many: the oldest of them goes."""
    monkeypatch.setitem(crowd.MOST, "handshakes", 3)
    async with served_under_tls(certs, "required") as control:
        silent = await _begun(control, 10, b"")
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        for writer in silent:
            writer.close()


async def test_places_are_given_back_however_a_handshake_ends(certs: Path) -> None:
    """Refused, broken, hung up, done: in the end nobody is there."""
    async with served_under_tls(certs, "required") as control:
        for _ in range(3):
            for client in ("clients/SPDEV1", "bad/expired", ""):
                await report_once(control, context_of(certs, client))
            await _raw(control, b"GET / HTTP/1.1\r\n\r\n")
            await _raw(control, HELLO_WITHOUT_END, hang_up=True)
        async with asyncio.timeout(5):
            while control.crowds["supplier"].taken("connections"):
                await asyncio.sleep(0.01)


async def test_hundreds_that_never_finish_hold_up_nobody(certs: Path, figure: Figure) -> None:
    """A good client is answered within a second beside 500 that have begun to shake hands and say no more."""
    open_files.ask_for(crowd.FILES)
    async with served_under_tls(certs, "required") as control:
        port = int(control.supplier.rpartition(":")[2])
        slow = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(500)]
        for writer in slow:
            writer.write(HELLO_WITHOUT_END)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        seconds = time.monotonic() - began
        for writer in slow:
            writer.close()
    figure(f"500 handshakes that never end: a good request took {seconds * 1000:.0f} ms")
    assert seconds < 1


async def test_a_connection_lives_on_when_the_time_for_handshakes_is_over(
    certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only who has not come so far is cut off."""
    monkeypatch.setattr(connection, "HANDSHAKE_SECONDS", 0.2)
    async with served_under_tls(certs, "required") as control:
        buyer = await Buyer.connect(control, context_of(certs, "clients/SPDEV1"))
        await asyncio.sleep(0.4)
        assert (await buyer.report()).status == 201
        assert (await control.get("/control/v1/tls-refusals"))["number"] == 0
        await buyer.close()


async def test_who_was_refused_is_not_kept(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a moment to read why; it takes nobody's place in the meantime, and is cut off then."""
    monkeypatch.setattr(connection, "PARTING_SECONDS", 0.3)
    monkeypatch.setitem(crowd.MOST, "handshakes", 2)
    async with served_under_tls(certs, "required") as control:
        refused = await _begun(control, 3, b"SSH-2.0-OpenSSH_9\r\n")
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
        async with asyncio.timeout(5):
            while control.crowds["supplier"].taken("connections"):
                await asyncio.sleep(0.02)
        for writer in refused:
            writer.close()


async def test_who_speaks_http_takes_no_place_of_those_who_shake_hands(
    certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many connections are kept while few may shake hands at once."""
    monkeypatch.setitem(crowd.MOST, "handshakes", 2)
    async with served_under_tls(certs, "required") as control:
        kept = [await Buyer.connect(control, context_of(certs, "clients/SPDEV1")) for _ in range(6)]
        assert [(await one.report(f"R-{number}")).status for number, one in enumerate(kept)] == [201] * 6
        begun = await _begun(control, 2, HELLO_WITHOUT_END)
        assert await _raw(control, HELLO_WITHOUT_END) == b""
        for one in kept:
            await one.close()
        for writer in begun:
            writer.close()


async def test_no_more_connections_than_the_port_may_have(certs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first byte on; a connection that found no place gives none back."""
    monkeypatch.setitem(crowd.MOST, "connections", 2)
    async with served_under_tls(certs, "required") as control:
        kept = [await Buyer.connect(control, context_of(certs, "clients/SPDEV1")) for _ in range(2)]
        for _ in range(3):
            assert await _raw(control, HELLO_WITHOUT_END) == b""
        assert control.crowds["supplier"].taken("connections") == 2
        for one in kept:
            await one.close()
        async with asyncio.timeout(5):
            while control.crowds["supplier"].taken("connections"):
                await asyncio.sleep(0.01)
        assert (await report_once(control, context_of(certs, "clients/SPDEV1"))).status == 201
