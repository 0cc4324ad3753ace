"""``notification_schema: verbatim``: what is sent has the shape of the sample that the text prints, quirk by quirk."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import etree

from simulator.cityfibre import NOTIFICATIONS
from simulator.cityfibre.attachments import File
from simulator.cityfibre.messages import Comment, ContactDetails, LateRepairNotification, MissedAppointment, Update
from simulator.cityfibre.notifications import AMENDED, Notification
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.ticket import State, Ticket
from simulator.cityfibre.verbatim import SAMPLED
from simulator.cityfibre.visits import Visit, VisitTrigger
from simulator.core.effects import Deliver
from tests.drafts import NOW, draft_of, ticket_of
from tests.rig import children, message_in, name_of, text_at
from tests.sampled_shapes import SHAPES, Fraction, Shape

BY_NAME = {one.name: one for one in NOTIFICATIONS}
FLAGS = ("sellerMissedAppointment", "Amended", "Cancelled", "endUserMissedAppointment", "endUserPreAgreed", "MBORC")
MOVES = {
    "appointment-confirmation": [VisitTrigger.CONFIRM],
    "appointment-completed": [VisitTrigger.CONFIRM, VisitTrigger.COMPLETE],
    "appointment-cancelled": [VisitTrigger.CONFIRM, VisitTrigger.CANCEL],
}
"""What has become of the one visit that each sample shows; in the others it is booked."""


def like_the_sample(name: str) -> Ticket:
    """A ticket that has everything, in the state of a sample and with as many lines of history, by the same parties."""
    shape = SHAPES.get(name)
    ticket = ticket_of(
        State(shape.status) if shape else State.IN_PROGRESS,
        maintainer_reference="CS0000001",
        parent_reference="REF-0",
        status_reason="a reason",
        reported_at="2026-01-05T08:45:00.1234Z",
        reporter=ContactDetails(name="Fault desk", phone="01632 960001", email="desk@buyer.example"),
        comment=Comment(value="Call first.", commented_by="seller", commented_time="2026-01-05T09:00:00.000Z"),
        visits=(Visit("KEY", "2026-01-07", "08:00", "13:00"),),
        files=(File("FILE", "a.jpg"),),
        late_repair=LateRepairNotification(total_delay_in_days="1"),
        priority_level="1",
        missed=MissedAppointment(
            appointment_reservation_key="KEY",
            appointment_date="2026-01-07",
            appointment_start_time="08:00",
            appointment_end_time="13:00",
            **dict.fromkeys(("seller_missed_appointment", "amended", "cancelled"), "Y"),
            **dict.fromkeys(("end_user_missed_appointment", "end_user_pre_agreed", "mborc"), "Y"),
        ),
    )
    for party in shape.parties if shape else ("Buyer", "Seller"):
        ticket.note("A line", party.lower(), NOW)
    for move in MOVES.get(name, []):
        ticket.move_visit(move, closure_code="FR" if move is VisitTrigger.COMPLETE else None)
    return ticket


def sent(ticket: Ticket, notification: Notification, schema: str, envelope: str = "bare") -> bytes:
    """The bytes of a notification."""
    draft = draft_of(notification_schema=schema, notification_envelope=envelope)
    notify(draft, ticket, notification)
    (deliver,) = draft.effects
    assert isinstance(deliver, Deliver)
    return deliver.body


def told(name: str, schema: str = "verbatim") -> etree._Element:
    """The message that such a ticket's notification is."""
    return etree.fromstring(sent(like_the_sample(name), BY_NAME[name], schema))


def paths(element: etree._Element, above: str = "") -> Iterator[str]:
    """Every element below, in order, without what contacts hold."""
    for child in element:
        path = f"{above}{name_of(child)}"
        yield path
        if not path.endswith("ContactDetails"):
            yield from paths(child, f"{path}/")


def texts(message: etree._Element, name: str) -> list[str]:
    """The texts of all elements of a name."""
    return [element.text or "" for element in message.iter(name)]


def fraction(message: etree._Element, name: str) -> Fraction:
    """How the instants of a name are spelt, which is the same for all of them."""
    found = {re.sub(r"^[\d-]{10}T[\d:]{8}(\.\d{4})?Z$", r"\1", text)[:1] for text in texts(message, name)}
    spelt: dict[str, Fraction] = {"": "none", ".": "four digits"}
    return spelt[found.pop()] if len(found) == 1 else "missing" if not found else _mixed(found)


def _mixed(found: set[str]) -> Fraction:
    message = f"spelt in more ways than one: {found}"
    raise AssertionError(message)


def shape_of(name: str) -> Shape:
    """What we send, as ``sampled_shapes`` describes it."""
    message = told(name)
    return Shape(
        page=BY_NAME[name].source,
        status=text_at(message, "faultDetails/status") or "",
        paths=tuple(paths(message)),
        sent_at=fraction(message, "sentAt"),
        report_date_time=fraction(message, "reportDateTime"),
        fault_start_time=fraction(message, "faultStartTime"),
        updated_time=fraction(message, "updatedTime"),
        commented_time=fraction(message, "commentedTime"),
        parties=tuple(texts(message, "updatedBy")),
        flags="".join(text_at(message, f"faultDetails/missedAppointment/{flag}") or "" for flag in FLAGS),
    )


def test_each_sample_is_known() -> None:
    """The twelve pages."""
    assert len(SHAPES) == 12
    assert set(SAMPLED) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_sent_has_the_samples_shape(name: str) -> None:
    """Its elements in their order, its instants, its parties and its flags (R7)."""
    assert SHAPES[name] == shape_of(name)


