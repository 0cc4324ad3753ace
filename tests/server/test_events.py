"""The journal as a stream: nothing lost, nothing doubled, whatever breaks in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import pytest

from simulator.core.inputs import Steered
from simulator.core.journal import Journal, Note
from tests.control import ALL, ONE, START, Control

EVENTS = f"{ONE}/events"


class Event(NamedTuple):
    """One event as a browser would have it."""

    event: str
    id: str
    data: dict[str, Any]


class Stream:
    """Reads events as a browser does."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> Event:
        """The next event; comments and the time to wait are passed over."""
        while True:
            lines: dict[str, str] = {}
            async with asyncio.timeout(5):
                while line := (await self._response.content.readline()).decode().rstrip("\n"):
                    name, _, value = line.partition(": ")
                    lines[name] = value
            if "event" in lines:
                return Event(lines["event"], lines["id"], json.loads(lines["data"]))
            assert not self._response.content.at_eof(), "the stream has ended"

    async def take(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    async def ends(self) -> bool:
        async with asyncio.timeout(5):
            return await self._response.content.read() == b""


@asynccontextmanager
async def follow(control: Control, query: str = "", last: str = "", path: str = EVENTS) -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": last} if last else {}
    async with control.session.get(f"{control.control}{path}{query}", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Stream(response)


async def journal(control: Control, path: str = ONE) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = (await control.get(f"{path}/journal"))["entries"]
    return entries


async def test_entries_come_as_they_are_made(control: Control) -> None:
    """What was there already, then what is new; each is the journal's own."""
    await control.report("A")
    async with follow(control) as stream:
        there = await stream.take(len(await journal(control)))
        await control.report("B")
        await control.post(f"{ONE}/clock/advance", {"by": "PT48H"})
        whole = await journal(control)
        there += await stream.take(len(whole) - len(there))
    assert [event.data for event in there] == whole
    assert {event.event for event in there} == {"entry"}


async def test_a_stream_is_taken_up_where_it_broke_off(control: Control) -> None:
    """By the id of the last event, as every browser does by itself; whatever the query says."""
    await control.report("A")
    seen: list[Event] = []
    for reference in ("B", "C", "D"):
        async with follow(control, "?after=0", seen[-1].id if seen else "") as stream:
            seen += await stream.take(4)
        await control.report(reference)
    async with follow(control, "", seen[-1].id) as stream:
        seen += await stream.take(len(await journal(control)) - len(seen))
    assert [event.data["seq"] for event in seen] == [entry["seq"] for entry in await journal(control)]


async def test_only_some_kinds_and_one_ticket(control: Control) -> None:
    """The same filter as the journal's."""
    for reference in ("A", "B"):
        await control.report(reference)
    query = "?kind=ticket-changed,notification&ticket=~SPDEV1~B"
    async with follow(control, query) as stream:
        await control.post(f"{ONE}/clock/advance", {"by": "PT3H"})
        events = await stream.take(4)
    assert [event.data["kind"] for event in events] == ["ticket-changed", "notification"] * 2
    page = await control.get(f"{ONE}/journal{query}")
    assert [event.data for event in events] == page["entries"]


async def test_a_reset_is_told_and_the_new_life_follows(control: Control) -> None:
    """To who reads on, and to who comes back after it."""
    await control.report("A")
    async with follow(control, "?kind=ticket-added") as stream:
        before = await stream.next()
        await control.post(f"{ONE}/reset")
        await control.report("B")
        reset, after = await stream.take(2)
    assert (reset.event, reset.data) == ("reset", {"environment": "one"})
    assert (after.data["ticket"], after.data["seq"]) == ("~SPDEV1~B", before.data["seq"])
    async with follow(control, "?kind=ticket-added", before.id) as stream:
        again = await stream.take(2)
    assert again == [reset, after]


async def test_one_that_is_removed_is_told(control: Control) -> None:
    """Then the stream ends; a new environment of that name is another life."""
    await control.post(ALL, {"name": "mine"})
    await control.report("A", "mine")
    async with follow(control, "?kind=ticket-added", path=f"{ALL}/mine/events") as stream:
        last = await stream.next()
        await control.ask("DELETE", f"{ALL}/mine")
        assert (await stream.next()).event == "deleted"
        assert await stream.ends()
    await control.post(ALL, {"name": "mine"})
    await control.report("B", "mine")
    async with follow(control, "?kind=ticket-added", last.id, f"{ALL}/mine/events") as stream:
        events = await stream.take(2)
    assert [event.event for event in events] == ["reset", "entry"]


async def test_what_the_journal_has_dropped_is_told(control: Control) -> None:
    """A gap, with how many are lost; the rest follows without another."""
    one = control.environments.get("one")
    assert one is not None
    one.engine.journal = Journal(most=5)
    await control.report("A")
    length = one.engine.journal.next_seq - 1
    async with follow(control) as stream:
        gap, *rest = await stream.take(6)
    assert (gap.event, gap.data) == ("gap", {"lost": length - 5, "first_seq": length - 4})
    assert [event.data["seq"] for event in rest] == list(range(length - 4, length + 1))
    page = await control.get(f"{ONE}/journal?after=1")
    assert (page["lost"], page["first_seq"]) == (length - 6, length - 4)
    assert (await control.ask("GET", f"{ONE}/journal/1"))[0] == 410


@pytest.mark.parametrize("last", ["x", "-", "-5", "x-y", "x-99999999999999999999"])
async def test_an_id_that_is_none_of_ours(control: Control, last: str) -> None:
    """It begins where the query says, or with what there is in this life."""
    await control.report("A")
    async with follow(control, "?kind=ticket-added", last) as stream:
        assert (await stream.next()).event == "entry"


async def test_who_asks_for_what_is_yet_to_come_gets_it_then(control: Control) -> None:
    """An ``after`` beyond the end costs no time: nothing turns round and round."""
    async with follow(control, "?after=5") as stream:
        await control.report("A")
        assert (await stream.next()).data["seq"] == 6


async def test_many_read_at_once_and_each_gets_all(control: Control) -> None:
    """Twenty readers, and forty reports that come meanwhile."""

    async def read() -> list[int]:
        async with follow(control, "?kind=ticket-added") as stream:
            return [event.data["seq"] for event in await stream.take(40)]

    readers = [asyncio.create_task(read()) for _ in range(20)]
    for number in range(40):
        await control.report(f"R-{number}")
    added = [one["seq"] for one in await journal(control) if one["kind"] == "ticket-added"]
    assert await asyncio.gather(*readers) == [added] * 20


async def test_there_are_only_so_many_streams(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has ended makes room."""
    monkeypatch.setattr("simulator.server.control.events.MOST_STREAMS", 1)
    monkeypatch.setattr("simulator.server.control.events.LOOK_SECONDS", 0.05)
    async with follow(control):
        status, problem = await control.ask("GET", EVENTS)
        assert (status, problem["title"]) == (429, "Too Many Requests")
    async with asyncio.timeout(5):
        while True:
            async with control.session.get(f"{control.control}{EVENTS}") as response:
                if response.status == 200:
                    break
            await asyncio.sleep(0.02)


async def test_a_silent_stream_shows_that_it_lives(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment now and then, which no browser shows."""
    monkeypatch.setattr("simulator.server.control.events.HEARTBEAT_SECONDS", 0.04)
    monkeypatch.setattr("simulator.server.control.events.LOOK_SECONDS", 0.02)
    async with control.session.get(f"{control.control}{EVENTS}") as response:
        lines = [await response.content.readline() for _ in range(5)]
    one = control.environments.get("one")
    assert one is not None
    assert lines == [b"retry: 1000\n", b"\n", b": nothing new\n", f"id: {one.life}-0\n".encode(), b"\n"]


async def test_a_server_that_stops_does_not_wait_for_its_readers(control: Control) -> None:
    """The stream ends at once."""
    async with follow(control) as stream:
        began = asyncio.get_running_loop().time()
        ended = asyncio.create_task(stream.ends())
        await asyncio.sleep(0.02)
        await control.stop()
        with pytest.raises(aiohttp.ClientPayloadError):
            assert await ended
        assert asyncio.get_running_loop().time() - began < 2


async def test_an_id_that_is_yet_to_come_withholds_nothing(control: Control) -> None:
    """It is none of this life, whatever it says: the stream begins anew, and says so."""
    await control.report("A")
    one = control.environments.get("one")
    assert one is not None
    async with follow(control, "?kind=ticket-added", f"{one.life}-999") as stream:
        assert [event.event for event in await stream.take(2)] == ["reset", "entry"]


async def test_a_filter_that_fits_nothing_holds_up_nobody(control: Control) -> None:
    """A long journal is walked through in turns."""
    one = control.environments.get("one")
    assert one is not None
    for _ in range(200_000):
        one.engine.journal.append(START, 0, Note("timer-fired", "", {}))
    async with follow(control, "?kind=bug"):
        slowest = 0.0
        for _ in range(20):
            began = asyncio.get_running_loop().time()
            await control.get(f"{ALL}/two/clock")
            slowest = max(slowest, asyncio.get_running_loop().time() - began)
    assert slowest < 0.5


async def test_who_only_follows_is_not_left_alone(control: Control) -> None:
    """However busy the environment is: a stream that writes is a use."""
    await control.post(ALL, {"name": "mine", "idle_seconds": 10})
    mine = control.environments.get("mine")
    assert mine is not None
    async with follow(control, path=f"{ALL}/mine/events") as stream:
        mine._touched -= 9  # noqa: SLF001 - as if so much time had passed
        mine.driver.steer(Steered("reach-buyer", "", {"buyer": "SPDEV1", "reachable": True}))
        await stream.next()
        assert mine.left_alone < 5


async def test_head_opens_no_stream(control: Control) -> None:
    """It would never end."""
    assert (await control.send("HEAD", EVENTS))[0] == 405
