"""Buyers who do anything at any time: whatever they send, books, diary and timers agree with one another."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from simulator.cityfibre import DEFAULT_LIFE, CityFibre, SupplierSettings, inventory
from simulator.core.engine import Engine, Outcome
from simulator.core.inputs import DeliveryAnswer, DeliveryCompleted, RequestReceived
from tests.drafts import NOW
from tests.messages import Tree, request, slot
from tests.rig import message_in, text_at

STEPS = 200
CAPACITY = 2
SERVICES = {"SPDEV1": ("S21709", "S30003", "S30001"), "SPDEV2": ("S40003", "S40001")}
ADDRESSES = ("10002491172", "990000000003", "990000000023")
SWITCHES: dict[str, dict[str, Any]] = {
    "default": {},
    "waiting": {"tlos_without_key": "wait"},
    "any": {"inventory": "any", "appointment_keys": "any"},
    "slow": {"default_life": {"accept_after": "PT3H"}},
    "xsd": {"notification_schema": "xsd", "notification_envelope": "soap"},
}


class Walk:
    """An environment without a server, and a random number generator that plays the buyers."""

    def __init__(self, seed: int, switches: dict[str, Any]) -> None:
        settings = {"validate_sent": True, "diary": {"capacity": CAPACITY}, **switches}
        self.supplier = CityFibre(SupplierSettings.model_validate(settings), inventory.default(), seed=1)
        self.engine = Engine(self.supplier, has_endpoint=True)
        self.chance = random.Random(seed)
        self.now = NOW
        self.keys = ["", "NO-SUCH-KEY"]
        self.step = 0

    def take(self, outcome: Outcome) -> Outcome:
        """Acknowledge what is delivered; a bug of ours ends the walk."""
        if outcome.bug is not None:
            raise outcome.bug
        for deliver in outcome.deliveries:
            self.take(self.engine.handle(DeliveryCompleted(deliver.delivery, DeliveryAnswer(200, b"")), self.now))
        return outcome

    def fire(self) -> None:
        """Let everything happen that is due."""
        while (outcome := self.engine.fire_next(self.now)) is not None:
            self.take(outcome)

    def post(self, operation: str, *changes: Tree) -> bytes:
        """Send a request; the answer's body is returned."""
        sent = RequestReceived(operation, request(operation, *changes).encode(), content_type="application/xml")
        reply = self.take(self.engine.handle(sent, self.now)).reply
        self.fire()
        assert reply is not None
        return reply.body

    def act(self) -> None:
        """One buyer does one thing, or time passes."""
        self.step += 1
        acts = (self.reserve, self.report, self.report, self.amend, self.amend, self.resolve, self.wait, self.wait)
        buyer = self.chance.choice(("SPDEV1", "SPDEV1", "SPDEV2"))
        self.chance.choice(acts)(buyer)

    def head(self, buyer: str) -> Tree:
        """Which of a few faults a message is about."""
        reference = f"REF-{self.chance.randrange(6)}"
        return {"buyerIdentifier": buyer, "buyerFaultReference": reference, "messageId": f"MSG-{self.step}"}

    def key(self) -> Tree:
        """One of the latest keys, whoever's it is."""
        return {"appointment": {"appointmentReservationKey": self.chance.choice(self.keys[-6:])}}

    def reserve(self, buyer: str) -> None:
        """A slot of these days."""
        day = (self.now + timedelta(days=self.chance.randrange(4))).date().isoformat()
        times = self.chance.choice((("08:00", "13:00"), ("13:00", "18:00")))
        who: Tree = {"buyer": {"buyerIdentifier": buyer}, "cfh:addressKey": self.chance.choice(ADDRESSES)}
        answer = message_in(self.post("reserveAppointment", who, slot(day, *times)))
        key = text_at(answer, "reserveAppointmentAccepted/appointment/appointmentReservationKey")
        self.keys += [key] if key else []

    def report(self, buyer: str) -> None:
        """An outage or not, with a key or not."""
        kind = self.chance.choice(("Service Outage", "Impaired Service"))
        what: Tree = {"serviceAffected": self.chance.choice(SERVICES[buyer]), "faultDetails": {"type": kind}}
        self.post("addFaultReport", self.head(buyer), what, self.key() if self.chance.random() < 0.7 else {})

    def amend(self, buyer: str) -> None:
        """Another appointment, another service, a cancellation, or nothing."""
        changes = [self.head(buyer)]
        if self.chance.random() < 0.5:
            changes.append(self.key())
        if self.chance.random() < 0.2:
            changes.append({"serviceAffected": self.chance.choice(SERVICES[buyer])})
        if self.chance.random() < 0.1:
            changes.append({"faultDetails": {"status": "cancelled"}})
        self.post("amendFaultReport", *changes)

    def resolve(self, buyer: str) -> None:
        """Yes or no."""
        self.post("resolveResponse", self.head(buyer), {"resolveAccepted": self.chance.choice(("true", "false"))})

    def wait(self, _buyer: str) -> None:
        """From timer to timer, for a minute or some days."""
        to = self.now + timedelta(minutes=self.chance.choice((1, 60, 600, 1500, 4000)))
        while (following := self.engine.schedule.next()) is not None and following.due <= to:
            self.now = following.due
            self.fire()
        self.now = to

    def check(self) -> None:
        """The diary counts what is held; each ticket has its state's timer; nothing else is scheduled."""
        books = self.supplier.books
        held = [one for one in books.reservations.values() if not one.released]
        assert Counter((one.region, one.slot) for one in held) == Counter(books.taken)
        assert all(0 <= count <= CAPACITY for count in books.taken.values())
        waiting = {(one.timer.kind, one.timer.subject) for one in self.engine.schedule.upcoming(10_000)}
        expected = {("hold-expiry", one.key) for one in held if not one.ticket}
        for ticket in books.tickets.values():
            step = DEFAULT_LIFE.get(ticket.state)
            assert ticket.timer == (step.timer if step is not None and not ticket.waits_for_key else "")
            expected |= {(ticket.timer, ticket.address)} if ticket.timer else set()
            assert {one.key for one in held if one.ticket == ticket.number} <= {ticket.appointment_key}
        assert waiting == expected
        assert (self.engine.outbox.under_way, self.engine.outbox.waiting, self.engine.failed) == (0, 0, "")


@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES.keys())
@pytest.mark.parametrize("seed", range(4))
def test_books_diary_and_timers_agree(seed: int, switches: dict[str, Any]) -> None:
    """After each of two hundred random acts; and every notification on the way was valid."""
    walk = Walk(seed, switches)
    for _ in range(STEPS):
        walk.act()
        walk.check()
    assert walk.supplier.books.counters["notification"] > 10


def test_the_same_buyers_leave_the_same_journal() -> None:
    """To the byte: nothing in it comes from the machine."""
    journals = []
    for _ in range(2):
        walk = Walk(7, {})
        for _ in range(STEPS):
            walk.act()
        journals.append(list(walk.engine.journal.lines()))
    assert len(journals[0]) > 300
    assert journals[0] == journals[1]
