"""The driver: settling, deliveries after the reply, held completions, and one jump that equals many."""

import asyncio
from datetime import timedelta

import pytest

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer
from simulator.runtime.advance import AdvanceTimedOutError, AdvanceUnderWayError
from tests.driving import HOUR, START, Buyer, Make, journal, kinds, post, report, until


async def test_one_jump_of_48_hours_leaves_the_journal_of_2880_minutes(make: Make) -> None:
    """The clock's commands are no inputs: how the time was passed leaves no trace."""
    journals = []
    for steps in (1, 2880):
        driver = make()
        for reference in ("A", "B", "C"):
            post(driver, reference)
        for _ in range(steps):
            await driver.advance(driver.now() + timedelta(hours=48) / steps)
        assert driver.now() == START + timedelta(hours=48)
        journals.append(journal(driver))
    one, many = journals
    assert len(one) > 30
    assert one == many


async def test_timers_fire_at_their_own_instants(make: Make, buyer: Buyer) -> None:
    """A jump over the whole life sends each notification when it was due, settled before the next."""
    driver = make()
    post(driver, "A")
    await driver.advance(START + timedelta(days=4))
    assert buyer.at == ["05 09:00 accepted", "05 11:00 in-progress", "06 09:00 resolved", "08 09:00 closed"]


async def test_no_delivery_starts_before_the_reply_is_flushed(make: Make, buyer: Buyer) -> None:
    """The ticket is accepted at once, but its notification waits for the reply to be on its way."""
    driver = make()
    receipt = driver.receive(report("A"))
    await asyncio.sleep(0.01)
    assert "notification" in kinds(driver)
    assert buyer.begun == []
    driver.flushed(receipt)
    await asyncio.sleep(0.01)
    assert buyer.begun == [1]


async def test_an_advance_waits_for_a_reply_that_is_not_flushed(make: Make) -> None:
    """A request that is being answered holds the time."""
    driver = make()
    receipt = driver.receive(report("A"))
    advance = asyncio.create_task(driver.advance(START + HOUR))
    await asyncio.sleep(0.01)
    assert driver.now() == START
    driver.flushed(receipt)
    await advance
    assert driver.now() == START + HOUR


async def test_an_advance_waits_for_a_delivery_under_way(make: Make, buyer: Buyer) -> None:
    """Time stands still while the buyer is being told."""
    driver = make()
    door = buyer.close(1)
    post(driver, "A")
    advance = asyncio.create_task(driver.advance(START + 3 * HOUR))
    await asyncio.sleep(0.01)
    assert driver.now() == START
    door.set()
    await advance
    assert driver.now() == START + 3 * HOUR


async def test_completions_are_handed_over_by_number_once_all_have_ended(make: Make, buyer: Buyer) -> None:
    """While the clock stands, the order in which the buyer answers leaves no trace."""
    journals = []
    for order in ((1, 2, 3), (3, 1, 2)):
        driver = make()
        doors = {number: buyer.close(number) for number in (1, 2, 3)}
        for reference in ("A", "B", "C"):
            post(driver, reference)
        for number in order:
            doors[number].set()
            await asyncio.sleep(0.005)
            if number != order[-1]:
                assert "delivery-completed" not in kinds(driver)
        await driver.advance(START)
        completed = [entry.data["delivery"] for entry in driver.engine.journal if entry.kind == "delivery-completed"]
        assert completed == [1, 2, 3]
        journals.append(journal(driver))
    assert journals[0] == journals[1]


async def test_a_request_during_an_advance_runs_at_the_instant_then_current(make: Make, buyer: Buyer) -> None:
    """Between two timers, not before the first and not after the last; its own timers join the advance."""
    driver = make()
    post(driver, "A")
    await driver.advance(START + HOUR)
    door = buyer.close(2)  # in-progress of A, at 11:00
    advance = asyncio.create_task(driver.advance(START + 5 * HOUR))
    await asyncio.sleep(0.01)
    post(driver, "B")
    door.set()
    await advance
    added = next(entry for entry in driver.engine.journal if entry.ticket == "~SPDEV1~B")
    assert added.at == START + 2 * HOUR
    started = [
        entry for entry in driver.engine.journal if entry.ticket == "~SPDEV1~B" and entry.kind == "ticket-changed"
    ]
    assert [(entry.data["to"], entry.at) for entry in started] == [
        ("accepted", START + 2 * HOUR),
        ("in-progress", START + 4 * HOUR),
    ]


