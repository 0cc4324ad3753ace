"""A late repair: the figures that it is told with, and the timer that marks the deadline while a fault is alive.

A fault may take twenty working hours, and is accepted on Monday at 09:00: it is due on Wednesday at 09:00.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.cityfibre import CityFibre, SupplierSettings, inventory, sla
from simulator.cityfibre.messages import Exclusion, LateRepairNotification
from simulator.cityfibre.ticket import Pause, State, Ticket
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.engine import Engine
from simulator.core.inputs import Input, RequestReceived, Steered, Timer
from simulator.core.instants import format_instant
from tests.drafts import draft_of, ticket_of
from tests.messages import Tree, request, slot

TWENTY_HOURS = SupplierSettings().sla
ADDRESS = "~SPDEV1~REF-1"
TIMER = Timer("sla-deadline", ADDRESS)


def jan(text: str) -> datetime:
    """An instant of January 2026 from its day and time; the 5th is a Monday."""
    return datetime.fromisoformat(f"2026-01-{text}").replace(tzinfo=UTC)


MONDAY, WEDNESDAY = jan("05 09:00"), jan("07 09:00")
MOMENT = timedelta(milliseconds=1)
"""Behind the deadline: what is repaired on the very instant is not late, and is not marked."""


def fault(*pauses: tuple[str, str, str], **changes: Any) -> Ticket:  # noqa: ANN401 - any field of a ticket
    """A fault in progress, with pauses: reason, from and to; with an empty text at its end a pause lasts."""
    held = tuple(Pause(reason, jan(since), jan(until) if until else None) for reason, since, until in pauses)
    return ticket_of(**{"state": State.IN_PROGRESS, "accepted_at": MONDAY, "pauses": held, **changes})


def resolved(at: str, *pauses: tuple[str, str, str]) -> Ticket:
    """The same fault, resolved at an instant, since when it awaits the buyer."""
    return fault(*pauses, ("BUYER", at, ""), state=State.RESOLVED, since=jan(at))


def late(seller: int, others: int = 0, *exclusions: tuple[str, int, str, str]) -> LateRepairNotification:
    """What a late repair is told as: days, and exclusions by reason, days, from and to."""
    return LateRepairNotification(
        total_delay_in_days=str(seller + others),
        seller_delay_days=str(seller),
        non_seller_delay_days=str(others),
        exclusions=tuple(
            Exclusion(
                exclusion_reason=reason,
                number_of_days=str(days),
                start_date_time=f"2026-01-{since}Z",
                end_date_time=f"2026-01-{until}Z",
            )
            for reason, days, since, until in exclusions
        ),
    )


# -- the figures


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("07 08:59:59.999", 0),
        ("07 09:00:00.000", 0),
        ("07 09:00:00.001", 1),
        ("08 09:00:00.000", 1),
        ("08 09:00:00.001", 2),
        ("10 10:00:00.000", 4),
    ],
)
def test_days_that_have_begun_after_the_deadline(at: str, days: int) -> None:
    """On the deadline it is not late, a millisecond later by a day; a resolved fault is repaired, whoever asks when."""
    expected = late(days) if days else None
    assert sla.late_repair(fault(), jan(at), TWENTY_HOURS) == expected
    assert sla.late_repair(resolved(at), jan(at), TWENTY_HOURS) == expected
    assert sla.late_repair(resolved(at), jan("31 09:00"), TWENTY_HOURS) == expected


FIGURES = {
    # 9 + 10 hours, and the last one on Friday: due there at 09:00
    "whole-days": (
        resolved("09 09:00:00.001", ("HOLD", "07 08:00", "09 08:00")),
        late(1, 2, ("HOLD", 2, "07T08:00:00.000", "09T08:00:00.000")),
    ),
    "a-millisecond-less": (
        resolved("10 09:00", ("HOLD", "07 08:00", "09 07:59:59.999")),
        late(1, 1, ("HOLD", 1, "07T08:00:00.000", "09T07:59:59.999")),
    ),
    # 9 + 2 hours, 1.5 and 4.5 on Friday, 3 on Saturday: due there at 11:00
    "two-pauses": (
        resolved("12 11:30", ("HOLD", "06 10:00", "09 10:30"), ("KEYS", "09 12:00", "09 13:30")),
        late(
            3, 3, ("HOLD", 3, "06T10:00:00.000", "09T10:30:00.000"), ("KEYS", 0, "09T12:00:00.000", "09T13:30:00.000")
        ),
    ),
    # 9 + 10 hours, and the last one after the buyer has said no
    "re-opened": (
        fault(("BUYER", "07 08:00", "09 08:00"), state=State.RE_OPENED, since=jan("09 08:00")),
        late(22, 2, ("BUYER", 2, "07T08:00:00.000", "09T08:00:00.000")),
    ),
    # four days after the deadline, of which two are excluded
    "after-the-deadline": (
        resolved("11 09:00", ("HOLD", "08 09:00", "10 09:00")),
        late(2, 2, ("HOLD", 2, "08T09:00:00.000", "10T09:00:00.000")),
    ),
    # late by a day when the buyer was asked; two days later it said no, and the repair took two hours more
    "refused-and-repaired-again": (
        resolved("10 11:00", ("BUYER", "08 09:00", "10 09:00")),
        late(2, 2, ("BUYER", 2, "08T09:00:00.000", "10T09:00:00.000")),
    ),
    "on-hold": (fault(("HOLD", "07 10:00", "")), late(1, 23, ("HOLD", 23, "07T10:00:00.000", "31T09:00:00.000"))),
    # due when the visit was over, on the 9th at 13:00; a day of the pause lies behind that
    "across-a-visit": (
        fault(
            ("HOLD", "08 13:00", "10 13:00"),
            state=State.RESOLVED,
            since=jan("12 13:00"),
            visit_promised=jan("09 13:00"),
        ),
        late(2, 2, ("HOLD", 2, "08T13:00:00.000", "10T13:00:00.000")),
    ),
    "not-before-the-visit": (fault(visit_promised=jan("30 08:59:59")), late(2)),
    "the-visit-is-not-over": (fault(visit_promised=jan("31 09:00")), None),
    "not-accepted": (ticket_of(), None),
}


@pytest.mark.parametrize(("ticket", "expected"), FIGURES.values(), ids=FIGURES.keys())
def test_pauses_are_what_is_excluded(ticket: Ticket, expected: LateRepairNotification | None) -> None:
    """On the 31st at 09:00: the others' days are the whole ones of each pause, and the total is both together."""
    assert sla.late_repair(ticket, jan("31 09:00"), TWENTY_HOURS) == expected


