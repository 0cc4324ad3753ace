"""The endpoint as its senders meet it, by a real HTTP client and over raw sockets: what is taken, and what is not."""

import asyncio
import gzip
import logging
import socket

import aiohttp
import pytest

from simulator.listening import endpoint
from simulator.listening.endpoint import Arrival, Endpoint, ListenError
from simulator.listening.failing import NEVER, Failing
from tests.listening.conftest import SECONDS, Heard, Listen
from tests.listening.posts import BARE, ENVELOPED, SOAP, XML, over_the_wire
from tests.rig import children, message_in


async def test_a_notification_is_handed_over_and_acknowledged(listen: Listen) -> None:
    """At any path."""
    heard = await listen()
    async with aiohttp.ClientSession() as session:
        url = heard.url.replace("/notifications", "/anything/else?at=all")
        async with session.post(url, data=BARE, headers=XML) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
            told = children(message_in(await response.read()))
    assert (told["messageId"], told["responseCode"]) == ("CF-00001", "200")
    (arrival,) = heard.arrivals
    assert arrival.notification is not None
    assert (arrival.body, arrival.notification.status, arrival.attempt) == (BARE, "accepted", 1)
    assert heard.answers == ["200, acknowledged"]


async def test_an_enveloped_one_is_answered_in_an_envelope(listen: Listen) -> None:
    """As text/xml (R2)."""
    heard = await listen()
    async with (
        aiohttp.ClientSession() as session,
        session.post(heard.url, data=ENVELOPED, headers=SOAP) as response,
    ):
        assert (response.status, response.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
        assert b"<soap:Envelope" in await response.read()


async def test_attempts_of_one_message_are_counted(listen: Listen) -> None:
    """Also over one connection that is kept."""
    heard = await listen()
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.post(heard.url, data=BARE, headers=XML) as response:
                assert response.status == 200
    assert [arrival.attempt for arrival in heard.arrivals] == [1, 2, 3]


async def test_it_may_be_told_to_fail_and_no_longer() -> None:
    """An outage for as long as a test wants."""
    one = Endpoint(lambda _arrival: None)
    url = await one.open()
    statuses = []
    async with aiohttp.ClientSession() as session:
        for failing in (NEVER, Failing("503"), NEVER):
            one.fail(failing)
            async with session.post(url, data=BARE, headers=XML) as response:
                statuses.append(response.status)
    await one.close()
    assert statuses == [200, 503, 200]


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        (b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", 405, "the method is GET"),
        (over_the_wire(b"<a/>"), 400, "the message is called a, where notifyFaultReportUpdate was expected"),
        (over_the_wire(b"<a"), 400, "line 1, column 1: unclosed token"),
        (over_the_wire(gzip.compress(BARE), "Content-Encoding: gzip"), 415, "the body is compressed"),
        (over_the_wire(b"x" * (256 * 1024 + 1)), 413, "the body has more than 262144 bytes"),
    ],
    ids=["get", "another", "broken", "gzip", "big"],
)
async def test_what_is_no_notification_is_told_so(listen: Listen, sent: bytes, status: int, why: str) -> None:
    """To the sender in plain text, and to whoever looks on."""
    heard = await listen()
    head, _, body = (await heard.speak(sent)).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert body.decode() == f"This is no notification: {why}\n"
    assert [(one.notification, one.attempt, one.trouble) for one in heard.arrivals] == [(None, 0, why)]
    assert heard.answers == [f"{status}, and why"]


async def test_a_body_that_is_cut_off_is_told(listen: Listen) -> None:
    """Nobody is there to be answered."""
    heard = await listen()
    _, writer = await asyncio.open_connection("127.0.0.1", heard.port)
    writer.write(over_the_wire(BARE, length=10_000))
    writer.close()
    async with asyncio.timeout(SECONDS):
        while not heard.arrivals:
            await asyncio.sleep(0.01)
    assert [one.trouble for one in heard.arrivals] == ["the body was cut off"]


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408, when its time is over."""
    monkeypatch.setattr(endpoint, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(endpoint, "LINGERING_SECONDS", 0.1)
    heard = await listen()
    assert b" 408 " in await heard.speak(over_the_wire(BARE, length=10_000))


async def test_who_waits_to_be_invited_is(listen: Listen) -> None:
    """Some stacks send no body before they are (``Expect: 100-continue``)."""
    heard = await listen()
    said = await heard.speak(over_the_wire(BARE, "Expect: 100-continue"))
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_one_connection_too_many_is_told_to_come_again(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """503; when another has ended there is room again."""
    monkeypatch.setattr(endpoint, "MOST_CONNECTIONS", 1)
    heard = await listen()
    _, first = await asyncio.open_connection("127.0.0.1", heard.port)
    assert (await heard.speak()).startswith(b"HTTP/1.1 503 ")
    assert [one.trouble for one in heard.arrivals] == ["there are 1 connections already"]
    first.close()
    await first.wait_closed()
    async with asyncio.timeout(SECONDS):
        while not (await heard.speak(over_the_wire())).startswith(b"HTTP/1.1 200 "):
            await asyncio.sleep(0.01)


async def test_a_connection_that_says_nothing_is_closed(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would keep others out."""
    monkeypatch.setattr(endpoint, "HEAD_SECONDS", 0.05)
    heard = await listen()
    assert await heard.speak(b"POST / HTT") == b""


async def test_a_callback_that_fails_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    """And the log says more: the sender is not left without an answer."""

    def came(_arrival: Arrival) -> None:
        raise ZeroDivisionError

    one = Endpoint(came)
    url = await one.open()
    async with aiohttp.ClientSession() as session, session.post(url, data=BARE) as response:
        assert response.status == 500
    await one.close()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_port_in_use_is_told_with_what_to_do() -> None:
    """The endpoint that was not opened can be closed all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one = Endpoint(lambda _arrival: None)
        with pytest.raises(ListenError, match="the port is in use; choose another, or 0 for any free one"):
            await one.open(port=port)
    await one.close()


async def test_closing_lets_go_of_every_connection() -> None:
    """One that is kept, and one that waits for what never comes."""
    came: list[Arrival] = []
    one = Endpoint(came.append)
    heard = Heard(await one.open())
    waiting = asyncio.create_task(heard.speak(b"POST / HTTP/1.1\r\nHost: here\r\n"))
    kept = asyncio.create_task(heard.speak(over_the_wire().replace(b"Connection: close\r\n", b"")))
    async with asyncio.timeout(SECONDS):
        while not came:
            await asyncio.sleep(0.01)
    await one.close()
    assert await waiting == b""
    assert (await kept).startswith(b"HTTP/1.1 200 ")
