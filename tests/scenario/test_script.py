"""The interpreter: what each kind of step does, when it ends, and how it fails."""

from copy import deepcopy

import pytest

from simulator.cityfibre import SupplierSettings
from simulator.cityfibre.ticket import Ticket
from simulator.core.engine import Refusal
from simulator.core.instants import format_instant
from tests.messages import Tree
from tests.scenario.stories import REPORT, START, Story

REF: Tree = {"buyerFaultReference": "REF-1", "maintainerFaultReference": None}
KEY: Tree = {"appointment": {"appointmentReservationKey": "6JIC2DJ3C3UV1GKZ6KK3FWFFHYO7TBTK"}}
VISIT = "- buyer: reserveAppointment\n" + REPORT


def with_visit(steps: str) -> Story:
    """A story whose fault has an appointment on Tuesday morning, 6 January, from 08:00 to 13:00."""
    story = Story(VISIT + steps)
    slot: Tree = {"appointmentDate": "2026-01-06", "appointmentStartTime": "08:00", "appointmentEndTime": "13:00"}
    story.send("reserveAppointment", {"appointmentSlot": slot})
    story.send("addFaultReport", KEY, {"faultDetails": {"type": "Service Outage"}})
    return story


# -- from step to step


def test_each_step_is_an_input_of_its_own() -> None:
    """A move has one cause, the firing of the script's timer; two moves at one instant have two."""
    story = Story(REPORT + "- supplier: start\n")
    story.send("addFaultReport")
    causes = [entry.cause for entry in story.entries("ticket-changed")]
    fired = [entry.seq for entry in story.entries("timer-fired")]
    assert [entry.data["to"] for entry in story.entries("ticket-changed")] == ["accepted", "in-progress"]
    assert causes == fired
    assert story.done == ["buyer addFaultReport", "supplier accept", "supplier start"]
    assert story.ended


def test_two_stories_of_the_same_inputs_leave_the_same_journal() -> None:
    """To the byte."""
    journals = []
    for _ in range(2):
        story = with_visit("- wait: appointment-end\n- supplier: resolve\n- check: {state: resolved}\n")
        story.pass_time(48)
        journals.append(list(story.engine.journal.lines()))
    assert len(journals[0]) > 30
    assert journals[0] == journals[1]


def test_a_led_ticket_is_spared_the_default_life_but_not_the_auto_close() -> None:
    """Nothing happens for days; once resolved, 48 hours without an answer close it."""
    story = Story(REPORT + "- wait: P5D\n- supplier: resolve\n- wait: PT48H\n- check: {state: closed}\n")
    story.send("addFaultReport")
    story.pass_time(119)
    assert [entry.data["to"] for entry in story.entries("ticket-changed")] == ["accepted"]
    story.pass_time(1 + 48)
    assert story.ended
    assert {one["timer"] for one in story.told("timer-set")} == {"script", "sla-deadline", "auto-close"}


def test_a_second_run_is_refused_while_one_goes_on() -> None:
    """It would hear what is not meant for it."""
    story = Story(REPORT)
    state = deepcopy(story.supplier.books)
    assert story.begin() == "a scenario has this environment for itself already; reset it first"
    assert state == story.supplier.books


# -- supplier


def test_a_move_that_is_not_possible_fails_the_step_and_changes_nothing() -> None:
    """The refusal is told in the words that the control API has."""
    story = Story(REPORT + "- wait: PT1H\n- supplier: resume\n")
    story.send("addFaultReport")
    tickets = deepcopy(story.supplier.books.tickets)
    story.pass_time(1)
    assert story.failure == (
        "supplier resume",
        "the supplier can resume",
        "a fault that is accepted can't take resume",
    )
    assert tickets == story.supplier.books.tickets
    assert not story.ended
    assert len(story.engine.schedule) == 1, "the SLA's mark is all that is left"


