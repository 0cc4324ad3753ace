"""addFaultReport over HTTP: the good answer to the byte, what the ticket then holds, and what is only warned of."""

from urllib.parse import quote

import pytest

from tests.conftest import Start
from tests.messages import Tree, add, outage
from tests.rig import Simulator, child_at, children, text_at
from tests.situations import reported, reserve

BARE = b"""<?xml version="1.0" encoding="UTF-8"?>
<receivedFaultReport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  <messageId>MSG-1</messageId>
  <buyerFaultReference>REF-1</buyerFaultReference>
  <status>pending</status>
  <responseCode>201</responseCode>
</receivedFaultReport>
"""
IN_SOAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <receivedFaultReport xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
      <apiVersion>1.0</apiVersion>
      <buyerIdentifier>SPDEV1</buyerIdentifier>
      <sentAt>2026-01-05T09:00:00.000Z</sentAt>
      <messageId>MSG-1</messageId>
      <buyerFaultReference>REF-1</buyerFaultReference>
      <status>pending</status>
      <responseCode>201</responseCode>
    </receivedFaultReport>
  </soap:Body>
</soap:Envelope>
"""


async def test_a_bare_report_is_answered_bare_to_the_byte(simulator: Simulator) -> None:
    """201, application/xml, and the fields of the published sample under the request's own ids."""
    answer = await simulator.post("addFaultReport", add())
    assert (answer.status, answer.content_type) == (201, "application/xml; charset=utf-8")
    assert answer.body == BARE


async def test_a_report_in_soap_is_answered_in_soap_to_the_byte(simulator: Simulator) -> None:
    """201, text/xml, the same message in SOAP 1.1's Envelope and Body (R1)."""
    answer = await simulator.post("addFaultReport", add(), soap=True)
    assert (answer.status, answer.content_type) == (201, "text/xml; charset=utf-8")
    assert answer.body == IN_SOAP


async def test_the_answer_comes_first_then_acceptance(simulator: Simulator) -> None:
    """The answer says pending; the ticket is accepted at the same instant, by a timer, and the buyer told of it."""
    await simulator.post("addFaultReport", add())
    await simulator.advance()
    assert [(entry["kind"], entry["at"]) for entry in await simulator.journal()] == [
        (kind, "2026-01-05T09:00:00.000Z")
        for kind in (
            "request-received",
            "request-answered",
            "ticket-added",
            "timer-set",
            "timer-fired",
            "ticket-changed",
            "notification",
            "timer-set",
            "timer-set",
            "delivery-completed",
            "notification-delivered",
        )
    ]
    assert simulator.endpoint.statuses == ["accepted"]


async def test_the_ticket_holds_what_was_reported(simulator: Simulator) -> None:
    """As the control API shows it."""
    await simulator.post("addFaultReport", add({"maintainerFaultReference": "CS9999999"}))
    await simulator.advance()
    (ticket,) = await simulator.tickets()
    assert ticket == {
        "ticket": "~SPDEV1~REF-1",
        "buyerIdentifier": "SPDEV1",
        "buyerFaultReference": "REF-1",
        "maintainerFaultReference": "CS0053224",
        "status": "accepted",
        "statusReason": None,
        "allowed": [
            "open",
            "start",
            "put-on-hold",
            "resolve",
            "cancel",
            "comment",
            "triage",
            "report-late-repair",
        ],
        "waitsForKey": False,
        "serviceAffected": "S21709",
        "type": "Impaired Service",
        "parentFaultReference": None,
        "claimedMaintainerFaultReference": "CS9999999",
        "comment": None,
        "updates": [
            {"description": "Created", "updatedBy": "buyer", "updatedTime": "2026-01-05T09:00:00.000Z"},
            {"description": "Accepted", "updatedBy": "seller", "updatedTime": "2026-01-05T09:00:00.000Z"},
        ],
        "appointments": [],
        "attachments": [],
        "sla": {"deadline": "2026-01-07T09:00:00.000Z", "paused": False, "exceeded": False, "pauses": []},
    }


async def test_an_outage_with_its_key_is_taken(simulator: Simulator) -> None:
    """The key is spent: its hold expires no more, and the slot is the ticket's."""
    key = await reserve(simulator)
    answer = await simulator.post("addFaultReport", outage(key))
    assert answer.status == 201
    await simulator.advance("PT13H")
    assert await simulator.journal(kind="hold-expired") == []
    (ticket,) = await simulator.tickets()
    assert ticket["appointments"] == [
        {
            "appointmentReservationKey": key,
            "appointmentDate": "2026-01-07",
            "appointmentStartTime": "08:00",
            "appointmentEndTime": "13:00",
            "state": "booked",
            "appointmentClosureCode": None,
        }
    ]


async def test_a_blank_key_is_no_key(simulator: Simulator) -> None:
    """The XSD wants the key in an appointment, but lets it be blank (R23)."""
    changes: Tree = {"appointment": {"appointmentReservationKey": " \n "}}
    answer = await simulator.post("addFaultReport", add(changes))
    assert (answer.status, (await simulator.tickets())[0]["appointments"]) == (201, [])


