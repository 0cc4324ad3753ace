"""Visits: every state meets every trigger, what each shows as a message, and the closure codes of the text."""

from typing import get_args

import pytest

from simulator.cityfibre.action_parameters import CompleteAppointment
from simulator.cityfibre.messages import Appointment
from simulator.cityfibre.ticket import IllegalTransitionError
from simulator.cityfibre.visits import CLOSURE_CODES, VISIT_TRANSITIONS, Visit, VisitState, VisitTrigger
from tests.drafts import ticket_of

LEGAL = {
    ("booked", "confirm-appointment"): "confirmed",
    ("booked", "fail-appointment"): "failed",
    ("booked", "complete-appointment"): "completed",
    ("booked", "cancel-appointment"): "cancelled",
    ("booked", "miss-appointment"): "missed",
    ("confirmed", "complete-appointment"): "completed",
    ("confirmed", "cancel-appointment"): "cancelled",
    ("confirmed", "miss-appointment"): "missed",
}
"""What the notifications of contract §3 tell, as moves: a visit that has ended is never heard of again."""
PAIRS = [(state, trigger) for state in VisitState for trigger in VisitTrigger]
FIRST = Visit("OLD", "2026-01-06", "13:00", "18:00", VisitState.CANCELLED)


def visit(state: VisitState = VisitState.BOOKED, *, confirmed: bool = False, closure_code: str | None = None) -> Visit:
    """A visit on Wednesday morning."""
    return Visit("KEY", "2026-01-07", "08:00", "13:00", state, confirmed, closure_code)


def test_the_table_is_complete() -> None:
    """No more and no less may happen, and every state has its row."""
    table = {(state, trigger): after for state, ways in VISIT_TRANSITIONS.items() for trigger, after in ways.items()}
    assert table == {(VisitState(state), VisitTrigger(trigger)): after for (state, trigger), after in LEGAL.items()}
    assert list(VISIT_TRANSITIONS) == list(VisitState)


@pytest.mark.parametrize(("state", "trigger"), PAIRS, ids=[f"{state}-{trigger}" for state, trigger in PAIRS])
def test_a_trigger_in_a_state(state: VisitState, trigger: VisitTrigger) -> None:
    """Of a ticket's visits the newest moves, and only where the table says so; else nothing changes."""
    ticket, before = (ticket_of(visits=(FIRST, visit(state))) for _ in range(2))
    expected = LEGAL.get((state.value, trigger.value))
    if expected is None:
        with pytest.raises(IllegalTransitionError, match=f"^a visit that is {state} can't {trigger}$"):
            ticket.move_visit(trigger)
        assert ticket == before
        return
    moved = ticket.move_visit(trigger)
    assert (ticket.visits, moved.state.value) == ((FIRST, moved), expected)
    assert (moved.key, moved.day, moved.start, moved.end) == ("KEY", "2026-01-07", "08:00", "13:00")


@pytest.mark.parametrize("trigger", VisitTrigger)
def test_a_visit_that_is_not_there(trigger: VisitTrigger) -> None:
    """Nothing moves."""
    ticket = ticket_of()
    with pytest.raises(IllegalTransitionError, match=f"^a visit that is not there can't {trigger}$"):
        ticket.move_visit(trigger)
    assert ticket == ticket_of()


@pytest.mark.parametrize(
    ("state", "ahead"),
    [
        ("booked", True),
        ("confirmed", True),
        ("failed", False),
        ("completed", False),
        ("cancelled", False),
        ("missed", False),
    ],
)
def test_what_is_still_to_come_and_what_was_in_vain(state: str, ahead: bool) -> None:  # noqa: FBT001
    """One of the two, as long as no closure code says that the fault is repaired."""
    one = visit(VisitState(state))
    assert (one.ahead, one.in_vain) == (ahead, not ahead)


SHOWN: dict[str, tuple[list[str], tuple[str | None, str | None, str | None]]] = {
    # the moves; then appointmentConfirmationStatus, appointmentClosureCode and appointmentCancelled
    "booked": ([], (None, None, None)),
    "confirmed": (["confirm-appointment"], ("Confirmed", None, None)),
    "failed": (["fail-appointment"], ("Failed", None, None)),
    "completed": (["complete-appointment"], ("Confirmed", "FNR", "false")),
    "completed-as-confirmed": (["confirm-appointment", "complete-appointment"], ("Confirmed", "FNR", "false")),
    "cancelled": (["cancel-appointment"], (None, None, "true")),
    "cancelled-though-confirmed": (["confirm-appointment", "cancel-appointment"], ("Confirmed", None, "true")),
    "missed": (["miss-appointment"], (None, None, None)),
    "missed-though-confirmed": (["confirm-appointment", "miss-appointment"], ("Confirmed", None, None)),
}
"""The pages on confirmation, completion and cancellation; that on missed ones has an element of its own."""


@pytest.mark.parametrize(("moves", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_what_a_message_shows(moves: list[str], expected: tuple[str | None, str | None, str | None]) -> None:
    """The element of each page once it is so; whom nobody confirmed is not said to be confirmed."""
    ticket = ticket_of(visits=(visit(),))
    for move in moves:
        ticket.move_visit(VisitTrigger(move), closure_code="FNR" if move == "complete-appointment" else None)
    confirmation, code, cancelled = expected
    (one,) = ticket.visits
    assert one.message() == Appointment(
        appointment_reservation_key="KEY",
        appointment_date="2026-01-07",
        appointment_start_time="08:00",
        appointment_end_time="13:00",
        appointment_confirmation_status=confirmation,
        appointment_closure_code=code,
        appointment_cancelled=cancelled,
    )


def test_a_visit_of_which_only_the_key_is_known() -> None:
    """``appointment_keys: any``: date and times are left out."""
    assert Visit("KEY", None, None, None).message() == Appointment(appointment_reservation_key="KEY")


def test_only_one_code_says_that_the_fault_is_repaired() -> None:
    """FR; whatever else a visit ended with, and however it ended otherwise, the fault is still there."""
    completed = (visit(VisitState.COMPLETED, closure_code=code) for code in CLOSURE_CODES)
    assert [one.closure_code for one in completed if not one.in_vain] == ["FR"]


def test_the_closure_codes_are_the_texts() -> None:
    """Closure Code Reference, in its order; the action takes these and no others."""
    codes = ["FR", "FNR", "HAZ", "NA", "NAPUV", "ASQ", "NDT", "UNF", "MBORC", "FTA", "SREQ"]
    assert list(CLOSURE_CODES) == codes
    assert list(get_args(CompleteAppointment.model_fields["closure_code"].annotation)) == codes
