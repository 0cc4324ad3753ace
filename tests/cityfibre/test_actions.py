"""The supplier's moves: each meets every state of a ticket, and what each leaves behind.

What the moves of visits do is in ``test_actions_on_visits.py``.
"""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from simulator.cityfibre.actions import ACTIONS, act, possible
from simulator.cityfibre.books import Books, Draft
from simulator.cityfibre.diary import Reservation, Slot
from simulator.cityfibre.life import await_next_step
from simulator.cityfibre.messages import Comment, LateRepairNotification, Update
from simulator.cityfibre.ticket import Pause, State, Ticket
from simulator.cityfibre.visits import Visit, VisitState
from simulator.core.effects import Deliver, SetTimer
from simulator.core.engine import Refusal
from tests.drafts import NOW, draft_of, ticket_of

UNDER_REPAIR = "accepted open in-progress on-hold re-opened"
ALLOWED = {
    "accept": "pending",
    "reject": "pending",
    "open": "accepted",
    "start": "accepted open re-opened",
    "put-on-hold": "accepted open in-progress re-opened",
    "resume": "on-hold",
    "resolve": UNDER_REPAIR,
    "close": "resolved",
    "cancel": UNDER_REPAIR,
    "comment": f"{UNDER_REPAIR} resolved",
    "triage": UNDER_REPAIR,
    "confirm-appointment": UNDER_REPAIR,
    "fail-appointment": UNDER_REPAIR,
    "complete-appointment": UNDER_REPAIR,
    "cancel-appointment": UNDER_REPAIR,
    "miss-appointment": UNDER_REPAIR,
    "report-late-repair": f"{UNDER_REPAIR} resolved",
}
"""Contract §3, in its order: its table of states, turned round; where it is silent, while a fault is alive."""
FIGURES = {"total_delay_in_days": 3, "seller_delay_days": 1, "non_seller_delay_days": 2}
NEEDED: dict[str, dict[str, Any]] = {
    "reject": {"reason": "Missing data"},
    "comment": {"value": "Call first."},
    "triage": {"findings": "No light"},
    "complete-appointment": {"closure_code": "FR"},
    "miss-appointment": {"by": "seller"},
    "report-late-repair": FIGURES,
}
TOLD = {
    "accept": "accepted",
    "reject": "rejected",
    "open": "open",
    "start": "in-progress",
    "put-on-hold": "on-hold",
    "resume": "in-progress",
    "resolve": "resolved",
    "close": "closed",
    "cancel": "cancelled",
    "comment": "amended",
    "triage": "triage",
    "confirm-appointment": "appointment-confirmation",
    "fail-appointment": "appointment-confirmation",
    "complete-appointment": "appointment-completed",
    "cancel-appointment": "appointment-cancelled",
    "miss-appointment": "appointment-missed",
    "report-late-repair": "late-repair",
}
"""The notification that each leads to."""
PAIRS = [(action, state) for action in ALLOWED for state in State]


def drafted(ticket: Ticket, now: datetime = NOW, **switches: Any) -> tuple[Ticket, Draft]:  # noqa: ANN401 - switches
    """A draft of books in which the ticket is, and the draft's own copy of it."""
    books = Books(tickets={1: ticket}, by_buyer={("SPDEV1", "REF-1"): 1})
    draft = draft_of(books, now, **switches)
    return draft.edit(1), draft


def move(name: str, ticket: Ticket, draft: Draft, **parameters: Any) -> Refusal | None:  # noqa: ANN401 - an action's own
    """Let a move happen, with what it can't do without."""
    model = ACTIONS[name].parameters.model_validate({**NEEDED.get(name, {}), **parameters})
    return act(name, model, ticket, draft)


def told(draft: Draft) -> list[str]:
    """The notifications that are sent, in their order."""
    return [effect.notification for effect in draft.effects if isinstance(effect, Deliver)]


def test_the_moves_are_the_contracts() -> None:
    """The same words, in the same order."""
    assert list(ACTIONS) == list(ALLOWED)


