"""The verdict on one run of a script, read off the journal, in words that say what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator.core.instants import format_instant
from simulator.core.journal import Entry
from simulator.scenario.loader import Script

MOST_ENTRIES = 20
"""The last entries of the journal that a failure shows."""
NOT_TAKEN = frozenset({"notification-dead-lettered"})


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: at which step (its index and place in the file; the first where it is none's), and how.

    ``expected`` and ``found`` are sentences without their full stop.
    """

    step: int
    line: int
    column: int
    does: str
    expected: str
    found: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one run ended, after how many steps; ``real`` is how many seconds it took in truth."""

    script: Script
    failure: Failure | None
    entries: Sequence[Entry]
    steps: int
    real: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether all went as the script has it."""
        return self.failure is None


def verdict(script: Script, journal: Iterable[Entry], *, trouble: str = "", real: float = 0.0) -> Verdict:
    """Judge a run by its journal. ``trouble`` is what kept it from its end, if anything did."""
    entries = list(journal)
    steps = sum(one.kind == "script-step" for one in entries)
    return Verdict(script, _failure(script, entries, steps, trouble), entries, steps, real)


def _failure(script: Script, entries: list[Entry], steps: int, trouble: str) -> Failure | None:
    done = 0
    for entry in entries:
        done += entry.kind == "script-step"
        if entry.kind == "bug":
            return _at_step(script, done, "no bug of the simulator's own", str(entry.data["error"]), entry)
        if entry.kind == "script-failed":
            place = {name: entry.data[name] for name in ("step", "line", "column", "does", "expected", "found")}
            return Failure(**place, at=format_instant(entry.at))  # type: ignore[arg-type]
        if entry.kind in NOT_TAKEN:
            reason = f"{entry.data['notification']}: {entry.data['reason']}{_how_often(entry, entries)}"
            return _at_step(script, done, "the buyer takes each notification", reason, entry)
    if trouble:
        return _at_step(script, steps, "the script comes to its end", trouble, entries[-1] if entries else None)
    return None


def _how_often(entry: Entry, entries: list[Entry]) -> str:
    """How often it was tried; and how it would be tried again, for who expects that."""
    attempts = entry.data["attempts"]
    if attempts != 1:
        return f" (given up after {attempts} attempts)"
    if any(one.kind == "notification-refused" and one.cause == entry.cause for one in entries):
        return ""  # which is final in any case
    return " (a run tries once, unless given.settings.delivery.retry says when to try again)"


def _at_step(script: Script, steps: int, expected: str, found: str, entry: Entry | None) -> Failure:
    """A failure that is no step's own: it is told at the step at hand."""
    index = min(steps, len(script.steps) - 1)
    line, column = script.positions[index]
    at = format_instant(entry.at) if entry else ""
    return Failure(index, line, column, str(script.steps[index]), expected, found, at)