@pytest.mark.parametrize("spelt", ["service outage", "SERVICE OUTAGE", "Service  Outage", "\n Service Outage "])
async def test_the_type_is_compared_collapsed_and_without_case(simulator: Simulator, spelt: str) -> None:
    """§2: and the spelling that is not exact is warned of, except for white space, which the XSD collapses."""
    key = await reserve(simulator)
    answer = await simulator.post("addFaultReport", outage(key, {"faultDetails": {"type": spelt}}))
    assert answer.status == 201
    exact = " ".join(spelt.split()) == "Service Outage"
    assert await simulator.warnings() == ([] if exact else [("§2.6", "faultDetails/type")])


FAULT_DETAILS: Tree = {
    "status": "resolved",
    "statusReason": "mine",
    "missedAppointment": {
        "appointmentReservationKey": "K",
        "appointmentDate": "2026-01-07",
        "appointmentStartTime": "08:00",
        "appointmentEndTime": "13:00",
        "sellerMissedAppointment": "Y",
        "Amended": "N",
        "Cancelled": "N",
        "endUserMissedAppointment": "N",
        "endUserPreAgreed": "N",
        "MBORC": "N",
    },
}
WARNED: list[tuple[str, Tree, tuple[str, str]]] = [
    ("no-sentAt", {"sentAt": None}, ("R22", "sentAt")),
    ("long-sentAt", {"sentAt": "2026-01-05T08:59:58.250001Z"}, ("R21", "sentAt")),
    ("long-apiVersion", {"apiVersion": "1" * 37}, ("R10", "apiVersion")),
    ("long-messageId", {"messageId": "M" * 37}, ("R10", "messageId")),
    ("long-reference", {"buyerFaultReference": "R" * 37}, ("R10", "buyerFaultReference")),
    ("unknown-parent", {"parentFaultReference": "NO-SUCH"}, ("§2.5", "parentFaultReference")),
    ("unknown-claim", {"maintainerFaultReference": "CS9999999"}, ("R15", "maintainerFaultReference")),
    ("status", {"faultDetails": {"status": "resolved"}}, ("R26", "faultDetails/status")),
    ("statusReason", {"faultDetails": {"statusReason": "mine"}}, ("R26", "faultDetails/statusReason")),
    (
        "missedAppointment",
        {"faultDetails": {"missedAppointment": FAULT_DETAILS["missedAppointment"]}},
        ("R26", "faultDetails/missedAppointment"),
    ),
    ("lateRepair", {"lateRepairNotification": {"sellerDelayDays": "1"}}, ("R26", "lateRepairNotification")),
    ("resolveAccepted", {"resolveAccepted": "false"}, ("R26", "resolveAccepted")),
    ("errorMessage", {"errorMessage": "a failure"}, ("R26", "errorMessage")),
    ("repeated-contact", {"reporterContactDetails": {"phone": ["1", "2"]}}, ("R24", "reporterContactDetails/phone")),
    (
        "attachment-without-a-name",
        {"attachments": {"attachment": {"filename": " "}}},
        ("§3", "attachments/attachment/filename"),
    ),
    (
        "attachment-with-an-url",
        {"attachments": {"attachment": {"filename": "a.jpg", "url": "file:///etc/passwd"}}},
        ("R26", "attachments/attachment"),
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in WARNED], ids=[row[0] for row in WARNED])
async def test_what_a_stricter_reader_would_refuse_is_taken_with_a_warning(
    simulator: Simulator, changes: Tree, expected: tuple[str, str]
) -> None:
    """Answered all the same, and journalled with ruling and field."""
    answer = await simulator.post("addFaultReport", add(changes))
    assert (answer.status, answer.text("status")) == (201, "pending")
    assert await simulator.warnings() == [expected]


async def test_what_only_the_supplier_says_is_not_taken_from_a_buyer(simulator: Simulator) -> None:
    """R26: the notification shows the ticket's own status, and none of the rest."""
    await simulator.post("addFaultReport", add({"faultDetails": FAULT_DETAILS, "errorMessage": "a failure"}))
    await simulator.advance()
    (told,) = simulator.endpoint.received
    assert text_at(told, "faultDetails/status") == "accepted"
    absent = ("faultDetails/statusReason", "faultDetails/missedAppointment", "errorMessage")
    assert [text_at(told, path) for path in absent] == [None, None, None]


async def test_of_a_repeated_contact_child_the_last_wins(simulator: Simulator) -> None:
    """R24: the XSD lets contacts repeat their children."""
    await simulator.post("addFaultReport", add({"reporterContactDetails": {"phone": ["1", "2"]}}))
    await simulator.advance()
    (told,) = simulator.endpoint.received
    contact = child_at(told, "reporterContactDetails")
    assert children(contact) == {"name": "Fault desk", "phone": "2", "email": "desk@buyer.example"}