@pytest.mark.parametrize(("name", "state"), PAIRS, ids=[f"{name}-{state}" for name, state in PAIRS])
def test_a_move_in_a_state(name: str, state: State) -> None:
    """Where it is allowed one notification follows; where it is not, one is told why and nothing changes."""
    visit = Visit("KEY", "2026-01-07", "08:00", "13:00")
    ticket, draft = drafted(ticket_of(state, visits=(visit,)))
    allowed = state.value in ALLOWED[name].split()
    assert (name in possible(ticket)) == allowed
    books = deepcopy(draft.books)
    refusal = move(name, ticket, draft)
    assert draft.books == books, "only a commit changes the books"
    if allowed:
        assert (refusal, told(draft)) == (None, [TOLD[name]])
        assert ticket != books.tickets[1]
    else:
        assert refusal == Refusal(
            f"a fault that is {state} can't take {name}{'; accept it first' if state is State.PENDING else ''}"
        )
        assert (draft.notes, draft.effects, ticket) == ([], [], books.tickets[1])


CHANGES = [
    ("accept", "", "pending", "accepted", "Accepted"),
    ("reject", "no data", "pending", "rejected", "Rejected - no data"),
    ("open", "", "accepted", "open", "Opened"),
    ("open", "no data", "accepted", "open", "Opened - no data"),
    ("start", "", "re-opened", "in-progress", "In progress"),
    ("put-on-hold", "", "in-progress", "on-hold", "On hold"),
    ("put-on-hold", "no data", "in-progress", "on-hold", "On hold - no data"),
    ("resume", "", "on-hold", "in-progress", "In progress again"),
    ("resolve", "no data", "on-hold", "resolved", "Resolved - no data"),
    ("close", "no data", "resolved", "closed", "Closed - no data"),
    ("cancel", "no data", "open", "cancelled", "Cancelled - no data"),
]


@pytest.mark.parametrize(("name", "reason", "before", "after", "line"), CHANGES)
def test_a_move_that_changes_the_state(name: str, reason: str, before: str, after: str, line: str) -> None:
    """State, reason, a line of history by the seller, an entry of the journal; acceptance brings the reference."""
    reference = "" if before == "pending" else "CS0000001"
    ticket, draft = drafted(ticket_of(State(before), maintainer_reference=reference, status_reason="earlier"))
    assert move(name, ticket, draft, **({"reason": reason} if reason else {})) is None
    reference = "CS0053224" if name == "accept" else reference
    assert (ticket.state, ticket.status_reason, ticket.since) == (State(after), reason or None, NOW)
    assert ticket.maintainer_reference == reference
    assert ticket.updates == (Update(description=line, updated_by="seller", updated_time="2026-01-05T09:00:00.000Z"),)
    changed, notified = draft.notes
    assert (changed.kind, notified.kind, changed.ticket) == ("ticket-changed", "notification", "~SPDEV1~REF-1")
    assert changed.data == {"trigger": name, "from": before, "to": after, "reference": reference, "reason": reason}


@pytest.mark.parametrize(
    ("said", "reason"), [({}, "fault repaired"), ({"reason": " "}, "fault repaired")], ids=["left-out", "blank"]
)
def test_a_resolution_always_has_a_reason(said: dict[str, str], reason: str) -> None:
    """The page of the notification lists one."""
    ticket, draft = drafted(ticket_of(State.IN_PROGRESS))
    move("resolve", ticket, draft, **said)
    assert ticket.status_reason == reason


@pytest.mark.parametrize(
    ("said", "reason"), [({}, "HOLD"), ({"exclusion_reason": "KEYS"}, "KEYS")], ids=["plain", "named"]
)
def test_on_hold_the_slas_clock_stands(said: dict[str, str], reason: str) -> None:
    """Until it is resumed; the pause has its reason in five characters."""
    ticket, draft = drafted(ticket_of(State.IN_PROGRESS, accepted_at=NOW))
    move("put-on-hold", ticket, draft, **said)
    assert ticket.pauses == (Pause(reason, NOW),)
    draft.now = NOW + timedelta(hours=3)
    move("resume", ticket, draft)
    assert ticket.pauses == (Pause(reason, NOW, NOW + timedelta(hours=3)),)


