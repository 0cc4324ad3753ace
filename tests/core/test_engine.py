"""The engine, with a supplier of a few lines: it decides first, mutates last, and a bug costs as little as can be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.effects import CancelTimer, Deliver, Effect, Reply, Retry, SetTimer, Settle
from simulator.core.engine import Decision, Engine, EnvironmentFailedError, Outcome, Refusal
from simulator.core.inputs import (
    DeliveryAnswer,
    DeliveryCompleted,
    FileReceived,
    Input,
    RequestReceived,
    Steered,
    Timer,
    TimerFired,
)
from simulator.core.journal import Data, Note

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
HELLO = RequestReceived("hello", b"<hello/>")
PICTURE = FileReceived("KEY", 3, "0a1b")
CLOSE_IT = Steered("close", "A", {"reason": "done"})
GOOD, FAILURE = Reply(200, "text/plain", b"yes"), Reply(500, "text/plain", b"a bug")
ACCEPTED = DeliveryAnswer(200)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def timer(kind: str, minutes: float, *, driving: bool = True) -> SetTimer:
    return SetTimer(Timer(kind, "A"), at(minutes), driving)


def deliver(number: int, lane: str = "A") -> Deliver:
    return Deliver(number, lane, "SPDEV1", "accepted", f"CF-{number}", "application/xml", b"<note/>")


def completed(number: int) -> DeliveryCompleted:
    return DeliveryCompleted(number, ACCEPTED)


def effects(*wanted: Effect) -> Decision:
    return Decision(nothing, effects=wanted)


def nothing() -> None:
    """A commit that changes nothing."""


class Shop:
    """A supplier that decides what the test has laid ready, and notes in ``sales`` what it committed by itself."""

    def __init__(self, *, has_endpoint: bool = True) -> None:
        self.engine = Engine(self, has_endpoint=has_endpoint)
        self.sales: list[str] = []
        self.asked: list[tuple[object, ...]] = []
        self.ready: Decision | Exception | None = None
        self.refusal: Refusal | None = None
        self.verdict: Retry | Settle | None = None
        self.look: Callable[[], object] = lambda: None

    def decide(self, *asked: object) -> Decision:
        self.asked.append(asked)
        self.look()
        if isinstance(self.ready, Exception):
            raise self.ready
        return self.ready or Decision(lambda: self.sales.append(str(asked[0])), reply=GOOD)

    def request(self, request: RequestReceived, now: datetime) -> Decision:
        return self.decide(request.operation, now)

    def file(self, file: FileReceived, now: datetime) -> Decision:
        return self.decide(file.name, now)

    def steered(self, steered: Steered, now: datetime) -> Decision | Refusal:
        return self.refusal or self.decide(steered.command, now)

    def timer(self, fired: TimerFired, now: datetime) -> Decision:
        return self.decide(fired.timer.kind, now)

    def delivered(self, deliver: Deliver, answer: DeliveryAnswer, now: datetime) -> Decision:
        decided = self.decide(deliver, answer, now)
        return replace(decided, effects=[self.verdict or Settle(deliver.delivery, "delivered"), *decided.effects])

    def describe(self, happened: Input) -> Data:
        return {"input": type(happened).__name__}

    def failure(self, request: RequestReceived | FileReceived) -> Reply:
        assert request in (HELLO, PICTURE)
        return FAILURE

    def play(self, ready: Decision | Exception | None, happened: Input = HELLO, minutes: float = 0) -> Outcome:
        self.ready = ready
        return self.engine.handle(happened, at(minutes))

    def fire(self, ready: Decision | Exception | None, minutes: float) -> Outcome | None:
        self.ready = ready
        return self.engine.fire_next(at(minutes))

    def journal(self) -> list[tuple[int, int, str]]:
        return [(entry.seq, entry.cause, entry.kind) for entry in self.engine.journal]

    def state(self) -> tuple[object, ...]:
        """All that may change, but the journal and what the supplier was asked."""
        outbox = self.engine.outbox
        return outbox.under_way, outbox.waiting, self.engine.schedule.upcoming(99), list(self.sales), self.engine.failed

    def everything(self) -> tuple[object, ...]:
        return self.state(), self.journal(), len(self.asked)


@pytest.fixture
def shop() -> Shop:
    return Shop()


# -- decide first, mutate last


def test_while_the_supplier_decides_and_commits_nothing_else_has_changed(shop: Shop) -> None:
    """State first, then the journal, then timers and outbox; then it is answered."""
    seen: list[tuple[str, int, int, int]] = []

    def look(when: str) -> None:
        seen.append((when, len(shop.engine.journal), len(shop.engine.schedule), shop.engine.outbox.under_way))

    shop.look = lambda: look("decide")
    outcome = shop.play(Decision(lambda: look("commit"), (), [timer("open", 5), deliver(1)], GOOD))
    look("after")

    assert [("decide", 0, 0, 0), ("commit", 0, 0, 0), ("after", 2, 1, 1)] == seen
    assert (GOOD, (deliver(1),), None) == (outcome.reply, outcome.deliveries, outcome.bug)


def test_every_entry_names_the_input_that_caused_it(shop: Shop) -> None:
    """Notes before timers; the next input begins anew."""
    hold = Timer("hold", "KEY", under="")
    shop.play(Decision(nothing, [Note("added", "A", {"x": 1})], [timer("open", 5), deliver(1)], GOOD, "A"))
    shop.play(Decision(nothing, [Note("delivered", "A", {})], [CancelTimer(hold)]), completed(1), 1)

    assert [(1, 0, "request-received"), (2, 1, "added"), (3, 1, "timer-set")] == shop.journal()[:3]
    assert [(4, 0, "delivery-completed"), (5, 4, "delivered"), (6, 4, "timer-cancelled")] == shop.journal()[3:]
    assert [("hello", NINE), (deliver(1), ACCEPTED, at(1))] == shop.asked
    assert [
        (NINE, "A", {"input": "RequestReceived"}),
        (NINE, "A", {"x": 1}),
        (NINE, "A", {"timer": "open", "subject": "A", "due": "2026-01-05T09:05:00.000Z"}),
        (at(1), "", {"input": "DeliveryCompleted"}),
        (at(1), "A", {}),
        (at(1), "", {"timer": "hold", "subject": "KEY"}),
    ] == [(entry.at, entry.ticket, entry.data) for entry in shop.engine.journal]


def test_time_never_goes_back(shop: Shop) -> None:
    """An input of the past is refused, and nothing has changed; the same instant is good. A bug has an instant too."""
    shop.play(None, HELLO, 1)
    before = shop.everything()
    with pytest.raises(
        ValueError, match=r"never goes back: 2026-01-05T09:00:59.999Z is before 2026-01-05T09:01:00.000Z"
    ):
        shop.engine.handle(HELLO, at(1) - timedelta(milliseconds=1))

    assert before == shop.everything()
    assert GOOD == shop.play(None, HELLO, 1).reply
    shop.play(LookupError("bug"), HELLO, 2)
    with pytest.raises(ValueError, match="time never goes back"):
        shop.play(None, HELLO, 1)


# -- timers


def test_timers_fire_at_their_own_instants_one_by_one(shop: Shop) -> None:
    """However late somebody looks; each is an input, from outside. One that a timer sets fires between the others."""
    shop.play(effects(timer("third", 30), timer("first", 10, driving=False)))

    assert shop.fire(None, 9.9) is None
    shop.fire(effects(timer("second", 20)), 60)
    assert [True, True, False] == [shop.fire(None, 60) is not None for _ in range(3)]
    assert [("first", at(10)), ("second", at(20)), ("third", at(30))] == shop.asked[1:]
    assert [(4, 0, "timer-fired"), (5, 4, "timer-set"), (6, 0, "timer-fired")] == shop.journal()[3:6]
    assert [at(10), at(10), at(20), at(30)] == [entry.at for entry in shop.engine.journal][3:]


def test_a_timer_that_is_set_again_is_moved_and_a_cancelled_one_is_gone(shop: Shop) -> None:
    """Each of it journalled."""
    shop.play(effects(timer("open", 10), timer("close", 15), timer("open", 20)))
    shop.play(effects(CancelTimer(Timer("close", "A"))), HELLO, 1)

    assert [Timer("open", "A")] == [one.timer for one in shop.engine.schedule.upcoming(99)]
    assert shop.fire(None, 19) is None
    assert ["timer-set"] * 3 + ["request-received", "timer-cancelled"] == [kind for *_, kind in shop.journal()][1:]


# -- deliveries


def test_deliveries_of_a_lane_are_handed_out_one_after_the_other(shop: Shop) -> None:
    """Those of another lane at once; the end of one lets the next begin, before what is new."""
    assert (deliver(1), deliver(3, "B")) == shop.play(effects(deliver(1), deliver(2), deliver(3, "B"))).deliveries

    answered = shop.play(effects(deliver(4, "C"), deliver(5)), completed(1), 1)
    assert (deliver(2), deliver(4, "C")) == answered.deliveries
    assert (deliver(1), ACCEPTED, at(1)) == shop.asked[-1]

    assert () == shop.play(effects(), completed(3), 2).deliveries
    assert (deliver(5),) == shop.play(effects(), completed(2), 3).deliveries
    assert (deliver(6),) == shop.play(effects(deliver(6)), completed(5), 3).deliveries  # the lane was free again


@pytest.mark.parametrize("number", [2, 3, 9], ids=["waiting", "ended", "unknown"])
def test_only_a_delivery_under_way_can_end(shop: Shop, number: int) -> None:
    """Anything else is a mistake of the caller's: nothing changes, the instant does not count, nobody is asked."""
    shop.play(effects(deliver(1), deliver(2), deliver(3, "B")))
    shop.play(effects(), completed(3))
    before = shop.everything()

    with pytest.raises(ValueError, match=f"delivery {number} is not under way"):
        shop.play(None, completed(number), 1)

    assert before == shop.everything()
    assert (deliver(2),) == shop.play(None, completed(1), 0).deliveries


