"""The supplier's moves of a visit: what each leaves behind, whose slot is free again, and what the fault does next."""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from simulator.cityfibre.actions import ACTIONS, act, possible
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import Reservation, Slot
from simulator.cityfibre.messages import AmendFaultReport, Appointment, MissedAppointment
from simulator.cityfibre.operations import amend_fault_report
from simulator.cityfibre.ticket import State, Ticket
from simulator.cityfibre.visits import Visit, VisitState
from simulator.core.effects import CancelTimer, Deliver, SetTimer
from simulator.core.engine import Refusal
from simulator.core.inputs import Timer
from tests.drafts import NOW, draft_of, ticket_of

ADDRESS = "~SPDEV1~REF-1"
HOUR = timedelta(hours=1)
WEDNESDAY, FRIDAY = Slot(date(2026, 1, 7), time(8), time(13)), Slot(date(2026, 1, 9), time(13), time(18))
BEGINS = datetime(2026, 1, 7, 8, tzinfo=UTC)
MOVES: dict[str, dict[str, Any]] = {
    "confirm-appointment": {},
    "fail-appointment": {},
    "complete-appointment": {"closure_code": "NDT"},
    "cancel-appointment": {},
    "miss-appointment": {"by": "end-user"},
}


def visit(state: VisitState = VisitState.BOOKED, key: str = "KEY") -> Visit:
    """A visit on Wednesday morning."""
    return Visit(key, "2026-01-07", "08:00", "13:00", state)


def booked(*visits: Visit, now: datetime = NOW, holder: int = 1, **changes: Any) -> tuple[Ticket, Draft]:  # noqa: ANN401 - any field of a ticket
    """A fault in progress since NOW, and a draft in which ticket ``holder`` has Wednesday's slot for KEY."""
    ticket = ticket_of(**{"state": State.IN_PROGRESS, "since": NOW, "visits": visits or (visit(),), **changes})
    draft = draft_of(now=now)
    draft.books.tickets[1] = ticket
    draft.books.by_buyer["SPDEV1", "REF-1"] = 1
    draft.hold(Reservation("KEY", "SPDEV1", "10002491172", "MK", WEDNESDAY, NOW + 12 * HOUR, ticket=holder))
    draft.commit()
    draft.effects.clear()
    return draft.edit(1), draft


def move(name: str, ticket: Ticket, draft: Draft, **parameters: Any) -> Refusal | None:  # noqa: ANN401 - an action's own
    """Let a move happen, with what it can't do without."""
    return act(name, ACTIONS[name].parameters.model_validate({**MOVES[name], **parameters}), ticket, draft)


def rebook(draft: Draft) -> None:
    """An amend that brings another key, for Friday afternoon."""
    draft.hold(Reservation("NEW", "SPDEV1", "10002491172", "MK", FRIDAY, NOW + 12 * HOUR))
    draft.effects.clear()
    amend = AmendFaultReport(
        api_version="1.0",
        buyer_identifier="SPDEV1",
        sent_at="2026-01-05T09:00:00Z",
        message_id="MSG-2",
        buyer_fault_reference="REF-1",
        appointment=Appointment(appointment_reservation_key="NEW"),
    )
    amend_fault_report.OPERATION.handle(amend, draft)


def timers(draft: Draft) -> list[tuple[str, datetime]]:
    """What is set for the fault's own life, in its order."""
    kinds = ("start", "resolve", "auto-close")
    return [(one.timer.kind, one.due) for one in draft.effects if isinstance(one, SetTimer) and one.timer.kind in kinds]


# -- which visits allow it

LEGAL = {
    "booked": set(MOVES),
    "confirmed": {"complete-appointment", "cancel-appointment", "miss-appointment"},
    **{ended: set() for ended in ("failed", "completed", "cancelled", "missed")},
}
CASES = [(name, state) for name in MOVES for state in VisitState]


@pytest.mark.parametrize(("name", "state"), CASES, ids=[f"{name}-{state}" for name, state in CASES])
def test_a_move_needs_a_visit_that_allows_it(name: str, state: VisitState) -> None:
    """The newest counts, whatever became of the one before; a refusal changes nothing."""
    ticket, draft = booked(visit(VisitState.BOOKED, "OLD"), visit(state))
    allowed = name in LEGAL[state.value]
    assert (name in possible(ticket)) == allowed
    before, books = deepcopy(ticket), deepcopy(draft.books)
    refusal = move(name, ticket, draft)
    assert draft.books == books
    if allowed:
        assert (refusal, ticket.visits[0]) == (None, before.visits[0])
        return
    told = "" if state in {"booked", "confirmed"} else "; the buyer books another by an amend with another key"
    assert refusal == Refusal(f"its appointment is {state} already{told}")
    assert (draft.notes, draft.effects, ticket, draft.taken("MK", WEDNESDAY)) == ([], [], before, 1)


