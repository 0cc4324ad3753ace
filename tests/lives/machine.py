"""Any life: buyers, supplier, endpoint and time do what Hypothesis draws, what is legal and what is not."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from simulator.cityfibre import ACTIONS, TRANSITIONS, VISIT_TRANSITIONS, sla
from simulator.cityfibre.ticket import State, Ticket, Trigger
from simulator.core.inputs import FileReceived, RequestReceived, Steered, Trouble
from tests.lives.drawn import (
    AMENDS,
    BAD,
    FILES,
    FLAGS,
    GOOD,
    KEYS,
    LINES,
    LINES_,
    NOBODY,
    PARAMETERS,
    PASTS,
    SLOTS,
    Fault,
    Line,
    Move,
    When,
    announcing,
    faults,
)
from tests.lives.watched import ALIVE, ENDPOINT, SWITCHES, UNDER_REPAIR, Figures, Watched
from tests.messages import Tree, request, slot
from tests.rig import message_in, text_at


def offered(choices: Callable[["AnyLife"], Sequence[Any]]) -> st.SearchStrategy[Any]:
    """One of what the life at hand offers just then."""
    return st.runner().flatmap(lambda life: st.sampled_from(choices(life)))


def moves(kind: str) -> st.SearchStrategy[Move]:
    """A ticket, a move of the supplier's and its parameters; each state has the same chance, however rare it is."""
    chosen = offered(lambda life: life.possible(kind)).flatmap(st.sampled_from)
    return chosen.flatmap(lambda move: st.tuples(*map(st.just, move), PARAMETERS.get(move[1], st.just({}))))


TICKETS = offered(lambda life: [*life.addresses(*ALIVE) * 3, *life.addresses(), NOBODY])