def test_without_an_endpoint_nothing_is_delivered() -> None:
    """Notes and timers are as ever; what the supplier notes of a notification is all there is of it."""
    shop = Shop(has_endpoint=False)
    outcome = shop.play(Decision(nothing, [Note("made", "A", {})], [deliver(1), timer("open", 1), deliver(2)], GOOD))

    assert (GOOD, (), 0, 0, 1) == (outcome.reply, outcome.deliveries, *shop.state()[:2], len(shop.engine.schedule))
    assert ["request-received", "made", "timer-set"] == [kind for *_, kind in shop.journal()]


# -- bugs


def test_a_bug_met_while_deciding_changes_nothing_but_the_journal(shop: Shop) -> None:
    """The buyer gets the supplier's failure reply, the caller the exception for its log, and all goes on."""
    shop.play(effects(timer("open", 10), deliver(1), deliver(2)))
    before, bug = shop.state(), KeyError("no such price")
    outcome = shop.play(bug, HELLO, 1)

    assert (FAILURE, (), bug) == (outcome.reply, outcome.deliveries, outcome.bug)
    assert before == shop.state()
    assert [(3, 0, "request-received"), (4, 3, "bug")] == shop.journal()[2:]
    assert {"error": "KeyError: 'no such price'"} == list(shop.engine.journal)[-1].data
    assert (GOOD, at(1)) == (shop.play(None, HELLO, 1).reply, shop.asked[-1][-1])


