"""Situations that tests begin in, each brought about by what a buyer sends and by time that passes."""

from collections.abc import Awaitable, Callable

from tests.messages import Tree, add, amend, outage, request
from tests.rig import Simulator

Prepare = Callable[[Simulator], Awaitable[Tree]]
"""Brings an environment about in which a message is refused; what it returns is changed in the message."""


async def nothing(_simulator: Simulator) -> Tree:
    """A new environment."""
    return {}


async def reported(simulator: Simulator, *changes: Tree) -> Tree:
    """A fault REF-1, accepted."""
    assert (await simulator.post("addFaultReport", add(*changes))).status == 201
    await simulator.advance()
    return {}


async def resolved(simulator: Simulator) -> Tree:
    """A fault REF-1, resolved and waiting for the buyer's answer."""
    await reported(simulator)
    await simulator.advance("P1D")
    return {}


async def closed(simulator: Simulator) -> Tree:
    """A fault REF-1, closed."""
    await resolved(simulator)
    await simulator.advance("PT48H")
    return {}


async def cancelled(simulator: Simulator) -> Tree:
    """A fault REF-1, cancelled by its buyer."""
    await reported(simulator)
    assert (await simulator.post("amendFaultReport", amend({"faultDetails": {"status": "cancelled"}}))).status == 200
    await simulator.advance()
    return {}


async def reserve(simulator: Simulator, *changes: Tree) -> str:
    """Reserve an appointment; its key is returned."""
    answer = await simulator.post("reserveAppointment", request("reserveAppointment", *changes))
    key = answer.text("reserveAppointmentAccepted/appointment/appointmentReservationKey")
    assert key
    return key


def _carrying(key: str) -> Tree:
    return {"appointment": {"appointmentReservationKey": key}}


async def expired(simulator: Simulator) -> Tree:
    """A key whose twelve hours are over."""
    key = await reserve(simulator)
    await simulator.advance("PT12H")
    return _carrying(key)


async def spent(simulator: Simulator) -> Tree:
    """A key that another fault of the same buyer has used."""
    key = await reserve(simulator)
    assert (await simulator.post("addFaultReport", outage(key, {"buyerFaultReference": "FIRST"}))).status == 201
    await simulator.advance()
    return _carrying(key)


async def of_another_buyer(simulator: Simulator) -> Tree:
    """A key that another buyer has reserved."""
    return _carrying(await reserve(simulator, {"buyer": {"buyerIdentifier": "SPDEV2"}}))


async def of_another_address(simulator: Simulator) -> Tree:
    """A key for another address than the service's."""
    return _carrying(await reserve(simulator, {"cfh:addressKey": "123456789012"}))


def after_report(prepare: Prepare) -> Prepare:
    """The same, behind a fault REF-1."""

    async def both(simulator: Simulator) -> Tree:
        await reported(simulator)
        return await prepare(simulator)

    return both


async def full(simulator: Simulator) -> Tree:
    """A slot in which all four engineers of the region are taken; another address there counts too."""
    for _ in range(4):
        await reserve(simulator, {"cfh:addressKey": "990000000003"})
    return {}