class AnyLife(RuleBasedStateMachine):
    """One environment, and all who have to do with it."""

    figures: ClassVar[Figures] = Figures()

    def __init__(self) -> None:
        super().__init__()
        self.env = Watched("default", self.figures)
        self.keys = ["NO-SUCH-KEY"]
        self.sent = 0

    @initialize(
        switches=st.sampled_from(sorted(SWITCHES)),
        faults=st.lists(faults(GOOD, 1), min_size=1, max_size=3),
        past=st.sampled_from(PASTS),
    )
    def begin(self, switches: str, faults: list[Fault], past: tuple[str, ...]) -> None:
        """Faults are reported at once, and one has a past: else few lives would come to the rarer states."""
        self.env = Watched(switches, self.figures)
        for number, fault in enumerate(faults):
            self.buyer_reports(number, fault)
        for name in past:
            for ticket in [*self.env.books.tickets.values()][:1]:
                if name in legal_moves(ticket):
                    self.steer((ticket.address, name, {}), legal=True)
                elif name == "reject-repair":
                    self.buyer_answers(ticket.address, takes=False, why=None)

    @invariant()
    def all_agree(self) -> None:
        self.figures.steps += 1
        self.env.agree()

    def teardown(self) -> None:
        """The endpoint takes what is left. Nothing has been rewritten, and a second engine writes the same."""
        self.endpoint_becomes("takes")
        journal = list(self.env.engine.journal.lines())
        assert journal == self.env.lines
        assert journal == self.env.replayed()
        self.figures.tickets += len(self.env.books.tickets)
        self.figures.entries += len(journal)

    # -- buyers

    def post(self, operation: str, *changes: Tree) -> bytes:
        self.sent += 1
        body = request(operation, *changes).encode()
        reply = self.env.take(RequestReceived(operation, body, content_type="application/xml")).reply
        assert reply is not None
        return reply.body

    def head(self, buyer: str, reference: str) -> Tree:
        return {"buyerIdentifier": buyer, "buyerFaultReference": reference, "messageId": f"MSG-{self.sent}"}

    def key(self, which: str, line: Line, when: When, purpose: str = "fault") -> Tree:
        """The part of a message that has a key: none, one that is reserved for it, or one reserved before."""
        if which == "new":
            day = (self.env.now + timedelta(days=when[0])).date().isoformat()
            who: Tree = {"buyer": {"buyerIdentifier": line.buyer}, "cfh:addressKey": line.address}
            what: Tree = {"appointmentType": {"fault": None, purpose: ""}}
            answer = message_in(self.post("reserveAppointment", who, what, slot(day, *when[1])))
            path = "reserveAppointmentAccepted/appointment/appointmentReservationKey"
            self.keys.append(text_at(answer, path) or self.keys[0])
        latest = self.keys[-1] if which == "new" else self.keys[-4:][0]
        return {} if which == "none" else {"appointment": {"appointmentReservationKey": latest}}

    @rule(line=LINES_, when=SLOTS, purpose=st.sampled_from(("fault", "order")))
    def buyer_reserves(self, line: Line, when: When, purpose: str) -> None:
        self.key("new", line, when, purpose)

    @rule(number=st.integers(0, 6), fault=faults(GOOD * 3 + BAD, 0))
    def buyer_reports(self, number: int, fault: Fault) -> None:
        facts: Tree = {
            "serviceAffected": fault.line.service,
            "faultDetails": {"type": fault.kind[0]},
            "priorityLevel": fault.level,
        }
        key = self.key(fault.kind[1], fault.line, fault.when)
        self.post("addFaultReport", self.head(fault.line.buyer, f"REF-{number}"), facts, announcing(fault.files), key)

    @rule(
        ticket=TICKETS,
        which=KEYS,
        when=SLOTS,
        service=st.sampled_from((0, 0, 0, 1, 2)),
        changes=st.lists(st.sampled_from(sorted(AMENDS)), max_size=2),
        files=FILES,
    )
    def buyer_amends(
        self, ticket: str, which: str, when: When, service: int, changes: list[str], files: list[str]
    ) -> None:
        _, buyer, reference = ticket.split("~")
        found = self.env.books.find_address(ticket)
        line = next((one for one in LINES if found and one.service == found.service), LINES[0])
        line = LINES[LINES.index(line) - service]
        other: Tree = {"serviceAffected": line.service} if service else {}
        key = self.key(which, line, when)
        self.post(
            "amendFaultReport",
            self.head(buyer, reference),
            other,
            key,
            announcing(files),
            *(AMENDS[one] for one in changes),
        )

    @precondition(lambda self: self.addresses(State.RESOLVED))
    @rule(
        ticket=offered(lambda life: [*life.addresses(State.RESOLVED) * 3, *life.addresses()]),
        takes=FLAGS,
        why=st.sampled_from((None, "Still slow.")),
    )
    def buyer_answers(self, ticket: str, *, takes: bool, why: str | None) -> None:
        _, buyer, reference = ticket.split("~")
        answer: Tree = {"resolveAccepted": str(takes).lower(), "rejectedReason": why}
        self.post("resolveResponse", self.head(buyer, reference), answer)

    @rule(ticket=TICKETS, other=st.sampled_from((False, False, True)))
    def buyer_asks(self, ticket: str, *, other: bool) -> None:
        _, buyer, reference = ticket.split("~")
        found = self.env.books.find_address(ticket)
        known = "" if other or found is None else found.maintainer_reference
        self.post(
            "requestFaultReportUpdate", self.head(buyer, reference), {"maintainerFaultReference": known or "CS9999999"}
        )

    @precondition(lambda self: self.env.books.by_file)
    @rule(
        name=offered(lambda life: [*life.env.books.by_file, "NO-SUCH-FILE"]),
        size=st.integers(0, 2),
        trouble=st.sampled_from((None, None, None, "no-room")),
    )
    def buyer_puts_a_file(self, name: str, size: int, trouble: Trouble | None) -> None:
        content = sha256(bytes(size)).hexdigest()
        self.env.take(FileReceived(name, 0 if trouble else size, "" if trouble else content, trouble=trouble))

    # -- the supplier

    def addresses(self, *states: State) -> list[str]:
        """The tickets in some states, or in any."""
        return [one.address for one in self.env.books.tickets.values() if not states or one.state in states]

    def possible(self, kind: str) -> list[list[tuple[str, str]]]:
        """Each ticket with each move of a kind that it can take now, or with each that it can't; a list for a state."""
        of_state: dict[str, list[tuple[str, str]]] = {}
        for ticket in self.env.books.tickets.values():
            legal = legal_moves(ticket)
            names = {"reopen", *ACTIONS} - legal if kind == "illegal" else legal
            fit = sorted(name for name in names if kind != "visit" or name.endswith("appointment"))
            of_state.setdefault(ticket.state, []).extend((ticket.address, name) for name in fit)
        nobody = [[(NOBODY, "accept")]] if kind == "illegal" else []
        return [of_state[state] for state in sorted(of_state) if of_state[state]] + nobody

    def steer(self, move: Move, *, legal: bool) -> None:
        address, name, parameters = move
        ticket = self.env.books.find_address(address)
        if legal and ticket and name == "report-late-repair" and not parameters:
            legal = sla.late_repair(ticket, self.env.now, self.env.settings.sla) is not None
        outcome = self.env.take(Steered(name, address, parameters))
        assert legal == (outcome.refusal is None)
        (self.figures.taken if legal else self.figures.refused)[name] += 1

    @precondition(lambda self: self.possible("legal"))
    @rule(move=moves("legal"))
    def supplier_moves(self, move: Move) -> None:
        self.steer(move, legal=True)

    @precondition(lambda self: self.possible("visit"))
    @rule(move=moves("visit"))
    def supplier_moves_a_visit(self, move: Move) -> None:
        self.steer(move, legal=True)

    @rule(move=moves("illegal"))
    def supplier_tries_in_vain(self, move: Move) -> None:
        self.steer(move, legal=False)

    # -- endpoint and time

    @rule(mood=st.sampled_from(sorted(ENDPOINT)))
    def endpoint_becomes(self, mood: str) -> None:
        self.env.endpoint = mood
        self.env.settle()

    @rule(minutes=st.sampled_from((0, 0, 1, 60, 600, 1500, 4000)))
    def time_passes(self, minutes: int) -> None:
        """So many minutes, or until the next timer."""
        following = self.env.engine.schedule.next()
        until = following.due if following and not minutes else self.env.now
        self.env.wait(until + timedelta(minutes=minutes))


def legal_moves(ticket: Ticket) -> set[str]:
    """What contract §3 lets the supplier do to a ticket as it stands; re-opening is the buyer's."""
    names = {trigger.value for trigger in TRANSITIONS[ticket.state]} - {Trigger.REOPEN.value}
    if ticket.state in UNDER_REPAIR:
        names |= {"triage", *(VISIT_TRANSITIONS[ticket.visit.state] if ticket.visit else ())}
    return names | ({"comment", "report-late-repair"} if ticket.state in {*UNDER_REPAIR, State.RESOLVED} else set())


def live(kind: type[AnyLife], examples: int, *, derandomize: bool) -> None:
    """So many lives of fifty steps each."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=50,
        derandomize=derandomize,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run(kind, settings=chosen)