@pytest.mark.parametrize(
    ("name", "at", "line"),
    [
        ("accepted", "2026-01-05T09:00:00.0000Z", None),
        ("closed", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00.0000Z"),
        ("cancelled", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00.0000Z"),
        ("on-hold", None, "2026-01-05T09:00:00Z"),
        ("amended", "2026-01-05T09:00:00.0000Z", "2026-01-05T09:00:00.0000Z"),
    ],
)
def test_an_instant_is_the_same_however_it_is_spelt(name: str, at: str | None, line: str | None) -> None:
    """Within the 25 characters of the tables (R10)."""
    message = told(name)
    assert (text_at(message, "sentAt"), text_at(message, "updates/update/updatedTime")) == (at, line)


def test_the_milliseconds_of_an_instant_stay() -> None:
    """The fourth digit is a nought behind them."""
    ticket = ticket_of(State.IN_PROGRESS)
    ticket.note("A line", "seller", NOW.replace(microsecond=120_000))
    message = etree.fromstring(sent(ticket, BY_NAME["in-progress"], "verbatim"))
    assert texts(message, "updatedTime") == ["2026-01-05T09:00:00.1200Z"]


@pytest.mark.parametrize("spelt", ["2026-01-05T08:00:00+01:00", "2026-01-05T08:00:00", "2026-01-05T08:00:00.5Z"])
def test_a_buyers_own_instant_stays_as_it_was_spelt(spelt: str) -> None:
    """Only what we write ourselves changes."""
    line = Update(description="Rebooted", updated_by="buyer", updated_time=spelt)
    ticket = ticket_of(State.IN_PROGRESS, updates=(line,), reported_at=spelt)
    message = etree.fromstring(sent(ticket, BY_NAME["in-progress"], "verbatim"))
    assert texts(message, "updatedTime") + texts(message, "reportDateTime") == [spelt, spelt]


def test_the_documentations_stand_ins_are_not_sent() -> None:
    """The reference is the ticket's, and a visit is either confirmed or failed."""
    message = told("cancelled")
    assert texts(message, "maintainerFaultReference") == ["CS0000001"]
    assert texts(told("appointment-confirmation"), "appointmentConfirmationStatus") == ["Confirmed"]
    ticket = like_the_sample("in-progress")
    ticket.move_visit(VisitTrigger.FAIL)
    message = etree.fromstring(sent(ticket, BY_NAME["appointment-confirmation"], "verbatim"))
    assert texts(message, "appointmentConfirmationStatus") == ["Failed"]


def test_what_a_ticket_does_not_have_is_left_out() -> None:
    """A rejected report's reference is empty; an amend without a comment shows none; a visit is not always booked."""
    rejected = etree.fromstring(sent(ticket_of(State.REJECTED), BY_NAME["rejected"], "verbatim"))
    assert texts(rejected, "maintainerFaultReference") == [""]
    silent = sent(like_the_sample("amended"), replace(AMENDED, shows=("updates",)), "verbatim")
    assert tuple(paths(etree.fromstring(silent))) == SHAPES["amended"].paths[:-4]
    unvisited = etree.fromstring(sent(ticket_of(State.IN_PROGRESS), BY_NAME["in-progress"], "verbatim"))
    assert texts(unvisited, "appointments") == []


def test_an_envelope_holds_the_same_message() -> None:
    """R2 and R7 do not know of each other."""
    message = message_in(sent(like_the_sample("on-hold"), BY_NAME["on-hold"], "verbatim", "soap"))
    assert (name_of(message), tuple(paths(message))) == ("notifyFaultReportUpdate", SHAPES["on-hold"].paths)


@pytest.mark.parametrize("name", ["open", "re-opened", "triage", "late-repair", "full-update"])
def test_what_has_no_sample_is_sent_as_documented(name: str) -> None:
    """To the byte."""
    ticket = like_the_sample(name)
    assert sent(ticket, BY_NAME[name], "verbatim") == sent(ticket, BY_NAME[name], "documented")


def test_every_notification_has_a_sample_or_has_none() -> None:
    """Twelve and five."""
    assert set(BY_NAME) == {*SHAPES, "open", "re-opened", "triage", "late-repair", "full-update"}


@pytest.mark.parametrize("schema", ["documented", "xsd"])
@pytest.mark.parametrize("name", SHAPES)
def test_the_other_schemas_know_no_quirks(name: str, schema: str) -> None:
    """Triage is there, instants have milliseconds, parties are in lower case, flags are as the supplier said."""
    message = told(name, schema)
    details = children(next(message.iter("faultDetails")))
    assert (details["triageComplete"], details["triageFindings"]) == ("true", "Slow.")
    ours = texts(message, "sentAt") + texts(message, "updatedTime") + texts(message, "commentedTime")
    assert set(ours) == {"2026-01-05T09:00:00.000Z"}
    assert texts(message, "updatedBy") == [party.lower() for party in SHAPES[name].parties]
    assert {flag for name in FLAGS for flag in texts(message, name)} <= {"Y"}


@pytest.mark.parametrize("name", SAMPLED)
def test_a_report_date_time_that_we_wrote_has_four_digits_too(name: str) -> None:
    """All twelve samples have it so (R40: where the report has none it is ours)."""
    draft = draft_of(notification_schema="verbatim")
    notify(draft, ticket_of(State.IN_PROGRESS, reported_at="2026-01-05T09:00:00.000Z"), BY_NAME[name])
    (deliver,) = draft.effects
    assert isinstance(deliver, Deliver)
    assert text_at(message_in(deliver.body), "reportDateTime") == "2026-01-05T09:00:00.0000Z"