async def test_a_request_made_while_being_notified_comes_before_the_next_instant(make: Make, buyer: Buyer) -> None:
    """A buyer that answers from within its endpoint is heard at the same instant."""
    driver = make()
    post(driver, "A")
    await driver.advance(START + HOUR)
    send = buyer.send

    async def answer_with_a_report(deliver: Deliver) -> DeliveryAnswer:
        if deliver.notification == "in-progress":
            post(driver, "FROM-WITHIN")
        return await send(deliver)

    buyer.send = answer_with_a_report  # type: ignore[method-assign]
    driver._send = answer_with_a_report  # noqa: SLF001 - the endpoint changes its mind
    await driver.advance(START + 2 * HOUR)
    added = next(entry for entry in driver.engine.journal if entry.ticket == "~SPDEV1~FROM-WITHIN")
    assert added.at == START + 2 * HOUR


async def test_two_advances_exclude_each_other(make: Make, buyer: Buyer) -> None:
    """The second is refused, and changes nothing."""
    driver = make()
    door = buyer.close(1)
    post(driver, "A")
    first = asyncio.create_task(driver.advance(START + HOUR))
    await asyncio.sleep(0.01)
    with pytest.raises(AdvanceUnderWayError):
        await driver.advance(START + 9 * HOUR)
    door.set()
    await first
    assert driver.now() == START + HOUR


async def test_an_advance_that_takes_too_long_says_where_it_stands(make: Make, buyer: Buyer) -> None:
    """At its real-time limit it names the instant reached and what blocks it; what has fired stays."""
    driver = make()
    post(driver, "A")
    door = buyer.close(2)
    with pytest.raises(AdvanceTimedOutError) as caught:
        await driver.advance(START + 9 * HOUR, within_real=0.05)
    assert (caught.value.reached, caught.value.blocked_by) == (START + 2 * HOUR, "delivery 2 under way")
    assert driver.now() == START + 2 * HOUR
    door.set()
    await driver.advance(START + 9 * HOUR)
    assert driver.now() == START + 9 * HOUR


async def test_running_time_fires_timers_by_itself(make: Make, buyer: Buyer) -> None:
    """At 100,000 simulated seconds a second, two hours take 72 milliseconds and nobody's command."""
    driver = make("realtime", 100_000.0)
    post(driver, "A")
    await until(lambda: len(buyer.begun) >= 2)
    in_progress = next(entry for entry in driver.engine.journal if entry.data.get("to") == "in-progress")
    accepted = next(entry for entry in driver.engine.journal if entry.data.get("to") == "accepted")
    assert in_progress.at - accepted.at == timedelta(hours=2)


async def test_running_time_takes_a_completion_at_once(make: Make, buyer: Buyer) -> None:
    """In realtime nobody waits for the slowest endpoint."""
    driver = make("realtime", 1.0)
    door = buyer.close(1)
    post(driver, "A")
    post(driver, "B")
    await until(lambda: "delivery-completed" in kinds(driver))
    completed = [entry.data["delivery"] for entry in driver.engine.journal if entry.kind == "delivery-completed"]
    assert completed == [2]
    door.set()


async def test_an_advance_of_running_time_ends_running(make: Make) -> None:
    """The rate is what it was, and deliveries that ended meanwhile are taken."""
    driver = make("realtime", 1.0)
    post(driver, "A")
    await driver.advance(driver.now() + 3 * HOUR)
    assert driver.rate == 1.0
    assert kinds(driver).count("delivery-completed") == 2


async def test_the_auto_clock_jumps_to_resolved_and_stands_still_there(make: Make, buyer: Buyer) -> None:
    """It never jumps merely to the auto-close: the buyer may still answer."""
    driver = make("auto")
    post(driver, "A")
    await until(lambda: len(buyer.begun) == 3)
    await asyncio.sleep(0.05)
    assert buyer.at == ["05 09:00 accepted", "05 11:00 in-progress", "06 09:00 resolved"]
    assert driver.now() == START + 24 * HOUR


async def test_the_auto_clock_fires_an_auto_close_that_it_passes(make: Make, buyer: Buyer) -> None:
    """A later ticket's driving timers take the clock over the first one's 48 hours of silence."""
    driver = make("auto")
    post(driver, "A")
    await until(lambda: len(buyer.begun) == 3)
    await driver.advance(driver.now() + timedelta(hours=47))
    post(driver, "B")
    await until(lambda: "08 09:00 closed" in buyer.at)
