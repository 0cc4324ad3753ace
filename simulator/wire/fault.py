"""Faults: the answer where no operation's own answer can be given (R5)."""

from dataclasses import dataclass
from typing import Literal

from lxml import etree

from simulator.wire.envelope import SOAP, Style

FaultStyle = Literal["soap", "supplier"]
FaultCode = Literal["Client", "Server", "VersionMismatch", "MustUnderstand"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: SOAP 1.1's code, one sentence, and the detail (rule id and place) that helps a person."""

    code: FaultCode
    message: str
    rule: str
    detail: str = ""


def fault_element(fault: Fault, style: Style, fault_style: FaultStyle) -> etree._Element:
    """Bare: ``<fault>`` with faultcode, faultmessage and detail, as the supplier's other pages have it.

    Enveloped: a true SOAP 1.1 Fault, or with ``supplier`` one with the supplier's children in it.
    """
    detail = f"{fault.rule}: {fault.detail}" if fault.detail else fault.rule
    if style == "bare":
        element = etree.Element("fault")
        _supplier_children(element, fault.code, fault.message, detail)
        return element
    element = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    if fault_style == "supplier":
        _supplier_children(element, f"soap:{fault.code}", fault.message, detail)
        return element
    etree.SubElement(element, "faultcode").text = f"soap:{fault.code}"
    etree.SubElement(element, "faultstring").text = fault.message
    holder = etree.SubElement(element, "detail")
    etree.SubElement(holder, "rule").text = fault.rule
    if fault.detail:
        etree.SubElement(holder, "reason").text = fault.detail
    return element


def _supplier_children(element: etree._Element, code: str, message: str, detail: str) -> None:
    etree.SubElement(element, "faultcode").text = code
    etree.SubElement(element, "faultmessage").text = message
    etree.SubElement(element, "detail").text = detail
