"""Faults in their three spellings: bare, a true SOAP 1.1 Fault, and SOAP with the supplier's children (R5)."""

from typing import get_args

import pytest

from simulator.wire.envelope import SOAP, Style, open_envelope, to_bytes
from simulator.wire.fault import Fault, FaultCode, FaultStyle, fault_element
from simulator.wire.reader import read

FULL = Fault("Client", "Not well-formed", "xml-not-well-formed", "line 2, column 4")
SHORT = Fault("Server", "The simulator met a bug", "bug")


def written(fault: Fault, style: Style, fault_style: FaultStyle) -> str:
    text = to_bytes(fault_element(fault, style, fault_style), style).decode()
    return text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')


@pytest.mark.parametrize("fault_style", ["soap", "supplier"])
def test_a_bare_fault_has_the_supplier_s_three_children(fault_style: FaultStyle) -> None:
    """Whatever the switch says: outside of SOAP there is only one spelling. The code has no prefix."""
    expected = """<fault>
  <faultcode>Client</faultcode>
  <faultmessage>Not well-formed</faultmessage>
  <detail>xml-not-well-formed: line 2, column 4</detail>
</fault>
"""
    assert expected == written(FULL, "bare", fault_style)


def test_a_bare_fault_without_detail_names_its_rule_alone() -> None:
    """No colon with nothing behind it."""
    expected = """<fault>
  <faultcode>Server</faultcode>
  <faultmessage>The simulator met a bug</faultmessage>
  <detail>bug</detail>
</fault>
"""
    assert expected == written(SHORT, "bare", "soap")


def test_an_enveloped_fault_is_a_soap_fault() -> None:
    """faultcode is a qualified name, and the children have no namespace, as SOAP 1.1 has it."""
    expected = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <soap:Fault>
      <faultcode>soap:Client</faultcode>
      <faultstring>Not well-formed</faultstring>
      <detail>
        <rule>xml-not-well-formed</rule>
        <reason>line 2, column 4</reason>
      </detail>
    </soap:Fault>
  </soap:Body>
</soap:Envelope>
"""
    assert expected == written(FULL, "soap", "soap")


def test_a_soap_fault_without_detail_has_no_empty_reason() -> None:
    """Only the rule stands in its detail."""
    fault = fault_element(SHORT, "soap", "soap")

    assert ["rule"] == [child.tag for child in fault.iterfind("detail/*")]


def test_an_enveloped_fault_in_the_supplier_s_style() -> None:
    """SOAP outside, the supplier's three children inside."""
    expected = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <soap:Fault>
      <faultcode>soap:Server</faultcode>
      <faultmessage>The simulator met a bug</faultmessage>
      <detail>bug</detail>
    </soap:Fault>
  </soap:Body>
</soap:Envelope>
"""
    assert expected == written(SHORT, "soap", "supplier")


@pytest.mark.parametrize("code", get_args(FaultCode))
def test_the_prefix_of_a_fault_code_is_bound_where_it_stands(code: FaultCode) -> None:
    """A qualified name in text: its prefix must mean SOAP's namespace there, or clients cannot read the code."""
    body = to_bytes(fault_element(Fault(code, "No", "rule"), "soap", "soap"), "soap")
    fault, _ = open_envelope(read(body))

    found = fault.find("faultcode")
    assert found is not None
    assert f"soap:{code}" == found.text
    assert SOAP == found.nsmap["soap"]
    assert f"{{{SOAP}}}Fault" == fault.tag


def test_what_a_sender_wrote_stays_text() -> None:
    """Markup in a message or a detail is escaped, never element."""
    hostile = Fault("Client", "<b>&amp;</b>", "rule", "]]></detail><evil/>")
    for style, fault_style in (("bare", "soap"), ("soap", "soap"), ("soap", "supplier")):
        root = read(written(hostile, style, fault_style).encode())  # type: ignore[arg-type]

        assert [] == list(root.iter("evil", "b"))
        assert "<b>&amp;</b>" in list(root.itertext())
