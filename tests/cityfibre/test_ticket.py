"""The ticket: every state meets every trigger, and what is not allowed changes nothing."""

from datetime import UTC, datetime

import pytest

from simulator.cityfibre import TRANSITIONS
from simulator.cityfibre.messages import Update
from simulator.cityfibre.ticket import IllegalTransitionError, State, Trigger, address_of
from simulator.cityfibre.visits import Visit
from tests.drafts import ticket_of

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
LEGAL = {
    ("pending", "accept"): "accepted",
    ("pending", "reject"): "rejected",
    ("accepted", "open"): "open",
    ("accepted", "start"): "in-progress",
    ("accepted", "put-on-hold"): "on-hold",
    ("accepted", "resolve"): "resolved",
    ("accepted", "cancel"): "cancelled",
    ("open", "start"): "in-progress",
    ("open", "put-on-hold"): "on-hold",
    ("open", "resolve"): "resolved",
    ("open", "cancel"): "cancelled",
    ("in-progress", "put-on-hold"): "on-hold",
    ("in-progress", "resolve"): "resolved",
    ("in-progress", "cancel"): "cancelled",
    ("on-hold", "resume"): "in-progress",
    ("on-hold", "resolve"): "resolved",
    ("on-hold", "cancel"): "cancelled",
    ("resolved", "close"): "closed",
    ("resolved", "reopen"): "re-opened",
    ("re-opened", "start"): "in-progress",
    ("re-opened", "put-on-hold"): "on-hold",
    ("re-opened", "resolve"): "resolved",
    ("re-opened", "cancel"): "cancelled",
}
"""The table of contract §3, written out once more."""
PAIRS = [(state, trigger) for state in State for trigger in Trigger]
IDS = [f"{state}-{trigger}" for state, trigger in PAIRS]


def test_the_table_is_the_contracts() -> None:
    """No more and no less may happen."""
    table = {(state, trigger): after for state, ways in TRANSITIONS.items() for trigger, after in ways.items()}
    assert table == {(State(state), Trigger(trigger)): State(after) for (state, trigger), after in LEGAL.items()}


@pytest.mark.parametrize(("state", "trigger"), PAIRS, ids=IDS)
def test_a_trigger_in_a_state(state: State, trigger: Trigger) -> None:
    """What is allowed leads where the table says and leaves one line; what is not changes nothing at all."""
    ticket, before = ticket_of(state), ticket_of(state)
    expected = LEGAL.get((state.value, trigger.value))
    assert ticket.allows(trigger) == (expected is not None)
    if expected is None:
        with pytest.raises(IllegalTransitionError, match=f"a ticket that is {state} can't {trigger}; allowed: "):
            ticket.apply(trigger, AT, "a reason")
        assert ticket == before
        return
    assert ticket.apply(trigger, AT) == state
    assert (ticket.state.value, len(ticket.updates)) == (expected, 1)
    assert ticket.updates[0].updated_time == "2026-01-05T09:30:00.000Z"


@pytest.mark.parametrize("state", State)
def test_terminal_states(state: State) -> None:
    """Three of them; such a ticket refuses to be amended, and stays as it is."""
    ticket, before = ticket_of(state), ticket_of(state)
    assert ticket.terminal == (state.value in {"closed", "rejected", "cancelled"})
    if ticket.terminal:
        with pytest.raises(IllegalTransitionError, match=f"a ticket that is {state} is not amended"):
            ticket.describe_again(description="changed")
        assert ticket == before
    else:
        ticket.describe_again(description="changed")
        assert ticket.reported.description == "changed"
        assert ticket.reported.type == "Impaired Service"


@pytest.mark.parametrize(
    ("state", "trigger", "reason", "expected"),
    [
        (State.PENDING, Trigger.ACCEPT, "", ("Accepted", "seller")),
        (State.PENDING, Trigger.REJECT, "no data", ("Rejected - no data", "seller")),
        (State.ACCEPTED, Trigger.START, "", ("In progress", "seller")),
        (State.ON_HOLD, Trigger.RESUME, "", ("In progress again", "seller")),
        (State.IN_PROGRESS, Trigger.RESOLVE, "fixed", ("Resolved - fixed", "seller")),
        (State.RESOLVED, Trigger.REOPEN, "still slow", ("Re-opened - still slow", "buyer")),
        (State.RESOLVED, Trigger.CLOSE, "", ("Closed", "seller")),
    ],
    ids=lambda value: str(value) if isinstance(value, Trigger) else None,
)
def test_the_line_of_history(state: State, trigger: Trigger, reason: str, expected: tuple[str, str]) -> None:
    """Words with the reason behind them, and whose doing it was."""
    ticket = ticket_of(state)
    ticket.apply(trigger, AT, reason)
    (line,) = ticket.updates
    assert (line.description, line.updated_by) == expected
    assert ticket.status_reason == (reason or None)


def test_a_cancellation_may_be_the_buyers() -> None:
    """By an amend (R25); the supplier's own is the seller's."""
    ticket = ticket_of(State.ACCEPTED)
    ticket.apply(Trigger.CANCEL, AT, by="buyer")
    assert ticket.updates[0].updated_by == "buyer"


def test_a_later_change_without_a_reason_forgets_the_earlier_one() -> None:
    """The reason is the present state's."""
    ticket = ticket_of(State.RESOLVED, status_reason="fixed")
    ticket.apply(Trigger.REOPEN, AT)
    assert ticket.status_reason is None


def test_history_is_appended_to() -> None:
    """Oldest first; what was there stays there."""
    first = Update(description="Created", updated_by="buyer", updated_time="2026-01-05T09:00:00.000Z")
    ticket = ticket_of(updates=(first,))
    ticket.note("Called", "seller", AT)
    assert [line.description for line in ticket.updates] == ["Created", "Called"]
    assert ticket.updates[0] is first


def test_the_appointment_in_force_is_the_last() -> None:
    """Earlier ones stay in the picture."""
    assert ticket_of().appointment_key == ""
    taken = tuple(Visit(key, None, None, None) for key in ("OLD", "NEW"))
    assert ticket_of(visits=taken).appointment_key == "NEW"


@pytest.mark.parametrize(
    ("buyer", "reference", "expected"),
    [
        ("SPDEV1", "REF-1", "~SPDEV1~REF-1"),
        ("A~B", "C", "~A=7EB~C"),
        ("A", "B~C", "~A~B~C"),
        ("A", "", "~A~"),
    ],
    ids=["plain", "tilde-in-the-buyer", "tilde-in-the-reference", "no-reference"],
)
def test_addresses(buyer: str, reference: str, expected: str) -> None:
    """Only the buyer's tilde is escaped: the first one that is left ends the buyer."""
    assert address_of(buyer, reference) == expected


def test_no_two_tickets_share_an_address() -> None:
    """Whatever buyers are called."""
    buyers = ["A", "A~B", "A%7EB", "A=7EB", "A=", "=7E", "~", "=", "A=3D7EB"]
    references = ["", "~", "B~", "%7E", "x"]
    addresses = {address_of(buyer, reference) for buyer in buyers for reference in references}
    assert len(addresses) == len(buyers) * len(references)