# -- the timer


class Desk:
    """An environment without a server in which accepted faults stay as they are; timers move its clock."""

    def __init__(self, start: datetime = MONDAY, **of_sla: int) -> None:
        switches = {"validate_sent": True, "default_life": {"up_to": "accepted"}, "sla": of_sla}
        self.supplier = CityFibre(SupplierSettings.model_validate(switches), inventory.default(), seed=1)
        self.engine = Engine(self.supplier, has_endpoint=False)
        self.now = start

    def take(self, happened: Input) -> None:
        """One input, and what is due at once."""
        outcome = self.engine.handle(happened, self.now)
        assert (outcome.bug, outcome.refusal) == (None, None)
        self.move(self.now)

    def post(self, operation: str, *changes: Tree) -> None:
        """A buyer's request."""
        self.take(RequestReceived(operation, request(operation, *changes).encode(), content_type="application/xml"))

    def steer(self, command: str, **parameters: str) -> None:
        """The supplier's move."""
        self.take(Steered(command, ADDRESS, parameters))

    def book(self, day: str) -> None:
        """Another appointment, in the morning of a day."""
        self.post("reserveAppointment", slot(day))
        key = list(self.supplier.books.reservations)[-1]
        self.post("amendFaultReport", {"appointment": {"appointmentReservationKey": key}})

    def move(self, to: datetime) -> None:
        """From timer to timer."""
        while (following := self.engine.schedule.next()) is not None and following.due <= to:
            self.now = following.due
            outcome = self.engine.fire_next(self.now)
            assert outcome is not None
            assert outcome.bug is None
        self.now = to

    @property
    def ticket(self) -> Ticket:
        return self.supplier.books.tickets[1]

    @property
    def due(self) -> list[datetime]:
        """The deadline whose passing a timer awaits, if one does."""
        return [one.due - MOMENT for one in self.engine.schedule.upcoming(99) if one.timer == TIMER]

    @property
    def marks(self) -> list[tuple[str, object]]:
        """When the deadline was marked, and which."""
        entries = [entry for entry in self.engine.journal if entry.kind == "sla-exceeded"]
        return [(format_instant(entry.at), entry.data["deadline"]) for entry in entries]


@pytest.fixture
def desk() -> Desk:
    """With REF-1, accepted on Monday at 09:00."""
    one = Desk()
    one.post("addFaultReport")
    return one


def test_the_clock_never_jumps_to_the_deadline() -> None:
    """Its timer is not a driving one; set again it is left where it is, and of an ended fault it is forgotten."""
    draft, ticket = draft_of(now=MONDAY), fault()
    sla.watch(draft, ticket)
    sla.watch(draft, ticket)
    assert draft.effects == [SetTimer(TIMER, WEDNESDAY + MOMENT, driving=False)]
    ticket.state = State.CANCELLED
    sla.watch(draft, ticket)
    sla.watch(draft, ticket)
    assert draft.effects[1:] == [CancelTimer(TIMER)]


