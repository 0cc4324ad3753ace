"""Whole lives over HTTP, from the first query to closure, as the buyer's endpoint hears of them."""

import pytest
from lxml import etree

from tests.conftest import Start
from tests.messages import Tree, add, amend, outage, request, resolve, slot
from tests.rig import SOAP, Simulator, child_at, children, name_of, text_at
from tests.situations import reported, reserve, resolved

NOTIFIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<notifyFaultReportUpdate xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  <messageId>CF-00001</messageId>
  <reportDateTime>2026-01-05T08:45:00Z</reportDateTime>
  <reporterContactDetails>
    <name>Fault desk</name>
    <phone>01632 960001</phone>
    <email>desk@buyer.example</email>
  </reporterContactDetails>
  <endUserContactDetails>
    <name>Occupier</name>
    <phone>01632 960002</phone>
    <email>occupier@home.example</email>
  </endUserContactDetails>
  <serviceAffected>S21709</serviceAffected>
  <buyerFaultReference>REF-1</buyerFaultReference>
  <maintainerFaultReference>CS0053224</maintainerFaultReference>
  <parentFaultReference></parentFaultReference>
  <faultDetails>
    <description>Slow since the weekend.</description>
    <type>Impaired Service</type>
    <status>accepted</status>
    <faultStartTime>2026-01-03T18:00:00Z</faultStartTime>
    <faultLocation>1 Sample Street</faultLocation>
    <siteAccessDetails>Ring the bell.</siteAccessDetails>
    <siteAccessContactDetails>
      <phone>01632 960003</phone>
    </siteAccessContactDetails>
    <triageComplete>true</triageComplete>
    <triageFindings>Throughput a tenth of what it should be.</triageFindings>
  </faultDetails>
