"""Appointments of tickets, where two rules meet."""

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
