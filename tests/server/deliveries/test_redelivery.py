"""What is sent once more, by hand; and buyers that are paused."""

import pytest

from tests.absent_buyer import DEAD, DELIVERIES, Buyer, advance, attempts, states
from tests.control import ONE, Control, served


async def test_a_dead_letter_is_sent_again(control: Control, buyer: Buyer) -> None:
    """One attempt, marked; it is delivered then, and no dead letter any longer."""
    buyer.statuses = [202]
    await control.report("A")
    await advance(control)
    again = await control.post(f"{DELIVERIES}/1/redeliver")
    assert (again["state"], again["tried"]) == ("under-way", 2)
    await advance(control)
    assert await states(control, DEAD) == []
    assert [(why, verdict) for why, _, _, verdict in await attempts(control)] == [
        ("first", "refused"),
        ("redelivery", "delivered"),
    ]
    assert buyer.told == [("A", "accepted")]


async def test_all_dead_letters_at_once(control: Control, buyer: Buyer) -> None:
    """In the order in which they were made; what was delivered is left alone."""
    buyer.statuses = [202, 202]
    for reference in ("A", "B", "C"):
        await control.report(reference)
    await advance(control)
    assert await control.post(f"{DEAD}/redeliver") == {"redelivered": [1, 2]}
    await advance(control)
    assert sorted(buyer.told) == [("A", "accepted"), ("B", "accepted"), ("C", "accepted")]
    assert await control.post(f"{DEAD}/redeliver") == {"redelivered": []}


async def test_what_was_delivered_may_be_sent_again_and_stays_delivered(control: Control, buyer: Buyer) -> None:
    """Even if it is not taken the second time; that attempt has no retries."""
    await control.report("A")
    await advance(control)
    buyer.statuses = [500]
    await control.post(f"{DELIVERIES}/1/redeliver")
    await advance(control, "PT1H")
    assert [(why, verdict) for why, _, _, verdict in await attempts(control)] == [
        ("first", "delivered"),
        ("redelivery", "failed"),
    ]
    assert (await states(control))[0] == (1, "accepted", "delivered")
    delivered = (await control.get(f"{ONE}/journal?kind=notification-delivered,notification-dead-lettered"))["entries"]
    assert len(delivered) == 1


async def test_a_retry_can_be_made_sooner(control: Control, buyer: Buyer) -> None:
    """At once, as an ordinary retry."""
    buyer.statuses = [500]
    await control.report("A")
    await advance(control)
    await control.post(f"{DELIVERIES}/1/redeliver")
    await advance(control)
    assert await attempts(control) == [
        ("first", "09:00:00.000", 500, "failed"),
        ("retry", "09:00:00.000", 200, "delivered"),
    ]
    timers = (await control.get(ONE))["next_timers"]
    assert "delivery" not in [one["timer"] for one in timers]


async def test_what_goes_by_itself_is_not_sent_again(control: Control, buyer: Buyer) -> None:
    """409, with the reason; nothing changes."""
    buyer.statuses = [500]
    await control.report("A")
    await advance(control)
    await control.post(f"{ONE}/tickets/~SPDEV1~A/actions", {"action": "start"})
    before = (await control.get(ONE))["counts"]
    status, problem = await control.ask("POST", f"{DELIVERIES}/2/redeliver")
    assert status == 409
    assert problem["detail"] == (
        "delivery 2 can't be sent again now: another of its ticket comes first, and then it goes by itself. "
        "First comes delivery 1, which is scheduled"
    )
    assert (await control.get(ONE))["counts"] == before


async def test_what_nobody_was_there_for_can_be_asked_for() -> None:
    """A buyer gets an endpoint later, and then what it has missed."""
    buyer = Buyer()
    async with served() as control:
        await control.report("A")
        await advance(control)
        (unsent,) = (await control.get(f"{DELIVERIES}?state=unsent"))["deliveries"]
        assert unsent["reason"] == "no endpoint is configured"
        await control.ask("PUT", f"{ONE}/buyers/SPDEV1", {"endpoint": await buyer.up()})
        await control.post(f"{DELIVERIES}/1/redeliver")
        await advance(control)
        assert buyer.told == [("A", "accepted")]
    await buyer.down()


# -- pauses


async def test_a_paused_buyer_is_sent_nothing(control: Control, buyer: Buyer) -> None:
    """Time goes on; resumed, all comes at once, in order, and without a failure."""
    assert await control.post(f"{ONE}/buyers/SPDEV1/pause") == {"buyer": "SPDEV1", "paused": True, "waiting": 0}
    await control.report("A")
    await control.report("B")
    assert await advance(control, "PT3H") == "2026-01-05T12:00:00.000Z"
    assert (await control.get(f"{ONE}/buyers"))["paused"] == ["SPDEV1"]
    assert buyer.told == []
    assert [state for *_, state in await states(control)] == ["paused", "paused", "waiting", "waiting"]
    status, problem = await control.ask("POST", f"{DELIVERIES}/1/redeliver")
    assert (status, "resume it" in problem["detail"]) == (409, True)

    assert (await control.post(f"{ONE}/buyers/SPDEV1/resume"))["paused"] is False
    await advance(control)
    assert [status for named, status in buyer.told if named == "A"] == ["accepted", "in-progress"]
    assert len(buyer.told) == 4
    assert [one[:2] for one in await attempts(control)] == [("first", "12:00:00.000")]


async def test_to_pause_twice_is_to_pause_once(control: Control) -> None:
    """The journal has one entry of each."""
    for what in ("pause", "pause", "resume", "resume"):
        await control.post(f"{ONE}/buyers/SPDEV1/{what}")
    steered = (await control.get(f"{ONE}/journal?kind=steered"))["entries"]
    assert [entry["data"]["parameters"] for entry in steered] == [
        {"buyer": "SPDEV1", "paused": True},
        {"buyer": "SPDEV1", "paused": False},
    ]


@pytest.mark.parametrize("path", ["buyers/NOBODY/pause", "buyers/NOBODY/resume", "deliveries/1/redeliver"])
async def test_what_is_not_there(control: Control, path: str) -> None:
    """404, and nothing is journalled."""
    status, _ = await control.ask("POST", f"{ONE}/{path}")
    assert status == 404
    assert (await control.get(ONE))["counts"]["journal"] == 0


async def test_an_endpoint_is_back_and_gets_all_that_is_due(control: Control, buyer: Buyer) -> None:
    """Scheduled ones and dead letters, without waiting for their instants."""
    buyer.statuses = [202]
    await control.report("A")
    await advance(control)
    await buyer.down()
    await control.report("B")
    await advance(control, "PT24H")
    await buyer.up()
    assert await control.post(f"{DELIVERIES}/redeliver") == {"redelivered": [1, 2, 3]}
    await advance(control)
    assert [status for named, status in buyer.told if named == "B"] == ["accepted", "in-progress", "resolved"]
    assert [status for named, status in buyer.told if named == "A"] == ["in-progress", "resolved", "accepted"]
    assert {state for *_, state in await states(control)} == {"delivered"}


async def test_where_there_is_no_endpoint_nothing_is_sent_again() -> None:
    """409, and how to give the buyer one; all at once leaves it alone."""
    async with served() as control:
        await control.report("A")
        await advance(control)
        status, problem = await control.ask("POST", f"{DELIVERIES}/1/redeliver")
        assert status == 409
        assert problem["detail"] == "SPDEV1 has no endpoint; PUT …/buyers/SPDEV1 gives it one"
        assert await control.post(f"{DELIVERIES}/redeliver") == {"redelivered": []}
        assert (await states(control)) == [(1, "accepted", "unsent")]
