"""The supplier's own moves over the control API: what each brings about."""

from typing import Any

import pytest

from tests.conftest import Start
from tests.messages import FIRST_REFERENCE, Tree, amend, request
from tests.rig import Simulator, text_at
from tests.situations import reported, reserve, resolved
from tests.steering import act, last, send, visited

OF_THE_TICKET = f"/tickets/{FIRST_REFERENCE}"


# -- moves that change the state


async def test_on_hold_and_on_again(simulator: Simulator) -> None:
    """The buyer is told of both; the SLA's clock stands in between."""
    await reported(simulator)
    held = await act(simulator, "put-on-hold", reason="Nobody in", exclusion_reason="CUST")
    assert [entry["kind"] for entry in held["happened"]] == ["ticket-changed", "notification"]
    assert (held["ticket"]["status"], held["ticket"]["statusReason"]) == ("on-hold", "Nobody in")
    assert held["ticket"]["sla"] == {
        "deadline": None,
        "paused": True,
        "exceeded": False,
        "pauses": [{"exclusionReason": "CUST", "from": "2026-01-05T09:00:00.000Z", "to": None}],
    }
    await simulator.advance("PT24H")
    resumed = await act(simulator, "resume")
    assert simulator.endpoint.statuses == ["accepted", "on-hold", "in-progress"]
    assert resumed["ticket"]["sla"]["deadline"] == "2026-01-08T09:00:00.000Z"  # a working day later than it was


async def test_a_ticket_is_rejected_with_a_reason(start: Start) -> None:
    """While it is pending; it never gets a maintainerFaultReference."""
    simulator = await start(default_life={"up_to": "pending"})
    await reported(simulator)
    told = await act(simulator, "reject", ref="~SPDEV1~REF-1", reason="Missing data")
    assert told["ticket"]["allowed"] == []
    assert (last(simulator, "faultDetails/status"), last(simulator, "faultDetails/statusReason")) == (
        "rejected",
        "Missing data",
    )
    assert last(simulator, "maintainerFaultReference") == ""


async def test_a_ticket_that_is_led_by_hand(start: Start) -> None:
    """``default_life.up_to: accepted``: nothing more happens by itself, but for the auto-close."""
    simulator = await start(default_life={"up_to": "accepted"})
    await reported(simulator)
    await simulator.advance("P9D")
    assert simulator.endpoint.statuses == ["accepted"]
    for action in ("open", "start", "resolve"):
        await act(simulator, action)
    await simulator.advance("P2D")
    told = [text_at(one, "faultDetails/status") for one in simulator.endpoint.received]
    assert told == ["accepted", "open", "in-progress", "resolved", "resolved", "closed"]  # the fifth: it was late


async def test_the_supplier_closes_and_cancels(simulator: Simulator) -> None:
    """Two tickets, two ends."""
    await resolved(simulator)
    assert (await act(simulator, "close"))["ticket"]["status"] == "closed"
    await reported(simulator, {"buyerFaultReference": "REF-2", "messageId": "MSG-9"})
    assert (await act(simulator, "cancel", ref="~SPDEV1~REF-2"))["ticket"]["status"] == "cancelled"


# -- moves that say something


async def test_a_comment_is_told_as_an_amendment(simulator: Simulator) -> None:
    """It takes the place of the buyer's, and stays until another comes."""
    await reported(simulator)
    told = await act(simulator, "comment", value="We have a question about the property.")
    assert told["ticket"]["comment"] == {
        "value": "We have a question about the property.",
        "commentedBy": "seller",
        "commentedTime": "2026-01-05T09:00:00.000Z",
    }
    assert (last(simulator, "comment/value"), last(simulator, "comment/commentedBy")) == (
        "We have a question about the property.",
        "seller",
    )


async def test_triage_is_confirmed_to_the_buyer(simulator: Simulator) -> None:
    """Flow 6; a fault that is not found may be resolved from there."""
    await reported(simulator)
    await act(simulator, "triage", findings="No fault found on the network", complete=False)
    assert (last(simulator, "faultDetails/triageFindings"), last(simulator, "faultDetails/triageComplete")) == (
        "No fault found on the network",
        "false",
    )
    assert (await act(simulator, "resolve", reason="No fault found"))["ticket"]["status"] == "resolved"


