"""What follows from a change of state: a line in the journal, a notification, and the timer of the next step."""

from datetime import date, time, timedelta

import pytest

from simulator.cityfibre import DEFAULT_LIFE
from simulator.cityfibre.books import Books
from simulator.cityfibre.diary import Reservation, Slot
from simulator.cityfibre.life import await_next_step, change, reference_of
from simulator.cityfibre.ticket import IllegalTransitionError, State, Trigger
from simulator.cityfibre.visits import Visit
from simulator.core.effects import CancelTimer, Deliver, SetTimer
from simulator.core.inputs import Timer
from tests.drafts import NOW, draft_of, ticket_of

ADDRESS = "~SPDEV1~REF-1"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "timer", "after", "driving"),
    [
        ("pending", "accept", timedelta(0), True),
        ("accepted", "start", 2 * HOUR, True),
        ("re-opened", "start", 2 * HOUR, True),
        ("in-progress", "resolve", 22 * HOUR, True),
        ("resolved", "auto-close", 48 * HOUR, False),
    ],
)
def test_the_next_step_of_a_state(state: str, timer: str, after: timedelta, driving: bool) -> None:  # noqa: FBT001
    """Its delay counts from now; the auto clock jumps to all but the auto-close."""
    draft, ticket = draft_of(), ticket_of(State(state))
    await_next_step(draft, ticket)
    assert draft.effects == [SetTimer(Timer(timer, ADDRESS), NOW + after, driving)]
    assert ticket.timer == timer


@pytest.mark.parametrize("state", ["open", "on-hold", "closed", "rejected", "cancelled"])
def test_states_that_last_until_somebody_acts(state: str) -> None:
    """No timer; the one of the state before is forgotten."""
    draft, ticket = draft_of(), ticket_of(State(state), timer="resolve")
    await_next_step(draft, ticket)
    assert draft.effects == [CancelTimer(Timer("resolve", ADDRESS))]
    assert ticket.timer == ""
    assert State(state) not in DEFAULT_LIFE


def test_a_report_that_waits_for_its_key_has_no_timer() -> None:
    """R27."""
    draft, ticket = draft_of(), ticket_of(waits_for_key=True)
    await_next_step(draft, ticket)
    assert draft.effects == []


def test_a_timer_set_anew_counts_from_the_beginning_of_the_state() -> None:
    """Whatever makes it be set again; what is overdue is due now."""
    for since, due in ((NOW - HOUR, NOW + HOUR), (NOW - 9 * HOUR, NOW)):
        draft, ticket = draft_of(), ticket_of(State.ACCEPTED, since=since)
        await_next_step(draft, ticket)
        assert draft.effects == [SetTimer(Timer("start", ADDRESS), due, driving=True)]


@pytest.mark.parametrize(("day", "due"), [(5, NOW + 22 * HOUR), (7, NOW + timedelta(days=2, hours=4))])
def test_a_fault_is_not_resolved_before_its_appointment_is_over(day: int, due: object) -> None:
    """The later of the delay and the end of the slot."""
    slot = Slot(date(2026, 1, day), time(8), time(13))
    draft = draft_of()
    draft.hold(Reservation("KEY", "SPDEV1", "10002491172", "MK", slot, NOW, ticket=1))
    draft.effects.clear()
    ticket = ticket_of(State.IN_PROGRESS, visits=(Visit("KEY", None, None, None),))
    await_next_step(draft, ticket)
    assert [effect.due for effect in draft.effects if isinstance(effect, SetTimer)] == [due]


def test_a_change_is_journalled_told_and_followed_up() -> None:
    """In that order; the old timer is cancelled before the new one is set."""
    draft, ticket = draft_of(), ticket_of(State.ACCEPTED, maintainer_reference="CS0000001", timer="start")
    change(draft, ticket, Trigger.START)
    assert [(note.kind, note.ticket) for note in draft.notes] == [
        ("ticket-changed", ADDRESS),
        ("notification", ADDRESS),
    ]
    assert draft.notes[0].data == {
        "trigger": "start",
        "from": "accepted",
        "to": "in-progress",
        "reference": "CS0000001",
        "reason": "",
    }
    told, cancelled, scheduled = draft.effects
    assert isinstance(told, Deliver)
    assert (told.notification, told.lane, told.buyer) == ("in-progress", ADDRESS, "SPDEV1")
    assert cancelled == CancelTimer(Timer("start", ADDRESS))
    assert scheduled == SetTimer(Timer("resolve", ADDRESS), NOW + 22 * HOUR, driving=True)


def test_an_illegal_change_leaves_the_draft_as_it_was() -> None:
    """Neither the journal nor the outbox hears of it."""
    draft, ticket = draft_of(), ticket_of(State.CLOSED)
    with pytest.raises(IllegalTransitionError):
        change(draft, ticket, Trigger.START)
    assert (draft.notes, draft.effects, ticket) == ([], [], ticket_of(State.CLOSED))


@pytest.mark.parametrize(
    ("trigger", "day", "taken"),
    [(Trigger.CANCEL, 7, 0), (Trigger.CANCEL, 5, 1), (Trigger.RESOLVE, 7, 1)],
    ids=["cancelled", "cancelled-too-late", "resolved"],
)
def test_a_cancelled_faults_appointment_is_free_again(trigger: Trigger, day: int, taken: int) -> None:
    """Unless it has begun: the engineer is on the way."""
    slot = Slot(date(2026, 1, day), time(8), time(13))
    draft = draft_of()
    draft.hold(Reservation("KEY", "SPDEV1", "10002491172", "MK", slot, NOW, ticket=1))
    ticket = ticket_of(State.IN_PROGRESS, visits=(Visit("KEY", None, None, None),))
    change(draft, ticket, trigger)
    assert draft.taken("MK", slot) == taken


def test_only_acceptance_gives_the_maintainers_reference() -> None:
    """Empty until accepted, then fixed for life (§3)."""
    for trigger, expected in ((Trigger.ACCEPT, "CS0053224"), (Trigger.REJECT, "")):
        ticket = ticket_of()
        change(draft_of(), ticket, trigger)
        assert ticket.maintainer_reference == expected
    ticket = ticket_of(State.ACCEPTED, maintainer_reference="CS0053224")
    change(draft_of(reference_format="X{}"), ticket, Trigger.START)
    assert ticket.maintainer_reference == "CS0053224"


@pytest.mark.parametrize(
    ("shape", "number", "expected"),
    [
        ("CS{:07d}", 1, "CS0053224"),
        ("CS{:07d}", 2, "CS0053225"),
        ("TIC-{:06d}", 1, "TIC-053224"),
        ("{}", 1, "53224"),
    ],
)
def test_references_count_from_the_seed(shape: str, number: int, expected: str) -> None:
    """R29: the format is a switch, and the first number the seed's."""
    assert reference_of(ticket_of(number=number), draft_of(reference_format=shape)) == expected


def test_a_change_in_a_draft_that_is_thrown_away_never_happened() -> None:
    """The books' own ticket is not the one that changes."""
    books = Books()
    first = draft_of(books)
    first.add(ticket_of())
    first.commit()
    draft = draft_of(books)
    change(draft, draft.edit(1), Trigger.ACCEPT)
    assert books.tickets[1] == ticket_of()
    assert books.counters == {}
