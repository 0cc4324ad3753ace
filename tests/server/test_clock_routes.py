"""The clock by the control API: moved until something happens, held until the buyer has answered, run and stopped."""

import asyncio
from typing import Any

import pytest

from tests.control import ALL, ONE, Control, served

CLOCK = f"{ONE}/clock"
ADVANCE = f"{CLOCK}/advance"
NOW = "2026-01-05T09:00:00.000Z"


async def test_the_clock_is_shown(control: Control) -> None:
    """The instant, the mode and the rate."""
    assert await control.get(CLOCK) == {"now": NOW, "mode": "frozen", "rate": 0.0}


async def test_until_the_next_timer(control: Control) -> None:
    """From one to the next, and no further; where none is left the clock stays."""
    await control.report()
    seen = []
    for _ in range(4):
        told = await control.post(ADVANCE, {"until": "next-timer"})
        seen.append((told["now"], told["ended"]))
    assert seen == [
        ("2026-01-05T11:00:00.000Z", "next-timer"),
        ("2026-01-06T09:00:00.000Z", "next-timer"),
        ("2026-01-08T09:00:00.000Z", "next-timer"),
        ("2026-01-08T09:00:00.000Z", "no-timer"),
    ]


async def test_until_the_next_notification(control: Control) -> None:
    """A timer that tells the buyer nothing is passed."""
    await control.report()
    for now, name in (("2026-01-05T11", "in-progress"), ("2026-01-06T09", "resolved"), ("2026-01-08T09", "closed")):
        told = await control.post(ADVANCE, {"until": "next-notification"})
        named = [one["data"]["notification"] for one in told["happened"] if one["kind"] == "notification"]
        assert (told["now"][:13], told["ended"], named) == (now, "next-notification", [name])


async def test_until_but_not_beyond(control: Control) -> None:
    """``by`` or ``to`` is as far as it goes."""
    await control.report()
    told = await control.post(ADVANCE, {"until": "next-notification", "by": "PT1H"})
    assert (told["now"], told["ended"]) == ("2026-01-05T10:00:00.000Z", "arrived")
    told = await control.post(ADVANCE, {"until": "next-notification", "to": "2026-01-05T11:00:00Z"})
    assert (told["now"], told["ended"]) == ("2026-01-05T11:00:00.000Z", "next-notification")


async def test_the_clock_waits_for_the_buyers_answer(control: Control) -> None:
    """The buyer answers from a queue, a moment later: at the same simulated instant, and all that follows is told."""
    await control.report("REF-1")
    document = {"by": "PT24H", "await": [{"operation": "resolveResponse", "ticket": "~SPDEV1~REF-1"}]}
    advance = asyncio.create_task(control.post(ADVANCE, document))
    await asyncio.sleep(0.1)
    assert not advance.done()
    assert (await control.get(CLOCK))["now"] == "2026-01-06T09:00:00.000Z"
    assert await control.message("requestFaultReportUpdate") == 200
    assert await control.message("resolveResponse") == 200
    told = await asyncio.wait_for(advance, 5)
    assert told["now"] == "2026-01-06T09:00:00.000Z"
    assert [one["data"]["to"] for one in told["happened"] if one["kind"] == "ticket-changed"][-1] == "closed"


async def test_an_answer_that_does_not_come(control: Control) -> None:
    """409 says which, and where the clock stands; what has fired stays."""
    await control.report("REF-1")
    document = {
        "by": "PT24H",
        "await": [{"operation": "resolveResponse", "ticket": "~SPDEV1~REF-1", "within_real": 0.1}],
    }
    status, problem = await control.ask("POST", ADVANCE, document)
    assert (status, problem["reached"]) == (409, "2026-01-06T09:00:00.000Z")
    assert problem["blocked_by"] == "resolveResponse of ~SPDEV1~REF-1 is awaited"
    assert (await control.get(f"{ONE}/tickets"))["tickets"][0]["status"] == "resolved"


