"""resolveResponse over HTTP: the repair is accepted, and the fault closed; or rejected, and the fault re-opened."""

import pytest

from tests.conftest import Start
from tests.messages import FIRST_REFERENCE, Tree, resolve
from tests.rig import Simulator, child_at, children, text_at
from tests.situations import resolved

BARE = b"""<?xml version="1.0" encoding="UTF-8"?>
<receivedResolvedResponse xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="../faultReport.xsd">
  <apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>2026-01-06T09:00:00.000Z</sentAt>
  <messageId>MSG-3</messageId>
  <responseCode>200</responseCode>
</receivedResolvedResponse>
"""
REJECTED: Tree = {"resolveAccepted": "false", "rejectedReason": "Still slow"}


async def test_a_response_is_answered_to_the_byte(simulator: Simulator) -> None:
    """200, without the reference and the status that the other answers have."""
    await resolved(simulator)
    answer = await simulator.post("resolveResponse", resolve())
    assert (answer.status, answer.content_type) == (200, "application/xml; charset=utf-8")
    assert answer.body == BARE


async def test_a_response_in_soap_is_answered_in_soap(simulator: Simulator) -> None:
    """The same fields in an envelope."""
    await resolved(simulator)
    answer = await simulator.post("resolveResponse", resolve(), soap=True)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.root.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert children(answer.message) == {
        "apiVersion": "1.0",
        "buyerIdentifier": "SPDEV1",
        "sentAt": "2026-01-06T09:00:00.000Z",
        "messageId": "MSG-3",
        "responseCode": "200",
    }


@pytest.mark.parametrize("accepted", ["true", "1", " true "])
async def test_an_accepted_repair_closes_the_fault(simulator: Simulator, accepted: str) -> None:
    """At once, with one notification, and the 48 hours of silence are forgotten."""
    await resolved(simulator)
    await simulator.post("resolveResponse", resolve({"resolveAccepted": accepted}))
    await simulator.advance("P30D")
    assert simulator.endpoint.statuses == ["accepted", "in-progress", "resolved", "closed"]
    told = simulator.endpoint.received[3]
    assert list(children(child_at(told, "updates")[-1]).values()) == [
        "Closed - buyer accepted the repair",
        "seller",
        "2026-01-06T09:00:00.000Z",
    ]


@pytest.mark.parametrize("accepted", ["false", "0"])
async def test_a_rejected_repair_reopens_the_fault(simulator: Simulator, accepted: str) -> None:
    """R17: told with the buyer's reason; then work starts anew and the life goes on to its end."""
    await resolved(simulator)
    answer = await simulator.post("resolveResponse", resolve({**REJECTED, "resolveAccepted": accepted}))
    assert answer.status == 200
    await simulator.advance()
    told = simulator.endpoint.received[3]
    assert (text_at(told, "faultDetails/status"), text_at(told, "faultDetails/statusReason")) == (
        "re-opened",
        "Still slow",
    )
    assert list(children(child_at(told, "updates")[-1]).values()) == [
        "Re-opened - Still slow",
        "buyer",
        "2026-01-06T09:00:00.000Z",
    ]
    await simulator.advance("P30D")
    assert simulator.endpoint.statuses[4:] == ["in-progress", "resolved", "closed"]


async def test_a_fault_may_be_rejected_again_and_again(start: Start) -> None:
    """Each resolution awaits an answer of its own."""
    simulator = await start(sla={"priority_2": 200})
    await resolved(simulator)
    for number in range(3):
        changes: Tree = {**REJECTED, "messageId": f"MSG-1{number}"}
        assert (await simulator.post("resolveResponse", resolve(changes))).status == 200
        await simulator.advance("P1D")
    assert simulator.endpoint.statuses[2:] == ["resolved", *["re-opened", "in-progress", "resolved"] * 3]


@pytest.mark.parametrize("reason", [None, "", "  "], ids=["absent", "empty", "blank"])
async def test_a_rejection_without_a_reason_is_taken_with_a_warning(simulator: Simulator, reason: str | None) -> None:
    """§2: accepted all the same, and no empty statusReason is told."""
    await resolved(simulator)
    changes: Tree = {"resolveAccepted": "false", "rejectedReason": reason}
    assert (await simulator.post("resolveResponse", resolve(changes))).status == 200
    await simulator.advance()
    assert await simulator.warnings() == [("§2", "rejectedReason")]
    assert text_at(simulator.endpoint.received[3], "faultDetails/statusReason") is None


async def test_a_long_reason_is_taken_with_a_warning(simulator: Simulator) -> None:
    """R10: the table allows 36 characters, the XSD any."""
    await resolved(simulator)
    reason = "It was slow again before the engineer had left."
    await simulator.post("resolveResponse", resolve({"resolveAccepted": "false", "rejectedReason": reason}))
    await simulator.advance()
    assert await simulator.warnings() == [("R10", "rejectedReason")]
    assert reason == text_at(simulator.endpoint.received[3], "faultDetails/statusReason")


@pytest.mark.parametrize("reference", ["", FIRST_REFERENCE], ids=["blank", "its-own"])
async def test_the_maintainers_reference_may_be_blank(simulator: Simulator, reference: str) -> None:
    """§2: the ticket is found by the buyer's."""
    await resolved(simulator)
    answer = await simulator.post("resolveResponse", resolve({"maintainerFaultReference": reference}))
    assert answer.status == 200


async def test_only_the_first_of_two_responses_is_taken(simulator: Simulator) -> None:
    """The second finds the fault closed, and changes nothing."""
    await resolved(simulator)
    first = await simulator.post("resolveResponse", resolve())
    await simulator.advance()
    state = simulator.state()
    second = await simulator.post("resolveResponse", resolve(REJECTED))
    assert (first.status, second.status) == (200, 400)
    assert state == simulator.state()
