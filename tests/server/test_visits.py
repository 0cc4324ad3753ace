"""Appointments of tickets, where two rules meet."""

import asyncio

from tests.conftest import Start
from tests.messages import Tree, add, amend, outage, request
from tests.rig import Simulator
from tests.situations import reserve


async def test_a_repeated_key_does_not_follow_the_service_to_another_address(simulator: Simulator) -> None:
    """The key is for the address of the service (§2.7); an amend that changes the service is held to it."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance()
    before = simulator.state()
    change: Tree = {"serviceAffected": "S30002", "appointment": {"appointmentReservationKey": key}}
    answer = await simulator.post("amendFaultReport", amend(change))
    assert answer.status == 400
    assert "another address" in (answer.text("errorMessage") or "")
    assert simulator.state() == before


async def test_a_strangers_reservation_does_not_steer_a_ticket(start: Start) -> None:
    """``appointment_keys: any`` takes its key as a text; the visit stays the stranger's."""
    simulator = await start(appointment_keys="any")
    key = await reserve(simulator, {"buyer": {"buyerIdentifier": "SPDEV2"}})
    assert (await simulator.post("addFaultReport", outage(key))).status == 201
    await simulator.advance("P1D")
    assert (await simulator.tickets())[0]["status"] == "resolved"
    assert next(iter(simulator.environment.supplier.books.reservations.values())).ticket == 0


async def test_a_closed_fault_gives_its_visit_back(simulator: Simulator) -> None:
    """As a cancelled one does: nobody would come."""
    await simulator.post("addFaultReport", add())
    await simulator.advance("P1D")
    later = {"appointmentSlot": {"appointmentDate": "2026-01-20"}}
    key = await reserve(simulator, later)
    await simulator.post("amendFaultReport", amend({"appointment": {"appointmentReservationKey": key}}))
    books = simulator.environment.supplier.books
    assert list(books.taken.values()) == [1]
    await simulator.advance("PT48H")
    assert (await simulator.tickets())[0]["status"] == "closed"
    assert list(books.taken.values()) == [0]


async def test_an_answers_id_does_not_depend_on_when_an_acknowledgement_came(start: Start) -> None:
    """The transcript is the same although the journal has the two in another order (design: a second run)."""
    ids = []
    for settle in (True, False):
        simulator = await start()
        await simulator.post("addFaultReport", add())
        if settle:
            await simulator.advance()
        answer = await simulator.post("reserveAppointment", request("reserveAppointment"))
        ids.append(answer.text("message/messageId"))
    assert ids[0] == ids[1]


async def test_an_appointment_does_not_move_with_the_service(simulator: Simulator) -> None:
    """An amend that names a service elsewhere keeps the visit where it is, and is warned of it."""
    await simulator.post("addFaultReport", outage(await reserve(simulator)))
    await simulator.advance()
    seq = simulator.last_seq
    assert (await simulator.post("amendFaultReport", amend({"serviceAffected": "S30002"}))).status == 200
    assert await simulator.warnings(seq) == [("§2.7", "serviceAffected")]


async def test_what_becomes_of_an_appointment_is_not_the_buyers_to_say(simulator: Simulator) -> None:
    """R26: ignored with a warning, in an amend as in a report."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    await simulator.advance()
    seq = simulator.last_seq
    said: Tree = {"appointmentReservationKey": key, "appointmentClosureCode": "FR", "appointmentCancelled": "true"}
    assert (await simulator.post("amendFaultReport", amend({"appointment": said}))).status == 200
    assert await simulator.warnings(seq) == [
        ("R26", "appointment/appointmentClosureCode"),
        ("R26", "appointment/appointmentCancelled"),
    ]
    assert [one["state"] for one in (await simulator.tickets())[0]["appointments"]] == ["booked"]


async def test_a_key_that_was_reserved_for_an_order_is_taken_with_a_warning(simulator: Simulator) -> None:
    """§2.7 does not speak of it: the visit is the fault's all the same."""
    key = await reserve(simulator, {"appointmentType": {"fault": None, "order": ""}})
    assert (await simulator.post("addFaultReport", outage(key))).status == 201
    assert await simulator.warnings() == [("§2.7", "appointment/appointmentReservationKey")]


async def test_two_buyers_want_the_last_place(start: Start) -> None:
    """One of them has it; the other is told that the slot is full, and may query again."""
    simulator = await start(diary={"capacity": 1})
    wanted = [
        request("reserveAppointment", {"buyer": {"buyerIdentifier": buyer}, "cfh:addressKey": "10002491172"})
        for buyer in ("SPDEV1", "SPDEV2")
    ]
    answers = await asyncio.gather(*(simulator.post("reserveAppointment", one) for one in wanted))
    told = sorted(answer.text("reserveAppointmentRejected/reason") or "reserved" for answer in answers)
    assert told == ["The slot is full", "reserved"]
    assert list(simulator.environment.supplier.books.taken.values()) == [1]