def test_a_bug_costs_the_timer_that_met_it_and_does_not_block_the_lane_of_a_delivery(shop: Shop) -> None:
    """Neither comes back for ever: the timer has fired, the attempt is over, the next begins; nobody is answered."""
    shop.play(effects(timer("open", 10), timer("close", 20), deliver(1), deliver(2)))
    fired, ended = shop.fire(LookupError("bug"), 60), shop.play(LookupError("bug"), completed(1), 11)

    assert fired is not None
    assert (None, (), LookupError) == (fired.reply, fired.deliveries, type(fired.bug))
    assert (None, (deliver(2),), LookupError) == (ended.reply, ended.deliveries, type(ended.bug))
    assert [Timer("close", "A")] == [one.timer for one in shop.engine.schedule.upcoming(99)]
    assert [(4, 0, "timer-fired"), (5, 4, "bug"), (6, 0, "delivery-completed"), (7, 6, "bug")] == shop.journal()[3:]


def test_a_commit_that_breaks_marks_the_environment_failed(shop: Shop) -> None:
    """Its state is in doubt, so nothing is handled any more: no request, no timer, no delivery's end."""
    shop.play(effects(timer("open", 1), deliver(1)))
    entries = shop.journal()

    def half_way() -> None:
        shop.sales.append("half")
        raise KeyError("gone")

    with pytest.raises(EnvironmentFailedError, match="KeyError: 'gone'") as caught:
        shop.play(Decision(half_way, [Note("note", "A", {})], [deliver(2)], GOOD))

    assert isinstance(caught.value.__cause__, KeyError)
    assert ("KeyError: 'gone'", entries) == (shop.engine.failed, shop.journal())
    before = shop.everything()
    for happened in (HELLO, completed(1), completed(9), TimerFired(Timer("open", "A"))):
        with pytest.raises(EnvironmentFailedError, match="KeyError: 'gone'"):
            shop.play(None, happened, 1)
    with pytest.raises(EnvironmentFailedError, match="KeyError: 'gone'"):
        shop.fire(None, 1)
    assert before == shop.everything()


