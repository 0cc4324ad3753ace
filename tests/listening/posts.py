"""Notifications as they are posted in these tests."""

from tests.rig import in_soap

NOTIFICATION = (
    "<notifyFaultReportUpdate><apiVersion>1.0</apiVersion><buyerIdentifier>SPDEV1</buyerIdentifier>"
    "<sentAt>2026-01-05T09:00:00.000Z</sentAt><messageId>CF-00001</messageId>"
    "<buyerFaultReference>MY-FAULT-1</buyerFaultReference>"
    "<faultDetails><status>accepted</status></faultDetails></notifyFaultReportUpdate>"
)
BARE = NOTIFICATION.encode()
ENVELOPED = in_soap(NOTIFICATION).encode()
XML, SOAP = {"Content-Type": "application/xml"}, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


def over_the_wire(body: bytes = BARE, *more: str, length: int | None = None) -> bytes:
    """A POST as bytes, after whose answer the connection ends."""
    lines = ("POST /in HTTP/1.1", "Host: here", f"Content-Length: {len(body) if length is None else length}", *more)
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
