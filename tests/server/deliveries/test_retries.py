"""Retries over HTTP, at their instants on the simulated clock: a buyer that falls, is away, and comes back."""

import asyncio

import pytest

from simulator.runtime import delivery
from tests.absent_buyer import DEAD, DELIVERIES, Buyer, advance, attempts, states
from tests.control import ONE, Control, served


async def test_two_failures_and_a_success_make_three_attempts(control: Control, buyer: Buyer) -> None:
    """At exactly the scheduled instants; the clock stands while each is made."""
    buyer.statuses = [500, 500]
    await control.report("A")
    await advance(control, "PT1H")
    assert await attempts(control) == [
        ("first", "09:00:00.000", 500, "failed"),
        ("retry", "09:00:30.000", 500, "failed"),
        ("retry", "09:02:30.000", 200, "delivered"),
    ]
    assert buyer.told == [("A", "accepted")]
    kinds = "notification-failed,notification-delivered,notification-dead-lettered"
    told = (await control.get(f"{ONE}/journal?kind={kinds}"))["entries"]
    assert [(entry["kind"], entry["data"].get("retry_at")) for entry in told] == [
        ("notification-failed", "2026-01-05T09:00:30.000Z"),
        ("notification-failed", "2026-01-05T09:02:30.000Z"),
        ("notification-delivered", None),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("10", "09:00:30.000"),
        ("90", "09:01:30.000"),
        ("0", "09:00:30.000"),
        ("-5", "09:00:30.000"),
        ("soon", "09:00:30.000"),
        ("999999999999", "09:00:00.000"),  # seven days at the most
    ],
)
async def test_an_endpoint_says_when_to_come_again(control: Control, buyer: Buyer, said: str, expected: str) -> None:
    """Where that is later than the schedule has it."""
    buyer.statuses, buyer.headers = [503], {"Retry-After": said}
    await control.report("A")
    await advance(control)
    (listed,) = (await control.get(DELIVERIES))["deliveries"]
    assert (listed["state"], listed["due"][11:23]) == ("scheduled", expected)
    assert listed["due"][:10] == ("2026-01-12" if said == "999999999999" else "2026-01-05")


async def test_a_retry_date_is_reckoned_from_the_answers_own_date(control: Control, buyer: Buyer) -> None:
    """The machine's clock has nothing to do with simulated time."""
    buyer.statuses = [503]
    buyer.headers = {"Date": "Wed, 01 Jan 2020 10:00:00 GMT", "Retry-After": "Wed, 01 Jan 2020 10:05:00 GMT"}
    await control.report("A")
    await advance(control)
    assert (await control.get(DELIVERIES))["deliveries"][0]["due"] == "2026-01-05T09:05:00.000Z"


async def test_a_refusal_is_a_dead_letter_at_once(control: Control, buyer: Buyer) -> None:
    """It is not tried again, and the ticket's next one goes out."""
    buyer.statuses = [202]
    await control.report("A")
    await advance(control, "PT2H")
    assert await states(control) == [(1, "accepted", "dead-lettered"), (2, "in-progress", "delivered")]
    assert await states(control, DEAD) == [(1, "accepted", "dead-lettered")]
    assert await attempts(control) == [("first", "09:00:00.000", 202, "refused")]


async def test_a_ticket_waits_for_its_own_and_for_no_other(control: Control, buyer: Buyer) -> None:
    """First in, first out for each."""
    buyer.statuses = [500]
    await control.report("A")
    await advance(control)
    await control.report("B")
    await control.post(f"{ONE}/tickets/~SPDEV1~A/actions", {"action": "start"})
    await advance(control)
    assert [(number, state) for number, _, state in await states(control)] == [
        (1, "scheduled"),
        (2, "delivered"),
        (3, "waiting"),
    ]
    await advance(control, "PT30S")
    assert buyer.told == [("B", "accepted"), ("A", "accepted"), ("A", "in-progress")]


# -- a buyer that is down


async def test_a_buyer_that_is_down_for_a_day_gets_everything_in_order(control: Control, buyer: Buyer) -> None:
    """Three tickets live on meanwhile; when it is back all comes, each ticket's in its order, and nothing twice."""
    await buyer.down()
    for reference in ("A", "B", "C"):
        await control.report(reference)
    await advance(control, "PT24H")
    assert {state for *_, state in await states(control)} == {"scheduled", "waiting"}
    assert buyer.told == []

    await buyer.up()
    await advance(control, "PT24H")
    await control.post(f"{ONE}/tickets/~SPDEV1~B/actions", {"action": "close"})
    await advance(control)
    expected = ["accepted", "in-progress", "resolved"]
    for reference, more in (("A", []), ("B", ["closed"]), ("C", [])):
        assert [status for named, status in buyer.told if named == reference] == [*expected, *more]
    assert {state for *_, state in await states(control)} == {"delivered"}
    assert [one[1] for one in await attempts(control)] == [
        "09:00:00.000",
        "09:00:30.000",
        "09:02:30.000",
        "09:12:30.000",
        "10:12:30.000",
        "16:12:30.000",
        "04:12:30.000",
        "04:12:30.000",
    ]