async def test_a_repair_beyond_the_sla_is_told_as_late(start: Start) -> None:
    """At once behind *resolved* (R17), with the pause excluded; the journal has the instant of the deadline."""
    simulator = await start(default_life={"up_to": "accepted"})
    await reported(simulator)
    await act(simulator, "put-on-hold", exclusion_reason="MBORC")
    await simulator.advance("P2D")
    await act(simulator, "resume")  # on Wednesday at 9: twenty working hours end on Friday at 9
    await simulator.advance("P5DT1H")
    assert [entry["at"] for entry in await simulator.journal(kind="sla-exceeded")] == ["2026-01-09T09:00:00.001Z"]
    assert simulator.endpoint.statuses == ["accepted", "on-hold", "in-progress"]
    told = await act(simulator, "resolve", reason="Splice repaired")  # on Monday at 10: the fourth day has begun
    assert [entry["data"].get("notification") for entry in told["happened"]] == [None, "resolved", "late-repair"]
    days = ("totalDelayInDays", "sellerDelayDays", "nonSellerDelayDays")
    assert [last(simulator, f"lateRepairNotification/{name}") for name in days] == ["6", "4", "2"]
    exclusion = "lateRepairNotification/exclusions/exclusion"
    assert [last(simulator, f"{exclusion}/{name}") for name in ("exclusionReason", "numberOfDays")] == ["MBORC", "2"]


async def test_figures_of_ones_own(simulator: Simulator) -> None:
    """All as given; without figures an early repair is no late one."""
    await reported(simulator)
    before = simulator.state()
    refused = await send(simulator, b'{"action": "report-late-repair"}')
    assert (refused.status, simulator.state()) == (409, before)
    span = {
        "exclusion_reason": "MBORC",
        "number_of_days": 2,
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-01-03T01:00:00+01:00",
    }
    figures: dict[str, Any] = {
        "total_delay_in_days": 5,
        "seller_delay_days": 3,
        "non_seller_delay_days": 2,
        "exclusions": [span],
    }
    await act(simulator, "report-late-repair", **figures)
    at = "lateRepairNotification"
    assert [last(simulator, f"{at}/{name}") for name in ("totalDelayInDays", "sellerDelayDays")] == ["5", "3"]
    assert last(simulator, f"{at}/exclusions/exclusion/endDateTime") == "2026-01-03T00:00:00.000Z"


# -- moves of an appointment


async def test_the_good_life_of_an_appointment(simulator: Simulator) -> None:
    """Confirmed, then completed with a closure code."""
    await visited(simulator)
    await act(simulator, "confirm-appointment")
    at = "appointments/appointment"
    assert last(simulator, f"{at}/appointmentConfirmationStatus") == "Confirmed"
    await act(simulator, "complete-appointment", closure_code="FR")
    assert [last(simulator, f"{at}/appointment{name}") for name in ("ConfirmationStatus", "ClosureCode")] == [
        "Confirmed",
        "FR",
    ]
    assert last(simulator, f"{at}/appointmentCancelled") == "false"


@pytest.mark.parametrize(
    ("by", "flags"), [("seller", ["Y", "N"]), ("end-user", ["N", "Y"])], ids=["seller", "end-user"]
)
async def test_a_missed_appointment(simulator: Simulator, by: str, flags: list[str]) -> None:
    """Whose fault it was, in two of the six flags."""
    await visited(simulator)
    await act(simulator, "miss-appointment", by=by, mborc=True)
    at = "faultDetails/missedAppointment"
    names = ("sellerMissedAppointment", "endUserMissedAppointment", "MBORC", "Amended", "appointmentDate")
    assert [last(simulator, f"{at}/{name}") for name in names] == [*flags, "Y", "N", "2026-01-07"]


