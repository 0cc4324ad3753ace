"""Faults of notifications, seen at a buyer's listening socket: what comes, in which order, in which bytes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.cityfibre import FAULTS
from tests.control import ONE, Control, served
from tests.messages import Tree
from tests.rig import message_in, text_at


@dataclass(slots=True)
class Arrival:
    """One request as it came over a socket: its pieces with the seconds after which they came."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def body(self) -> bytes:
        """Its body."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def head(self) -> dict[str, str]:
        """Its headers."""
        lines = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    def text(self, path: str) -> str | None:
        """The text at a path of the message."""
        return text_at(message_in(self.body), path)

    @property
    def told(self) -> tuple[str | None, str | None]:
        """The status, and the message's own id."""
        return self.text("faultDetails/status"), self.text("messageId")


class Ear:
    """A socket that listens, notes what comes and answers 200 with an acknowledgement."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/notifications"

    async def close(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrival, loop = Arrival(), asyncio.get_running_loop()
        self.arrivals.append(arrival)
        began = loop.time()
        while b"\r\n\r\n" not in arrival.raw or len(arrival.body) < int(arrival.head["content-length"]):
            arrival.pieces.append((loop.time() - began, await reader.read(65536)))
        answer = f"<receivedNotifyFaultReportUpdate><messageId>{arrival.text('messageId')}</messageId>"
        answer += "<responseCode>200</responseCode></receivedNotifyFaultReportUpdate>"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + answer.encode())
        await writer.drain()
        writer.close()

    @property
    def told(self) -> list[tuple[str | None, str | None]]:
        """Status and messageId of each, in the order in which they came."""
        return [one.told for one in self.arrivals]

    @property
    def statuses(self) -> list[str | None]:
        """The statuses alone."""
        return [status for status, _ in self.told]


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """One that listens."""
    one = Ear()
    await one.open()
    yield one
    await one.close()


@pytest.fixture
async def simulator(ear: Ear) -> AsyncIterator[Control]:
    """A simulator that notifies it."""
    async with served(notify=ear.url) as control:
        yield control


async def set_fault(simulator: Control, kind: str, **said: object) -> None:
    """Let it go wrong from now on."""
    await simulator.post(f"{ONE}/faults", {"fault": kind, **said})


async def advance(simulator: Control, by: str = "PT0S") -> None:
    """Move the clock, and wait until all is quiet."""
    await simulator.post(f"{ONE}/clock/advance", {"by": by})


async def at(simulator: Control) -> str:
    """Where the clock stands."""
    return str((await simulator.get(f"{ONE}/clock"))["now"])


async def live(simulator: Control) -> None:
    """A fault that lives its default life up to closure."""
    await simulator.report("REF-1")
    for by in ("PT0S", "PT2H", "PT22H", "PT48H"):
        await advance(simulator, by)


async def state_of(simulator: Control, number: int) -> Tree:
    """What became of a delivery."""
    whole = await simulator.get(f"{ONE}/deliveries/{number}")
    return {**whole, "attempts": [(one["why"], one["verdict"]) for one in whole["attempts"]]}


LIFE = [("accepted", "CF-00001"), ("in-progress", "CF-00002"), ("resolved", "CF-00003"), ("closed", "CF-00004")]


def test_every_fault_is_seen_at_a_socket() -> None:
    """Here those of notifications, next door those of requests: whoever adds one shows what it does there."""
    shown = "".join(
        (Path(__file__).parent / f"test_faulty_{what}.py").read_text("utf-8") for what in ("notifications", "answers")
    )
    assert [kind for kind in FAULTS if f'"{kind}"' not in shown] == []


async def test_without_a_fault_each_comes_once(simulator: Control, ear: Ear) -> None:
    """The plain case, to compare with."""
    await live(simulator)
    assert LIFE == ear.told


async def test_a_notification_comes_twice(simulator: Control, ear: Ear) -> None:
    """The same bytes under the same messageId, one right behind the other."""
    await set_fault(simulator, "duplicate", on="in-progress")
    await live(simulator)
    assert [LIFE[0], LIFE[1], LIFE[1], LIFE[2], LIFE[3]] == ear.told
    assert ear.arrivals[1].body == ear.arrivals[2].body
    assert [("first", "delivered"), ("duplicate", "delivered")] == (await state_of(simulator, 2))["attempts"]


async def test_the_second_time_comes_behind_another(simulator: Control, ear: Ear) -> None:
    """Resolved, closed, and resolved again: the same bytes."""
    await set_fault(simulator, "duplicate", on="resolved", after="closed")
    await live(simulator)
    assert [*LIFE, LIFE[2]] == ear.told
    assert ear.arrivals[2].body == ear.arrivals[4].body


async def test_a_notification_never_comes(simulator: Control, ear: Ear) -> None:
    """The next ones do; who asks for it gets it, as it would have come."""
    await set_fault(simulator, "drop", on="in-progress")
    await live(simulator)
    assert [LIFE[0], LIFE[2], LIFE[3]] == ear.told
    dropped = await state_of(simulator, 2)
    assert ("unsent", "dropped by fault 1", []) == tuple(dropped[name] for name in ("state", "reason", "attempts"))

    await simulator.post(f"{ONE}/deliveries/2/redeliver")
    await advance(simulator)
    assert LIFE[1] == ear.told[3]
    assert "2026-01-05T11:00:00.000Z" == ear.arrivals[3].text("sentAt")


async def test_a_notification_comes_late(simulator: Control, ear: Ear) -> None:
    """At its instant and not before; what the ticket has to tell meanwhile waits behind it, other tickets do not."""
    await set_fault(simulator, "delay", on="in-progress", by="P1D")
    await simulator.report("REF-1")
    await advance(simulator, "PT2H")
    await simulator.report("REF-2")
    await advance(simulator, "PT23H59M59S")
    assert ["accepted", "accepted", "in-progress"] == ear.statuses  # the third is the other ticket's
    await advance(simulator, "PT1S")
    first = [one.told for one in ear.arrivals if one.text("buyerFaultReference") == "REF-1"]
    assert [LIFE[0], LIFE[1], ("resolved", "CF-00005")] == first
    assert "2026-01-06T11:00:00.000Z" == await at(simulator)


async def test_a_notification_comes_behind_the_next(simulator: Control, ear: Ear) -> None:
    """Resolved before in-progress."""
    await set_fault(simulator, "reorder", on="in-progress", at_most="P7D")
    await live(simulator)
    assert [LIFE[0], LIFE[2], LIFE[1], LIFE[3]] == ear.told
    timers = (await simulator.get(ONE))["next_timers"]
    assert [] == [one for one in timers if one["timer"] == "fault"]


async def test_where_nothing_follows_it_goes_alone(simulator: Control, ear: Ear) -> None:
    """After the time that the fault says, or three days."""
    await set_fault(simulator, "reorder", on="in-progress", at_most="PT1H")
    await simulator.report("REF-1")
    await advance(simulator, "PT2H59M59S")
    assert ["accepted"] == ear.statuses
    await advance(simulator, "PT1S")
    assert ["accepted", "in-progress"] == ear.statuses


async def test_an_older_picture_comes_behind_a_newer(simulator: Control, ear: Ear) -> None:
    """As a notification of its own: only what it says is old."""
    await set_fault(simulator, "stale", on="resolved")
    await live(simulator)
    assert [*LIFE[:3], ("in-progress", "CF-00004"), ("closed", "CF-00005")] == ear.told
    former, stale = ear.arrivals[1], ear.arrivals[3]
    assert "2026-01-06T09:00:00.000Z" == stale.text("sentAt")
    restored = stale.body.replace(b"CF-00004", b"CF-00002").replace(
        b"2026-01-06T09:00:00.000Z", b"2026-01-05T11:00:00.000Z"
    )
    assert former.body == restored


async def test_the_first_notification_is_never_stale(simulator: Control, ear: Ear) -> None:
    """Nothing is older; the fault waits for the next."""
    await set_fault(simulator, "stale")
    await live(simulator)
    assert ["accepted", "in-progress", "accepted", "resolved", "closed"] == ear.statuses


async def test_a_body_comes_in_small_pieces(simulator: Control, ear: Ear) -> None:
    """Whole in the end."""
    await set_fault(simulator, "slow-body", milliseconds=400)
    await simulator.report("REF-1")
    await advance(simulator)
    (arrival,) = ear.arrivals
    assert ("accepted", "CF-00001") == arrival.told
    assert len(arrival.pieces) >= 10
    assert 0.35 <= arrival.pieces[-1][0] - arrival.pieces[0][0] < 5
    assert "transfer-encoding" not in arrival.head


async def test_a_notification_has_the_samples_quirks(simulator: Control, ear: Ear) -> None:
    """No triage in the one that meets it; the others have it."""
    await set_fault(simulator, "verbatim", on="in-progress")
    await live(simulator)
    triage = [one.text("faultDetails/triageComplete") for one in ear.arrivals]
    assert ["true", None, "true", "true"] == triage


async def test_a_kind_without_a_sample_has_no_quirks(simulator: Control, ear: Ear) -> None:
    """The fault waits for the next that has one."""
    await set_fault(simulator, "verbatim")
    await simulator.report("REF-1")
    await simulator.message(
        "requestFaultReportUpdate", {"buyerFaultReference": "REF-1", "maintainerFaultReference": ""}
    )
    assert 2 >= len(ear.arrivals)
    faults = (await simulator.get(f"{ONE}/faults"))["faults"]
    assert 1 == faults[0]["injected"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [({}, "text/html; charset=utf-8"), ({"content_type": "application/json"}, "application/json")],
)
async def test_a_notification_comes_under_another_media_type(
    simulator: Control, ear: Ear, said: Tree, expected: str
) -> None:
    """The body is as ever."""
    await set_fault(simulator, "wrong-content-type", **said)
    await live(simulator)
    assert [expected, *["application/xml; charset=utf-8"] * 3] == [one.head["content-type"] for one in ear.arrivals]
    assert LIFE == ear.told


async def test_a_fault_of_one_ticket_leaves_others_alone(simulator: Control, ear: Ear) -> None:
    """Even one that is yet to be reported can be named."""
    await set_fault(simulator, "drop", ticket="~SPDEV1~REF-2")
    await simulator.report("REF-1")
    await simulator.report("REF-2")
    await advance(simulator)
    assert ["REF-1"] == [one.text("buyerFaultReference") for one in ear.arrivals]


async def test_by_chance_that_the_seed_draws(simulator: Control, ear: Ear) -> None:
    """About a third of two hundred, and the same of them in every run."""
    await set_fault(simulator, "drop", on="accepted", probability=0.33)
    for number in range(200):
        await simulator.report(f"REF-{number}")
    await advance(simulator)
    found = [str(one.text("buyerFaultReference")) for one in ear.arrivals]
    assert 139 == len(found)
    assert ["REF-0", "REF-1", "REF-3", "REF-4", "REF-5", "REF-6"] == sorted(found, key=lambda one: int(one[4:]))[:6]


async def test_each_injection_is_journalled(simulator: Control, ear: Ear) -> None:
    """With the delivery that met it."""
    await set_fault(simulator, "delay", on=["accepted", "resolved"], by="PT1M", times=2)
    await live(simulator)
    told = (await simulator.get(f"{ONE}/journal?kind=fault-injected"))["entries"]
    assert [
        {"fault": 1, "kind": "delay", "on": "accepted", "delivery": 1},
        {"fault": 1, "kind": "delay", "on": "resolved", "delivery": 3},
    ] == [entry["data"] for entry in told]
    assert datetime(2026, 1, 6, 9, tzinfo=UTC) == datetime.fromisoformat(told[1]["at"])
    assert LIFE == ear.told