async def test_a_known_parent_and_claim_are_taken_in_silence(simulator: Simulator) -> None:
    """§2.5, R15: both name a fault that is known here."""
    await reported(simulator)
    second: Tree = {
        "messageId": "MSG-9",
        "buyerFaultReference": "REF-2",
        "parentFaultReference": "REF-1",
        "maintainerFaultReference": "CS0053224",
    }
    answer = await simulator.post("addFaultReport", add(second))
    assert (answer.status, await simulator.warnings()) == (201, [])
    assert (await simulator.tickets())[1]["parentFaultReference"] == "REF-1"


async def test_a_repeated_message_id_is_warned_of(simulator: Simulator) -> None:
    """R19: only the reference must be new; another buyer may use the same id."""
    await reported(simulator)
    again = await simulator.post("addFaultReport", add({"buyerFaultReference": "REF-2"}))
    other: Tree = {"buyerIdentifier": "SPDEV2", "serviceAffected": "S40001"}
    another = await simulator.post("addFaultReport", add(other))
    assert (again.status, another.status) == (201, 201)
    assert await simulator.warnings() == [("R19", "messageId")]


@pytest.mark.parametrize(
    ("date", "expected"), [("2026-01-07", []), ("2026-01-09", [("R38", "appointment")])], ids=["equal", "other"]
)
async def test_dates_that_differ_from_the_reserved_slot_are_warned_of(
    simulator: Simulator, date: str, expected: list[tuple[str, str]]
) -> None:
    """R38: the reservation wins; equal dates are no cause for a warning."""
    key = await reserve(simulator)
    times = {"appointmentDate": date, "appointmentStartTime": "08:00", "appointmentEndTime": "13:00"}
    await simulator.post("addFaultReport", outage(key, {"appointment": times}))
    assert await simulator.warnings() == expected
    (ticket,) = await simulator.tickets()
    assert ticket["appointments"][0]["appointmentDate"] == "2026-01-07"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "2026-01-05T08:45:00Z"),
        ({"reportDateTime": None}, "2026-01-05T08:59:58.250Z"),
        ({"reportDateTime": None, "sentAt": None}, "2026-01-05T09:00:00.000Z"),
        ({"reportDateTime": "2026-01-05T09:45:00.123456+01:00"}, "2026-01-05T08:45:00.123Z"),
    ],
    ids=["its-own", "sentAt", "receipt", "shortened-to-25"],
)
async def test_report_date_time_falls_back(simulator: Simulator, changes: Tree, expected: str) -> None:
    """R40: to sentAt, then to the receipt; what we send keeps to 25 characters (R10)."""
    await simulator.post("addFaultReport", add(changes))
    await simulator.advance()
    (told,) = simulator.endpoint.received
    assert text_at(told, "reportDateTime") == expected


@pytest.mark.parametrize("version", ["1.0", "v1.1", "whatever"])
async def test_any_version_is_accepted_and_echoed(simulator: Simulator, version: str) -> None:
    """R31: notifications say 1.0 all the same."""
    answer = await simulator.post("addFaultReport", add({"apiVersion": version}))
    await simulator.advance()
    assert (answer.status, answer.text("apiVersion")) == (201, version)
    assert text_at(simulator.endpoint.received[0], "apiVersion") == "1.0"


async def test_children_may_come_in_any_order(simulator: Simulator) -> None:
    """The XSD says xs:all."""
    lines = add().splitlines()
    moved = [lines[0], lines[-2], *lines[1:-2], lines[-1]]
    assert lines[-2] == "<priorityLevel>2</priorityLevel>"
    answer = await simulator.post("addFaultReport", "\n".join(moved))
    assert answer.status == 201


async def test_nobody_is_no_buyer_even_where_any_is_known(start: Start) -> None:
    """The XSD lets buyerIdentifier be empty; ``inventory: any`` takes any name, but wants one (§2.2)."""
    simulator = await start(inventory="any")
    answer = await simulator.post("addFaultReport", add({"buyerIdentifier": ""}))
    assert (answer.status, await simulator.tickets()) == (400, [])


@pytest.mark.parametrize("buyer", ["A~B", "A%7EB", "A=7EB", "=", "~", "a/b?c#d", "é漢🦊", "a\u00a0b", "CS0053224"])
async def test_a_buyer_of_any_name_lives_a_whole_life(start: Start, buyer: str) -> None:
    """No timer loses its ticket, whatever the buyer's name does to the ticket's address."""
    simulator = await start(inventory="any")
    answer = await simulator.post("addFaultReport", add({"buyerIdentifier": buyer}))
    assert (answer.status, answer.text("buyerIdentifier")) == (201, buyer)
    await simulator.advance("P4D")
    assert simulator.endpoint.statuses == ["accepted", "in-progress", "resolved", "closed"]
    (ticket,) = await simulator.tickets()
    by_address = quote(ticket["ticket"], safe="")
    assert ticket == await simulator.control("GET", f"/tickets/{by_address}")
