"""The table of faults: what each takes, when one that was set is met, and what is kept when there are too many."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from simulator.cityfibre import FAULTS, NOTIFICATIONS, OPERATIONS
from simulator.cityfibre.faults import OF_NOTIFICATIONS, OF_REQUESTS, TURN_AWAY, Active, OperationName
from simulator.cityfibre.injecting import MOST_FAULTS, meet, remove_fault, set_fault
from simulator.cityfibre.ticket import State
from simulator.core.engine import Refusal
from tests.drafts import NOW, draft_of, ticket_of

ONE = "~SPDEV1~REF-1"


def active(kind: str = "drop", ticket: str = "", **said: Any) -> Active:  # noqa: ANN401 - any parameter
    return Active(1, kind, FAULTS[kind].model_validate(said), NOW, ticket)


def fits(one: Active, name: str, ticket: str = ONE, minutes: float = 0) -> bool:
    return one.fits(OF_NOTIFICATIONS, name, ticket, NOW + timedelta(minutes=minutes))


def test_the_names_are_those_that_there_are() -> None:
    """Of operations, which the table can't import, and of notifications."""
    assert get_args(OperationName) == tuple(OPERATIONS)
    assert list(FAULTS) == [*OF_REQUESTS, *OF_NOTIFICATIONS]
    assert set(TURN_AWAY) < set(OF_REQUESTS)
    every = [one.name for one in NOTIFICATIONS]
    assert FAULTS["drop"].model_validate({"on": every}).model_dump()["on"] == tuple(every)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("drop", {"nth": 0}),
        ("drop", {"times": 0}),
        ("drop", {"probability": 0}),
        ("drop", {"probability": 1.1}),
        ("drop", {"probability": float("nan")}),
        ("drop", {"lasts": "12:30"}),
        ("drop", {"starts_in": -1}),
        ("drop", {"on": ["resolved", "nothing"]}),
        ("drop", {"on": "addFaultReport"}),
        ("drop", {"after": "closed"}),
        ("duplicate", {"after": "nothing"}),
        ("delay", {}),
        ("outage", {}),
        ("outage", {"lasts": "PT0S"}),
        ("latency", {"milliseconds": 0}),
        ("latency", {"milliseconds": 60_001}),
        ("unavailable", {"retry_after": -1}),
        ("wrong-content-type", {"content_type": "text/html\r\nX-Forged: 1"}),
        ("wrong-content-type", {"content_type": ""}),
        ("wrong-content-type", {"content_type": "t\u00e9xt/html"}),
    ],
)
def test_what_a_fault_does_not_take(kind: str, said: dict[str, object]) -> None:
    """Nothing that could not be meant, and nothing that would forge a header."""
    with pytest.raises(ValidationError):
        FAULTS[kind].model_validate(said)


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ({}, 1),
        ({"times": 3}, 3),
        ({"lasts": "PT1H"}, 1_000_000),
        ({"probability": 0.5}, 1_000_000),
        ({"lasts": "PT1H", "times": 2}, 2),
    ],
)
def test_how_often_it_is_injected_at_most(said: dict[str, Any], most: int) -> None:
    """Once, unless a span or chance says how often."""
    assert active(**said).fault.most == most


def test_which_messages_it_counts() -> None:
    """By name, ticket and time; nothing once it is spent."""
    assert fits(active(), "closed")
    assert fits(active(on="closed"), "closed")
    assert not fits(active(on="closed"), "open")
    assert fits(active(ticket=ONE), "closed")
    assert not fits(active(ticket="~SPDEV1~REF-2"), "closed")
    assert not fits(active("unavailable"), "closed")
    spanned = active(starts_in="PT10M", lasts="PT10M")
    assert [fits(spanned, "closed", minutes=at) for at in (9.99, 10, 19.99, 20)] == [False, True, True, False]
    spent = Active(1, "drop", FAULTS["drop"](), NOW, injected=1)
    assert (spent.spent, fits(spent, "closed")) == (True, False)


def test_the_first_that_is_drawn_is_injected_and_all_are_counted() -> None:
    """One message meets one fault, and the journal tells it."""
    draft = draft_of()
    for kind, said in (("drop", {"nth": 2}), ("stale", {"times": 2}), ("delay", {"by": "PT1H", "on": "open"})):
        assert set_fault(kind, FAULTS[kind].model_validate(said), "", draft) is None
    met = [meet(OF_NOTIFICATIONS, "closed", ONE, draft, delivery=number) for number in (1, 2, 3)]
    assert [one.kind if one else None for one in met] == ["stale", "drop", "stale"]
    assert [(one.met, one.injected) for one in draft.faults] == [(2, 1), (3, 2), (0, 0)]
    told = [note.data for note in draft.notes if note.kind == "fault-injected"]
    assert told[0] == {"fault": 2, "kind": "stale", "on": "closed", "delivery": 1}


def test_too_many_are_refused_and_the_past_makes_room() -> None:
    """What is over, or of a ticket that has ended, goes first."""
    draft = draft_of()
    draft.add(ticket_of(State.CLOSED))
    plain = FAULTS["drop"]()
    for ticket in [ONE, *[""] * (MOST_FAULTS - 1)]:
        assert set_fault("drop", plain, ticket, draft) is None
    assert set_fault("drop", plain, "", draft) is None  # in the place of the closed ticket's
    assert isinstance(refused := set_fault("drop", plain, "", draft), Refusal)
    assert refused.reason == "1000 faults are set already; remove some first"
    assert len(draft.faults) == MOST_FAULTS
    assert meet(OF_NOTIFICATIONS, "open", "~A~B", draft) is not None  # which is spent now
    assert set_fault("drop", plain, "", draft) is None


def test_only_what_is_set_can_be_removed() -> None:
    """By its number."""
    draft = draft_of()
    set_fault("drop", FAULTS["drop"](), "", draft)
    assert isinstance(remove_fault(2, draft), Refusal)
    assert remove_fault(1, draft) is None
    assert draft.faults == ()
