"""The transcript: what two runs of one story have in common, in one order."""

import json
from datetime import UTC, datetime, timedelta

from simulator.core.journal import Entry
from simulator.core.transcript import lines

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
A, B = "~SPDEV1~A", "~SPDEV1~B"


def entry(seq: int, kind: str, ticket: str, cause: int = 0, at: datetime = NINE, **data: object) -> Entry:
    """An entry of a journal."""
    return Entry(seq, at, cause, kind, ticket, data)


def test_an_acknowledgement_and_a_request_may_swap() -> None:
    """At one instant, what became of deliveries stands behind all else, by number; seq and cause are left out."""
    one = [
        entry(1, "delivery-completed", A, delivery=1, status=200),
        entry(2, "notification-delivered", A, 1, delivery=1),
        entry(3, "request-received", A, operation="amendFaultReport"),
        entry(4, "request-answered", A, 3, status=200),
    ]
    other = [
        entry(1, "request-received", A, operation="amendFaultReport"),
        entry(2, "request-answered", A, 1, status=200),
        entry(3, "delivery-completed", A, delivery=1, status=200),
        entry(4, "notification-delivered", A, 3, delivery=1),
    ]
    at = '"at":"2026-01-05T09:00:00.000Z"'
    expected = [
        f'{{"ticket":"{A}",{at},"kind":"request-received","data":{{"operation":"amendFaultReport"}}}}',
        f'{{"ticket":"{A}",{at},"kind":"request-answered","data":{{"status":200}}}}',
        f'{{"ticket":"{A}",{at},"kind":"delivery-completed","data":{{"delivery":1,"status":200}}}}',
        f'{{"ticket":"{A}",{at},"kind":"notification-delivered","data":{{"delivery":1}}}}',
    ]
    assert expected == list(lines(one)) == list(lines(other))


def test_it_goes_ticket_by_ticket_and_instant_by_instant() -> None:
    """Two tickets whose lives are interleaved are told one after the other."""
    later = NINE + timedelta(hours=1)
    journal = [
        entry(1, "ticket-changed", B, 1),
        entry(2, "ticket-changed", A, 2),
        entry(3, "ticket-changed", A, 3, later),
        entry(4, "ticket-changed", B, 4, later),
    ]
    told = [json.loads(line) for line in lines(journal)]
    assert [(one["ticket"], one["at"][11:13]) for one in told] == [(A, "09"), (A, "10"), (B, "09"), (B, "10")]


def test_another_story_has_another_transcript() -> None:
    """The same entries at another instant, or with other data."""
    assert list(lines([entry(1, "bug", A, error="x")])) != list(lines([entry(1, "bug", A, error="y")]))
    assert list(lines([entry(1, "bug", A)])) != list(lines([entry(1, "bug", A, at=NINE + timedelta(seconds=1))]))