def test_a_move_that_is_refused_half_way_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its draft is thrown away, whatever it did before it refused."""

    def half_way(_name: str, _parameters: object, ticket: Ticket, _draft: object) -> Refusal:
        ticket.priority_level = "9"
        return Refusal("not after all")

    story = Story(REPORT + "- wait: PT1H\n- supplier: start\n")
    story.send("addFaultReport")
    monkeypatch.setattr("simulator.scenario.script.act", half_way)
    tickets = deepcopy(story.supplier.books.tickets)
    story.pass_time(1)
    assert story.failure == ("supplier start", "the supplier can start", "not after all")
    assert tickets == story.supplier.books.tickets


def test_a_move_without_a_ticket_fails_the_step() -> None:
    """Nobody has reported anything."""
    story = Story("- supplier: accept\n")
    assert story.failure == (
        "supplier accept",
        "the supplier can accept",
        "there is no ticket yet: the buyer has reported no fault",
    )


def test_parameters_may_come_from_the_ticket_and_are_checked_then() -> None:
    """A reason that refers to a field; one that comes out blank where none may be."""
    story = Story(REPORT + "- supplier: put-on-hold\n  reason: $ticket.serviceAffected\n")
    story.send("addFaultReport")
    assert story.entries("ticket-changed")[-1].data["reason"] == "S21709"
    blank = Story(REPORT + "- supplier: comment\n  value: $ticket.statusReason\n")
    blank.send("addFaultReport")
    assert blank.failure is not None
    assert blank.failure[2] == "value: expected something other than white space"


# -- wait


@pytest.mark.parametrize(
    ("wait", "until"),
    [
        ("wait: PT90M", "2026-01-05T10:30:00.000Z"),
        ("wait: 12:30", "2026-01-05T12:30:00.000Z"),
        ("wait: '08:00'", "2026-01-06T08:00:00.000Z"),
        ("{wait: 17:00, working_days: 1}", "2026-01-06T17:00:00.000Z"),
        ("{wait: '08:00', working_days: 6}", "2026-01-12T08:00:00.000Z"),
    ],
)
def test_a_wait_lasts_until_its_moment(wait: str, until: str) -> None:
    """A duration, or a time of a working day; Sunday 11 January is none."""
    story = Story(f"- {wait}\n- check: {{tickets: 0}}\n")
    assert [format_instant(one.due) for one in story.engine.schedule.upcoming(5)] == [until]
    story.pass_time(200)
    assert story.ended


def test_times_of_day_are_the_suppliers_own_and_skip_bank_holidays() -> None:
    """In summer 12:30 is 11:30 UTC; after Thursday before Easter comes Saturday."""
    summer = Story("- wait: 12:30\n- check: {tickets: 0}\n", now=START.replace(month=7, day=1))
    assert format_instant(summer.engine.schedule.upcoming(1)[0].due) == "2026-07-01T11:30:00.000Z"
    easter = Story("- {wait: '08:00', working_days: 1}\n- check: {tickets: 0}\n", now=START.replace(month=4, day=2))
    assert format_instant(easter.engine.schedule.upcoming(1)[0].due) == "2026-04-04T07:00:00.000Z"


@pytest.mark.parametrize(
    ("mark", "at"),
    [
        ("appointment-start", "2026-01-06T08:00:00.000Z"),
        ("appointment-end", "2026-01-06T13:00:00.000Z"),
        ("sla-deadline", "2026-01-07T09:00:00.000Z"),
    ],
)
def test_a_ticket_knows_moments_itself(mark: str, at: str) -> None:
    """The visit's slot, and when its repair must be done: 20 working hours of priority 2, from acceptance on."""
    story = with_visit(f"- wait: {mark}\n- check: {{state: accepted}}\n")
    due = {one.timer.kind: format_instant(one.due) for one in story.engine.schedule.upcoming(5)}
    assert due["script"] == at
    story.pass_time(200)
    assert story.ended


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("- wait: appointment-start\n", "there is no ticket yet"),
        (REPORT + "- wait: appointment-end\n", "the fault has no appointment ahead"),
        (REPORT + "- supplier: put-on-hold\n- wait: sla-deadline\n", "its SLA's clock does not run"),
    ],
)
def test_a_moment_that_is_not_there_fails_the_step(steps: str, found: str) -> None:
    """At once, and not at the end of time."""
    story = Story(steps)
    story.send("addFaultReport")
    assert story.failure is not None
    assert story.failure[2] == found


def test_a_moment_that_has_passed_fails_the_step() -> None:
    """Whoever wrote it has lost count of the time."""
    story = with_visit("- wait: P2D\n- wait: appointment-start\n")
    story.pass_time(48)
    assert story.failure is not None
    assert story.failure[2] == "that was at 2026-01-06T08:00:00.000Z already"


