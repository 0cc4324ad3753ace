"""What holds of a verification so far, and what no message that is yet to come could mend."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from simulator.core.journal import Entry
from simulator.scenario.matching import Difference
from simulator.verification.judging import Judge, UnusableError
from simulator.verification.messages import Message, Messages, Opened

MOST_NEAREST = 3
"""Messages that nearly fit an expectation, and are remembered to be told."""
Trouble = Literal["", "too few", "too many", "out of order", "came", "open"]
_MENDABLE = frozenset({"too few", "open"})
"""What a further message or time that passes may mend."""


@dataclass(frozen=True, slots=True)
class Near:
    """A message of the kind that is expected, and in what it differs."""

    message: Message
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an expectation stands. ``behind`` is the message behind which its own must come, where there is an order.

    ``taken`` are the messages that it has, by their seqs; one that does not hold has those that fit.
    """

    trouble: Trouble
    taken: Sequence[int]
    behind: int = 0
    early: Sequence[int] = ()

    @property
    def held(self) -> bool:
        """Whether it holds."""
        return not self.trouble


class Tally:
    """What came of one expectation's kind: which fit, by their seqs in order, and which nearly did."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.came = 0
        self.fits: list[int] = []
        self.nearest: list[Near] = []
        self._seen = 0

    def take(self, opened: Opened) -> None:
        """Judge a message; one that has been judged before, and of which more is known now, anew."""
        message = opened.message
        if not self.judge.concerns(message):
            return
        if message.seq > self._seen:
            self._seen = message.seq
            self.came += 1
        different = self.judge.differences(opened)
        self._keep(message.seq, fits=not different)
        others = [one for one in self.nearest if one.message.seq != message.seq]
        near = [Near(message, different)] if different else []
        self.nearest = sorted([*near, *others], key=lambda one: len(one.differences))[:MOST_NEAREST]

    def _keep(self, seq: int, *, fits: bool) -> None:
        at = bisect_left(self.fits, seq)
        known = at < len(self.fits) and self.fits[at] == seq
        if fits and not known:
            self.fits.insert(at, seq)
        elif known and not fits:
            del self.fits[at]


class UnusableXPathError(ValueError):
    """An XPath can't be evaluated on a message that came: which expectation's, and which of its XPaths."""

    def __init__(self, expectation: int, xpath: int, reason: str) -> None:
        super().__init__(reason)
        self.place = ("expect", expectation, "xpath", xpath, "select")


class Inquiry:
    """A verification under way: entries come in, and how it stands may be asked at any time.

    ``began`` is the instant from which a span counts in which nothing may come.
    """

    def __init__(self, judges: Sequence[Judge], *, in_order: bool, began: datetime) -> None:
        self.tallies = [Tally(judge) for judge in judges]
        self.kinds: Counter[str] = Counter()
        self._messages = Messages()
        self._in_order = in_order
        self._until = [_end(judge, began) for judge in judges]
        # an acknowledgement that comes late lets an earlier message fit, and so moves all that stand behind it
        self._order_is_sure = all(judge.expectation.delivered is None for judge in judges)

    def take(self, entry: Entry) -> None:
        """Look at the next entry.

        Raises:
            UnusableXPathError: an XPath can't be evaluated on the message.
        """
        message = self._messages.take(entry)
        if message is None:
            return
        if message.delivered is None:
            self.kinds[message.called] += 1
        opened = Opened(message)
        for index, (tally, until) in enumerate(zip(self.tallies, self._until, strict=True)):
            if until is None or message.at < until:
                try:
                    tally.take(opened)
                except UnusableError as error:
                    raise UnusableXPathError(index, error.index, str(error)) from None

    def until(self, index: int) -> datetime | None:
        """The end of the span in which an expectation's messages may not come, for one that has such a span."""
        return self._until[index]

    def verdicts(self, reached: datetime) -> list[Verdict]:
        """How each expectation stands, where all has happened that was due before ``reached``."""
        verdicts: list[Verdict] = []
        behind = 0
        for tally, until in zip(self.tallies, self._until, strict=True):
            if until is not None:
                verdict = Verdict("came" if tally.fits else "" if reached >= until else "open", tally.fits)
            elif self._in_order:
                verdict = _in_order(tally, behind)
                behind = verdict.taken[-1] if verdict.held and verdict.taken else behind
            else:
                verdict = _in_any_order(tally)
            verdicts.append(verdict)
        return verdicts

    def is_final(self, verdict: Verdict) -> bool:
        """Whether no message, and no time that passes, can mend what does not hold."""
        if verdict.trouble == "out of order":
            return self._order_is_sure
        return not verdict.held and verdict.trouble not in _MENDABLE


def _end(judge: Judge, began: datetime) -> datetime | None:
    span = judge.expectation.never_within
    return None if span is None else began + span


def _in_any_order(tally: Tally) -> Verdict:
    expectation, fits = tally.judge.expectation, tally.fits
    if expectation.most is not None and len(fits) > expectation.most:
        return Verdict("too many", fits)
    return Verdict("too few" if len(fits) < expectation.least else "", fits)


def _in_order(tally: Tally, behind: int) -> Verdict:
    """Who says how many there may be means all that fit; who says only how many at least takes the first of them."""
    expectation, fits = tally.judge.expectation, tally.fits
    if expectation.most is not None and len(fits) > expectation.most:
        return Verdict("too many", fits, behind)
    index = bisect_right(fits, behind)
    early, later = fits[:index], fits[index:]
    if early and expectation.most is not None:
        return Verdict("out of order", fits, behind, early)
    if len(later) < expectation.least:
        return Verdict("too few", later, behind, early)
    return Verdict("", later if expectation.most is not None else later[: expectation.least], behind, early)
