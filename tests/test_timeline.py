"""The timeline: what a buyer wrote neither steers a terminal nor forges a line."""

import pytest

from simulator.timeline import Timeline
from tests.sessions import every_kind

TOLD = """
Mon 05 Jan 09:00:00 →  a file                         404
                        ✗ file-unknown: nobody has announced a file under that address
Mon 05 Jan 09:00:00 →  file a.jpg                     3 bytes  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ●  the supplier says: On our way.
Mon 05 Jan 09:00:00 ←  amended                        CF-00004  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ●  triage complete: Splice
Mon 05 Jan 09:00:00 ←  triage                         CF-00005  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ●  the appointment is confirmed  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ←  appointment-confirmation       CF-00006  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ●  the appointment is completed (FR)  SPDEV1 REF-1
Mon 05 Jan 09:00:00 ←  appointment-completed          CF-00007  SPDEV1 REF-1
"""


@pytest.mark.parametrize("evil", ["\x1b]0;title\x07", "a\nTue 06 Jan", "\u202e", "\x9b2J"])
def test_only_what_can_be_printed_is_printed(evil: str) -> None:
    """Each such character is a question mark; the line stays one line."""
    timeline = Timeline()
    entry = {"seq": 1, "at": "2026-01-05T09:00:00.000Z", "cause": 0, "kind": "request-received", "ticket": ""}
    assert list(timeline.lines({**entry, "data": {"operation": evil}})) == []
    answered = {**entry, "seq": 2, "cause": 1, "kind": "request-answered", "ticket": f"~A~{evil}"}
    ((_, line),) = timeline.lines({**answered, "data": {"status": 201}})
    assert line.isprintable()
    assert line.startswith("Mon 05 Jan 09:00:00 →  ")
    assert "?" in line


def test_every_kind_of_entry_can_be_told() -> None:
    """A session in which each occurs: every line is one, and the moves of the supplier read like this."""
    timeline = Timeline()
    lines = [line for entry in every_kind() for _, line in timeline.lines(entry.as_json())]
    assert len(lines) > 40
    assert all(line.isprintable() for line in lines)
    assert TOLD in "\n".join(lines)
    assert "Mon 05 Jan 10:00:00    ! the SLA is exceeded  SPDEV1 REF-2" in lines


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("notification-delivered", {"attempt": 1}, []),
        ("notification-delivered", {"attempt": 3}, ["   ✓ closed, attempt 3, is taken by the buyer  A B"]),
        (
            "notification-delivered",
            {"attempt": 1, "made_at": "2026-01-05T08:00:00.000Z"},
            ["   ✓ closed is taken by the buyer, made Mon 05 Jan 08:00:00  A B"],
        ),
        (
            "notification-delivered",
            {"attempt": 2, "again": "duplicate"},
            ["   ✓ the duplicate of closed is taken by the buyer  A B"],
        ),
        (
            "notification-failed",
            {"attempt": 1, "reason": "HTTP 500", "retry_at": "2026-01-05T09:00:30.000Z"},
            ["   ! closed was not taken by the buyer: HTTP 500; again at Mon 05 Jan 09:00:30  A B"],
        ),
        (
            "notification-failed",
            {"attempt": 9, "reason": "HTTP 500", "again": "redelivery"},
            ["   ! the redelivery of closed was not taken by the buyer: HTTP 500  A B"],
        ),
        (
            "notification-dead-lettered",
            {"attempts": 8},
            ["   ✗ closed is given up after 8 attempts: a dead letter  A B"],
        ),
        (
            "steered",
            {"command": "redeliver", "parameters": {"delivery": 4}},
            ["●  delivery 4 is to be sent again  A B"],
        ),
        ("steered", {"command": "pause-buyer", "parameters": {"buyer": "A", "paused": True}}, ["●  A is paused"]),
        ("steered", {"command": "pause-buyer", "parameters": {"buyer": "A", "paused": False}}, ["●  A is resumed"]),
        ("steered", {"command": "close", "parameters": {}}, []),
        (
            "fault-set",
            {"fault": 2, "kind": "drop", "parameters": {"on": ["closed", "open"], "times": 2}},
            ["⚡ fault 2 is set: drop (on: closed open, times: 2)  A B"],
        ),
    ],
)
def test_how_deliveries_and_faults_are_told(kind: str, data: dict[str, object], expected: list[str]) -> None:
    """What came at once is told by having been made; all else has a line at its own instant."""
    told = {"delivery": 1, "notification": "closed", "reason": "", **data}
    entry = {"seq": 1, "at": "2026-01-05T09:00:00.000Z", "cause": 0, "kind": kind, "ticket": "~A~B", "data": told}
    assert [line for _, line in Timeline().lines(entry)] == [f"Mon 05 Jan 09:00:00 {line}" for line in expected]