async def test_an_answer_about_another_ticket_does_not_count(control: Control) -> None:
    """Nor does one that came before."""
    await control.report("REF-1")
    await control.report("REF-2")
    assert await control.message("requestFaultReportUpdate") == 200
    awaited = {"operation": "requestFaultReportUpdate", "ticket": "~SPDEV1~REF-2", "within_real": 0.2}
    advance = asyncio.create_task(control.ask("POST", ADVANCE, {"by": "PT0S", "await": [awaited]}))
    await asyncio.sleep(0.05)
    assert await control.message("requestFaultReportUpdate") == 200
    assert (await advance)[0] == 409


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"until": "tomorrow"}, "until.word"),
        ({"until": {"notification": "resolved", "of": "x"}}, "until.named.of"),
        ({"until": "next-timer", "by": "PT0S", "to": "2026-01-06T00:00:00Z"}, ""),
        ({"by": "PT1H", "await": [{"operation": "notify"}]}, "await[0].operation"),
        ({"by": "PT1H", "await": [{"operation": "addFaultReport", "within_real": 0}]}, "await[0].within_real"),
        ({"by": "PT1H", "await": [{"operation": "addFaultReport"}] * 21}, "await"),
    ],
    ids=["until", "until-what", "both", "operation", "no-time", "too-many"],
)
async def test_what_makes_no_sense_moves_nothing(control: Control, document: dict[str, Any], field: str) -> None:
    """422, and the field is named."""
    await control.report()
    before = await control.get(ONE)
    status, problem = await control.ask("POST", ADVANCE, document)
    assert (status, [one["field"] for one in problem["errors"]]) == (422, [field])
    assert await control.get(ONE) == before


async def test_a_ticket_that_nobody_knows_is_not_awaited(control: Control) -> None:
    """Unless it has the form of one that is yet to come."""
    document = {"by": "PT0S", "await": [{"operation": "addFaultReport", "ticket": "CS0000009", "within_real": 0.1}]}
    assert (await control.ask("POST", ADVANCE, document))[0] == 404
    document["await"][0]["ticket"] = "~SPDEV1~NEW"  # type: ignore[index]
    document["await"][0]["within_real"] = 5  # type: ignore[index]
    advance = asyncio.create_task(control.ask("POST", ADVANCE, document))
    await asyncio.sleep(0.05)
    assert await control.report("NEW") == 201
    assert (await advance)[0] == 200


async def test_two_advances_at_once(control: Control) -> None:
    """One wins, the other gets 409; so does whoever wants to change how the clock runs."""
    waiting = {"by": "PT1H", "await": [{"operation": "addFaultReport", "within_real": 5}]}
    first = asyncio.create_task(control.ask("POST", ADVANCE, waiting))
    await asyncio.sleep(0.05)
    under_way = "another advance of this environment has not ended"
    for path in (ADVANCE, f"{CLOCK}/freeze", f"{CLOCK}/resume", f"{CLOCK}/auto"):
        status, problem = await control.ask("POST", path, {"by": "PT9H"} if path == ADVANCE else None)
        assert (path, status, problem["detail"]) == (path, 409, under_way)
    await control.report()
    status, told = await first
    assert (status, told["now"]) == (200, "2026-01-05T10:00:00.000Z")
    assert (await control.get(CLOCK))["mode"] == "frozen"


async def test_a_reset_ends_an_advance(control: Control) -> None:
    """409, and nothing of it goes on in the new life."""
    waiting = {"by": "PT1H", "await": [{"operation": "addFaultReport"}]}
    first = asyncio.create_task(control.ask("POST", ADVANCE, waiting))
    await asyncio.sleep(0.05)
    await control.post(f"{ONE}/reset")
    status, problem = await first
    assert (status, problem["detail"]) == (409, "the environment was reset or removed meanwhile")
    assert (await control.get(CLOCK))["now"] == NOW


async def test_time_runs_and_stops(control: Control) -> None:
    """At a rate, until it is frozen; timers fire on the way."""
    await control.report()
    assert (await control.post(f"{CLOCK}/resume", {"rate": 100_000}))["mode"] == "realtime"
    async with asyncio.timeout(10):
        while (await control.get(f"{ONE}/tickets"))["tickets"][0]["status"] != "in-progress":
            await asyncio.sleep(0.01)
    frozen = await control.post(f"{CLOCK}/freeze")
    assert (frozen["mode"], frozen["rate"]) == ("frozen", 0.0)
    assert frozen["now"] >= "2026-01-05T11:00:00.000Z"
    await asyncio.sleep(0.05)
    assert await control.get(CLOCK) == frozen