def test_a_comment_takes_the_place_of_the_one_before() -> None:
    """The history says that there was one, the journal what it was."""
    earlier = Comment(value="Hurry.", commented_by="buyer", commented_time="2026-01-05T08:00:00Z")
    ticket, draft = drafted(ticket_of(State.RESOLVED, comment=earlier))
    move("comment", ticket, draft, value=" Call first. ")
    assert ticket.comment == Comment(
        value="Call first.", commented_by="seller", commented_time="2026-01-05T09:00:00.000Z"
    )
    assert [(line.description, line.updated_by) for line in ticket.updates] == [("Commented", "seller")]
    assert (draft.notes[0].kind, draft.notes[0].data) == ("ticket-commented", {"value": "Call first."})
    assert ticket.state is State.RESOLVED


@pytest.mark.parametrize("complete", [True, False], ids=["complete", "not-complete"])
def test_triage_takes_the_place_of_the_buyers(complete: bool) -> None:  # noqa: FBT001 - a parameter
    """Flow 6; all else of the fault's details stays."""
    ticket, draft = drafted(ticket_of(State.ACCEPTED))
    move("triage", ticket, draft, findings="No light", complete=complete)
    details = ticket.reported
    assert (details.triage_complete, details.triage_findings) == (complete, "No light")
    assert (details.type, details.description) == ("Impaired Service", "Slow since the weekend.")
    assert [(line.description, line.updated_by) for line in ticket.updates] == [("Triage - No light", "seller")]
    assert draft.notes[0].kind == "ticket-triaged"
    assert draft.notes[0].data == {"complete": complete, "findings": "No light"}
    assert ticket.state is State.ACCEPTED


# -- late repair

WEDNESDAY = datetime(2026, 1, 7, 9, tzinfo=UTC)
"""Twenty working hours after NOW."""


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.RESOLVED], ids=str)
def test_a_late_repair_is_reckoned(state: State) -> None:
    """From the ticket's own SLA; of a resolved fault it was over when that was."""
    ended = WEDNESDAY + timedelta(hours=1)
    now = ended if state is State.IN_PROGRESS else ended + timedelta(days=9)
    ticket, draft = drafted(ticket_of(state, accepted_at=NOW, since=ended), now)
    assert move("report-late-repair", ticket, draft, **dict.fromkeys(FIGURES)) is None
    expected = LateRepairNotification(total_delay_in_days="1", seller_delay_days="1", non_seller_delay_days="0")
    assert (ticket.late_repair, told(draft)) == (expected, ["late-repair"])
    assert (ticket.state, ticket.updates) == (state, ())


def test_figures_of_ones_own_are_told_as_they_are() -> None:
    """Late or not."""
    ticket, draft = drafted(ticket_of(State.IN_PROGRESS, accepted_at=NOW))
    assert move("report-late-repair", ticket, draft) is None
    expected = LateRepairNotification(total_delay_in_days="3", seller_delay_days="1", non_seller_delay_days="2")
    assert (ticket.late_repair, told(draft)) == (expected, ["late-repair"])


@pytest.mark.parametrize(
    ("state", "until"),
    [("in-progress", "its SLA ends at 2026-01-07T09:00:00.000Z"), ("resolved", "its SLA has not been exceeded")],
)
def test_a_repair_that_is_not_late_is_not_told_as_late(state: str, until: str) -> None:
    """On the deadline itself; one is told what to do instead, and nothing has changed."""
    pauses = (Pause("BUYER", WEDNESDAY),) if state == "resolved" else ()
    ticket, draft = drafted(ticket_of(State(state), accepted_at=NOW, since=WEDNESDAY, pauses=pauses), WEDNESDAY)
    before = deepcopy(ticket)
    refusal = move("report-late-repair", ticket, draft, **dict.fromkeys(FIGURES))
    assert refusal == Refusal(f"the repair is not late: {until}; to send figures of your own, name them")
    assert (draft.notes, draft.effects, ticket) == ([], [], before)


