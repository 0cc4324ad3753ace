"""Books and drafts: a draft changes nothing before it is committed, and then all of it."""

from copy import deepcopy
from datetime import date, time, timedelta

import pytest

from simulator.cityfibre.books import MOST_MESSAGE_IDS, Books, Draft
from simulator.cityfibre.diary import Reservation, Slot
from simulator.cityfibre.ticket import State, Trigger, address_of
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.inputs import Timer
from tests.drafts import NOW, basis, draft_of, ticket_of

SLOT = Slot(date(2026, 1, 7), time(8), time(13))


def reservation(key: str = "KEY") -> Reservation:
    """A slot held for twelve hours."""
    until = NOW + timedelta(hours=12)
    return Reservation(key=key, buyer="SPDEV1", address="10002491172", region="MK", slot=SLOT, valid_until=until)


def with_ticket(books: Books, buyer: str = "SPDEV1", reference: str = "REF-1", number: int = 1) -> None:
    """Commit a ticket of that name."""
    draft = draft_of(books)
    draft.add(ticket_of(number=number, buyer=buyer, buyer_reference=reference))
    draft.commit()


def test_a_draft_that_is_thrown_away_leaves_no_trace() -> None:
    """Tickets, reservations, slots, counters and message ids are as they were."""
    books = Books()
    with_ticket(books)
    draft = draft_of(books)
    draft.hold(reservation())
    draft.commit()
    before = deepcopy(books)
    thrown = draft_of(books)
    thrown.edit(1).apply(Trigger.ACCEPT, NOW)
    thrown.add(ticket_of(number=2, buyer_reference="REF-2"))
    thrown.hold(reservation("SECOND"))
    thrown.release(reservation())
    thrown.count("ticket")
    thrown.remember_message("SPDEV1", "MSG-1")
    assert books == before


def test_a_committed_draft_is_all_there() -> None:
    """And found by each of its names."""
    books = Books()
    draft = draft_of(books)
    ticket = ticket_of(State.ACCEPTED, maintainer_reference="CS0000007")
    draft.add(ticket)
    draft.hold(reservation())
    assert (draft.count("ticket"), draft.count("ticket"), draft.count("other")) == (1, 2, 1)
    draft.commit()
    assert books.find("SPDEV1", "REF-1") is ticket
    assert books.find_address("CS0000007") is ticket
    assert books.find_address("~SPDEV1~REF-1") is ticket
    assert (books.counters, books.taken) == ({"ticket": 2, "other": 1}, {("MK", SLOT): 1})
    assert draft_of(books).count("ticket") == 3


@pytest.mark.parametrize("name", ["~SPDEV1~REF-2", "~SPDEV2~REF-1", "CS0000001", "", "~", "~~", "SPDEV1~REF-1"])
def test_an_unknown_name_finds_nothing(name: str) -> None:
    """No exception, no other ticket."""
    books = Books()
    with_ticket(books)
    assert books.find_address(name) is None


@pytest.mark.parametrize("buyer", ["A~B", "A%7EB", "A=7EB", "~", "=", "=7E", "A=3D7EB", "a b", "é"])
def test_every_ticket_is_found_at_its_address(buyer: str) -> None:
    """Its timers carry the address; a ticket that is not found there would never be accepted."""
    books = Books()
    references = ["R", "~", "a~b", "=7E", "~~"]
    for number, reference in enumerate(references, start=1):
        with_ticket(books, buyer, reference, number)
    found = [books.find_address(address_of(buyer, reference)) for reference in references]
    assert [ticket and ticket.number for ticket in found] == [1, 2, 3, 4, 5]


def test_editing_twice_edits_the_same_copy() -> None:
    """The books' own ticket stays untouched until the commit."""
    books = Books()
    with_ticket(books)
    draft = draft_of(books)
    draft.edit(1).service = "S30001"
    draft.edit(1).priority_level = "1"
    assert (books.tickets[1].service, books.tickets[1].priority_level) == ("S21709", None)
    draft.commit()
    assert (books.tickets[1].service, books.tickets[1].priority_level) == ("S30001", "1")


def test_a_hold_takes_a_place_and_sets_a_timer() -> None:
    """One that the auto clock does not jump to."""
    draft = draft_of()
    draft.hold(reservation())
    assert draft.taken("MK", SLOT) == 1
    assert draft.taken("YORK", SLOT) == 0
    assert draft.effects == [SetTimer(Timer("hold-expiry", "KEY", under=""), NOW + timedelta(hours=12), driving=False)]


def test_a_spent_key_stays_taken_and_forgets_its_timer() -> None:
    """It is the ticket's now, beyond the end of the hold."""
    draft = draft_of()
    draft.hold(reservation())
    draft.spend(reservation(), ticket_of(number=7))
    held = draft.reservation("KEY")
    assert held is not None
    assert (held.ticket, held.usable(NOW), draft.taken("MK", SLOT)) == (7, False, 1)
    assert draft.effects[1:] == [CancelTimer(Timer("hold-expiry", "KEY", under=""))]


def test_a_released_slot_is_free_once() -> None:
    """Releasing it again gives nothing back."""
    draft = draft_of()
    draft.hold(reservation())
    for _ in range(2):
        held = draft.reservation("KEY")
        assert held is not None
        draft.release(held)
        assert draft.taken("MK", SLOT) == 0
    released = draft.reservation("KEY")
    assert released is not None
    assert not released.usable(NOW)


@pytest.mark.parametrize(("passed", "usable"), [(0, True), (12 * 3600 - 0.001, True), (12 * 3600, False)])
def test_a_hold_is_usable_until_its_last_millisecond(passed: float, usable: bool) -> None:  # noqa: FBT001 - a row
    """At valid-until itself it is over."""
    assert reservation().usable(NOW + timedelta(seconds=passed)) == usable


def test_message_ids_are_remembered_by_buyer() -> None:
    """R19: only the same buyer's same id is a repetition."""
    books = Books()
    seen = []
    for buyer, message_id in (("A", "1"), ("A", "2"), ("B", "1"), ("A", "1")):
        draft = draft_of(books)
        seen.append(draft.remember_message(buyer, message_id))
        draft.commit()
    assert seen == [True, True, True, False]


def test_message_ids_are_bounded() -> None:
    """The oldest go."""
    books = Books()
    what = basis()
    for number in range(MOST_MESSAGE_IDS + 2):
        draft = Draft(books, what, NOW, number)
        draft.remember_message("A", str(number))
        draft.commit()
    assert len(books.message_ids) == MOST_MESSAGE_IDS
    assert next(iter(books.message_ids)) == ("A", "2")


def test_a_warning_is_said_once_of_one_message() -> None:
    """Whatever a message holds thousands of, the journal hears of it once; another field is another warning."""
    draft = draft_of(Books())
    for _ in range(1000):
        draft.warn("§3", "attachments", "blank")
        draft.warn("§3", "attachments/attachment", "blank")

    assert ["attachments", "attachments/attachment"] == [note.data["field"] for note in draft.notes]
