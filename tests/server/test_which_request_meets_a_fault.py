"""Which request meets a fault that was set: by number, chance, span of time, operation and ticket."""

import json

import pytest

from tests.faulty import exchange, injected, set_fault, statuses
from tests.messages import add, amend, request
from tests.rig import Simulator
from tests.situations import reported


async def test_by_number_and_times(simulator: Simulator) -> None:
    """From the second on, twice."""
    await set_fault(simulator, "unavailable", nth=2, times=2)
    assert [201, 503, 503, 201] == await statuses(simulator, 4)
    (fault,) = (await simulator.control("GET", "/faults"))["faults"]
    assert (3, 2, True) == (fault["met"], fault["injected"], fault["over"])


async def test_by_chance_that_the_seed_draws(simulator: Simulator) -> None:
    """The same in every run; this is what seed 1 has for the first fault."""
    await set_fault(simulator, "unavailable", probability=0.5)
    drawn = await statuses(simulator, 12)
    assert [201, 201, 503, 201, 503, 503, 201, 201, 201, 201, 201, 503] == drawn


async def test_by_a_span_of_simulated_time(simulator: Simulator) -> None:
    """From an hour on, for an hour; every request in it, and none at its end."""
    await set_fault(simulator, "outage", starts_in="PT1H", lasts="PT1H")
    assert [201] == await statuses(simulator, 1)
    await simulator.advance("PT1H")
    early = [await exchange(simulator, amend(), "amendFaultReport") for _ in range(2)]
    await simulator.advance("PT59M59.5S")
    late = await exchange(simulator, request("reserveAppointment"), "reserveAppointment")
    await simulator.advance("PT0.5S")
    after = await exchange(simulator, request("reserveAppointment"), "reserveAppointment")
    assert [503, 503, 503, 200] == [one.status for one in (*early, late, after)]
    assert ["3600", "3600", "1", None] == [one.header("Retry-After") for one in (*early, late, after)]


async def test_by_operation_and_ticket(simulator: Simulator) -> None:
    """Others are neither met nor counted."""
    await reported(simulator)
    await reported(simulator, {"buyerFaultReference": "REF-2", "messageId": "MSG-2"})
    await set_fault(simulator, "server-error", on=["amendFaultReport", "resolveResponse"], ticket="~SPDEV1~REF-2")
    other, wanted = amend(), amend({"buyerFaultReference": "REF-2", "maintainerFaultReference": None})
    assert 200 == (await exchange(simulator, other, "amendFaultReport")).status
    assert 201 == (await exchange(simulator, add({"buyerFaultReference": "REF-3"}))).status
    assert 500 == (await exchange(simulator, wanted, "amendFaultReport")).status
    assert 200 == (await exchange(simulator, wanted, "amendFaultReport")).status
    (entry,) = await simulator.journal(kind="fault-injected")
    assert "~SPDEV1~REF-2" == entry["ticket"]


async def test_one_message_meets_one_fault(simulator: Simulator) -> None:
    """The one that was set first; the other has counted it all the same."""
    await set_fault(simulator, "unavailable")
    await set_fault(simulator, "server-error", times=2)
    assert [503, 500, 500, 201] == await statuses(simulator, 4)
    faults = (await simulator.control("GET", "/faults"))["faults"]
    assert [(1, 1), (3, 2)] == [(one["met"], one["injected"]) for one in faults]


async def test_a_request_that_a_rule_refuses_may_meet_a_fault_too(simulator: Simulator) -> None:
    """Its refusal is lost, or comes late; it stays a refusal."""
    await set_fault(simulator, "reset-after-commit", times=2)
    assert (await exchange(simulator, add({"serviceAffected": "NONE"}))).reset
    assert (await exchange(simulator, "<broken")).reset
    refused = await simulator.journal(kind="request-refused")
    assert ["service-known", "xml-not-well-formed"] == [entry["data"]["rule"] for entry in refused]
    assert 2 == len(await injected(simulator))


async def test_a_fault_that_was_removed_is_met_no_more(simulator: Simulator) -> None:
    """By its number, or all at once."""
    for _ in range(3):
        await set_fault(simulator, "unavailable", times=9)
    await simulator.control("DELETE", "/faults/1")
    assert [503] == await statuses(simulator, 1)
    await simulator.control("DELETE", "/faults")
    assert [201] == await statuses(simulator, 1)
    removed = await simulator.journal(kind="fault-removed")
    assert [1, 2, 3] == [entry["data"]["fault"] for entry in removed]


async def test_an_explanation_tells_the_fault_and_does_not_use_it_up(simulator: Simulator) -> None:
    """What would become of the request now."""
    await set_fault(simulator, "unavailable")
    for _ in range(2):
        answer = await simulator.send(
            "POST", f"{simulator.control_url}/explain", add(), {"Content-Type": "application/xml"}
        )
        explained = json.loads(answer.body)
        assert (503, "unavailable") == (explained["answer"]["status"], explained["refused_by"])
    assert [503, 201] == await statuses(simulator, 2)


async def test_only_messages_to_an_operation_meet_a_fault(simulator: Simulator) -> None:
    """No stranger uses it up."""
    await set_fault(simulator, "unavailable")
    assert (await exchange(simulator, add(), "noSuchOperation")).status == 404
    assert (await simulator.send("GET", f"{simulator.url}/addFaultReport")).status == 405
    assert await statuses(simulator, 2) == [503, 201]


@pytest.mark.parametrize("lasts", ["P365D", "P3660D", "PT8784H"])
async def test_a_fault_may_last_for_years(simulator: Simulator, lasts: str) -> None:
    """However its span is spelt."""
    await set_fault(simulator, "unavailable", lasts=lasts, starts_in="P366D")
    (fault,) = (await simulator.control("GET", "/faults"))["faults"]
    assert fault["begins"] == "2027-01-06T09:00:00.000Z"
    await simulator.advance("P366D")
    assert await statuses(simulator, 1) == [503]
