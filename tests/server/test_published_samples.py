"""The supplier's own request samples, sent as they are printed: what a buyer who tries them first is told."""

import json
from dataclasses import dataclass

import pytest

from tests import published_samples as samples
from tests.messages import FIRST_REFERENCE
from tests.rig import Simulator, child_at, children

TLOS = (
    "Only a fault of the type Service Outage may carry an appointment reservation key; "
    "this one is Customer Reported Problem"
)
NO_WORKFLOW = "No workflow found with that reference"


@dataclass(frozen=True, slots=True)
class Refused:
    """A sample of a fault operation: what its answer says beside the time."""

    operation: str
    sample: str
    status: int
    field: str
    reason: str
    said: dict[str, str]


FAULTS = (
    Refused(
        "addFaultReport",
        samples.ADD_FAULT_REPORT,
        403,
        "appointmentReservationKey",
        TLOS,
        {
            "apiVersion": "1.0",
            "buyerIdentifier": "SPDEV1",
            "messageId": "SP-00001",
            "buyerFaultReference": "MPTEST-ABC123-15",
            "status": "rejected",
            "responseCode": "403",
        },
    ),
    Refused(
        "amendFaultReport",
        samples.AMEND_FAULT_REPORT,
        400,
        "maintainerFaultReference",
        NO_WORKFLOW,
        {
            "apiVersion": "1.0",
            "buyerIdentifier": "TEST",
            "messageId": "SP-00002",
            "buyerFaultReference": "MPTEST-A101",
            "status": "rejected",
            "responseCode": "400",
        },
    ),
    Refused(
        "resolveResponse",
        samples.RESOLVE_RESPONSE,
        400,
        "maintainerFaultReference",
        NO_WORKFLOW,
        {"apiVersion": "1.0", "buyerIdentifier": "TEST", "messageId": "SP-00004", "responseCode": "400"},
    ),
    Refused(
        "requestFaultReportUpdate",
        samples.REQUEST_FAULT_REPORT_UPDATE,
        400,
        "maintainerFaultReference",
        NO_WORKFLOW,
        {"apiVersion": "1.0", "buyerIdentifier": "SPDEV1", "messageId": "SP-00001", "responseCode": "400"},
    ),
)
APPOINTMENTS = (
    (
        "queryAppointmentAvailability",
        samples.QUERY_APPOINTMENT_AVAILABILITY,
        {"reasonCode": "date-not-past", "reason": "The date lies in the past; today is 2026-01-05"},
    ),
    (
        "reserveAppointment",
        samples.RESERVE_APPOINTMENT,
        {"reasonCode": "slot-offered", "reason": "The slot has begun or lies in the past"},
    ),
)


@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
@pytest.mark.parametrize("refused", FAULTS, ids=lambda refused: refused.operation)
async def test_a_fault_sample_is_refused_for_the_reason_that_the_text_gives(
    simulator: Simulator,
    refused: Refused,
    soap: bool,  # noqa: FBT001 - both ways
) -> None:
    """The report breaks the TLOS rule by its own key; the others name faults that nobody has reported."""
    state = simulator.state()
    answer = await simulator.post(refused.operation, refused.sample, soap=soap)
    answered = children(answer.message)
    assert (answer.status, answered.pop("errorMessage")) == (
        refused.status,
        json.dumps({refused.field: refused.reason}),
    )
    assert answered.pop("sentAt") == "2026-01-05T09:00:00.000Z"
    assert refused.said == answered
    assert state == simulator.state()


@pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
@pytest.mark.parametrize(("operation", "sample", "reason"), APPOINTMENTS, ids=[row[0] for row in APPOINTMENTS])
async def test_an_appointment_sample_is_refused_because_its_date_is_past(
    simulator: Simulator,
    operation: str,
    sample: str,
    reason: dict[str, str],
    soap: bool,  # noqa: FBT001 - both ways
) -> None:
    """Its buyer, address and product are known here; the dates of 2012 and 2017 are not offered any more."""
    state = simulator.state()
    answer = await simulator.post(operation, sample, soap=soap)
    assert (answer.status, answer.text("message/correlationId")) == (200, "bac72cfa-475e-11e1-a92e-fb2ff6467c99")
    assert reason == children(child_at(answer.message, f"{operation}Rejected"))
    assert state == simulator.state()


async def test_the_report_sample_without_its_appointment_is_taken(simulator: Simulator) -> None:
    """So it is the key alone that is wrong with it; what it claims and names is warned of."""
    head, _, rest = samples.ADD_FAULT_REPORT.partition("    <appointment>")
    answer = await simulator.post("addFaultReport", head + rest.partition("</appointment>\n")[2])
    assert (answer.status, answer.text("status")) == (201, "pending")
    assert await simulator.warnings() == [
        ("§2.5", "parentFaultReference"),
        ("R26", "errorMessage"),
        ("R15", "maintainerFaultReference"),
    ]
    await simulator.advance()
    assert (await simulator.tickets())[0]["maintainerFaultReference"] == FIRST_REFERENCE


async def test_the_sample_of_a_multi_line_location_comes_back_on_one_line(simulator: Simulator) -> None:
    """The XSD collapses white space in faultLocation, which three lines of the sample have."""
    head, _, rest = samples.ADD_FAULT_REPORT.partition("    <appointment>")
    await simulator.post("addFaultReport", head + rest.partition("</appointment>\n")[2])
    await simulator.advance()
    details = child_at(simulator.endpoint.received[0], "faultDetails")
    assert children(details)["faultLocation"] == "500 Avebury Boulevard, Milton Keynes MK1 3XX"
