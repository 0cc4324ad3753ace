"""What an answer repeats of its request: only text, and only what can be read."""

import pytest
from lxml import etree

from simulator.cityfibre.echo import Echo, echo_of
from tests.messages import add, request

ADD = {"api_version": "1.0", "buyer_identifier": "SPDEV1", "message_id": "MSG-1", "buyer_fault_reference": "REF-1"}


def echo(xml: str) -> Echo:
    """The echo of a bare message."""
    return echo_of(etree.fromstring(xml), "bare")


def test_a_fault_message() -> None:
    """Version, buyer, id and reference."""
    assert echo(add()) == Echo("bare", **ADD)


def test_an_appointment_message() -> None:
    """Out of its three heads, whatever their namespaces."""
    changes = {"buyer": {"cfh:resellerId": "RES-7"}, "seller": {"sellerIdentifier": "CF"}}
    assert echo(request("reserveAppointment", changes)) == Echo(
        "bare",
        buyer_identifier="SPDEV1",
        message_id="MSG-5",
        correlation_id="TRANSACTION-5",
        reseller_id="RES-7",
        seller_identifier="CF",
    )


@pytest.mark.parametrize(
    "xml", ["<a/>", "<a>text</a>", "<addFaultReport><b><messageId>deep</messageId></b></addFaultReport>"]
)
def test_what_is_not_there_is_empty(xml: str) -> None:
    """And the version is ours."""
    assert echo(xml) == Echo("bare", api_version="1.0")


def test_white_space_is_collapsed() -> None:
    """As the XSD does to it; a space that XML does not call white stays."""
    assert echo(add({"messageId": "\n a \t b\n"})).message_id == "a b"
    assert echo(add({"messageId": "a\u00a0b"})).message_id == "a\u00a0b"


def test_markup_is_not_text() -> None:
    """A field with elements in it is answered empty."""
    mixed = add().replace("<messageId>MSG-1", "<messageId>text<x>evil</x>")
    assert echo(mixed).message_id == ""


@pytest.mark.parametrize(("length", "expected"), [(36, "B" * 36), (37, "")])
def test_an_over_long_buyer_is_answered_empty(length: int, expected: str) -> None:
    """§1: the answer's own XSD allows 36 characters."""
    assert echo(add({"buyerIdentifier": "B" * length})).buyer_identifier == expected


def test_a_blank_field_is_no_field() -> None:
    """A blank version becomes ours, so that the answer has one."""
    assert echo(add({"apiVersion": "  ", "messageId": " "})) == Echo(
        "bare", **{**ADD, "api_version": "1.0", "message_id": ""}
    )
