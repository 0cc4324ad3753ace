"""The notifications: what each shows, by a table of its own, and how the buyer's answer is judged."""

import pytest
from lxml import etree

from simulator.cityfibre import ACTIONS, NOTIFICATIONS
from simulator.cityfibre.acknowledgement import Judgement, judge
from simulator.cityfibre.attachments import File
from simulator.cityfibre.messages import (
    Comment,
    ContactDetails,
    LateRepairNotification,
    MissedAppointment,
    Update,
)
from simulator.cityfibre.notifications import OF_STATE, Notification
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.ticket import State, Ticket
from simulator.cityfibre.visits import Visit
from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer
from tests.drafts import draft_of, ticket_of
from tests.rig import child_at, children, in_soap, name_of, text_at

SHOWN = {
    "accepted": set(),
    "rejected": {"updates", "statusReason"},
    "open": {"updates"},
    "in-progress": {"updates", "appointments"},
    "on-hold": {"updates"},
    "resolved": {"updates", "statusReason"},
    "closed": {"updates"},
    "cancelled": {"updates"},
    "re-opened": {"updates", "statusReason"},
    "amended": {"updates", "comment"},
    "triage": {"updates"},
    "appointment-confirmation": {"updates", "appointments"},
    "appointment-completed": {"updates", "appointments"},
    "appointment-cancelled": {"updates", "appointments"},
    "appointment-missed": {"missedAppointment"},
    "late-repair": {"updates", "statusReason", "lateRepairNotification"},
    "full-update": {
        "updates",
        "statusReason",
        "missedAppointment",
        "comment",
        "attachments",
        "priorityLevel",
        "lateRepairNotification",
        "appointments",
    },
}
"""Which optional parts each page of the supplier's text lists; the last three have none, and show what they are for."""
OF_DETAILS = {"statusReason", "missedAppointment"}
TELLING_OPERATIONS = {"amendFaultReport", "resolveResponse", "requestFaultReportUpdate"}
ALWAYS = [
    "apiVersion",
    "buyerIdentifier",
    "sentAt",
    "messageId",
    "reportDateTime",
    "reporterContactDetails",
    "endUserContactDetails",
    "serviceAffected",
    "buyerFaultReference",
    "maintainerFaultReference",
    "parentFaultReference",
    "faultDetails",
]


def full_ticket() -> Ticket:
    """A ticket that has everything."""
    keys = ("OLD", "NEW")
    return ticket_of(
        State.IN_PROGRESS,
        maintainer_reference="CS0000001",
        status_reason="a reason",
        updates=(Update(description="Created", updated_by="buyer", updated_time="2026-01-05T09:00:00.000Z"),),
        comment=Comment(value="Call first.", commented_by="buyer", commented_time="2026-01-05T09:00:00Z"),
        visits=tuple(Visit(key, "2026-01-07", "08:00", "13:00") for key in keys),
        files=(File("KEY", "a.jpg"),),
        late_repair=LateRepairNotification(total_delay_in_days="1"),
        missed=MissedAppointment(
            appointment_reservation_key="OLD",
            appointment_date="2026-01-07",
            appointment_start_time="08:00",
            appointment_end_time="13:00",
            seller_missed_appointment="Y",
            amended="N",
            cancelled="N",
            end_user_missed_appointment="N",
            end_user_pre_agreed="N",
            mborc="N",
        ),
        reporter=ContactDetails(name="Fault desk"),
        priority_level="1",
    )


def told(ticket: Ticket, notification: Notification, schema: str = "documented") -> etree._Element:
    """The message that is sent of a ticket."""
    draft = draft_of(notification_schema=schema)
    notify(draft, ticket, notification)
    (deliver,) = draft.effects
    assert isinstance(deliver, Deliver)
    return etree.fromstring(deliver.body)