</notifyFaultReportUpdate>
"""


def told(message: etree._Element) -> tuple[str | None, ...]:
    """What a notification says: its id, its instant, the status and its reason."""
    paths = ("messageId", "sentAt", "faultDetails/status", "faultDetails/statusReason")
    return tuple(text_at(message, path) for path in paths)


async def test_a_notification_to_the_byte(simulator: Simulator) -> None:
    """Bare (R2), posted as application/xml, with every contact and reference (R13) and the triage (R6)."""
    await reported(simulator)
    (body,), (headers,) = simulator.endpoint.bodies, simulator.endpoint.headers
    assert body == NOTIFIED
    assert (headers["method"], headers["Content-Type"]) == ("POST", "application/xml; charset=utf-8")


async def test_a_fault_that_nobody_answers_lives_to_its_end(simulator: Simulator) -> None:
    """Accepted, in progress, resolved, and closed by 48 hours of silence; each told once, in order, at its instant."""
    await reported(simulator)
    await simulator.advance("P30D")
    assert [told(message) for message in simulator.endpoint.received] == [
        ("CF-00001", "2026-01-05T09:00:00.000Z", "accepted", None),
        ("CF-00002", "2026-01-05T11:00:00.000Z", "in-progress", None),
        ("CF-00003", "2026-01-06T09:00:00.000Z", "resolved", "fault repaired"),
        ("CF-00004", "2026-01-08T09:00:00.000Z", "closed", None),
    ]
    history = child_at(simulator.endpoint.received[3], "updates")
    assert [tuple(children(update).values()) for update in history] == [
        ("Created", "buyer", "2026-01-05T09:00:00.000Z"),
        ("Accepted", "seller", "2026-01-05T09:00:00.000Z"),
        ("In progress", "seller", "2026-01-05T11:00:00.000Z"),
        ("Resolved - fault repaired", "seller", "2026-01-06T09:00:00.000Z"),
        ("Closed - no answer from the buyer", "seller", "2026-01-08T09:00:00.000Z"),
    ]


async def test_one_jump_tells_the_buyer_what_many_steps_tell(start: Start) -> None:
    """The same bytes, whichever way the time was passed."""
    bodies = []
    for steps in ([*["PT1H"] * 24, "P3D"], ["P4D"]):
        simulator = await start()
        await reported(simulator)
        for by in steps:
            await simulator.advance(by)
        bodies.append(simulator.endpoint.bodies)
    assert len(bodies[0]) == 4
    assert bodies[0] == bodies[1]


async def test_the_silence_ends_a_millisecond_before_the_48_hours(simulator: Simulator) -> None:
    """Until then the buyer may answer; after that the fault is closed, and the answer comes too late."""
    await resolved(simulator)
    await simulator.advance("PT47H59M59.999S")
    assert (await simulator.tickets())[0]["status"] == "resolved"
    await simulator.advance("PT0.001S")
    assert (await simulator.tickets())[0]["status"] == "closed"
    assert (await simulator.post("resolveResponse", resolve())).status == 400


async def test_an_outage_from_the_query_to_closure(simulator: Simulator) -> None:
    """The appointing flow as the text tells it, with what is offered, reserved and reported."""
    answer = await simulator.post("queryAppointmentAvailability", request("queryAppointmentAvailability"))
    offered = child_at(answer.message, "queryAppointmentAvailabilityAccepted")[0][0]
    key = await reserve(simulator, {"appointmentSlot": children(offered)})
    assert (await simulator.post("addFaultReport", outage(key))).status == 201
    await simulator.advance("P2DT4H")  # Wednesday at one: the engineer has left
    assert (await simulator.post("resolveResponse", resolve())).status == 200
    await simulator.advance()
    assert [told(message)[1:3] for message in simulator.endpoint.received] == [
        ("2026-01-05T09:00:00.000Z", "accepted"),
        ("2026-01-05T11:00:00.000Z", "in-progress"),
        ("2026-01-07T13:00:00.000Z", "resolved"),
        ("2026-01-07T13:00:00.000Z", "closed"),
    ]
    shown = [[name_of(child) for child in message].count("appointments") for message in simulator.endpoint.received]
    assert shown == [0, 1, 0, 0]
    appointment = child_at(child_at(simulator.endpoint.received[1], "appointments"), "appointment")
    assert children(appointment) == {"appointmentReservationKey": key, **children(offered)}


async def test_a_hold_ends_after_twelve_hours(simulator: Simulator) -> None:
    """A millisecond before, the key may still be spent; at its end it is of no use."""
    early, late = await reserve(simulator), await reserve(simulator)
    await simulator.advance("PT11H59M59.999S")
    first = await simulator.post("addFaultReport", outage(early))
    await simulator.advance("PT0.001S")
    second = await simulator.post("addFaultReport", outage(late, {"buyerFaultReference": "REF-2"}))
    assert (first.status, second.status) == (201, 403)
    expired = await simulator.journal(kind="hold-expired")
    assert [entry["data"]["key"] for entry in expired] == [late]


async def test_a_key_is_spent_once(simulator: Simulator) -> None:
    """The second fault that brings it is refused by the appointment validator."""
    key = await reserve(simulator)
    first = await simulator.post("addFaultReport", outage(key))
    second = await simulator.post("addFaultReport", outage(key, {"buyerFaultReference": "REF-2"}))
    assert (first.status, second.status, second.text("status")) == (201, 403, "rejected")


async def test_a_reappointed_fault_shows_its_new_appointment(simulator: Simulator) -> None:
    """The picture on request has the appointment that is in force last."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    later = await reserve(simulator, slot("2026-01-09", "13:00", "18:00"))
    await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": later}}))
    await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    await simulator.advance()
    shown = child_at(simulator.endpoint.received[-1], "appointments")
    assert children(shown[-1]) == {
        "appointmentReservationKey": later,
        "appointmentDate": "2026-01-09",
        "appointmentStartTime": "13:00",
        "appointmentEndTime": "18:00",
    }


async def test_which_optional_parts_each_notification_shows(simulator: Simulator) -> None:
    """As the supplier's pages list them, where one fault passes through all states of the default life."""
    key = await reserve(simulator)
    comment: Tree = {"value": "Call first.", "commentedBy": "buyer", "commentedTime": "2026-01-05T09:00:00Z"}
    await simulator.post("addFaultReport", outage(key, {"comment": comment}))
    await simulator.advance("P2DT9H")
    rejected: Tree = {"resolveAccepted": "false", "rejectedReason": "Still dark"}
    await simulator.post("resolveResponse", resolve(rejected))
    await simulator.post("amendFaultReport", amend({"faultDetails": {"status": "cancelled"}}))
    await simulator.advance()
    optional = {"updates", "comment", "appointments"}
    shown = [
        (text_at(one, "faultDetails/status"), [name for name in children(one) if name in optional])
        for one in simulator.endpoint.received
    ]
    assert shown == [
        ("accepted", []),
        ("in-progress", ["updates", "appointments"]),
        ("resolved", ["updates"]),
        ("re-opened", ["updates"]),
        ("re-opened", ["updates"]),
        ("cancelled", ["updates"]),
    ]


