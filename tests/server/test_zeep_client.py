"""zeep, a SOAP client in wide use, as a buyer: it takes its types from the XSD that the simulator serves.

The supplier publishes no WSDL, so a buyer writes one, as here: document/literal, parts without a namespace (R32).
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml.etree import Element
from zeep.exceptions import Fault, ValidationError
from zeep.helpers import serialize_object

from tests.conftest import Start
from tests.rig import SOAP, Simulator
from tests.situations import reserve

_OPERATIONS = {
    "addFaultReport": "receivedFaultReport",
    "amendFaultReport": "receivedAmendFaultReport",
    "resolveResponse": "receivedResolvedResponse",
    "requestFaultReportUpdate": "receivedRequestFaultReportUpdate",
}
_WSDL = """<?xml version="1.0"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:our="urn:buyer" targetNamespace="urn:buyer">
  <wsdl:types><xsd:schema><xsd:include schemaLocation="{xsd}"/></xsd:schema></wsdl:types>
  {messages}
  <wsdl:portType name="Ticketing">{port_operations}</wsdl:portType>
  <wsdl:binding name="Binding" type="our:Ticketing">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{operation}
  </wsdl:binding>
  <wsdl:service name="Service"><wsdl:port name="Port" binding="our:Binding"><soap:address location="{url}"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>"""
_MESSAGE = '<wsdl:message name="{name}"><wsdl:part name="body" element="{name}"/></wsdl:message>'
_PORT_OPERATION = """<wsdl:operation name="{name}">
    <wsdl:input message="our:{name}"/><wsdl:output message="our:{answer}"/></wsdl:operation>"""
_BINDING_OPERATION = """<wsdl:operation name="{name}"><soap:operation soapAction=""/>
    <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>"""
REPORT: dict[str, Any] = {
    "apiVersion": "1.0",
    "buyerIdentifier": "SPDEV1",
    "sentAt": datetime(2026, 1, 5, 8, 59, 58, tzinfo=UTC),
    "messageId": "ZEEP-1",
    "serviceAffected": "S21709",
    "buyerFaultReference": "REF-1",
    "faultDetails": {
        "description": "No light.",
        "type": "Service Outage",
        "faultStartTime": datetime(2026, 1, 5, 7, tzinfo=UTC),
        "faultLocation": "1 Sample Street",
        "siteAccessDetails": "Ring the bell.",
        "siteAccessContactDetails": {"_value_1": [{"phone": "01632 960003"}]},
        "triageComplete": True,
        "triageFindings": "Light is red.",
    },
}


class Buyer:
    """zeep blocks; each call runs in a thread, while the simulator serves in the test's loop."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self._url = simulator.url
        self._wsdl = folder / "ticketing.wsdl"
        self._clients: dict[str, zeep.Client] = {}

    async def call(self, operation: str, **message: Any) -> dict[str, Any]:  # noqa: ANN401 - as zeep takes them
        """Call an operation; the answer's fields are returned."""
        return await asyncio.to_thread(self._call, operation, message)

    def _call(self, operation: str, message: dict[str, Any]) -> dict[str, Any]:
        answer = _OPERATIONS[operation]
        wsdl = _WSDL.format(
            xsd=f"{self._url}/faultReport.txt",
            url=f"{self._url}/{operation}",
            messages=_MESSAGE.format(name=operation) + _MESSAGE.format(name=answer),
            port_operations=_PORT_OPERATION.format(name=operation, answer=answer),
            operation=_BINDING_OPERATION.format(name=operation),
        )
        self._wsdl.write_text(wsdl, "utf-8")
        with zeep.Client(str(self._wsdl)) as client:  # type: ignore[no-untyped-call]
            result: dict[str, Any] = serialize_object(  # type: ignore[no-untyped-call]
                getattr(client.service, operation)(**message), dict
            )
            return result


@pytest.fixture
async def simulator(start: Start) -> Simulator:
    """As zeep's users must set it: zeep takes an answer of 201 for a failure, and loses the body of a 400 (R3)."""
    return await start(http_status="always-200")


@pytest.fixture
def buyer(simulator: Simulator, tmp_path: Path) -> Buyer:
    """A buyer that uses zeep."""
    return Buyer(simulator, tmp_path)