def test_every_notification_is_in_the_table() -> None:
    """And each has its place in the supplier's text."""
    assert {one.name for one in NOTIFICATIONS} == set(SHOWN)
    assert all(one.source and one.on for one in NOTIFICATIONS)
    assert {word for one in NOTIFICATIONS for word in one.on} == {*ACTIONS, *TELLING_OPERATIONS}
    assert {state.value for state in State} - {"pending"} == {state.value for state in OF_STATE}
    assert all(state.value == one.name for state, one in OF_STATE.items())


@pytest.mark.parametrize("notification", NOTIFICATIONS, ids=lambda one: one.name)
def test_what_a_notification_shows(notification: Notification) -> None:
    """The same ticket each time: what is always there, and what its page lists beside that."""
    message = told(full_ticket(), notification)
    names = [name_of(child) for child in message]
    assert [name for name in names if name in ALWAYS] == ALWAYS
    details = children(child_at(message, "faultDetails"))
    assert set(details) & OF_DETAILS == SHOWN[notification.name] & OF_DETAILS
    assert set(names) - set(ALWAYS) == SHOWN[notification.name] - OF_DETAILS
    assert set(SHOWN[notification.name]) == set(notification.shows)
    assert (details["status"], details["triageComplete"], details["triageFindings"]) == ("in-progress", "true", "Slow.")


@pytest.mark.parametrize("notification", NOTIFICATIONS, ids=lambda one: one.name)
def test_under_xsd_it_keeps_to_the_published_schema(notification: Notification) -> None:
    """R7: validate_sent holds it to faultReport.xsd; of several appointments the one in force is shown."""
    message = told(full_ticket(), notification, "xsd")
    names = [name_of(child) for child in message]
    assert "appointments" not in names
    assert ("appointment" in names) == ("appointments" in SHOWN[notification.name])
    if "appointment" in names:
        assert text_at(message, "appointment/appointmentReservationKey") == "NEW"


def test_what_nobody_knows_is_sent_empty() -> None:
    """R13: contacts and references are always there."""
    message = told(ticket_of(), OF_STATE[State.ACCEPTED])
    said = children(message)
    assert [said[name] for name in ("maintainerFaultReference", "parentFaultReference")] == ["", ""]
    assert children(child_at(message, "reporterContactDetails")) == {}
    assert children(child_at(message, "endUserContactDetails")) == {}


def test_ids_are_counted() -> None:
    """R39: CF- and a counter of the environment, five digits or as many as it takes."""
    draft = draft_of()
    for _ in range(3):
        notify(draft, ticket_of(), OF_STATE[State.ACCEPTED])
    ids = [effect.message_id for effect in draft.effects if isinstance(effect, Deliver)]
    assert ids == ["CF-00001", "CF-00002", "CF-00003"]
    draft.books.counters["notification"] = 123_455
    later = draft_of(draft.books)
    notify(later, ticket_of(), OF_STATE[State.ACCEPTED])
    assert [note.data["message_id"] for note in later.notes] == ["CF-123456"]


def test_what_is_delivered_is_what_is_journalled() -> None:
    """To the byte."""
    draft = draft_of()
    notify(draft, ticket_of(), OF_STATE[State.ACCEPTED])
    (deliver,), (note,) = draft.effects, draft.notes
    assert isinstance(deliver, Deliver)
    assert note.data == {
        "delivery": deliver.delivery,
        "notification": "accepted",
        "message_id": "CF-00001",
        "body": deliver.body.decode(),
    }


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ("2026-01-05T08:45:00Z", "2026-01-05T08:45:00Z"),
        ("2026-01-05T08:45:00+01:00", "2026-01-05T08:45:00+01:00"),
        ("2026-01-05T08:45:00.123456789Z", "2026-01-05T08:45:00.123Z"),
        ("2026-01-05T08:45:00.1234+01:00", "2026-01-05T07:45:00.123Z"),
    ],
)
def test_an_instant_of_the_buyers_keeps_to_25_characters(reported: str, expected: str) -> None:
    """R10: as it was spelt, unless that is too long."""
    message = told(ticket_of(reported_at=reported), OF_STATE[State.ACCEPTED])
    assert text_at(message, "reportDateTime") == expected
    assert len(expected) <= 25


