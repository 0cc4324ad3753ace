"""SOAP 1.1 envelopes and bare messages: both come in, both go out (R1, R2)."""

import re
from typing import Literal

from lxml import etree

from simulator.wire.errors import Place, ProtocolError, shorten

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
Style = Literal["bare", "soap"]

NOT_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that no XML can carry, not even escaped."""
_ENVELOPE, _HEADER, _BODY = f"{{{SOAP}}}Envelope", f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"
_MUST_UNDERSTAND = f"{{{SOAP}}}mustUnderstand"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
CONTENT_TYPES: dict[Style, str] = {"bare": "application/xml; charset=utf-8", "soap": "text/xml; charset=utf-8"}


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]  # a QName would check it anew: what has been read is a name


def open_envelope(root: etree._Element) -> tuple[etree._Element, Style]:
    """The message itself, and how it came.

    Raises:
        ProtocolError: an envelope that is none: another SOAP version, no Body, not exactly one message in it, or a
            header that must be understood (WS-I Basic Profile 1.0, which the supplier's text names).
    """
    if local_name(root) != "Envelope":
        return root, "bare"
    if root.tag != _ENVELOPE:
        name = "SOAP 1.2" if etree.QName(root).namespace == SOAP_12 else "an Envelope of another namespace"
        reason = f"expected a SOAP 1.1 envelope ({SOAP}); found {name}"
        raise ProtocolError("envelope-version", reason, Place(root.sourceline or 0, 0, "/Envelope"))
    body: etree._Element | None = None
    for number, child in enumerate(root):
        if child.tag == _HEADER and number == 0:
            _check_header(child)
        elif child.tag == _BODY and body is None:
            body = child
        else:
            name = shorten(local_name(child))
            reason = f"unexpected {name} in the envelope; expected one optional Header, then one Body"
            raise ProtocolError("envelope", reason, Place(child.sourceline or 0, 0, f"/Envelope/{name}"))
    if body is None:
        raise ProtocolError("envelope", "the envelope has no Body", Place(root.sourceline or 0, 0, "/Envelope"))
    if len(body) != 1:
        reason = f"expected exactly one message in the Body; it has {len(body)}"
        raise ProtocolError("envelope", reason, Place(body.sourceline or 0, 0, "/Envelope/Body"))
    return body[0], "soap"


def _check_header(header: etree._Element) -> None:
    for block in header:
        if (block.get(_MUST_UNDERSTAND) or "").strip(" \t\r\n") in {"1", "true"}:  # XSD collapses white space
            name = shorten(local_name(block))
            reason = f"the header {name} asks to be understood, and is not; leave mustUnderstand out"
            place = Place(block.sourceline or 0, 0, f"/Envelope/Header/{name}")
            raise ProtocolError("envelope-must-understand", reason, place)


def guess_style(body: bytes) -> Style:
    """How a message that can't be read was meant, so that its sender can read the answer."""
    return "soap" if b"Envelope" in body[:2048].replace(b"\0", b"") else "bare"


def to_bytes(message: etree._Element, style: Style) -> bytes:
    """A message as it goes on the wire: UTF-8, declared, indented by two spaces."""
    if style == "soap":
        envelope = etree.Element(_ENVELOPE, nsmap={"soap": SOAP})
        etree.SubElement(envelope, _BODY).append(message)
        message = envelope
    return _DECLARATION + etree.tostring(message, encoding="UTF-8", xml_declaration=False, pretty_print=True)