# -- whatever happens

ACTS = st.lists(st.sampled_from(["request", "bug", "timer", "deliver", "complete", "wait"]), max_size=40)


def conversation(acts: list[str]) -> Engine:
    shop, minute, started, more = Shop(), 0, list[Deliver](), count(1_000)
    for number, act in enumerate(acts, start=1):
        minute += act == "wait"
        while (outcome := shop.fire(effects(deliver(next(more), "C")), minute)) is not None:
            started.extend(outcome.deliveries)
        timers, deliveries = effects(timer(f"{number % 3}", minute + number % 4)), effects(deliver(number))
        ready = LookupError("bug") if act == "bug" else {"timer": timers, "deliver": deliveries}.get(act)
        if act == "complete" and started:
            started.extend(shop.play(None, completed(started.pop(0).delivery), minute).deliveries)
        elif act not in {"complete", "wait"}:
            started.extend(shop.play(ready, HELLO, minute).deliveries)
    return shop.engine


@given(acts=ACTS)
def test_whatever_happens_the_journal_is_in_order(acts: list[str]) -> None:
    """Numbers have no gap, instants never go back, and every cause is an input before; a second run leaves the same."""
    entries = list(conversation(acts).journal)
    inputs = {0} | {entry.seq for entry in entries if entry.cause == 0}

    assert list(range(1, len(entries) + 1)) == [entry.seq for entry in entries]
    assert sorted(entry.at for entry in entries) == [entry.at for entry in entries]
    assert all(entry.cause < entry.seq and entry.cause in inputs for entry in entries)
    assert [entry.as_line() for entry in entries] == list(conversation(acts).journal.lines())


# -- commands and files


def test_a_command_is_an_input_like_any_other(shop: Shop) -> None:
    """It is journalled with what follows from it, and it has no reply."""
    outcome = shop.play(Decision(nothing, [Note("closed", "A", {})], [deliver(1)], None, "A"), CLOSE_IT)
    assert [(1, 0, "steered"), (2, 1, "closed")] == shop.journal()
    assert [("close", NINE)] == shop.asked
    assert (None, (deliver(1),), None, None) == (outcome.reply, outcome.deliveries, outcome.bug, outcome.refusal)


def test_a_command_that_is_refused_leaves_no_trace(shop: Shop) -> None:
    """Whoever steers is told; state and journal are as before, and so is the time that must not go back."""
    shop.play(effects(timer("open", 5)))
    before = shop.state(), shop.journal()
    shop.refusal = Refusal("it is closed")
    outcome = shop.play(None, CLOSE_IT, 9)
    assert Outcome(None, refusal=Refusal("it is closed")) == outcome
    assert before == (shop.state(), shop.journal())
    assert shop.fire(effects(), 5) is not None


def test_a_bug_met_by_a_command_is_told_and_changes_nothing(shop: Shop) -> None:
    """As for any input; there is no reply to be made up."""
    outcome = shop.play(KeyError("what"), CLOSE_IT)
    assert (None, "KeyError('what')") == (outcome.reply, repr(outcome.bug))
    assert [(1, 0, "steered"), (2, 1, "bug")] == shop.journal()
    assert [] == shop.sales


def test_a_file_is_answered(shop: Shop) -> None:
    """With a reply, as a request is; a bug gets the supplier's failure."""
    assert GOOD == shop.play(Decision(nothing, [Note("stored", "A", {})], (), GOOD, "A"), PICTURE).reply
    assert FAILURE == shop.play(KeyError("what"), PICTURE).reply
    assert [(1, 0, "file-received"), (2, 1, "stored")] == shop.journal()[:2]
