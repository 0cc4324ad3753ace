"""The journal: numbered without a gap, kept within bounds, read from any point, and written the same every time."""

import json
from datetime import UTC, datetime

import pytest

from simulator.core.journal import MOST_ENTRIES, Entry, Journal, Note

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def filled(count: int, most: int = MOST_ENTRIES) -> Journal:
    journal = Journal(most)
    for number in range(count):
        journal.append(NINE, 0, Note("note", "", {"number": number}))
    return journal


def numbers(entries: list[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_entries_are_numbered_from_1() -> None:
    """The number is said, and what comes next is known before."""
    journal = Journal()
    assert (1, 1, 0) == (journal.next_seq, journal.first_seq, len(journal))

    said = [journal.append(NINE, cause, Note("note", "A", {})) for cause in (0, 1, 1)]

    assert [1, 2, 3] == said
    assert (4, 1, 3) == (journal.next_seq, journal.first_seq, len(journal))
    assert [(1, 0), (2, 1), (3, 1)] == [(entry.seq, entry.cause) for entry in journal]


def test_an_entry_keeps_what_it_was_given() -> None:
    """Instant, cause, kind, ticket and data."""
    journal = Journal()
    journal.append(NINE, 7, Note("ticket-added", "CS0000001", {"service": "S1"}))

    assert [Entry(1, NINE, 7, "ticket-added", "CS0000001", {"service": "S1"})] == list(journal)


def test_beyond_its_bound_the_oldest_entries_go() -> None:
    """Numbers go on, and the first that is kept is known."""
    journal = filled(10, most=4)

    assert [7, 8, 9, 10] == numbers(list(journal))
    assert (11, 7, 4) == (journal.next_seq, journal.first_seq, len(journal))


def test_a_million_entries_are_kept() -> None:
    """The bound is a named constant."""
    assert 1_000_000 == MOST_ENTRIES


def test_long_messages_make_the_oldest_entries_go_sooner() -> None:
    """However few they are; the newest stays, even where it alone is too long."""
    journal = Journal(most_characters=10)
    for body in ("aaaa", "bbbb", "", "cccc"):
        journal.append(NINE, 0, Note("note", "", {"body": body}))
    assert [2, 3, 4] == numbers(list(journal))
    journal.append(NINE, 0, Note("note", "", {"body_base64": "d" * 20}))
    assert [5] == numbers(list(journal))
    journal.append(NINE, 0, Note("note", "", {"number": 1}))
    assert [6] == numbers(list(journal))


SHAPES = [(count, most) for count in range(9) for most in (1, 2, 3, 5, 8, MOST_ENTRIES)]


@pytest.mark.parametrize(("count", "most"), SHAPES, ids=[f"{count} of {most}" for count, most in SHAPES])
def test_any_part_can_be_read_whatever_is_left(count: int, most: int) -> None:
    """Behind any number up to the last and of any length it is as slicing a list would have it, truncated or not."""
    journal = filled(count, most)
    kept = list(journal)

    for after in range(-2, count + 1):
        for limit in range(count + 2):
            expected = [entry.seq for entry in kept if entry.seq > after][:limit]
            assert expected == numbers(journal.after(after, limit)), (after, limit)


@pytest.mark.parametrize("beyond", [1, 2, 100, 2**53])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_behind_the_end_there_is_nothing(count: int, beyond: int) -> None:
    """A reader that was ahead, for one whose environment was reset since, finds an empty list."""
    assert [] == filled(count).after(count + beyond, 10)


def test_an_entry_is_written_in_one_order_on_one_line() -> None:
    """Compact, with line ends escaped and other letters as they are: two equal runs are equal to the byte."""
    journal = Journal()
    journal.append(NINE, 0, Note("request-received", "", {"operation": "addFaultReport", "body": "<a>\n\té😀</a>"}))
    journal.append(NINE, 1, Note("bug", "A", {"status": None, "good": False, "count": 2}))

    assert [
        (
            '{"seq":1,"at":"2026-01-05T09:00:00.000Z","cause":0,"kind":"request-received","ticket":"",'
            '"data":{"operation":"addFaultReport","body":"<a>\\n\\té😀</a>"}}'
        ),
        (
            '{"seq":2,"at":"2026-01-05T09:00:00.000Z","cause":1,"kind":"bug","ticket":"A",'
            '"data":{"status":null,"good":false,"count":2}}'
        ),
    ] == list(journal.lines())


def test_a_line_reads_back_as_the_entry() -> None:
    """In the order of its keys."""
    entry = Entry(3, NINE, 2, "warning", "A", {"b": [1, {"c": "\u2028"}], "a": ""})

    assert list(entry.as_json().items()) == list(json.loads(entry.as_line()).items())
    assert "\n" not in entry.as_line()