GOOD = "<{0}><messageId>CF-00001</messageId><responseCode>{1}</responseCode></{0}>"
NOT_ECHOED = (("R34", "the acknowledgement does not echo CF-00001"),)
ANSWERS = {
    "as-named": (200, GOOD.format("receivedNotifyFaultReportUpdate", 200), Judgement("delivered")),
    "as-closed-in-the-samples": (200, GOOD.format("receivedRequestFaultReportUpdate", 200), Judgement("delivered")),
    "in-soap": (202, in_soap(GOOD.format("receivedNotifyFaultReportUpdate", 200)), Judgement("delivered")),
    "no-code": (
        200,
        "<receivedNotifyFaultReportUpdate><messageId>CF-00001</messageId></receivedNotifyFaultReportUpdate>",
        Judgement("delivered"),
    ),
    "refused": (
        200,
        GOOD.format("receivedNotifyFaultReportUpdate", 400),
        Judgement("refused", "the endpoint answered responseCode 400"),
    ),
    "refused-elsewhere": (
        200,
        GOOD.format("receivedNotifyFaultReportUpdate", 599),
        Judgement("refused", "the endpoint answered responseCode 599"),
    ),
    "399": (200, GOOD.format("receivedNotifyFaultReportUpdate", 399), Judgement("delivered")),
    "code-that-is-no-number": (
        200,
        GOOD.format("receivedNotifyFaultReportUpdate", "²"),
        Judgement("delivered"),
    ),
    "code-beyond-all-numbers": (
        200,
        GOOD.format("receivedNotifyFaultReportUpdate", "9" * 5000),
        Judgement("delivered"),
    ),
    "another-name": (
        200,
        GOOD.format("ok", 200),
        Judgement("delivered", "", (("R9", "the acknowledgement is called ok"),)),
    ),
    "another-id": (
        200,
        "<receivedNotifyFaultReportUpdate><messageId>SP-00001</messageId></receivedNotifyFaultReportUpdate>",
        Judgement("delivered", "", NOT_ECHOED),
    ),
    "http-500": (500, GOOD.format("x", 200), Judgement("failed", "the endpoint answered HTTP 500")),
    "http-302": (302, "", Judgement("failed", "the endpoint answered HTTP 302")),
    "http-199": (199, "", Judgement("failed", "the endpoint answered HTTP 199")),
}


@pytest.mark.parametrize(("status", "body", "expected"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_is_judged(status: int, body: str, expected: Judgement) -> None:
    """R9 and R34: any 2xx delivers; a readable code of 400 or more refuses."""
    assert judge(DeliveryAnswer(status, body.encode()), "CF-00001") == expected


@pytest.mark.parametrize("body", ["", "ok", "{}", "<a>", "<a></b>", "<!DOCTYPE a><a/>", in_soap("")], ids=str)
def test_an_unreadable_answer_delivers_with_a_warning(body: str) -> None:
    """R9: the samples themselves are not well-formed."""
    judged = judge(DeliveryAnswer(200, body.encode()), "CF-00001")
    assert (judged.verdict, [ruling for ruling, _ in judged.warnings]) == ("delivered", ["R9"])


def test_the_published_answer_is_not_well_formed_and_delivers() -> None:
    """Named by one element, closed as another."""
    body = b"<receivedNotifyFaultReportUpdate><responseCode>200</responseCode></receivedRequestFaultReportUpdate>"
    assert judge(DeliveryAnswer(200, body), "CF-00001").verdict == "delivered"


def test_no_answer_at_all_has_failed() -> None:
    """For the reason that the courier gives."""
    assert judge(DeliveryAnswer(None, failure="no endpoint"), "CF-00001") == Judgement("failed", "no endpoint")