async def test_resumed_without_a_rate_it_runs_as_it_began(control: Control) -> None:
    """At the rate of its plan."""
    await control.post(ALL, {"name": "fast", "rate": 50})
    assert (await control.post(f"{ALL}/fast/clock/resume"))["rate"] == 50.0
    assert (await control.post(f"{ALL}/fast/clock/freeze"))["rate"] == 0.0


async def test_the_clock_jumps_by_itself_and_stops_when_told(control: Control) -> None:
    """To resolved, and not to the auto-close; frozen again it moves no more."""
    await control.post(f"{CLOCK}/auto")
    await control.report("REF-1")
    async with asyncio.timeout(5):
        while (await control.get(f"{ONE}/tickets"))["tickets"][0]["status"] != "resolved":
            await asyncio.sleep(0.01)
    assert (await control.get(CLOCK)) == {"now": "2026-01-06T09:00:00.000Z", "mode": "auto", "rate": 0.0}
    await control.post(f"{CLOCK}/freeze")
    await control.report("REF-2")
    await asyncio.sleep(0.05)
    assert (await control.get(CLOCK)) == {"now": "2026-01-06T09:00:00.000Z", "mode": "frozen", "rate": 0.0}


async def test_a_reset_lets_the_clock_run_as_it_began(control: Control) -> None:
    """Frozen, whatever it was told since."""
    await control.post(f"{CLOCK}/auto")
    await control.post(f"{ONE}/reset")
    assert await control.get(CLOCK) == {"now": NOW, "mode": "frozen", "rate": 0.0}


@pytest.mark.parametrize("rate", [0, -1, 1e9, "fast", None])
async def test_a_rate_that_makes_no_sense(control: Control, rate: object) -> None:
    """422; null stands for the rate that it began with."""
    status, _ = await control.ask("POST", f"{CLOCK}/resume", {"rate": rate})
    assert status == (200 if rate is None else 422)
    assert (await control.get(CLOCK))["mode"] == ("realtime" if rate is None else "frozen")


async def test_deliveries_under_way_block_an_advance_by_name() -> None:
    """An endpoint that takes its time: where the clock stands, and what holds it up."""
    done = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()
        await writer.wait_closed()

    endpoint = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = endpoint.sockets[0].getsockname()[1]
    async with served(notify=f"http://127.0.0.1:{port}/") as control:
        await control.report()
        status, problem = await control.ask("POST", ADVANCE, {"by": "PT3H", "within_real": 0.2})
        assert (status, problem["blocked_by"], problem["reached"]) == (409, "delivery 1 under way", NOW)
    done.set()
    endpoint.close()
    await endpoint.wait_closed()
    await asyncio.sleep(0.01)


async def test_until_the_next_timer_where_time_runs(control: Control) -> None:
    """Not just a moment later: until one has fired."""
    await control.report()
    await control.post(f"{CLOCK}/resume", {"rate": 60})
    told = await control.post(ADVANCE, {"until": "next-timer"})
    assert (told["ended"], told["now"][:16], told["entries"] > 0) == ("next-timer", "2026-01-05T11:00", True)


async def test_until_a_certain_notification_and_then_the_buyers_answer(control: Control) -> None:
    """However far that is: the fault is resolved, and the clock stands until the buyer has answered."""
    await control.report("REF-1")
    await control.report("REF-2")
    until = {"notification": "resolved", "ticket": "~SPDEV1~REF-1"}
    document = {"until": until, "await": [{"operation": "resolveResponse", "within_real": 5}]}
    advance = asyncio.create_task(control.post(ADVANCE, document))
    async with asyncio.timeout(5):
        while (await control.get(CLOCK))["now"] != "2026-01-06T09:00:00.000Z":
            await asyncio.sleep(0.01)
    assert await control.message("resolveResponse") == 200
    told = await advance
    assert (told["now"], told["ended"]) == ("2026-01-06T09:00:00.000Z", "notification")
    told = await control.post(ADVANCE, {"until": {"notification": "rejected"}, "by": "PT1H"})
    assert told["ended"] == "arrived"


async def test_until_a_notification_that_there_is_not(control: Control) -> None:
    """422, and nothing moves."""
    status, _ = await control.ask("POST", ADVANCE, {"until": {"notification": "solved"}})
    assert (status, (await control.get(CLOCK))["now"]) == (422, NOW)
