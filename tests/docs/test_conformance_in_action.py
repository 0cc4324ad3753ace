"""What docs/conformance.md says of the published samples, and of some switches, seen over HTTP."""

import re
from pathlib import Path

import pytest

from simulator.cityfibre import OPERATIONS
from tests.conftest import Start
from tests.messages import Tree, request
from tests.rig import Simulator

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text("utf-8")
SAMPLES = re.findall(r"^\| `(\w+)` \| (\d+) \| `([a-z-]+)` \| [^|]+ \|$", PAGE.partition("## §7")[2], re.MULTILINE)
"""Operation, status and rule of each row of the table of section 7."""

LIKE_THE_SAMPLES: dict[str, Tree] = {
    "queryAppointmentAvailability": {"appointmentsFrom": "2017-10-18"},
    "reserveAppointment": {
        "appointmentSlot": {"appointmentDate": "2012-01-20"},
        "cfh:addressKey": "123456789012",
    },
    "addFaultReport": {
        "maintainerFaultReference": "CS0005727",
        "parentFaultReference": "SP-456XYZ",
        "faultDetails": {"type": "Customer Reported Problem"},
        "appointment": {"appointmentReservationKey": "1234567"},
        "errorMessage": "something",
    },
    "amendFaultReport": {"buyerIdentifier": "TEST", "maintainerFaultReference": "CS0005727"},
    "resolveResponse": {"buyerIdentifier": "TEST", "maintainerFaultReference": "CS0140872"},
    "requestFaultReportUpdate": {"maintainerFaultReference": "TIC-000111"},
}
"""Messages of ours with the facts of the published samples that decide what they get."""


@pytest.mark.parametrize(("operation", "status", "rule"), SAMPLES, ids=[row[0] for row in SAMPLES])
async def test_what_the_samples_get(simulator: Simulator, operation: str, status: str, rule: str) -> None:
    """On an environment with nothing in it."""
    answer = await simulator.post(operation, request(operation, LIKE_THE_SAMPLES[operation]))
    refused = await simulator.journal(kind="request-refused")
    assert (answer.status, [entry["data"]["rule"] for entry in refused]) == (int(status), [rule])


def test_every_sample_is_told() -> None:
    """One for each operation."""
    assert {operation for operation, _, _ in SAMPLES} == set(OPERATIONS)


# -- switches in action, where no other test looks


async def test_always_200_leaves_broken_xml_and_the_transport_as_they_are(start: Start) -> None:
    """As R3 tells it: what would have 201, 400 or 403 has 200; the answer itself tells the documented one."""
    simulator = await start(http_status="always-200")
    good = await simulator.post("addFaultReport", request("addFaultReport"))
    again = await simulator.post("addFaultReport", request("addFaultReport"))
    tlos = await simulator.post(
        "addFaultReport",
        request("addFaultReport", {"faultDetails": {"type": "Service Outage"}, "buyerFaultReference": "REF-2"}),
    )
    told = [(answer.status, answer.text("responseCode")) for answer in (good, again, tlos)]
    assert told == [(200, "201"), (200, "400"), (200, "403")]
    assert (await simulator.post("addFaultReport", "<addFaultReport>")).status == 500
    assert (await simulator.post("addFaultReport", "", headers={"Content-Type": "text/plain"})).status == 415
    assert (await simulator.post("nothing", "<nothing/>")).status == 404


async def test_a_report_that_waits_for_its_key_is_accepted_with_it(start: Start) -> None:
    """As R27 tells it: pending, not to be asked about or cancelled, until an amend brings a key."""
    simulator = await start(tlos_without_key="wait")
    await simulator.post("addFaultReport", request("addFaultReport", {"faultDetails": {"type": "Service Outage"}}))
    await simulator.advance("P1D")
    cancel: Tree = {"faultDetails": {"status": "cancelled"}}
    assert (await simulator.post("amendFaultReport", request("amendFaultReport", cancel))).status == 400
    assert (await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))).status == 400
    [waiting] = await simulator.tickets()
    assert (waiting["status"], waiting["waitsForKey"]) == ("pending", True)
    reserved = await simulator.post("reserveAppointment", request("reserveAppointment"))
    key = reserved.text("reserveAppointmentAccepted/appointment/appointmentReservationKey") or ""
    bring: Tree = {"appointment": {"appointmentReservationKey": key}}
    assert (await simulator.post("amendFaultReport", request("amendFaultReport", bring))).status == 200
    await simulator.advance()
    [accepted] = await simulator.tickets()
    assert (accepted["status"], accepted["waitsForKey"]) == ("accepted", False)
