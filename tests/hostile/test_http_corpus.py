"""Hostile HTTP: each case of the table gets its answer, in our words, and costs nobody anything."""

import asyncio
import json
import logging
import socket
import struct
import time

import pytest

from tests.figures import Figure
from tests.hostile.http_cases import CASES, GET, Case, Piece
from tests.messages import add
from tests.rig import Simulator

SECONDS = 3.0
"""How long to wait for what must come."""
PROBE = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
ANYWHERE = tuple(case for case in CASES if case.anywhere)
TOOK: list[float] = []
"""Seconds from the last byte sent to the first answer, of all cases that have one."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be waited for ten seconds is waited for a fraction of one."""
    monkeypatch.setattr("simulator.server.bodies.BODY_SECONDS", 0.3)
    monkeypatch.setattr("simulator.server.control.requests.BODY_SECONDS", 0.3)
    monkeypatch.setattr("simulator.server.app.LINGERING_SECONDS", 0.2)
    monkeypatch.setattr("simulator.server.app.KEEP_ALIVE_SECONDS", 1.0)


class Attacker:
    """A socket, and what came back over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.came = b""

    async def send(self, *pieces: Piece) -> None:
        """Send each piece in a packet of its own; a server that hangs up meanwhile is welcome to."""
        for number, piece in enumerate(pieces):
            if self._writer.transport.is_closing():
                break
            match piece:
                case bytes():
                    await asyncio.sleep(0.005 if number else 0)
                    self._writer.write(piece)
                case "half-close":
                    self._writer.write_eof()
                case "reset":
                    linger = struct.pack("ii", 1, 0)
                    self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self._writer.transport.abort()
                case _:
                    await asyncio.sleep(float(piece))

    async def answers(self, number: int) -> list[tuple[int, dict[str, str], bytes]]:
        """So many answers, or those that come before the server closes."""
        told: list[tuple[int, dict[str, str], bytes]] = []
        while len(told) < number:
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            line, *lines = head.decode("latin-1").rstrip().split("\r\n")
            headers = {name.lower(): text for name, _, text in (one.partition(": ") for one in lines)}
            body = b"" if self.asked_for_head else await self._reader.readexactly(int(headers.get("content-length", 0)))
            self.came += head + body
            told.append((int(line.split()[1]), headers, body))
        return told

    asked_for_head = False

    async def ended(self) -> bytes:
        """What still comes until the server closes."""
        try:
            return await self._reader.read()
        except ConnectionError:
            return b""

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)


async def attack(port: int, case: Case) -> list[tuple[int, dict[str, str], bytes]]:
    """Do what the case says: the answers that came. A connection that is kept is in step, any other is closed.

    No task is left behind.
    """
    before = asyncio.all_tasks()
    attacker = Attacker(*await asyncio.open_connection("127.0.0.1", port))
    attacker.asked_for_head = case.name == "head"
    try:
        async with asyncio.timeout(SECONDS):
            await attacker.send(*case.sent)
            began = time.perf_counter()
            answers = await attacker.answers(len(case.answers))
            if answers:
                TOOK.append(time.perf_counter() - began)
            if case.kept:
                attacker.asked_for_head = False
                await attacker.send(PROBE)
                assert [status for status, _, _ in await attacker.answers(1)] == [200]
            assert await attacker.ended() == b""
    finally:
        await attacker.close()
    async with asyncio.timeout(SECONDS):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.005)
    for trace in (b"aiohttp", b"Python", b"Traceback", b"got itself in trouble"):
        assert trace not in attacker.came
    assert {headers.get("server") for status, headers, _ in answers if status != 100} <= {"cityfibre-simulator"}
    return answers


def quiet(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log, none of which is long, or tells of a bug."""
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if len(line) > 300 or "\n" in line] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []
    return lines


async def is_served(simulator: Simulator, reference: str = "ANOTHER") -> None:
    """A good report is taken within a second."""
    began = time.perf_counter()
    good = add({"messageId": f"MSG-{reference}", "buyerFaultReference": reference})
    assert (await simulator.post("addFaultReport", good)).status == 201
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_at_the_suppliers_port(simulator: Simulator, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The answers that the table says, in plain words or as a fault; nothing changes but by what was taken."""
    state = simulator.state()
    answers = await attack(simulator.port, case)
    assert [status for status, _, _ in answers] == list(case.answers)
    if case.anywhere and answers:
        (answer,) = answers
        assert answer[1]["content-type"] == "text/plain; charset=utf-8"
    assert case.says in b"".join(body for _, _, body in answers).decode()
    entries = await simulator.journal()
    kinds = [entry["kind"] for entry in entries if entry["kind"] in {"request-received", "request-refused"}]
    assert kinds.count("request-received") == case.reached
    assert kinds.count("request-refused") == case.reached - case.tickets
    assert len(await simulator.tickets()) == case.tickets
    assert case.tickets or state == simulator.state()
    lines = quiet(caplog)
    assert len(lines) == 1 if case.anywhere and answers else True
    await is_served(simulator)


@pytest.mark.parametrize("case", ANYWHERE, ids=lambda case: case.name)
async def test_at_the_control_port(simulator: Simulator, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """The same statuses and words, as problem documents; nothing has changed."""
    state = simulator.state()
    port = int(simulator.control_url.split(":")[2].partition("/")[0])
    answers = await attack(port, case)
    assert [status for status, _, _ in answers] == list(case.answers)
    for status, headers, body in answers:
        assert headers["content-type"].partition(";")[0] == "application/problem+json"
        problem = json.loads(body)
        assert (problem["status"], case.says in problem["detail"]) == (status, True)
    assert (await simulator.journal(), state) == ([], simulator.state())
    assert len(quiet(caplog)) == len(answers)
    await is_served(simulator)


def test_the_corpus_is_large_and_fast(figure: Figure) -> None:
    """Each case has a name of its own; the slowest answer of all that were run above took less than a second."""
    names = [case.name for case in CASES]
    assert (len(names) == len(set(names)), len(names) > 150) == (True, True)
    slowest = max(TOOK, default=0.0)
    assert slowest < 1
    told = f"{len(CASES)} cases at the supplier's port, {len(ANYWHERE)} at the control port"
    figure(f"hostile HTTP: {told}; the slowest answer took {slowest * 1000:.0f} ms")