# -- buyer and expect


def test_a_request_that_is_refused_does_not_do_for_one_that_must_be_taken() -> None:
    """Nor the other way round, nor one that another rule refuses."""
    story = Story("- {buyer: addFaultReport, within: PT1H}\n")
    story.send("addFaultReport", {"serviceAffected": "S99999"})
    story.pass_time(1)
    assert story.failure == (
        "buyer addFaultReport",
        "addFaultReport, taken, within PT1H",
        (
            "the nearest came at 2026-01-05T09:00:00.000Z: the request is refused by service-known (No service of this "
            "buyer with that identifier; list it in the inventory, or start with --inventory any), expected taken"
        ),
    )
    refused = Story("- {buyer: addFaultReport, refused_by: tlos-key, within: PT1H}\n- check: {tickets: 0}\n")
    refused.send("addFaultReport", {"serviceAffected": "S99999"})
    assert refused.done == []
    refused.send("addFaultReport", {"faultDetails": {"type": "Service Outage"}})
    assert refused.ended


def test_the_nearest_of_several_is_told() -> None:
    """The one with the fewest differences, whenever it came."""
    fields = "{serviceAffected: S30001, faultDetails: {type: Performance Issue}}"
    story = Story(f"- buyer: addFaultReport\n  with: {fields}\n  within: PT1H\n")
    story.send("addFaultReport", {"serviceAffected": "S30001"})
    story.send("addFaultReport", {"serviceAffected": "S30002", "buyerFaultReference": "REF-2"})
    story.send("requestFaultReportUpdate", {"buyerFaultReference": "REF-2"})
    story.pass_time(1)
    assert story.failure == (
        "buyer addFaultReport",
        "addFaultReport with serviceAffected 'S30001', faultDetails.type 'Performance Issue', taken, within PT1H",
        (
            "the nearest came at 2026-01-05T09:00:00.000Z: faultDetails.type is 'Impaired Service', "
            "expected 'Performance Issue'"
        ),
    )


def test_where_only_other_operations_came_they_are_named() -> None:
    """Each once."""
    story = Story(REPORT + "- {buyer: amendFaultReport, within: PT1H}\n")
    story.send("addFaultReport")
    story.send("queryAppointmentAvailability")
    story.send("queryAppointmentAvailability")
    story.pass_time(1)
    assert story.failure is not None
    assert story.failure[2] == "no amendFaultReport came; there was queryAppointmentAvailability"


def test_a_request_before_its_step_is_kept_and_serves_one_step() -> None:
    """Two steps want an amend; one came early: the second step still waits."""
    amend = "- {buyer: amendFaultReport, within: PT2H}\n"
    story = Story(REPORT + "- wait: PT1H\n" + amend + amend)
    story.send("addFaultReport")
    story.send("amendFaultReport", REF)
    story.pass_time(1)
    assert story.done[-1] == "buyer amendFaultReport"
    assert not story.ended
    story.send("amendFaultReport", REF)
    assert story.ended
    assert [one.timer.kind for one in story.engine.schedule.upcoming(5)] == ["sla-deadline"]


def test_the_answer_may_be_looked_at() -> None:
    """Its status, and its fields by their names."""
    step = "- {buyer: addFaultReport, within: PT1H, status: 201, answer: {status: accepted, responseCode: 201}}\n"
    story = Story(step)
    story.send("addFaultReport")
    story.pass_time(1)
    assert story.failure is not None
    assert story.failure[2].endswith("answer.status is 'pending', expected 'accepted'")
    good = Story(step.replace("accepted", "pending"))
    good.send("addFaultReport")
    assert good.ended


def test_what_must_never_come_fails_at_once_when_it_does() -> None:
    """And passes when its span is over."""
    steps = (
        REPORT + "- {expect: amendFaultReport, never: PT24H, where: {priorityLevel: 1}}\n- check: {state: accepted}\n"
    )
    story = Story(steps)
    story.send("addFaultReport")
    story.send("amendFaultReport", REF, {"priorityLevel": "3"})
    story.pass_time(23)
    story.send("amendFaultReport", REF, {"priorityLevel": "1"})
    assert story.failure == (
        "expect amendFaultReport never in PT24H",
        "no amendFaultReport with priorityLevel '1' for PT24H",
        "it came at 2026-01-06T08:00:00.000Z",
    )
    quiet = Story(steps)
    quiet.send("addFaultReport")
    quiet.pass_time(24)
    assert quiet.ended