@pytest.mark.parametrize("name", MOVES)
def test_a_move_of_a_visit_that_is_not_there(name: str) -> None:
    """Refused, and nothing changes."""
    ticket, draft = booked()
    ticket.visits = ()
    before = deepcopy(ticket)
    assert move(name, ticket, draft) == Refusal(
        "the fault has no appointment; the buyer books one by an amend with a reserved key"
    )
    assert (draft.notes, draft.effects, ticket) == ([], [], before)


# -- what it leaves behind

LEFT: dict[str, tuple[str, str, str, str | None, str]] = {
    # the reason, the line of history, the visit's state, its closure code, the notification
    "confirm-appointment": ("", "Appointment confirmed", "confirmed", None, "appointment-confirmation"),
    "fail-appointment": ("ill", "Appointment failed - ill", "failed", None, "appointment-confirmation"),
    "complete-appointment": ("", "Appointment completed - NDT", "completed", "NDT", "appointment-completed"),
    "cancel-appointment": ("", "Appointment cancelled", "cancelled", None, "appointment-cancelled"),
    "miss-appointment": ("", "Appointment missed - by the end user", "missed", None, "appointment-missed"),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_a_move_leaves_behind(name: str) -> None:
    """A line of history by the seller, an entry of the journal, one notification; the fault's own state stays."""
    reason, line, state, code, notification = LEFT[name]
    ticket, draft = booked(status_reason="earlier")
    assert move(name, ticket, draft, **({"reason": reason} if reason else {})) is None
    assert [(one.description, one.updated_by, one.updated_time) for one in ticket.updates] == [
        (line, "seller", "2026-01-05T09:00:00.000Z")
    ]
    changed, notified = draft.notes
    assert (changed.kind, changed.ticket, notified.kind) == ("appointment-changed", ADDRESS, "notification")
    why = line.partition(" - ")[2]
    assert changed.data == {"key": "KEY", "trigger": name, "to": state, "why": why}
    sent = [effect.notification for effect in draft.effects if isinstance(effect, Deliver)]
    assert (sent, ticket.state, ticket.status_reason) == ([notification], State.IN_PROGRESS, "earlier")
    assert [(one.state.value, one.closure_code) for one in ticket.visits] == [(state, code)]


FLAGS: dict[str, tuple[dict[str, Any], str]] = {
    "by-the-seller": ({"by": "seller"}, "YNNNNN"),
    "by-the-end-user": ({"by": "end-user"}, "NNNYNN"),
    "amended": ({"by": "seller", "amended": True}, "YYNNNN"),
    "cancelled": ({"by": "seller", "cancelled": True}, "YNYNNN"),
    "pre-agreed": ({"by": "end-user", "end_user_pre_agreed": True}, "NNNYYN"),
    "beyond-control": ({"by": "end-user", "mborc": True}, "NNNYNY"),
    "all": ({"by": "seller", "amended": True, "cancelled": True, "end_user_pre_agreed": True, "mborc": True}, "YYYNYY"),
}


@pytest.mark.parametrize(("said", "flags"), FLAGS.values(), ids=FLAGS.keys())
def test_the_six_flags_of_a_missed_visit(said: dict[str, Any], flags: str) -> None:
    """One of two says whose fault it was; the others are as one says them. A later miss does not clear the supplier."""
    ticket, draft = booked()
    move("miss-appointment", ticket, draft, **said)
    seller, amended, cancelled, end_user, pre_agreed, mborc = list(flags)
    assert ticket.missed == MissedAppointment(
        appointment_reservation_key="KEY",
        appointment_date="2026-01-07",
        appointment_start_time="08:00",
        appointment_end_time="13:00",
        seller_missed_appointment=seller,
        amended=amended,
        cancelled=cancelled,
        end_user_missed_appointment=end_user,
        end_user_pre_agreed=pre_agreed,
        mborc=mborc,
    )
    assert ticket.let_down == (said["by"] == "seller")
    ticket.visits = (*ticket.visits, visit())
    move("miss-appointment", ticket, draft)
    assert ticket.let_down == (said["by"] == "seller")


# -- the diary


@pytest.mark.parametrize(
    ("now", "left"),
    [(NOW, 0), (BEGINS - timedelta(milliseconds=1), 0), (BEGINS, 1), (BEGINS + HOUR, 1)],
    ids=["days-before", "just-before", "as-it-begins", "later"],
)
@pytest.mark.parametrize("name", ["fail-appointment", "cancel-appointment"])
def test_a_slot_is_free_again_unless_it_has_begun(name: str, now: datetime, left: int) -> None:
    """The engineer is on the way; the visit has fallen through all the same."""
    ticket, draft = booked(now=now)
    move(name, ticket, draft)
    held = draft.reservation("KEY")
    assert held is not None
    assert (draft.taken("MK", WEDNESDAY), held.released, ticket.visits[0].in_vain) == (left, left == 0, True)


@pytest.mark.parametrize("name", ["confirm-appointment", "complete-appointment", "miss-appointment"])
def test_other_moves_keep_the_slot(name: str) -> None:
    """Even days before it begins."""
    ticket, draft = booked()
    move(name, ticket, draft)
    assert draft.taken("MK", WEDNESDAY) == 1


def test_nobody_gives_another_faults_slot_away() -> None:
    """``appointment_keys: any`` lets two faults name one key; it is whose it was."""
    ticket, draft = booked(holder=2)
    move("cancel-appointment", ticket, draft)
    assert draft.taken("MK", WEDNESDAY) == 1


# -- the default life


IN_VAIN = ["fail-appointment", "cancel-appointment", "miss-appointment", "complete-appointment"]
"""Three ways in which a visit falls through, and one that ends with another closure code than FR."""


@pytest.mark.parametrize("name", IN_VAIN)
def test_after_a_visit_in_vain_nothing_is_resolved_before_another(name: str) -> None:
    """The timer is forgotten, and comes back with a new key: not before that visit is over."""
    ticket, draft = booked(timer="resolve")
    move(name, ticket, draft)
    assert (draft.effects[0], ticket.timer) == (CancelTimer(Timer("resolve", ADDRESS)), "")
    assert timers(draft) == []
    rebook(draft)
    assert (timers(draft), ticket.timer) == ([("resolve", FRIDAY.ends_at)], "resolve")
    assert [(one.key, one.state.value) for one in ticket.visits][1:] == [("NEW", "booked")]


@pytest.mark.parametrize("name", IN_VAIN)
def test_work_begins_though_a_visit_was_in_vain(name: str) -> None:
    """Only the repair waits for another; once in progress, the fault stays so."""
    ticket, draft = booked(state=State.ACCEPTED, timer="start")
    move(name, ticket, draft)
    assert timers(draft) == [("start", NOW + 2 * HOUR)]
    draft.effects.clear()
    assert act("start", ACTIONS["start"].parameters(), ticket, draft) is None
    assert (timers(draft), ticket.timer) == ([], "")


@pytest.mark.parametrize(
    ("name", "said", "due"),
    [
        ("confirm-appointment", {}, WEDNESDAY.ends_at),
        ("complete-appointment", {"closure_code": "FR"}, NOW + 22 * HOUR),
    ],
    ids=["confirmed", "repaired"],
)
def test_a_repair_waits_for_a_visit_only_while_that_is_ahead(name: str, said: dict[str, str], due: datetime) -> None:
    """One that has repaired the fault before its time holds nothing up."""
    ticket, draft = booked(timer="resolve")
    move(name, ticket, draft, **said)
    assert timers(draft) == [("resolve", due)]


def test_another_key_takes_the_place_of_a_visit_that_is_ahead() -> None:
    """The old one is cancelled and its slot free; one that has ended stays what it was."""
    for state, became, left in ((VisitState.BOOKED, "cancelled", 0), (VisitState.COMPLETED, "completed", 1)):
        ticket, draft = booked(visit(state))
        rebook(draft)
        assert [(one.key, one.state.value) for one in ticket.visits] == [("KEY", became), ("NEW", "booked")]
        assert (draft.taken("MK", WEDNESDAY), draft.taken("MK", FRIDAY)) == (left, 1)


@pytest.mark.parametrize("schema", ["documented", "xsd"])
def test_a_missed_visit_of_which_only_the_key_is_known(schema: str) -> None:
    """``appointment_keys: any``: the message needs a date, so it is told with today's; the times may be empty."""
    ticket = ticket_of(State.IN_PROGRESS, visits=(Visit("KEY", None, None, None),))
    draft = draft_of(notification_schema=schema)
    assert move("miss-appointment", ticket, draft) is None
    assert ticket.missed is not None
    assert (ticket.missed.appointment_date, ticket.missed.appointment_start_time) == ("2026-01-05", "")


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("fail-appointment", {}, True),
        ("cancel-appointment", {}, True),
        ("miss-appointment", {"by": "seller"}, True),
        ("miss-appointment", {"by": "end-user"}, False),
    ],
    ids=["failed", "cancelled", "missed-by-the-seller", "missed-by-the-end-user"],
)
def test_who_lets_a_buyer_down_gains_no_time(name: str, said: dict[str, str], expected: bool) -> None:  # noqa: FBT001 - a row
    """The end of the first visit stays what was promised; only a buyer's own doing puts the deadline off."""
    promised = datetime(2026, 1, 7, 13, tzinfo=UTC)
    ticket, draft = booked(visit_promised=promised)
    move(name, ticket, draft, **said)
    assert (ticket.let_down, ticket.visit_promised) == (expected, promised)
    draft.commit()
    rebook(draft)
    later = datetime(2026, 1, 9, 18, tzinfo=UTC)
    assert ticket.visit_promised == (promised if expected else later)
