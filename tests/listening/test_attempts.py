"""Attempts are counted for each message, and no more messages are remembered than there is room for."""

import pytest

from simulator.listening import attempts
from simulator.listening.attempts import Attempts


def test_attempts_of_one_message_are_counted() -> None:
    """Others begin at one."""
    counted = Attempts()
    assert [counted.count("/a", "CF-1", b"<x/>") for _ in range(3)] == [1, 2, 3]
    assert counted.count("/a", "CF-2", b"<x/>") == 1


def test_other_bytes_or_another_path_are_another_message() -> None:
    """Each environment of a simulator counts its ids from one."""
    counted = Attempts()
    came = [("/a", b"<x/>"), ("/b", b"<x/>"), ("/a", b"<y/>"), ("/a", b"<x/>")]
    assert [counted.count(path, "CF-1", body) for path, body in came] == [1, 1, 1, 2]


def test_the_one_that_came_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded; coming again counts as coming."""
    monkeypatch.setattr(attempts, "MOST_REMEMBERED", 2)
    counted = Attempts()
    assert [counted.count("/a", name, b"") for name in ("A", "B", "A", "C", "A", "B")] == [1, 1, 2, 1, 3, 1]