def test_later_steps_find_an_answers_fields() -> None:
    """By the name that the step gave it; one that is not there fails the step that asks for it."""
    story = Story(
        "- {buyer: reserveAppointment, as: held}\n"
        "- buyer: addFaultReport\n"
        "  with: {appointment: {appointmentReservationKey: $held.appointmentReservationKey}}\n"
    )
    story.send("reserveAppointment")
    story.send("addFaultReport", KEY, {"faultDetails": {"type": "Service Outage"}})
    assert story.ended
    lost = Story(
        "- {buyer: reserveAppointment, as: held, refused_by: slot-offered}\n"
        "- buyer: addFaultReport\n"
        "  with: {appointment: {appointmentReservationKey: $held.appointmentReservationKey}}\n"
    )
    lost.send("reserveAppointment", {"appointmentSlot": {"appointmentDate": "2026-01-04"}})
    assert lost.failure == (
        "buyer addFaultReport",
        "a value for $held.appointmentReservationKey",
        "the answer has no such field",
    )


def test_a_ticket_reported_too_early_is_led_from_its_step_on() -> None:
    """The default life has accepted it meanwhile; from then on nothing happens by itself."""
    story = Story("- wait: PT1H\n- buyer: addFaultReport\n- wait: P3D\n- check: {state: accepted}\n")
    story.send("addFaultReport")
    story.pass_time(73)
    assert story.ended


# -- check


def test_a_check_tells_everything_that_is_not_so() -> None:
    """All at once."""
    story = Story(
        REPORT + "- check:\n"
        "    state: open\n    reason: x\n    appointment: booked\n    sla: {exceeded: true, paused: false}\n"
        "    notifications: {accepted: 2, rejected: 0}\n"
        "    notification: {faultDetails: {status: accepted, type: Fault}}\n    tickets: 1\n"
    )
    story.send("addFaultReport")
    assert story.failure == (
        "check",
        (
            "state 'open', reason 'x', appointment 'booked', sla.exceeded true, notifications.accepted 2, "
            "notification.faultDetails.type 'Fault'"
        ),
        (
            "state 'accepted', reason '', appointment 'not there', sla.exceeded false, notifications.accepted 1, "
            "notification.faultDetails.type 'Impaired Service'"
        ),
    )


def test_a_check_of_a_ticket_that_is_not_there_fails() -> None:
    """But how many there are can always be checked."""
    story = Story("- check: {tickets: 0}\n- check: {state: accepted}\n")
    assert story.done == ["check"]
    assert story.failure == ("check", "ticket one that the buyer has reported", "ticket not there")


def test_closure_code_and_pause_are_seen() -> None:
    """Of the newest visit, and of the SLA's clock."""
    story = with_visit(
        "- supplier: complete-appointment\n  closure_code: NA\n- supplier: put-on-hold\n"
        "- check: {appointment: completed, closure_code: NA, sla: {paused: true}}\n"
    )
    assert story.ended


# -- bugs


def test_a_bug_in_a_step_is_told_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script stays where it was."""

    def broken(*_given: object) -> None:
        raise RuntimeError("a bug of ours")

    story = Story(REPORT + "- wait: PT1H\n- supplier: start\n", settings=SupplierSettings())
    story.send("addFaultReport")
    monkeypatch.setattr("simulator.scenario.script.act", broken)
    tickets = deepcopy(story.supplier.books.tickets)
    story.pass_time(1)
    assert story.told("bug") == [{"error": "RuntimeError: a bug of ours"}]
    assert tickets == story.supplier.books.tickets
    assert not story.ended


@pytest.mark.parametrize("wanted", ["reason: $r.detail", "notification: {comment: $r.detail}"])
def test_a_check_that_refers_to_nothing_fails(wanted: str) -> None:
    """It must not pass as if it had not asked."""
    steps = "- {buyer: addFaultReport, as: r}\n- supplier: accept\n"
    story = Story(f"{steps}- check: {{state: accepted, {wanted}}}\n")
    story.send("addFaultReport")
    assert story.failure == ("check", "a value for $r.detail", "the answer has no such field")