@pytest.mark.parametrize("action", ["fail-appointment", "cancel-appointment"])
async def test_an_appointment_that_falls_through(simulator: Simulator, action: str) -> None:
    """The slot is free for others, and the ticket waits until the buyer has booked another (contract §3)."""
    await visited(simulator)
    await act(simulator, action, reason="No engineer")
    await simulator.advance("P9D")
    assert (await simulator.tickets())[0]["status"] == "in-progress"
    assert list(simulator.environment.supplier.books.taken.values()) == [0]
    key = await reserve(simulator, {"appointmentSlot": {"appointmentDate": "2026-01-20"}})
    change: Tree = {"messageId": "MSG-8", "appointment": {"appointmentReservationKey": key}}
    assert (await simulator.post("amendFaultReport", amend(change))).status == 200
    await simulator.advance("P7D")
    (ticket,) = await simulator.tickets()
    assert (ticket["status"], [one["state"] for one in ticket["appointments"]]) == (
        "resolved",
        [f"{action[: action.index('-')]}ed".replace("cancel", "cancell"), "booked"],
    )


async def test_the_key_of_an_appointment_that_fell_through_books_nothing(simulator: Simulator) -> None:
    """An amend that repeats it is taken, with a warning: nobody will come."""
    await visited(simulator)
    (ticket,) = await simulator.tickets()
    await act(simulator, "cancel-appointment")
    seq = simulator.last_seq
    key = ticket["appointments"][0]["appointmentReservationKey"]
    answer = await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": key}}))
    assert answer.status == 200
    assert await simulator.warnings(seq) == [("§3", "appointment/appointmentReservationKey")]


async def test_a_move_during_an_advance_runs_at_the_instant_then_current(simulator: Simulator) -> None:
    """As a request does; the endpoint itself makes it when it is told of progress."""
    await reported(simulator)

    async def on_progress() -> None:
        if simulator.endpoint.statuses[-1] == "in-progress":
            await simulator.control("POST", f"{OF_THE_TICKET}/actions", {"action": "put-on-hold"})

    simulator.endpoint.when_told = on_progress
    await simulator.advance("P3D")
    changed = await simulator.journal(kind="ticket-changed")
    assert [(entry["at"][8:16], entry["data"]["to"]) for entry in changed] == [
        ("05T09:00", "accepted"),
        ("05T11:00", "in-progress"),
        ("05T11:00", "on-hold"),
    ]


async def test_what_was_asked_stands_in_the_journal(simulator: Simulator) -> None:
    """The command with its parameters, without those that were left out; what follows names it as its cause."""
    await reported(simulator)
    seq = simulator.last_seq
    await act(simulator, "put-on-hold", reason="Nobody in")
    steered, changed, *_ = await simulator.journal(after=seq)
    assert (steered["kind"], steered["ticket"], steered["data"]) == (
        "steered",
        "~SPDEV1~REF-1",
        {"command": "put-on-hold", "parameters": {"reason": "Nobody in"}},
    )
    assert (changed["kind"], changed["cause"]) == ("ticket-changed", steered["seq"])


async def test_an_update_that_is_asked_for_shows_all(simulator: Simulator) -> None:
    """Comment, priority, appointments and the missed one, on request."""
    await visited(simulator)
    await act(simulator, "comment", value="On our way.")
    await act(simulator, "miss-appointment", by="seller")
    await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    await simulator.advance()
    shown = ["comment/value", "priorityLevel", "faultDetails/missedAppointment/sellerMissedAppointment"]
    assert [last(simulator, path) for path in shown] == ["On our way.", "2", "Y"]


async def test_a_visit_that_did_not_repair_the_fault(simulator: Simulator) -> None:
    """No access, say: the ticket is not resolved by itself; an amend with another key sets it going again."""
    await visited(simulator)
    await simulator.advance("P2D")
    await act(simulator, "complete-appointment", closure_code="NA")
    seq = simulator.last_seq
    (ticket,) = await simulator.tickets()
    old: Tree = {"appointmentReservationKey": ticket["appointments"][0]["appointmentReservationKey"]}
    await simulator.post("amendFaultReport", amend({"messageId": "MSG-7", "appointment": old}))
    assert await simulator.warnings(seq) == [("§3", "appointment/appointmentReservationKey")]
    await simulator.advance("P9D")
    assert (await simulator.tickets())[0]["status"] == "in-progress"
    key = await reserve(simulator, {"appointmentSlot": {"appointmentDate": "2026-01-20"}})
    await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": key}}))
    await simulator.advance("P5D")
    assert (await simulator.tickets())[0]["status"] == "resolved"
