"""Any life of deliveries: notifications, faults, answers, pauses, redeliveries and time at random."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.cityfibre.faults import OF_NOTIFICATIONS
from simulator.cityfibre.injecting import REMOVE, SET
from simulator.cityfibre.supplier import PAUSE, REDELIVER
from simulator.core.effects import Deliver
from simulator.core.engine import Engine, Outcome
from simulator.core.inputs import DeliveryAnswer, DeliveryCompleted, Input, RequestReceived, Steered
from tests.drafts import NOW
from tests.messages import add

TICKETS = ("A", "B", "C")
TAKEN = DeliveryAnswer(200, b"<receivedNotifyFaultReportUpdate/>")
ANSWERS = (
    TAKEN,
    DeliveryAnswer(
        200, b"<receivedNotifyFaultReportUpdate><responseCode>400</responseCode></receivedNotifyFaultReportUpdate>"
    ),
    DeliveryAnswer(500),
    DeliveryAnswer(503, retry_after=7_200),
    DeliveryAnswer(None, failure="nothing listens at the endpoint"),
)
NEEDED: dict[str, dict[str, Any]] = {"delay": {"by": "PT3H"}}
ENDS = {"notification-delivered", "notification-dead-lettered"}


class AnyDelivery(RuleBasedStateMachine):
    """One environment with three tickets, and an endpoint that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.recorded: list[tuple[datetime, Input]] = []
        self.engine = self.made()
        self.under_way: list[Deliver] = []
        for name in TICKETS:
            body = add({"buyerFaultReference": name, "messageId": name}).encode()
            self.give(RequestReceived("addFaultReport", body, content_type="text/xml"))
            self.settle()

    def made(self) -> Engine:
        chosen = {"default_life": {"up_to": "accepted"}, "delivery": {"jitter": 0.3, "retry": ["PT1M", "PT1H", "PT9H"]}}
        self.supplier = CityFibre(SupplierSettings.model_validate(chosen), inventory.default(), seed=1)
        return Engine(self.supplier, has_endpoint=True)

    def give(self, happened: Input) -> Outcome:
        """Hand over one input; only a command that is refused leaves nothing to be recorded."""
        outcome = self.engine.handle(happened, self.now)
        self.look_at(outcome)
        if outcome.refusal is None:
            self.recorded.append((self.now, happened))
        return outcome

    def look_at(self, outcome: Outcome) -> None:
        if outcome.bug is not None:
            raise outcome.bug
        self.under_way += outcome.deliveries

    def settle(self) -> None:
        while (outcome := self.engine.fire_next(self.now)) is not None:
            self.look_at(outcome)

    def steer(self, command: str, subject: str = "", **parameters: Any) -> None:  # noqa: ANN401 - any JSON
        self.give(Steered(command, subject, parameters))
        self.settle()

    # -- what may happen

    @rule(ticket=st.sampled_from(TICKETS))
    def something_is_told(self, ticket: str) -> None:
        self.steer("comment", f"~SPDEV1~{ticket}", value="Still at it.")

    @rule(
        kind=st.sampled_from(sorted(OF_NOTIFICATIONS)),
        more=st.fixed_dictionaries(
            {},
            optional={
                "nth": st.integers(1, 3),
                "times": st.integers(1, 3),
                "lasts": st.just("PT5H"),
                "starts_in": st.just("PT1H"),
                "probability": st.just(0.5),
            },
        ),
        ticket=st.sampled_from(["", *(f"~SPDEV1~{name}" for name in TICKETS)]),
        behind=st.booleans(),
    )
    def a_fault_is_set(self, kind: str, more: dict[str, Any], ticket: str, *, behind: bool) -> None:
        own = {"after": "amended"} if kind == "duplicate" and behind else NEEDED.get(kind, {})
        self.steer(SET, ticket, fault=kind, **own, **more)

    @precondition(lambda self: self.supplier.books.faults)
    @rule(data=st.data())
    def a_fault_is_removed(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from([one.number for one in self.supplier.books.faults]))
        self.steer(REMOVE, number=chosen)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), answer=st.sampled_from(ANSWERS))
    def an_attempt_ends(self, data: st.DataObject, answer: DeliveryAnswer) -> None:
        deliver = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.give(DeliveryCompleted(deliver.delivery, answer, deliver.attempt))
        self.settle()

    @precondition(lambda self: any(self.engine.outbox))
    @rule(data=st.data())
    def it_is_sent_again(self, data: st.DataObject) -> None:
        """Whatever its state: what the control API would refuse must do no harm either."""
        number = data.draw(st.sampled_from([one.number for one in self.engine.outbox]))
        self.steer(REDELIVER, "~SPDEV1~A", delivery=number)

    @rule(paused=st.booleans())
    def the_buyer_is_paused(self, *, paused: bool) -> None:
        self.steer(PAUSE, buyer="SPDEV1", paused=paused)

    @rule(hours=st.sampled_from((0, 1, 5, 24)))
    def time_passes(self, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        while (following := self.engine.schedule.next()) is not None and following.due <= until:
            self.now = following.due
            self.settle()
        self.now = until

    # -- what is so whenever all is quiet

    @invariant()
    def a_lane_has_one_attempt_under_way(self) -> None:
        assert max(Counter(one.lane for one in self.under_way).values(), default=0) <= 1
        assert len(self.under_way) == self.engine.outbox.under_way

    @invariant()
    def what_is_said_of_each_is_so(self) -> None:
        """Exactly one end for each, at the most; and whoever is scheduled has a timer."""
        ends = Counter(
            entry.data["delivery"] for entry in self.engine.journal if entry.kind in ENDS and "again" not in entry.data
        )
        assert max(ends.values(), default=0) <= 1
        timers = {one.timer.subject for one in self.engine.schedule.upcoming(10_000) if one.timer.kind == "delivery"}
        assert timers == {str(one.number) for one in self.engine.outbox if one.due is not None}
        for one in self.engine.outbox:
            attempts = [attempt.number for attempt in one.attempts]
            assert attempts == list(range(1, len(attempts) + 1))
            assert (one.state == "under-way") == (self.engine.outbox.attempt(one.number) is not None)
            assert one.state != ""

    def teardown(self) -> None:
        """The endpoint takes all that is left, and time passes: nothing is left. A second engine writes the same."""
        self.the_buyer_is_paused(paused=False)
        for _ in range(400):
            while self.under_way:
                deliver = self.under_way.pop(0)
                self.give(DeliveryCompleted(deliver.delivery, TAKEN, deliver.attempt))
                self.settle()
            if not self.engine.outbox.waiting and not self.kept_back():
                break
            self.time_passes(24)
        assert (self.engine.outbox.waiting, self.kept_back()) == (0, [])
        assert {one.state for one in self.engine.outbox} <= {"delivered", "dead-lettered", "unsent"}
        made = self.supplier.books.counters["notification"]
        assert sorted(one.number for one in self.engine.outbox) == list(range(1, made + 1))
        journal = list(self.engine.journal.lines())
        assert journal == self.replayed()

    def kept_back(self) -> list[int]:
        """Notifications that a fault keeps back; a duplicate may wait for ever for what never comes."""
        return [one.number for one in self.engine.outbox if one.stage == "held"]

    def replayed(self) -> list[str]:
        """The journal of another engine to which the same happens."""
        engine = self.made()
        for at, happened in self.recorded:
            while engine.fire_next(at) is not None:
                pass
            engine.handle(happened, at)
        while engine.fire_next(self.now) is not None:
            pass
        return list(engine.journal.lines())


def test_whatever_happens_each_delivery_comes_to_one_end() -> None:
    """Nothing is lost, doubled or left standing, in any order of events."""
    chosen = settings(max_examples=100, stateful_step_count=40, derandomize=True, deadline=None, database=None)
    run_state_machine_as_test(AnyDelivery, settings=chosen)
