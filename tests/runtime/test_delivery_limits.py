"""The courier's time: each limit has its own words. And a notification that goes out slowly, seen at a bare socket."""

import asyncio
import time

import aiohttp
import pytest

from simulator.core.inputs import DeliveryAnswer
from simulator.runtime import delivery
from tests.deliveries import deliver, delivered, listening, read_whole

TAKEN = DeliveryAnswer(200, b"<taken/>")
NOT_CONNECTED = DeliveryAnswer(None, b"", "no connection could be made with the endpoint in time")
NO_ANSWER = DeliveryAnswer(None, b"", "the endpoint did not answer in time")
NO_BODY = DeliveryAnswer(None, b"", "the body of the endpoint's answer did not come whole in time")
CLOSED = DeliveryAnswer(None, b"", "the endpoint closed the connection before its answer was whole")
BROKEN_OFF = DeliveryAnswer(
    None,
    b"",
    "the endpoint broke TLS off before it answered; if it asks for a certificate, name one that it takes "
    "by --notify-certificate, or by the buyer's client_certificate",
)


async def for_ever(*_given: object, **_named: object) -> None:
    await asyncio.Event().wait()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Read until the other side gives up."""
    await reader.read()


async def test_a_name_that_is_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up is a part of connecting."""
    monkeypatch.setattr(delivery, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", for_ever)
    assert await delivered("http://buyer.example/") == NOT_CONNECTED


async def test_a_connection_that_nobody_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall that drops what comes does this."""
    monkeypatch.setattr(delivery, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", for_ever)
    assert await delivered("http://127.0.0.1:1/") == NOT_CONNECTED


async def test_tls_that_is_never_agreed_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a connection, and nothing comes of it."""
    monkeypatch.setattr(delivery, "CONNECT_SECONDS", 0.1)
    async with listening(silence) as there:
        assert await delivered(f"https://127.0.0.1:{there.port}/") == NOT_CONNECTED
    assert there.connections == 1


async def test_an_answer_that_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the whole attempt."""
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.1)
    async with listening(silence) as there:
        assert await delivered(f"http://127.0.0.1:{there.port}/") == NO_ANSWER


async def test_an_answer_that_begins_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header now and then is no answer."""
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.2)

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-A: a\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as there:
        assert await delivered(f"http://127.0.0.1:{there.port}/") == NO_ANSWER


@pytest.mark.parametrize("limit", ["BODY_SECONDS", "TOTAL_SECONDS"])
async def test_a_body_that_never_ends(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a limit of its own, and that of the whole attempt; what has come till then counts for nothing."""
    monkeypatch.setattr(delivery, limit, 0.2)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_whole(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as there:
        begun = time.monotonic()
        assert await delivered(f"http://127.0.0.1:{there.port}/") == NO_BODY
    assert time.monotonic() - begun < 5


async def test_a_body_that_is_cut_off() -> None:
    """Not slow but gone: other words."""

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_whole(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\nx")

    async with listening(cut) as there:
        assert await delivered(f"http://127.0.0.1:{there.port}/") == CLOSED


async def test_tls_that_is_hung_up_on() -> None:
    """Somebody listens there after all."""

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with listening(hang_up) as there:
        assert await delivered(f"https://127.0.0.1:{there.port}/") == BROKEN_OFF


# -- slowly


async def test_a_slow_notification_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """26 bytes in 13 pieces over 0.4 s, their length said before; the time that they take is not the endpoint's."""
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.3)
    pieces: list[bytes] = []
    heads: list[bytes] = []

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        while sum(map(len, pieces)) < 26:
            pieces.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<taken/>")

    async with listening(watch) as there:
        begun = time.monotonic()
        assert await delivered(f"http://127.0.0.1:{there.port}/", deliver(over_milliseconds=400)) == TAKEN
        assert 0.4 <= time.monotonic() - begun
    assert b"".join(pieces) == b"<notifyFaultReportUpdate/>"
    assert 5 <= len(pieces) <= 13  # two that come close together may be read as one
    (head,) = heads
    assert b"\r\nContent-Length: 26\r\n" in head
    assert b"transfer-encoding" not in head.lower()


def test_a_long_one_comes_in_twenty_pieces() -> None:
    """And a short one byte by byte."""

    async def sizes(body: bytes) -> list[int]:
        return [len(piece) async for piece in delivery._slowly(body, 0.001)]  # noqa: SLF001  its pieces can't be told apart on the wire

    assert asyncio.run(sizes(b"x" * 1000)) == [50] * 20
    assert asyncio.run(sizes(b"x" * 1001)) == [51] * 19 + [32]
    assert asyncio.run(sizes(b"xyz")) == [1, 1, 1]


async def test_the_endpoint_may_answer_before_the_end() -> None:
    """That is its answer; nothing more is sent."""

    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<taken/>")
        rest.append(await reader.read())

    rest: list[bytes] = []
    async with listening(at_once) as there:
        begun = time.monotonic()
        assert await delivered(f"http://127.0.0.1:{there.port}/", deliver(over_milliseconds=60_000)) == TAKEN
        assert time.monotonic() - begun < 30
        while not rest:
            await asyncio.sleep(0.01)
    assert len(rest[0]) < 26


async def test_the_endpoint_may_close_before_the_end() -> None:
    """A failure like any other."""

    async def close(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with listening(close) as there:
        assert await delivered(f"http://127.0.0.1:{there.port}/", deliver(over_milliseconds=2_000)) == CLOSED


async def test_a_slow_notification_has_its_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that it takes, and then the endpoint's."""
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.1)
    async with listening(silence) as there:
        url = f"http://127.0.0.1:{there.port}/"
        assert await delivered(url, deliver(over_milliseconds=200)) == NO_ANSWER
