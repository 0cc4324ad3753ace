"""An endpoint that fails by messageId and attempt, drawn from a seed; and what must be so of all that it was sent."""

import asyncio
import hashlib
import re
import socket
import struct
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.cityfibre import SupplierSettings, inventory
from simulator.core import transcript
from simulator.core.inputs import RequestReceived
from simulator.core.journal import Entry
from simulator.runtime.environments import Blueprint, Environment

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REPORT = (Path(__file__).parent / "examples" / "add_fault_report.xml").read_text("utf-8")
OF_EACH = 4
"""Notifications of a ticket that lives its default life."""
WITHIN_REAL = 900.0
_RESET = struct.pack("ii", 1, 0)
_GOOD = (
    "<receivedNotifyFaultReportUpdate><messageId>{}</messageId>"
    "<responseCode>{}</responseCode></receivedNotifyFaultReportUpdate>"
)
_WAYS = ("200", "500", "503", "reset", "close", "refuse", "unreadable")
_WEIGHTS = (64, 12, 8, 7, 7, 1, 1)
"""How often each happens, in a hundred. The first and the last deliver; a refusal is final; the others are retried."""


@dataclass
class FallingEndpoint:
    """Notes every attempt: ticket, messageId, how many times it has come, and the way in which it was answered."""

    seed: int = 1
    attempts: list[tuple[str, str, int, str]] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None

    async def open(self) -> str:
        """Begin to listen; the URL is returned."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, backlog=1024)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/notifications"

    async def close(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _drawn(self, message_id: str, attempt: int) -> str:
        digest = hashlib.sha256(f"{self.seed}/{message_id}/{attempt}".encode()).digest()
        number = int.from_bytes(digest[:8], "big") % 100
        for way, weight in zip(_WAYS, _WEIGHTS, strict=True):
            number -= weight
            if number < 0:
                return way
        raise AssertionError(number)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None
        body = (await reader.readexactly(int(length[1]))).decode()
        message_id = re.search("<messageId>(.*?)<", body)
        ticket = re.search("<buyerFaultReference>(.*?)<", body)
        assert message_id is not None
        assert ticket is not None
        self._seen[message_id[1]] += 1
        way = self._drawn(message_id[1], self._seen[message_id[1]])
        self.attempts.append((ticket[1], message_id[1], self._seen[message_id[1]], way))
        with suppress(ConnectionError):
            await self._answer(writer, way, message_id[1])
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, way: str, message_id: str) -> None:
        if way == "reset":
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        elif way != "close":
            status = way if way.isdigit() else "200"
            more = "Retry-After: 45\r\n" if way == "503" else ""
            text = "<nothing" if way == "unreadable" else _GOOD.format(message_id, 400 if way == "refuse" else 200)
            head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n{more}Connection: close\r\n\r\n"
            writer.write(head.encode() + text.encode())
            await writer.drain()


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the digest of its transcript, the attempts in all, and how deliveries ended."""

    transcript: str
    attempts: int
    ended: Counter[str]


async def deliver(tickets: int) -> Outcome:
    """Let so many tickets live and end, and hold all that was sent to what must be so."""
    endpoint = FallingEndpoint()
    settings = SupplierSettings.model_validate({"delivery": {"jitter": 0.2}})
    plan = Blueprint("soak", settings, inventory.default(), 1, "frozen", 0.0, START, await endpoint.open())
    environment = Environment(plan)
    driver = environment.driver
    for number in range(tickets):
        body = REPORT.replace("MY-FAULT-1", f"R-{number}").replace("SP-00001", f"M-{number}").encode()
        driver.flushed(driver.receive(RequestReceived("addFaultReport", body, content_type="text/xml")))
    await driver.advance(START + timedelta(days=30), WITHIN_REAL)
    entries = list(environment.engine.journal)
    states = {ticket.state.value for ticket in environment.supplier.books.tickets.values()}
    waiting = environment.engine.outbox.under_way, environment.engine.outbox.waiting
    await environment.close()
    await endpoint.close()

    assert (states, waiting, environment.engine.journal.first_seq) == ({"closed"}, (0, 0), 1)
    ended = Counter((_number(entry), entry.kind) for entry in entries if entry.kind in _ENDS)
    assert set(ended.values()) == {1}
    assert sorted(number for number, _ in ended) == list(range(1, OF_EACH * tickets + 1))
    _hold(endpoint, {f"CF-{number:05d}": _ENDS[kind] for number, kind in ended})
    digest = hashlib.sha256("\n".join(transcript.lines(entries)).encode()).hexdigest()
    return Outcome(digest, len(endpoint.attempts), Counter(_ENDS[kind] for _, kind in ended))


_ENDS = {"notification-delivered": "delivered", "notification-dead-lettered": "dead-lettered"}


def _number(entry: Entry) -> int:
    number = entry.data["delivery"]
    assert isinstance(number, int)
    return number


def _hold(endpoint: FallingEndpoint, ended: dict[str, str]) -> None:
    """What the endpoint has seen agrees with how each delivery has ended, and tickets are told in order."""
    ways: dict[str, list[str]] = defaultdict(list)
    order: dict[str, list[int]] = defaultdict(list)
    for ticket, message_id, attempt, way in endpoint.attempts:
        ways[message_id].append(way)
        assert attempt == len(ways[message_id])
        order[ticket].append(int(message_id.removeprefix("CF-")))
    assert ways.keys() == ended.keys()
    for message_id, seen in ways.items():
        *before, last = seen
        assert not {"200", "refuse", "unreadable"} & set(before)
        delivered = last in {"200", "unreadable"}
        assert ended[message_id] == ("delivered" if delivered else "dead-lettered")
        assert delivered or last == "refuse" or len(seen) == 8
    assert all(numbers == sorted(numbers) for numbers in order.values())
