"""The courier: one POST, and an answer in words that every run repeats. The endpoint is a real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from simulator.core.inputs import DeliveryAnswer
from simulator.runtime import delivery
from simulator.runtime.delivery import LONGEST_ANSWER, Courier, Endpoint
from tests.deliveries import deliver, delivered, listening, read_whole, take

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Carry = Callable[[Handler], Awaitable[DeliveryAnswer]]


@pytest.fixture
async def carry() -> AsyncIterator[Carry]:
    """Delivers one notification to an endpoint that behaves as told."""
    runners: list[web.AppRunner] = []
    couriers: list[Courier] = []

    async def to(handler: Handler) -> DeliveryAnswer:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        courier = Courier(Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/in"), {})
        couriers.append(courier)
        return await courier.deliver(deliver())

    yield to
    for courier in couriers:
        await courier.close()
    for runner in runners:
        await runner.cleanup()


async def test_the_bytes_arrive_as_they_are(carry: Carry) -> None:
    """The media type too; bare XML carries no SOAPAction."""
    seen: dict[str, object] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(body=await request.read(), method=request.method, path=request.path)
        seen.update(type=request.headers["Content-Type"], action=request.headers.get("SOAPAction"))
        return web.Response(status=202, body=b"<taken/>")

    assert await carry(handler) == DeliveryAnswer(202, b"<taken/>")
    assert seen == {
        "body": b"<notifyFaultReportUpdate/>",
        "method": "POST",
        "path": "/in",
        "type": "application/xml; charset=utf-8",
        "action": None,
    }


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    """The notification goes to the configured endpoint and nowhere else; neither within it."""
    async with listening(take) as elsewhere:
        for location in (f"http://127.0.0.1:{elsewhere.port}/", "/elsewhere"):

            async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: str = location) -> None:
                await read_whole(reader)
                head = f"HTTP/1.1 {status} Go on\r\nLocation: {to}\r\nContent-Length: 7\r\n\r\n<there>"
                writer.write(head.encode())

            async with listening(redirect) as there:
                answer = await delivered(f"http://127.0.0.1:{there.port}/in")
            assert (answer, there.connections) == (DeliveryAnswer(status, b"<there>"), 1)
    assert elsewhere.connections == 0


async def test_a_long_answer_is_cut(carry: Carry) -> None:
    """Memory is not the buyer's to fill."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=b"x" * (LONGEST_ANSWER * 4))

    assert await carry(handler) == DeliveryAnswer(200, b"x" * LONGEST_ANSWER)


async def test_a_closed_port_is_told_without_its_number() -> None:
    """What differs from run to run does not reach the journal."""
    courier = Courier(Endpoint("http://127.0.0.1:1/in"), {})
    assert await courier.deliver(deliver()) == DeliveryAnswer(None, b"", "nothing listens at the endpoint")
    await courier.close()


async def test_a_silent_endpoint_is_not_waited_for_for_ever(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the total timeout there was no answer."""
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.1)
    released = asyncio.Event()

    async def handler(_request: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    assert await carry(handler) == DeliveryAnswer(None, b"", "the endpoint did not answer in time")
    released.set()


async def test_a_connection_closed_without_an_answer(carry: Carry) -> None:
    """The kind of failure is named, not the machine's own words for it."""

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    answer = await carry(handler)
    assert answer == DeliveryAnswer(None, b"", "the endpoint closed the connection before its answer was whole")


async def test_waiting_for_a_turn_is_not_the_endpoints_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six deliveries, one at a time, each within the limit although all of them together are not."""
    monkeypatch.setattr(delivery, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.3)
    cookies: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        await asyncio.sleep(0.1)
        return web.Response(headers={"Set-Cookie": "sid=1"})

    app = web.Application()
    app.router.add_post("/in", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    courier = Courier(Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/in"), {})
    answers = await asyncio.gather(*(courier.deliver(deliver()) for _ in range(6)))
    await courier.close()
    await runner.cleanup()
    assert [answer.status for answer in answers] == [200] * 6
    assert cookies == [None] * 6


# -- Retry-After

NOW = "Date: Mon, 05 Jan 2026 09:00:00 GMT"
WEEK = 604_800


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, ["Retry-After: 120"], 120),
        (429, ["Retry-After: 0"], 0),
        (307, ["Retry-After:  007 "], 7),
        (400, ["Retry-After: 604800"], WEEK),
        (503, ["Retry-After: 604801"], WEEK),
        (503, ["Retry-After: " + "9" * 5_000], WEEK),
        (503, ["Retry-After: " + "0" * 5_000 + "9"], 9),
        (503, ["Retry-After: Mon, 05 Jan 2026 09:01:30 GMT", NOW], 90),
        (503, ["Retry-After: Monday, 05-Jan-26 09:01:30 GMT", NOW], 90),
        (503, ["Retry-After: Mon Jan  5 09:01:30 2026", NOW], 90),
        (503, ["Retry-After: Mon, 05 Jan 2026 09:00:00 GMT", NOW], 0),
        (503, ["Retry-After: Tue, 05 Jan 2027 09:00:00 GMT", NOW], WEEK),
        (503, ["Retry-After: Mon, 05 Jan 2026 08:59:59 GMT", NOW], None),
        (503, ["Retry-After: Mon, 05 Jan 2026 09:01:30 GMT"], None),
        (503, ["Retry-After: Mon, 05 Jan 2026 09:01:30 GMT", "Date: today"], None),
        (503, ["Retry-After: Mon, 99 Jan 2026 09:01:30 GMT", NOW], None),
        (503, ["Retry-After: Mon, 05 Jan 2026 09:01:30 +99999999999999", NOW], None),
        (503, ["Retry-After: -1", NOW], None),
        (503, ["Retry-After: 1.5", NOW], None),
        (503, ["Retry-After: soon", NOW], None),
        (503, ["Retry-After: \u0663", NOW], None),
        (503, ["Retry-After:", NOW], None),
        (503, [NOW], None),
        (200, ["Retry-After: 120"], None),
        (202, ["Retry-After: 120"], None),
    ],
)
async def test_how_long_a_refusal_asks_to_be_left_alone(status: int, headers: list[str], seconds: int | None) -> None:
    """In seconds, or until an instant by the endpoint's own clock: by ours it would be another in every run."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_whole(reader)
        writer.write("\r\n".join([f"HTTP/1.1 {status} So", "Content-Length: 0", *headers, "", ""]).encode())

    async with listening(answer) as there:
        told = await delivered(f"http://127.0.0.1:{there.port}/")
    assert told == DeliveryAnswer(status, retry_after=seconds)