async def test_a_report_is_sent_and_its_answer_comes_typed(simulator: Simulator, buyer: Buyer) -> None:
    """From the served XSD alone: strings, an instant, an enumeration and an integer."""
    key = await reserve(simulator)
    answer = await buyer.call("addFaultReport", **REPORT, appointment={"appointmentReservationKey": key})
    assert answer == {
        "apiVersion": "1.0",
        "buyerIdentifier": "SPDEV1",
        "sentAt": datetime(2026, 1, 5, 9, tzinfo=UTC),
        "messageId": "ZEEP-1",
        "buyerFaultReference": "REF-1",
        "status": "pending",
        "responseCode": 201,
        "errorMessage": None,
        "attachments": None,
    }
    assert (await simulator.tickets())[0]["type"] == "Service Outage"
    assert await simulator.warnings() == []


async def test_a_refusal_comes_typed_too(buyer: Buyer) -> None:
    """The operation's own answer element, not an exception."""
    answer = await buyer.call("addFaultReport", **REPORT)
    assert (answer["status"], answer["responseCode"]) == ("rejected", 403)
    assert answer["errorMessage"] == (
        '{"appointmentReservationKey": "A fault of the type Service Outage needs an appointment reservation key"}'
    )


async def test_a_whole_life(simulator: Simulator, buyer: Buyer) -> None:
    """All four fault operations of the XSD."""
    details = {**REPORT["faultDetails"], "type": "Impaired Service"}
    head = {name: REPORT[name] for name in ("apiVersion", "buyerIdentifier", "sentAt", "buyerFaultReference")}
    added = await buyer.call("addFaultReport", **{**REPORT, "faultDetails": details})
    amended = await buyer.call(
        "amendFaultReport", **head, messageId="ZEEP-2", faultDetails={"description": "It flickers."}
    )
    asked = await buyer.call(
        "requestFaultReportUpdate", **head, messageId="ZEEP-3", maintainerFaultReference="CS0053224"
    )
    await simulator.advance("P1D")
    resolved = await buyer.call("resolveResponse", **head, messageId="ZEEP-4", resolveAccepted=True)
    await simulator.advance()
    assert [one["responseCode"] for one in (added, amended, asked, resolved)] == [201, 200, 200, 200]
    assert (amended["status"], resolved["messageId"]) == ("accepted", "ZEEP-4")
    assert simulator.endpoint.statuses == ["accepted", "accepted", "accepted", "in-progress", "resolved", "closed"]


async def test_a_message_that_breaks_the_xsd_is_refused_in_its_own_element(buyer: Buyer) -> None:
    """zeep lets a blank reference pass; the simulator does not."""
    answer = await buyer.call("addFaultReport", **{**REPORT, "serviceAffected": " "})
    assert (answer["status"], answer["responseCode"]) == ("rejected", 400)
    assert answer["errorMessage"].startswith("Failed XML schema validation: ")


async def test_zeep_itself_knows_what_the_served_xsd_requires(buyer: Buyer) -> None:
    """A report without its service does not leave the buyer."""
    with pytest.raises(ValidationError, match="serviceAffected"):
        await buyer.call("addFaultReport", **{name: REPORT[name] for name in REPORT if name != "serviceAffected"})


async def test_a_fault_is_zeeps_fault(simulator: Simulator, buyer: Buyer) -> None:
    """Under always-200 too, a fault keeps SOAP 1.1's status 500; code and words come through."""
    header = Element("{urn:security}Security")
    header.set(f"{{{SOAP}}}mustUnderstand", "1")
    with pytest.raises(Fault) as caught:
        await buyer.call("addFaultReport", **REPORT, _soapheaders=[header])
    assert (caught.value.code, caught.value.message) == ("soap:MustUnderstand", "SOAP header not understood")
    assert await simulator.tickets() == []


async def test_fractions_of_six_digits_are_taken_with_a_warning(simulator: Simulator, buyer: Buyer) -> None:
    """R21: zeep sends microseconds, 27 characters in all."""
    details = {**REPORT["faultDetails"], "type": "Impaired Service"}
    at = datetime(2026, 1, 5, 8, 59, 58, 250_000, tzinfo=UTC)
    answer = await buyer.call("addFaultReport", **{**REPORT, "faultDetails": details, "sentAt": at})
    assert (answer["responseCode"], await simulator.warnings()) == (201, [("R21", "sentAt")])


async def test_with_the_documented_statuses_zeep_fails_although_the_report_is_taken(
    start: Start, tmp_path: Path
) -> None:
    """R3: why the switch is there. The buyer is told of an unknown fault, and the ticket is made."""
    documented = await start()
    buyer = Buyer(documented, tmp_path)
    details = {**REPORT["faultDetails"], "type": "Impaired Service"}
    with pytest.raises(Fault, match="Unknown fault"):
        await buyer.call("addFaultReport", **{**REPORT, "faultDetails": details})
    assert len(await documented.tickets()) == 1
