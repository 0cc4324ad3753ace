"""requestFaultReportUpdate over HTTP: the answer, and the full picture that follows it."""

from tests.messages import Tree, amend, outage, request
from tests.rig import Simulator, child_at, children, name_of, text_at
from tests.situations import closed, reported, reserve, resolved

BARE = b"""<?xml version="1.0" encoding="UTF-8"?>
<receivedRequestFaultReportUpdate xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2026-01-05T09:00:00.000Z</sentAt>
  <messageId>MSG-4</messageId>
  <responseCode>200</responseCode>
</receivedRequestFaultReportUpdate>
"""


async def test_a_request_is_answered_to_the_byte(simulator: Simulator) -> None:
    """200, and nothing of the ticket: that comes by notification."""
    await reported(simulator)
    answer = await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    assert (answer.status, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert answer.body == BARE


async def test_a_request_in_soap_is_answered_in_soap(simulator: Simulator) -> None:
    """The same fields in an envelope."""
    await reported(simulator)
    answer = await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"), soap=True)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert (name_of(answer.root), answer.name, answer.text("responseCode")) == (
        "Envelope",
        "receivedRequestFaultReportUpdate",
        "200",
    )


async def test_a_full_picture_follows_and_nothing_else_changes(simulator: Simulator) -> None:
    """Status with its reason, history, comment and appointments, under a messageId of the supplier's."""
    key = await reserve(simulator)
    await simulator.post("addFaultReport", outage(key))
    comment: Tree = {"value": "Call first.", "commentedBy": "buyer", "commentedTime": "2026-01-05T09:00:00Z"}
    await simulator.post("amendFaultReport", amend({"comment": comment}))
    await simulator.advance("P2DT9H")
    before = await simulator.tickets()
    await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    await simulator.advance()
    assert before == await simulator.tickets()
    told = simulator.endpoint.received[-1]
    expected = {
        "messageId": "CF-00005",
        "sentAt": "2026-01-07T18:00:00.000Z",
        "buyerFaultReference": "REF-1",
        "maintainerFaultReference": "CS0053224",
        "faultDetails/status": "resolved",
        "faultDetails/statusReason": "fault repaired",
        "comment/value": "Call first.",
        "appointments/appointment/appointmentReservationKey": key,
        "appointments/appointment/appointmentDate": "2026-01-07",
    }
    assert expected == {path: text_at(told, path) for path in expected}
    assert [children(update)["description"] for update in child_at(told, "updates")] == [
        "Created",
        "Accepted",
        "Amended",
        "In progress",
        "Resolved - fault repaired",
    ]


async def test_a_closed_fault_can_still_be_asked_for(simulator: Simulator) -> None:
    """Nothing forbids it: the picture says closed."""
    await closed(simulator)
    answer = await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    await simulator.advance()
    assert (answer.status, simulator.endpoint.statuses[-2:]) == (200, ["closed", "closed"])


async def test_asking_does_not_delay_the_auto_close(simulator: Simulator) -> None:
    """The 48 hours run from the resolution, whatever is asked meanwhile."""
    await resolved(simulator)
    await simulator.advance("PT47H59M")
    await simulator.post("requestFaultReportUpdate", request("requestFaultReportUpdate"))
    await simulator.advance("PT1M")
    assert simulator.endpoint.statuses[-2:] == ["resolved", "closed"]
