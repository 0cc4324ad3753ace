"""Printing in a thread of its own: lines come in order, and who does not read them holds up nobody."""

from threading import Event

import pytest

from simulator import printing
from simulator.printing import Printer


def lost(number: int) -> str:
    return f"{number} lost"


def test_lines_are_printed_in_order() -> None:
    """All that wait are, before it ends."""
    said: list[str] = []
    printer = Printer(said.append, lost)
    for number in range(100):
        printer.put(str(number))
    printer.close()
    assert said == [str(number) for number in range(100)]


def test_what_there_is_no_room_for_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader stands still for a while; then it is told how much it has missed."""
    monkeypatch.setattr(printing, "MOST_LINES_WAITING", 2)
    said: list[str] = []
    begun, goes_on, caught_up = Event(), Event(), Event()

    def say(line: str) -> None:
        begun.set()
        goes_on.wait(5)
        said.append(line)
        if line == "c":
            caught_up.set()

    printer = Printer(say, lost)
    printer.put("a")
    assert begun.wait(5)
    for line in ("b", "c", "d", "e"):
        printer.put(line)
    goes_on.set()
    assert caught_up.wait(5)
    printer.put("f")
    printer.close()
    assert said == ["a", "b", "c", "2 lost", "f"]


def test_a_closed_terminal_ends_printing_alone() -> None:
    """What puts lines meets no error."""

    def say(_line: str) -> None:
        raise BrokenPipeError

    printer = Printer(say, lost)
    printer.put("a")
    printer.put("b")
    printer.close()