# -- what else follows


def test_what_is_possible() -> None:
    """In the order of the contract; moves of a visit only where there is one that allows them."""
    said = ("comment", "triage")
    booked, missed = (Visit("KEY", None, None, None, state) for state in (VisitState.BOOKED, VisitState.MISSED))
    expected = {
        "open start put-on-hold resolve cancel comment triage report-late-repair": ticket_of(State.ACCEPTED),
        "resume resolve cancel comment triage report-late-repair": ticket_of(State.ON_HOLD, visits=(booked, missed)),
        "accept reject": ticket_of(visits=(booked,), waits_for_key=True),
        "close comment report-late-repair": ticket_of(State.RESOLVED, visits=(booked,)),
        "": ticket_of(State.CLOSED, visits=(booked,)),
    }
    for names, ticket in expected.items():
        assert possible(ticket) == tuple(names.split())
    moves = tuple(name for name in ALLOWED if name.endswith("-appointment"))
    assert possible(ticket_of(State.ON_HOLD, visits=(missed, booked))) == (
        *("resume", "resolve", "cancel", *said),
        *moves,
        "report-late-repair",
    )


def test_a_rejected_report_gives_its_appointment_back() -> None:
    """It never had a reference, and nothing more happens to it."""
    slot = Slot(date(2026, 1, 7), time(8), time(13))
    visit = Visit("KEY", "2026-01-07", "08:00", "13:00")
    ticket, draft = drafted(ticket_of(visits=(visit,), timer="accept"))
    draft.hold(Reservation("KEY", "SPDEV1", "10002491172", "MK", slot, NOW, ticket=1))
    draft.effects.clear()
    move("reject", ticket, draft)
    assert (ticket.maintainer_reference, ticket.timer, possible(ticket)) == ("", "", ())
    assert ([one.state for one in ticket.visits], draft.taken("MK", slot)) == ([VisitState.CANCELLED], 0)
    assert not any(isinstance(effect, SetTimer) for effect in draft.effects)


def test_a_report_that_waits_for_a_key_is_accepted_without_one() -> None:
    """R27: the supplier need not wait; it then lives on like any other."""
    ticket, draft = drafted(ticket_of(waits_for_key=True), tlos_without_key="wait")
    move("accept", ticket, draft)
    assert (ticket.state, ticket.waits_for_key, ticket.timer) == (State.ACCEPTED, False, "start")
    assert ticket.maintainer_reference == "CS0053224"


UP_TO = {
    "pending": ["", "", "", "", "auto-close"],
    "accepted": ["accept", "", "", "", "auto-close"],
    "in-progress": ["accept", "start", "start", "", "auto-close"],
    "resolved": ["accept", "start", "start", "resolve", "auto-close"],
}


@pytest.mark.parametrize(("up_to", "expected"), UP_TO.items(), ids=UP_TO.keys())
def test_how_far_a_ticket_goes_by_itself(up_to: str, expected: list[str]) -> None:
    """Beyond that it waits for moves, whoever brought it there; the auto-close holds in any case."""
    timers = []
    for state in ("pending", "accepted", "re-opened", "in-progress", "resolved"):
        ticket, draft = drafted(ticket_of(State(state)), default_life={"up_to": up_to})
        await_next_step(draft, ticket)
        timers.append(ticket.timer)
    assert timers == expected


def test_a_ticket_that_is_led_by_hand_is_followed_up_only_once_it_is_resolved() -> None:
    """``up_to: pending``: each move forgets the timer of the state before, and sets none."""
    ticket, draft = drafted(ticket_of(), default_life={"up_to": "pending"})
    for name in ("accept", "open", "start", "put-on-hold", "resume"):
        move(name, ticket, draft)
        assert ticket.timer == ""
    move("resolve", ticket, draft)
    kinds = [effect.timer.kind for effect in draft.effects if isinstance(effect, SetTimer)]
    assert [kind for kind in kinds if kind != "sla-deadline"] == ["auto-close"]
