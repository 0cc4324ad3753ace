"""What an answer repeats of its request, so far as the request can be read."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from simulator.cityfibre.messages import API_VERSION
from simulator.wire.binding import collapse
from simulator.wire.envelope import Style, local_name

LONGEST_BUYER = 36
_SAID = frozenset(
    {
        "apiVersion",
        "buyerIdentifier",
        "messageId",
        "buyerFaultReference",
        "correlationId",
        "resellerId",
        "sellerIdentifier",
    }
)
_HEADS = frozenset({"message", "buyer", "seller"})


@dataclass(frozen=True, slots=True)
class Echo:
    """Text of the request's own fields; empty where one is missing, broken or over-long (contract §1)."""

    style: Style
    api_version: str = API_VERSION
    buyer_identifier: str = ""
    message_id: str = ""
    buyer_fault_reference: str = ""
    correlation_id: str = ""
    reseller_id: str = ""
    seller_identifier: str = ""


def echo_of(message: etree._Element, style: Style) -> Echo:
    """Salvage what a request says of itself, valid or not. Only text comes back, never its markup."""
    said: dict[str, str] = {}
    for child in _shallow(message):
        name = local_name(child)
        if name in _SAID and len(child) == 0 and (text := collapse(child.text or "")):
            said[name] = text
    buyer = said.get("buyerIdentifier", "")
    return Echo(
        style=style,
        api_version=said.get("apiVersion", API_VERSION),
        buyer_identifier=buyer if len(buyer) <= LONGEST_BUYER else "",
        message_id=said.get("messageId", ""),
        buyer_fault_reference=said.get("buyerFaultReference", ""),
        correlation_id=said.get("correlationId", ""),
        reseller_id=said.get("resellerId", ""),
        seller_identifier=said.get("sellerIdentifier", ""),
    )


def _shallow(message: etree._Element) -> Iterator[etree._Element]:
    """The children of a message, and of the three heads that appointment messages have."""
    for child in message:
        yield child
        if local_name(child) in _HEADS:
            yield from child
