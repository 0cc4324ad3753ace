"""Deliveries as the control API shows them."""

import pytest

from tests.absent_buyer import DELIVERIES, Buyer, advance, states
from tests.control import ONE, Control


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
        ("message_id=CF-00003", [3]),
        ("message_id=CF-3", []),
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


async def test_what_a_fault_holds_is_seen_and_pages_are_whole(control: Control, buyer: Buyer) -> None:
    """In the order of the numbers, whatever the order in which they go out; made when it was made."""
    await control.post(f"{ONE}/faults", {"fault": "reorder", "on": "accepted"})
    await control.report("A")
    await advance(control)
    (held,) = (await control.get(DELIVERIES))["deliveries"]
    assert (held["state"], held["made"], held["tried"]) == ("held", "2026-01-05T09:00:00.000Z", 0)
    status, problem = await control.ask("POST", f"{DELIVERIES}/1/redeliver")
    assert (status, "a fault keeps it back" in problem["detail"]) == (409, True)

    await advance(control, "PT24H")
    assert [status for _, status in buyer.told] == ["in-progress", "accepted", "resolved"]
    first = await control.get(f"{DELIVERIES}?limit=1")
    second = await control.get(f"{DELIVERIES}?after={first['last']}")
    assert [one["delivery"] for one in first["deliveries"] + second["deliveries"]] == [1, 2, 3]
    assert first["deliveries"][0]["made"] == "2026-01-05T09:00:00.000Z"