async def test_two_buyers_faults_never_meet(simulator: Simulator) -> None:
    """The same reference of two buyers is two faults, each with its own maintainer's reference."""
    await reported(simulator)
    other: Tree = {"buyerIdentifier": "SPDEV2", "serviceAffected": "S40001"}
    await simulator.post("addFaultReport", add(other))
    await simulator.advance()
    mine, theirs = await simulator.tickets()
    assert (mine["ticket"], mine["maintainerFaultReference"]) == ("~SPDEV1~REF-1", "CS0053224")
    assert (theirs["ticket"], theirs["maintainerFaultReference"]) == ("~SPDEV2~REF-1", "CS0053225")
    wrong: Tree = {"buyerIdentifier": "SPDEV2", "maintainerFaultReference": "CS0053224"}
    assert (await simulator.post("amendFaultReport", amend(wrong))).status == 400


HOSTILE = [
    "a]]>b",
    "a & b < c > d",
    "\"quoted\" 'and' `ticked`",
    "tab\there",
    "é漢字🦊",
    "\u0085\u2028\u00a0",
    "<![CDATA[not one]]>",
    "{0} %s ${x} {}",
    "\u202e right to left",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[str(number) for number in range(len(HOSTILE))])
@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
async def test_any_text_comes_back_as_it_was(simulator: Simulator, text: str, soap: bool) -> None:  # noqa: FBT001
    """Markup, control pictures and other scripts travel through ticket and notification unharmed."""
    changes: Tree = {"faultDetails": {"description": text}, "reporterContactDetails": {"name": text}}
    assert (await simulator.post("addFaultReport", add(changes), soap=soap)).status == 201
    await simulator.advance()
    (notification,) = simulator.endpoint.received
    assert text == text_at(notification, "faultDetails/description")
    assert text == text_at(notification, "reporterContactDetails/name")


REFERENCES = ["~", "~~x~", "a/b", "a?b#c%20", "%7E", "..", "]]>", "é漢🦊", "a\u00a0b", "\u00a0", "CS0053224", "R" * 300]


@pytest.mark.parametrize("reference", REFERENCES, ids=[str(number) for number in range(len(REFERENCES))])
async def test_any_reference_lives_a_whole_life(simulator: Simulator, reference: str) -> None:
    """Whatever the XSD lets a buyer call its fault: the answers repeat it, and no timer loses it."""
    named: Tree = {"buyerFaultReference": reference}
    answer = await simulator.post("addFaultReport", add(named))
    assert (answer.status, answer.text("buyerFaultReference")) == (201, reference)
    assert (await simulator.post("amendFaultReport", amend(named))).status == 200
    await simulator.advance("P1D")
    assert (await simulator.post("resolveResponse", resolve(named))).status == 200
    await simulator.advance()
    assert simulator.endpoint.statuses == ["accepted", "accepted", "in-progress", "resolved", "closed"]
    assert {text_at(one, "buyerFaultReference") for one in simulator.endpoint.received} == {reference}


async def test_an_acknowledgement_may_be_anything_with_a_good_status(simulator: Simulator) -> None:
    """R9, R34: any 2xx delivers; what is odd about it is warned of."""
    simulator.endpoint.answer = "no XML at all"
    await reported(simulator)
    simulator.endpoint.answer = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><receivedRequestFaultReportUpdate><messageId>SP-00001</messageId>'
        "</receivedRequestFaultReportUpdate></s:Body></s:Envelope>"
    )
    await simulator.advance("PT2H")
    assert await simulator.warnings() == [("R9", "acknowledgement"), ("R34", "acknowledgement")]
    assert len(await simulator.journal(kind="notification-delivered")) == 2


async def test_a_response_code_of_400_refuses(simulator: Simulator) -> None:
    """R9: journalled, not retried; the ticket lives on."""
    simulator.endpoint.answer = simulator.endpoint.answer.replace("200", "400")
    await reported(simulator)
    await simulator.advance("P4D")
    refused = await simulator.journal(kind="notification-refused")
    assert [entry["data"]["reason"] for entry in refused] == ["the endpoint answered responseCode 400"] * 4
    assert len(simulator.endpoint.received) == 4
