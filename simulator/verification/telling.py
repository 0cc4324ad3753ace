"""A verification in words, for whoever reads them in a terminal: what is expected, and why it does not hold."""

from collections.abc import Callable, Sequence

from simulator.core.instants import format_duration, format_instant
from simulator.scenario.matching import Difference, in_words
from simulator.scenario.message import paths
from simulator.verification import selecting
from simulator.verification.expectation import Expectation
from simulator.verification.judging import Judge
from simulator.verification.messages import Hide, Opened, called
from simulator.verification.verdict import Inquiry, Near, Tally, Trouble, Verdict
from simulator.wire.complaints import MOST_NAMED, on_one_line

MOST_DIFFERENCES = 20
"""Differences of one message that are told."""
MOST_IN_WORDS = 3
"""Differences, seqs and expectations that one sentence tells."""
BLANKED = "***"


def expected(judge: Judge) -> str:
    """What is expected."""
    expectation = judge.expectation
    told = called(expectation.kind, expectation.name)
    told += f" of {judge.ticket}" if judge.ticket is not None else ""
    inside = [f"{'.'.join(path)} {in_words(value)}" for path, value in paths(judge.wanted)]
    inside += [selecting.in_words(selection) for selection in expectation.xpath]
    told += f" with {', '.join(inside)}" if inside else ""
    around = [word for said, word in _around(expectation) if said]
    return f"{', '.join([told, *around])}: {_how_many(expectation)}"


def _around(expectation: Expectation) -> list[tuple[bool, str]]:
    return [
        (expectation.status is not None, f"answered {expectation.status}"),
        (expectation.refused_by is not None, f"refused by {expectation.refused_by}"),
        (expectation.demands_taken, "taken"),
        (expectation.delivered is True, "delivered"),
        (expectation.delivered is False, "not taken by the buyer"),
    ]


def _how_many(expectation: Expectation) -> str:
    if expectation.never_within is not None:
        return f"never within {format_duration(expectation.never_within)}"
    if expectation.exactly is not None:
        return f"exactly {expectation.exactly}"
    least = f"at least {expectation.least}" if expectation.least else ""
    most = f"at most {expectation.most}" if expectation.most is not None else ""
    return " and ".join(one for one in (least, most) if one)


def nearest(tally: Tally, verdict: Verdict, hide: Hide) -> list[Near]:
    """The messages that nearly fit, where too few do; what must not be told is blanked."""
    return [_blanked(one, tally.judge, hide) for one in tally.nearest] if verdict.trouble == "too few" else []


def _blanked(near: Near, judge: Judge, hide: Hide) -> Near:
    """The same differences, as they are found in a message with its secrets blanked."""
    if hide(near.message.body) == near.message.body:
        return near
    found = {(one.field, one.expected): one.found for one in judge.differences(Opened(near.message, hide))}
    told = [
        Difference(one.field, one.expected, found.get((one.field, one.expected), BLANKED)) for one in near.differences
    ]
    return Near(near.message, told)


def why(inquiry: Inquiry, index: int, verdict: Verdict, near: Sequence[Near]) -> str:
    """Why an expectation does not hold; empty where it does."""
    tell = _WHY.get(verdict.trouble)
    return tell(inquiry, index, verdict, near) if tell else ""


def _too_few(inquiry: Inquiry, index: int, verdict: Verdict, near: Sequence[Near]) -> str:
    tally = inquiry.tallies[index]
    expectation = tally.judge.expectation
    name, least = called(expectation.kind, expectation.name), expectation.least
    if verdict.early:
        return f"{_early(verdict)}; expected {least} after that, found {len(verdict.taken)}"
    if not tally.came:
        others = ", ".join(f"{on_one_line(kind)} ({n})" for kind, n in inquiry.kinds.most_common(MOST_NAMED))
        return f"no {name} has come; there was {others}" if others else f"no {name} has come, nor anything else"
    if verdict.taken:
        told = f"of {tally.came} {name} that came, {_fit(verdict.taken)}; expected {least} that do"
    else:
        told = f"none of {tally.came} {name} that came fits"
    return f"{told}; the nearest is {_in_words(near[0])}" if near else told


def _too_many(inquiry: Inquiry, index: int, verdict: Verdict, _near: Sequence[Near]) -> str:
    most = inquiry.tallies[index].judge.expectation.most or 0
    return f"too many: {len(verdict.taken)} fit, expected {most} at most; the surplus is {_seqs(verdict.taken[most:])}"


def _out_of_order(_inquiry: Inquiry, _index: int, verdict: Verdict, _near: Sequence[Near]) -> str:
    return _early(verdict)


def _came(inquiry: Inquiry, index: int, verdict: Verdict, _near: Sequence[Near]) -> str:
    return f"{_fit(verdict.taken)}, and came before {_end(inquiry, index)}"


def _open(inquiry: Inquiry, index: int, _verdict: Verdict, _near: Sequence[Near]) -> str:
    return f"open: none has come yet, but the span ends at {_end(inquiry, index)} of simulated time; advance the clock"


_WHY: dict[Trouble, Callable[[Inquiry, int, Verdict, Sequence[Near]], str]] = {
    "too few": _too_few,
    "too many": _too_many,
    "out of order": _out_of_order,
    "came": _came,
    "open": _open,
}


def _end(inquiry: Inquiry, index: int) -> str:
    until = inquiry.until(index)
    return format_instant(until) if until is not None else "the end"


def _early(verdict: Verdict) -> str:
    behind = f"#{verdict.behind}, which an expectation before it has taken"
    return f"out of order: {_fit(verdict.early)}, but came before {behind}"


def _fit(seqs: Sequence[int]) -> str:
    return f"{_seqs(seqs)} {'fits' if len(seqs) == 1 else 'fit'}"


def _seqs(seqs: Sequence[int]) -> str:
    """Messages by their numbers in the journal."""
    more = len(seqs) - MOST_IN_WORDS
    return ", ".join(f"#{seq}" for seq in seqs[:MOST_IN_WORDS]) + (f" and {more} more" if more > 0 else "")


def _in_words(near: Near) -> str:
    return f"#{near.message.seq}: {in_short([str(one) for one in near.differences])}"


def in_short(said: Sequence[str]) -> str:
    """The first of many things that are to be said, and how many more there are."""
    more = len(said) - MOST_IN_WORDS
    return "; ".join(said[:MOST_IN_WORDS]) + (f"; and {more} more" if more > 0 else "")
