"""How many a port serves at once; who finds no place is told so, or closed, and it counts."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from simulator.server import crowd
from tests.faulty import SECONDS, exchange, set_fault
from tests.messages import add
from tests.rig import Simulator

Start = Callable[..., Awaitable[Simulator]]
ADDRESS = "/control/v1/environments/cfsit/clock/advance"


def report(number: int) -> str:
    return add({"messageId": f"MSG-{number}", "buyerFaultReference": f"REF-{number}"})


async def counted(simulator: Simulator) -> list[str]:
    """What the metrics say of those who found no place."""
    url = simulator.control_url.partition("/control/")[0]
    told = (await simulator.send("GET", f"{url}/metrics")).body.decode()
    name = "cityfibre_sim_turned_away_total"
    return [line.removeprefix(name) for line in told.splitlines() if line.startswith(f"{name}{{")]


def control_port(simulator: Simulator) -> int:
    return int(simulator.control_url.split(":")[2].partition("/")[0])


class Sender:
    """One request over a connection of its own, in two halves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def half(cls, port: int, head: str, body: bytes) -> "Sender":
        """Send all but the last bytes, and see to it that they have been looked at."""
        one = cls(*await asyncio.open_connection("127.0.0.1", port))
        one._left = body[-5:]
        one._writer.write(f"{head}Host: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:-5])
        await asyncio.sleep(0.05)
        return one

    _left = b""

    def rest(self) -> None:
        """Send what is left."""
        self._writer.write(self._left)

    async def answer(self) -> tuple[str, bytes]:
        """Head and body of what is answered."""
        async with asyncio.timeout(SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line for line in head.splitlines() if line.startswith("Content-Length: "))
            body = await self._reader.readexactly(int(length.partition(": ")[2]))
        return head, body

    async def ended(self) -> bytes:
        """What still comes until the server closes."""
        async with asyncio.timeout(SECONDS):
            return await self._reader.read()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)


async def half_a_report(simulator: Simulator, number: int) -> Sender:
    head = "POST /cfsit/api2/addFaultReport HTTP/1.1\r\nContent-Type: text/xml\r\n"
    return await Sender.half(simulator.port, head, report(number).encode())


async def half_a_command(simulator: Simulator) -> Sender:
    head = f"POST {ADDRESS} HTTP/1.1\r\nContent-Type: application/json\r\n"
    return await Sender.half(control_port(simulator), head, b'{"by": "PT1H"}')


async def test_beyond_those_being_answered(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, in words, and nothing of it in the journal; when they have gone, the next is served."""
    monkeypatch.setitem(crowd.MOST, "answering", 2)
    simulator = await start()
    await set_fault(simulator, "latency", milliseconds=400, times=2)
    late = [asyncio.create_task(exchange(simulator, report(number))) for number in range(2)]
    await asyncio.sleep(0.1)
    state, seq = simulator.state(), simulator.last_seq
    one_more = await exchange(simulator, report(2))
    assert (one_more.status, one_more.header("Retry-After")) == (503, "1")
    assert one_more.header("Content-Type") == "text/plain; charset=utf-8"
    assert one_more.body == b"256 requests are being answered already; send this one again in a second\n"
    assert (simulator.state(), simulator.last_seq) == (state, seq)
    assert [(await one).status for one in late] == [201, 201]
    assert (await exchange(simulator, report(3))).status == 201
    assert await counted(simulator) == ['{port="supplier",reason="answering"} 1.0']


async def test_who_arrives_takes_no_place_from_who_is_answered(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more body than may arrive is not waited for; what is there already is answered all the same."""
    monkeypatch.setitem(crowd.MOST, "arriving", 1)
    simulator = await start()
    first = await half_a_report(simulator, 1)
    second = await half_a_report(simulator, 2)
    head, body = await second.answer()
    assert head.startswith("HTTP/1.1 503 ")
    assert "Connection: close\r\n" in head
    assert "Retry-After: 1\r\n" in head
    assert body == b"1024 requests are arriving already; send this one again in a second\n"
    assert await simulator.journal() == []
    assert (await exchange(simulator, report(3))).status == 201
    first.rest()
    assert (await first.answer())[0].startswith("HTTP/1.1 201 ")
    third = await half_a_report(simulator, 4)
    third.rest()
    assert (await third.answer())[0].startswith("HTTP/1.1 201 ")
    assert await counted(simulator) == ['{port="supplier",reason="arriving"} 1.0']
    for one in (first, second, third):
        await one.close()


async def test_a_request_that_has_arrived_may_find_no_place(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """At either port, once its last byte is there; it has no effect, and the control port says so by a problem."""
    simulator = await start()
    both = [await half_a_report(simulator, 1), await half_a_command(simulator)]
    state = simulator.state()
    for port in ("supplier", "control"):
        monkeypatch.setitem(simulator.crowds[port].most, "answering", 0)
    for one in both:
        one.rest()
    (head, text), (control_head, problem) = [await one.answer() for one in both]
    assert [head.partition("\r\n")[0] for head in (head, control_head)] == ["HTTP/1.1 503 Service Unavailable"] * 2
    assert ["Retry-After: 1\r\n" in head for head in (head, control_head)] == [True, True]
    assert text == b"256 requests are being answered already; send this one again in a second\n"
    assert json.loads(problem)["detail"] == text.decode().strip()
    monkeypatch.undo()
    assert (await simulator.journal(), state) == ([], simulator.state())
    for one in both:
        await one.close()


async def test_a_connection_that_finds_no_place_is_closed_at_once(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells the first, and how many more when a minute is over; a place that was given back is taken."""
    monkeypatch.setattr(crowd, "TELLING_SECONDS", 0.3)
    simulator = await start()
    monkeypatch.setitem(simulator.crowds["supplier"].most, "connections", 2)
    there = [await asyncio.open_connection("127.0.0.1", simulator.port) for _ in range(2)]
    await asyncio.sleep(0.05)
    for pause in (0, 0, 0.4):
        await asyncio.sleep(pause)
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
        async with asyncio.timeout(SECONDS):
            assert await reader.read() == b""
        writer.close()
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == [
        "the supplier port has 2 connections; 1 more were closed at once",
        "the supplier port has 2 connections; 2 more were closed at once",
    ]
    there[0][1].close()
    await asyncio.sleep(0.05)
    assert (await exchange(simulator, report(1))).status == 201
    assert await counted(simulator) == ['{port="supplier",reason="connections"} 3.0']
    there[1][1].close()


async def test_a_command_whose_body_does_not_come(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 as a problem, and closed; nothing has moved."""
    monkeypatch.setattr("simulator.server.control.requests.BODY_SECONDS", 0.2)
    one = await half_a_command(simulator)
    head, problem = await one.answer()
    assert head.startswith("HTTP/1.1 408 ")
    assert json.loads(problem)["detail"] == "the body did not arrive within 0.2 seconds"
    assert (await simulator.control("GET", "/clock"))["now"] == "2026-01-05T09:00:00.000Z"
    await one.close()
