"""What `run` tells people: a line for each run, and of each failure all that it takes to act on it."""

import shlex
from collections.abc import Iterator, Sequence
from datetime import timedelta

from simulator.scenario.report import MOST_ENTRIES, Failure, Verdict
from simulator.timeline import Line, Timeline

_INDENT = "    "


def lines_of(verdict: Verdict, again: Sequence[str]) -> Iterator[Line]:
    """One run: a line, and below it what went wrong. ``again`` is the command that repeats it."""
    script, failure = verdict.script, verdict.failure
    if failure is None:
        yield "supplier", f"passed  {script.name:<52} {verdict.steps:>3} steps, {_span(verdict)}"
        return
    yield "refusal", f"FAILED  {script.name}"
    for line in failure_lines(verdict, failure):
        yield "refusal" if line.startswith(("expected", "found")) else "state", f"{_INDENT}{line}"
    yield "quiet", f"{_INDENT}the last of the journal:"
    for tone, text in journal_lines(verdict):
        yield tone, f"{_INDENT}  {text}"
    yield "state", f"{_INDENT}again     {shlex.join(again)}"


def failure_lines(verdict: Verdict, failure: Failure) -> list[str]:
    """What went wrong: where, what was expected, what was found."""
    told = [
        f"at        {place_of(verdict, failure)}  steps[{failure.step}]: {failure.does}",
        f"expected  {failure.expected}",
        f"found     {failure.found}",
        *([f"clock     {failure.at}"] if failure.at else []),
    ]
    return [_on_one_line(line) for line in told]


def place_of(verdict: Verdict, failure: Failure) -> str:
    """The step's place in its file."""
    return f"{verdict.script.file}:{failure.line}:{failure.column}"


def journal_lines(verdict: Verdict) -> list[Line]:
    """The end of the journal, as people read it."""
    timeline = Timeline()
    told = [line for entry in verdict.entries for line in timeline.lines(entry.as_json())]
    return told[-MOST_ENTRIES:]


def annotation(verdict: Verdict) -> str:
    """The failure as a GitHub workflow command: it shows up on the line of the file."""
    failure = verdict.failure
    if failure is None:
        return ""
    place = f"file={_property(verdict.script.file)},line={failure.line},col={failure.column}"
    told = "%0A".join(_data(" ".join(line.split())) for line in failure_lines(verdict, failure)[1:3])
    return f"::error {place},title={_property(verdict.script.name)}::{told}"


def harmless(line: str) -> str:
    """A line in which the runner of a GitHub workflow sees no command: it looks for the old form anywhere in it."""
    return line.replace("##[", "## [")


def summary(verdicts: Sequence[Verdict], planned: int, seconds: float) -> Line:
    """All runs in one line."""
    failed = sum(not one.passed for one in verdicts)
    skipped = f", {planned - len(verdicts)} not run" if planned > len(verdicts) else ""
    if failed or skipped:
        return "refusal", f"{failed} of {planned} failed{skipped}, in {seconds:.1f} s"
    return "state", f"{planned} passed in {seconds:.1f} s"


def _on_one_line(text: str) -> str:
    """What a buyer, or its trigger, has said can neither steer a terminal nor forge a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _span(verdict: Verdict) -> str:
    """How much time went by, simulated and real."""
    entries = verdict.entries
    passed = entries[-1].at - entries[0].at if entries else timedelta(0)
    days, rest = passed.days, passed.seconds
    hours, minutes = rest // 3600, rest % 3600 // 60
    told = f"{days} d {hours} h" if days else f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
    return f"{told} in {verdict.real:.2f} s"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
