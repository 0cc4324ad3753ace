"""The two appointment operations over HTTP: slots, holds, capacity, and the answers to the byte."""

import asyncio
import re

import pytest

from tests.conftest import Start
from tests.messages import ALA, CFH, Tree, outage, request, slot
from tests.rig import Answer, Simulator, child_at, children, name_of
from tests.situations import reserve

QUERIED = f"""<queryAppointmentAvailabilityResponse xmlns="{ALA}" xmlns:cfh="{CFH}">
  <message>
    <messageId>ANY-ID</messageId>
    <correlationId>TRANSACTION-5</correlationId>
    <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  </message>
  <buyer>
    <buyerIdentifier>SPDEV1</buyerIdentifier>
  </buyer>
  <seller>
    <sellerIdentifier>CITYFIBRE</sellerIdentifier>
  </seller>
  <queryAppointmentAvailabilityAccepted>
    <appointmentSlots>
      <appointmentSlot>
        <appointmentDate>2026-01-10</appointmentDate>
        <appointmentStartTime>08:00</appointmentStartTime>
        <appointmentEndTime>13:00</appointmentEndTime>
      </appointmentSlot>
      <appointmentSlot>
        <appointmentDate>2026-01-10</appointmentDate>
        <appointmentStartTime>13:00</appointmentStartTime>
        <appointmentEndTime>18:00</appointmentEndTime>
      </appointmentSlot>
    </appointmentSlots>
  </queryAppointmentAvailabilityAccepted>
</queryAppointmentAvailabilityResponse>
"""
RESERVED = f"""<reserveAppointmentResponse xmlns="{ALA}" xmlns:cfh="{CFH}">
  <message>
    <messageId>ANY-ID</messageId>
    <correlationId>TRANSACTION-5</correlationId>
    <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  </message>
  <buyer>
    <buyerIdentifier>SPDEV1</buyerIdentifier>
  </buyer>
  <seller>
    <sellerIdentifier>CITYFIBRE</sellerIdentifier>
  </seller>
  <reserveAppointmentAccepted>
    <appointment>
      <appointmentDate>2026-01-07</appointmentDate>
      <appointmentStartTime>08:00</appointmentStartTime>
      <appointmentEndTime>13:00</appointmentEndTime>
      <appointmentReservationKey>ANY-KEY</appointmentReservationKey>
      <appointmentReservationValidUntil>2026-01-05T21:00:00.000Z</appointmentReservationValidUntil>
    </appointment>
  </reserveAppointmentAccepted>
</reserveAppointmentResponse>
"""
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
OF_A_DAY: Tree = {"appointmentsFrom": "2026-01-10"}


def without_ids(answer: Answer) -> str:
    """The answer with its own id and key, which the seed decides, made equal."""
    text = re.sub(f"<messageId>{UUID}<", "<messageId>ANY-ID<", answer.body.decode())
    return re.sub("Key>[A-Z0-9]{32}<", "Key>ANY-KEY<", text)


async def query(simulator: Simulator, *changes: Tree) -> list[str]:
    """The slots that are offered, each as date and times."""
    answer = await simulator.post("queryAppointmentAvailability", request("queryAppointmentAvailability", *changes))
    accepted = child_at(answer.message, "queryAppointmentAvailabilityAccepted")
    return [" ".join(children(one).values()) for one in accepted[0]]