async def test_a_buyer_that_is_restarted_meanwhile_loses_nothing(control: Control, buyer: Buyer) -> None:
    """It goes away and comes back, twice; what it has taken does not come again."""
    await control.report("A")
    await advance(control)
    for by in ("PT2H", "PT22H"):
        await buyer.down()
        await advance(control, by)
        await buyer.up()
        await advance(control, "PT10M")
    assert buyer.told == [("A", "accepted"), ("A", "in-progress"), ("A", "resolved")]


async def test_after_the_last_attempt_it_is_given_up_and_the_next_one_goes(control: Control, buyer: Buyer) -> None:
    """Eight attempts; then the ticket's next one has its own eight."""
    await buyer.down()
    await control.report("A")
    await advance(control, "PT43H12M29S")
    assert [state for *_, state in await states(control)] == ["scheduled", "waiting", "waiting"]
    await advance(control, "PT1S")
    assert [state for *_, state in await states(control)] == ["dead-lettered", "scheduled", "waiting"]
    (dead,) = (await control.get(f"{ONE}/journal?kind=notification-dead-lettered"))["entries"]
    assert dead["data"] == {
        "delivery": 1,
        "attempts": 8,
        "notification": "accepted",
        "reason": "nothing listens at the endpoint",
    }
    assert dead["at"] == "2026-01-07T04:12:30.000Z"


async def test_the_auto_clock_goes_on_to_a_retry(control: Control, buyer: Buyer) -> None:
    """Nobody has to move it."""
    buyer.statuses = [500] * 7
    await control.report("A")
    await control.post(f"{ONE}/clock/auto")
    async with asyncio.timeout(5):
        while len(buyer.told) < 3:
            await asyncio.sleep(0.01)
    assert [status for _, status in buyer.told] == ["accepted", "in-progress", "resolved"]
    assert (await attempts(control))[-1] == ("retry", "04:12:30.000", 200, "delivered")


async def test_what_came_late_is_told_by_an_advance(control: Control, buyer: Buyer) -> None:
    """Beside its failures; one that came at once is told by having been made."""
    buyer.statuses = [500]
    await control.report("A")
    told = await control.post(f"{ONE}/clock/advance", {"by": "PT2H"})
    assert [(entry["at"][11:19], entry["kind"]) for entry in told["happened"] if "notification" in entry["kind"]] == [
        ("09:00:00", "notification-failed"),
        ("09:00:30", "notification-delivered"),
        ("11:00:00", "notification"),
    ]


async def test_a_silent_endpoint_holds_up_no_other(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has turns of its own."""
    monkeypatch.setattr(delivery, "MOST_TO_ONE", 1)
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 1.0)
    ended = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with served(notify=f"http://127.0.0.1:{port}/") as control:
        await control.ask("PUT", f"{ONE}/buyers/SPDEV2", {"endpoint": await buyer.up()})
        for reference in ("A", "B"):
            await control.report(reference)
        other = {"buyerIdentifier": "SPDEV2", "serviceAffected": "S40003", "buyerFaultReference": "C"}
        assert await control.message("addFaultReport", other) == 201
        began = asyncio.get_running_loop().time()
        await control.post(f"{ONE}/clock/resume")
        while not buyer.told:
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began < 0.9
    ended.set()
    silent.close()
    await silent.wait_closed()


async def test_who_waits_for_a_turn_goes_where_the_buyer_then_is(buyer: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint is silent, one notification is out, another waits; the buyer moves, and that one is at home."""
    monkeypatch.setattr(delivery, "MOST_TO_ONE", 1)
    monkeypatch.setattr(delivery, "TOTAL_SECONDS", 0.5)
    came: list[asyncio.StreamWriter] = []

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with served(notify=f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/") as control:
        for reference in ("A", "B"):
            await control.report(reference)
        advancing = asyncio.create_task(advance(control))
        async with asyncio.timeout(5):
            while not came:
                await asyncio.sleep(0.01)
        await control.ask("PUT", f"{ONE}/buyers/SPDEV1", {"endpoint": await buyer.up()})
        await advancing
        assert buyer.told == [("B", "accepted")]
        assert len(came) == 1
    for writer in came:
        writer.close()
    silent.close()
    await silent.wait_closed()