def test_the_mark_is_made_once_the_deadline_has_passed(desk: Desk) -> None:
    """Nothing else happens to the fault, nor later."""
    assert desk.due == [WEDNESDAY]
    desk.move(WEDNESDAY)
    assert (desk.marks, desk.ticket.sla_passed) == ([], None)
    told = len(desk.ticket.updates)
    desk.move(WEDNESDAY + MOMENT)
    assert (desk.ticket.state, len(desk.ticket.updates), desk.ticket.sla_watched) == (State.ACCEPTED, told, None)
    desk.steer("start")
    desk.steer("put-on-hold")
    desk.steer("resume")
    desk.move(jan("31 09:00"))
    assert desk.marks == [("2026-01-07T09:00:00.001Z", "2026-01-07T09:00:00.000Z")]
    assert (desk.due, desk.ticket.sla_passed) == ([], WEDNESDAY)


def test_before_acceptance_nothing_is_watched() -> None:
    """The clock runs from then on."""
    draft, ticket = draft_of(), ticket_of()
    sla.watch(draft, ticket)
    assert (draft.effects, ticket) == ([], ticket_of())


def test_a_pause_takes_the_timer_away_and_its_end_brings_it_back(desk: Desk) -> None:
    """On hold, and while a resolved fault awaits the buyer: four hours, and then four again."""
    seen = []
    for at, move in (("06 10:00", "put-on-hold"), ("06 14:00", "resume"), ("07 09:00", "resolve")):
        desk.move(jan(at))
        desk.steer(move)
        seen.append(desk.due)
    desk.move(jan("07 13:00"))
    desk.post("resolveResponse", {"resolveAccepted": "false", "rejectedReason": "still slow"})
    assert [*seen, desk.due] == [[], [jan("07 13:00")], [], [jan("07 17:00")]]


@pytest.mark.parametrize("end", ["cancel", "resolve"])
def test_an_ended_fault_is_not_watched(desk: Desk, end: str) -> None:
    """Cancelled, or closed by its buyer."""
    desk.steer(end)
    if end == "resolve":
        desk.post("resolveResponse")
    desk.move(jan("31 09:00"))
    assert (desk.ticket.terminal, desk.due, desk.marks) == (True, [], [])


def test_another_priority_moves_the_deadline(desk: Desk) -> None:
    """Thirty hours; then ten, which were over on Tuesday: marked at once, and what has passed has passed."""
    desk.post("amendFaultReport", {"priorityLevel": "3"})
    assert desk.due == [jan("08 09:00")]
    desk.move(jan("07 08:00"))
    desk.post("amendFaultReport", {"priorityLevel": "+1"})
    assert (desk.due, desk.ticket.sla_passed) == ([], jan("06 09:00"))
    desk.post("amendFaultReport", {"priorityLevel": "004"})
    desk.book("2026-01-12")
    desk.move(jan("31 09:00"))
    assert desk.marks == [("2026-01-07T08:00:00.000Z", "2026-01-06T09:00:00.000Z")]
    assert sla.deadline(desk.ticket, jan("31 09:00"), TWENTY_HOURS) == jan("06 09:00")


def test_a_visit_moves_the_deadline_there_and_back(desk: Desk) -> None:
    """To the end of its slot, while that lies behind the hours that the fault may take."""
    seen = []
    for day in ("2026-01-12", "2026-01-09", "2026-01-06"):
        desk.book(day)
        seen.append(desk.due)
    assert seen == [[jan("12 13:00")], [jan("09 13:00")], [WEDNESDAY]]


@pytest.mark.parametrize(
    ("accepted", "marked"), [("05 09:00", "05T09:00"), ("04 12:00", "05T08:00")], ids=["on-monday", "on-sunday"]
)
def test_an_allowance_of_nothing_is_exceeded_as_soon_as_the_clock_runs(accepted: str, marked: str) -> None:
    """At once within working hours."""
    desk = Desk(jan(accepted), priority_2=0)
    desk.post("addFaultReport")
    desk.move(MONDAY + MOMENT)
    assert desk.marks == [(f"2026-01-{marked}:00.001Z", f"2026-01-{marked}:00.000Z")]


@pytest.mark.parametrize(
    ("at", "expected"),
    [("07 09:00", ["accepted", "resolved"]), ("07 09:00:00.001", ["accepted", "resolved", "late-repair"])],
    ids=["in-time", "late"],
)
def test_a_late_repair_is_told_when_it_is_done(desk: Desk, at: str, expected: list[str]) -> None:
    """Behind the notification that the fault is resolved, and only then (R17)."""
    desk.move(jan(at))
    desk.steer("resolve", reason="fault repaired")
    told = [entry.data["notification"] for entry in desk.engine.journal if entry.kind == "notification"]
    assert told == expected
    assert desk.ticket.late_repair == (late(1) if "late-repair" in expected else None)
    assert len(desk.marks) == expected.count("late-repair")


def test_a_clock_that_stands_at_the_deadline_has_not_run_beyond_it() -> None:
    """On hold at the very deadline, and resolved from there two days later: the supplier was not late."""
    ticket = fault(("HOLD", "07 09:00", ""), state=State.ON_HOLD)
    assert sla.late_repair(ticket, jan("09 09:00"), TWENTY_HOURS) is None