async def test_a_query_is_answered_to_the_byte(start: Start) -> None:
    """Under a messageId of the supplier's, the buyer's correlationId; each slot as in reserve (R36)."""
    simulator = await start(diary={"window": 1})
    message = request("queryAppointmentAvailability", OF_A_DAY)
    answer = await simulator.post("queryAppointmentAvailability", message)
    assert (answer.status, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert without_ids(answer) == DECLARATION + QUERIED


async def test_a_reservation_is_answered_to_the_byte(simulator: Simulator) -> None:
    """A key of 32 upper-case letters and digits, valid for twelve hours."""
    answer = await simulator.post("reserveAppointment", request("reserveAppointment"))
    assert (answer.status, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert without_ids(answer) == DECLARATION + RESERVED


@pytest.mark.parametrize("operation", ["queryAppointmentAvailability", "reserveAppointment"])
async def test_in_soap_they_are_answered_in_soap(start: Start, operation: str) -> None:
    """R1: asked in an envelope, answered in one; the message in it is the same."""
    simulator = await start(diary={"window": 1})
    changes = OF_A_DAY if operation.startswith("query") else {}
    answer = await simulator.post(operation, request(operation, changes), soap=True)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert (name_of(answer.root), name_of(answer.root[0])) == ("Envelope", "Body")
    expected = {"queryAppointmentAvailability": QUERIED, "reserveAppointment": RESERVED}[operation]
    inside = re.search(f"<{operation}.*</{operation}Response>", without_ids(answer), re.DOTALL)
    assert inside is not None
    assert re.sub(r"\n *", "\n", inside[0]) == re.sub(r"\n *", "\n", expected.rstrip())


@pytest.mark.parametrize("operation", ["queryAppointmentAvailability", "reserveAppointment"])
async def test_a_reseller_is_taken_and_repeated(simulator: Simulator, operation: str) -> None:
    """R33: cfh:resellerId inside buyer, as the supplier's other pages have it."""
    buyer: Tree = {"buyer": {"cfh:resellerId": "RES-7"}}
    answer = await simulator.post(operation, request(operation, buyer))
    assert child_at(child_at(answer.message, "buyer"), "resellerId").tag == f"{{{CFH}}}resellerId"
    assert answer.text("buyer/resellerId") == "RES-7"


async def test_slots_are_half_days_from_monday_to_saturday(simulator: Simulator) -> None:
    """From Wednesday on, for fourteen days: no Sundays."""
    slots = await query(simulator)
    working = ["07", "08", "09", "10", "12", "13", "14", "15", "16", "17", "19", "20"]
    halves = ("08:00 13:00", "13:00 18:00")
    assert slots == [f"2026-01-{day} {half}" for day in working for half in halves]


async def test_slots_of_today_that_have_begun_are_not_offered(simulator: Simulator) -> None:
    """At nine on Monday the morning has begun; at one o'clock the afternoon too."""
    today: Tree = {"appointmentsFrom": "2026-01-05"}
    assert (await query(simulator, today))[0] == "2026-01-05 13:00 18:00"
    await simulator.advance("PT4H")
    assert (await query(simulator, today))[0] == "2026-01-06 08:00 13:00"


async def test_bank_holidays_are_not_offered(simulator: Simulator) -> None:
    """Good Friday 2026 is the third of April; the Saturday after it is a working day, and the diary's last."""
    slots = await query(simulator, {"appointmentsFrom": "2026-04-02"})
    assert [one[:10] for one in slots[::2]] == ["2026-04-02", "2026-04-04"]


async def test_beyond_the_diary_there_is_nothing_and_that_is_an_answer(simulator: Simulator) -> None:
    """An empty appointmentSlots, as in the published sample."""
    assert await query(simulator, {"appointmentsFrom": "2026-04-06"}) == []
    assert await query(simulator, {"appointmentsFrom": "9999-12-31"}) == []


async def test_a_full_slot_is_not_offered_and_comes_back_when_a_hold_expires(start: Start) -> None:
    """Capacity is the region's: another address of it finds the slot taken, one elsewhere does not."""
    simulator = await start(diary={"capacity": 1})
    await reserve(simulator)
    same_region: Tree = {"addressKey": "990000000003"}
    elsewhere: Tree = {"addressKey": "123456789012"}
    wanted = "2026-01-07 08:00 13:00"
    assert wanted not in await query(simulator, same_region)
    assert wanted in await query(simulator, elsewhere)
    await simulator.advance("PT11H59M")
    assert wanted not in await query(simulator, same_region)
    await simulator.advance("PT1M")
    assert wanted in await query(simulator, same_region)
    assert [entry["at"] for entry in await simulator.journal(kind="hold-expired")] == ["2026-01-05T21:00:00.000Z"]


async def test_of_many_who_reserve_the_last_place_at_once_one_gets_it(start: Start) -> None:
    """Twenty requests race for one engineer: one Accepted, nineteen Rejected, one hold."""
    simulator = await start(diary={"capacity": 1})
    message = request("reserveAppointment")
    answers = await asyncio.gather(*(simulator.post("reserveAppointment", message) for _ in range(20)))
    outcomes = sorted(name_of(answer.message[-1]) for answer in answers)
    assert outcomes == ["reserveAppointmentAccepted", *["reserveAppointmentRejected"] * 19]
    assert len(await simulator.journal(kind="slot-held")) == 1


async def test_of_many_who_spend_one_key_at_once_one_may(simulator: Simulator) -> None:
    """Twenty reports race with the same key: one ticket."""
    key = await reserve(simulator)
    reports = [outage(key, {"buyerFaultReference": f"REF-{number}"}) for number in range(20)]
    answers = await asyncio.gather(*(simulator.post("addFaultReport", report) for report in reports))
    assert sorted(answer.status for answer in answers) == [201, *[403] * 19]
    assert len(await simulator.tickets()) == 1


async def test_each_reservation_has_a_key_of_its_own(simulator: Simulator) -> None:
    """And so has each answer its messageId."""
    answers = [await simulator.post("reserveAppointment", request("reserveAppointment")) for _ in range(4)]
    keys = {answer.text("reserveAppointmentAccepted/appointment/appointmentReservationKey") for answer in answers}
    assert (len(keys), len({answer.text("message/messageId") for answer in answers})) == (4, 4)


async def test_times_are_the_suppliers_local_time(simulator: Simulator) -> None:
    """In April the clocks have gone forward: eight in London is seven in UTC; instants stay UTC."""
    await simulator.advance("P85DT14H")  # 31 March 2026, 23:00 UTC, which is midnight in London
    assert (await query(simulator, {"appointmentsFrom": "2026-04-01"}))[0] == "2026-04-01 08:00 13:00"
    await simulator.advance("PT8H")
    assert (await query(simulator, {"appointmentsFrom": "2026-04-01"}))[0] == "2026-04-01 13:00 18:00"
    key = await reserve(simulator, slot("2026-04-01", "13:00", "18:00"))
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance("PT9H59M")
    assert simulator.endpoint.statuses[-1] == "in-progress"
    await simulator.advance("P1D")
    changed = await simulator.journal(kind="ticket-changed")
    assert (changed[-1]["data"]["to"], changed[-1]["at"]) == ("resolved", "2026-04-02T07:00:00.000Z")


async def test_the_order_of_the_children_is_free_but_warned_of(simulator: Simulator) -> None:
    """R37: the tables' order is a convention."""
    lines = request("queryAppointmentAvailability").splitlines()
    lines.insert(1, lines.pop(next(at for at, line in enumerate(lines) if line.startswith("<addressKey>"))))
    answer = await simulator.post("queryAppointmentAvailability", "\n".join(lines))
    assert (answer.status, await simulator.warnings()) == (200, [("R37", "queryAppointmentAvailabilityRequest")])


async def test_a_missing_correlation_id_is_warned_of(simulator: Simulator) -> None:
    """R37: the answer then holds an empty one."""
    answer = await simulator.post(
        "reserveAppointment", request("reserveAppointment", {"message": {"correlationId": None}})
    )
    assert (answer.status, answer.text("message/correlationId")) == (200, "")
    assert await simulator.warnings() == [("R37", "message/correlationId")]


async def test_an_appointment_for_an_order_is_reserved_too(simulator: Simulator) -> None:
    """The table lets appointmentType be an order; what stands inside is ignored."""
    message = request("reserveAppointment", {"appointmentType": {"fault": None, "order": {"anything": "1"}}})
    answer = await simulator.post("reserveAppointment", message)
    assert name_of(answer.message[-1]) == "reserveAppointmentAccepted"
