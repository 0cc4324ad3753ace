"""Deliveries over the control API: retries at their instants, dead letters, redelivery, pauses, absent buyers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.control import ONE, Control, served
from tests.rig import message_in, text_at

DELIVERIES, DEAD = f"{ONE}/deliveries", f"{ONE}/dead-letters"


class Buyer:
    """A buyer's endpoint that can go away and come back at the same port, and answers as it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str | None, str | None]] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.port = 0
        self._runner: web.ServerRunner | None = None

    async def up(self) -> str:
        """Listen, at the port of before if there was one."""
        self._runner = web.ServerRunner(web.Server(self._take, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{self.port}/notifications"

    async def down(self) -> None:
        """Be gone."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.BaseRequest) -> web.Response:
        message = message_in(await request.read())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.told.append((text_at(message, "buyerFaultReference"), text_at(message, "faultDetails/status")))
        message_id = text_at(message, "messageId")
        code = 400 if status == 202 else 200
        said = f"<messageId>{message_id}</messageId><responseCode>{code}</responseCode>"
        text = f"<receivedNotifyFaultReportUpdate>{said}</receivedNotifyFaultReportUpdate>"
        return web.Response(status=status, text=text, headers=self.headers)


@pytest.fixture
async def buyer() -> AsyncIterator[Buyer]:
    """One that is up."""
    one = Buyer()
    yield one
    await one.down()


@pytest.fixture
async def control(buyer: Buyer) -> AsyncIterator[Control]:
    """A simulator that notifies it."""
    async with served(notify=await buyer.up()) as one:
        yield one


async def advance(control: Control, by: str = "PT0S") -> str:
    """Move the clock; where it then stands."""
    return str((await control.post(f"{ONE}/clock/advance", {"by": by}))["now"])


async def attempts(control: Control, number: int = 1) -> list[tuple[Any, ...]]:
    """Of a delivery: what for, when, the status of the answer, and what it amounted to."""
    whole = await control.get(f"{DELIVERIES}/{number}")
    return [(one["why"], one["at"][11:23], one["answer"]["status"], one["verdict"]) for one in whole["attempts"]]


async def states(control: Control, path: str = DELIVERIES) -> list[tuple[int, str, str]]:
    """Number, name and state of each."""
    listed = (await control.get(path))["deliveries"]
    return [(one["delivery"], one["notification"], one["state"]) for one in listed]


# -- retries


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


# -- once more


async def test_a_dead_letter_is_sent_again(control: Control, buyer: Buyer) -> None:
    """One attempt, marked; it is delivered then, and no dead letter any longer."""
    buyer.statuses = [202]
    await control.report("A")
    await advance(control)
    again = await control.post(f"{DELIVERIES}/1/redeliver")
    assert (again["state"], again["attempts"]) == ("under-way", 2)
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


# -- to be looked at


async def test_a_delivery_is_shown_whole(control: Control, buyer: Buyer) -> None:
    """Bytes of the message, and of the answer; and what is wrong with its form."""
    buyer.headers = {}
    await control.report("A")
    await advance(control)
    whole = await control.get(f"{DELIVERIES}/1")
    (notification,) = (await control.get(f"{ONE}/journal?kind=notification"))["entries"]
    (attempt,) = whole["attempts"]
    assert whole["body"] == notification["data"]["body"]
    assert attempt["answer"]["body"].startswith("<receivedNotifyFaultReportUpdate>")
    assert (attempt["reason"], attempt["warnings"]) == ("", [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4]),
        ("limit=2", [1, 2]),
        ("after=2", [3, 4]),
        ("after=1&limit=1", [2]),
        ("ticket=~SPDEV1~B", [2, 4]),
        ("ticket=CS0053224", [1, 3]),
        ("notification=in-progress", [3, 4]),
        ("state=delivered", [1, 2, 3, 4]),
        ("state=unsent", []),
        ("buyer=TEST", []),
    ],
)
async def test_deliveries_are_chosen(control: Control, query: str, expected: list[int]) -> None:
    """By state, ticket, buyer and name, page by page."""
    await control.report("A")
    await control.report("B")
    await advance(control, "PT2H")
    page = await control.get(f"{DELIVERIES}?{query}")
    assert [one["delivery"] for one in page["deliveries"]] == expected
    assert page["last"] == (expected[-1] if expected else 0)


async def test_a_reset_leaves_no_delivery(control: Control, buyer: Buyer) -> None:
    """Nor a pause, nor a fault, nor what was to be tried again."""
    buyer.statuses = [500]
    await control.report("A")
    await advance(control)
    await control.post(f"{ONE}/buyers/SPDEV1/pause")
    await control.post(f"{ONE}/faults", {"fault": "drop"})
    await control.post(f"{ONE}/reset")
    assert await states(control) == []
    assert (await control.get(f"{ONE}/faults"))["faults"] == []
    assert (await control.get(f"{ONE}/buyers"))["paused"] == []
    await control.report("A")
    await advance(control, "P1D")
    assert buyer.told == [("A", "accepted"), ("A", "in-progress"), ("A", "resolved")]


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
