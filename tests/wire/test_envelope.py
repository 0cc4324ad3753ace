"""SOAP envelopes and bare messages: what is opened, what is no envelope, and what goes out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simulator.wire.envelope import CONTENT_TYPES, SOAP, Style, guess_style, local_name, open_envelope, to_bytes
from simulator.wire.errors import Place, ProtocolError
from simulator.wire.reader import read

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


def envelope(inside: str, namespace: str = SOAP) -> str:
    return f'<s:Envelope xmlns:s="{namespace}">\n{inside}\n</s:Envelope>'


def opened(text: str) -> tuple[str, Style]:
    message, style = open_envelope(read(text.encode()))
    return str(message.tag), style


def refusal(text: str) -> tuple[str, str, Place]:
    with pytest.raises(ProtocolError) as caught:
        open_envelope(read(text.encode()))
    return caught.value.rule, caught.value.reason, caught.value.place


# -- what is opened


def test_a_bare_message_is_its_own_root() -> None:
    """Any root that is not called Envelope is a message."""
    assert ("addFaultReport", "bare") == opened("<addFaultReport><Envelope/></addFaultReport>")
    assert ("{urn:x}note", "bare") == opened('<note xmlns="urn:x"/>')


def test_the_message_of_an_envelope_is_the_child_of_its_body() -> None:
    """With whatever prefix, and with a namespace of its own or none."""
    assert ("note", "soap") == opened(envelope("<s:Body><note/></s:Body>"))
    assert ("{urn:x}note", "soap") == opened(envelope('<s:Body><note xmlns="urn:x"/></s:Body>'))
    assert ("note", "soap") == opened(f'<Envelope xmlns="{SOAP}"><Body><note xmlns=""/></Body></Envelope>')


def test_a_message_inherits_the_default_namespace_of_its_envelope() -> None:
    """So the schema refuses it later, and its explanation says why (R32)."""
    assert (f"{{{SOAP}}}note", "soap") == opened(f'<Envelope xmlns="{SOAP}"><Body><note/></Body></Envelope>')


def test_headers_that_need_not_be_understood_are_passed_over() -> None:
    """An empty Header, foreign blocks, and blocks that say mustUnderstand 0."""
    blocks = '<h:id xmlns:h="urn:h" s:mustUnderstand="0">1</h:id><h:other xmlns:h="urn:h" mustUnderstand="1"/>'

    assert ("note", "soap") == opened(envelope(f"<s:Header>{blocks}</s:Header><s:Body><note/></s:Body>"))
    assert ("note", "soap") == opened(envelope("<s:Header/><s:Body><note/></s:Body>"))


def test_an_opened_message_is_where_it_was_in_the_document() -> None:
    """Its lines are those of the whole body, so that a place in an answer is the sender's own."""
    message, _ = open_envelope(read(envelope("<s:Body>\n\n<note/></s:Body>").encode()))

    assert 4 == message.sourceline


# -- what is no envelope

ONLY_BODY = "expected one optional Header, then one Body"
REFUSED = {
    "SOAP 1.2": (
        envelope("<s:Body><note/></s:Body>", SOAP_12),
        ("envelope-version", f"expected a SOAP 1.1 envelope ({SOAP}); found SOAP 1.2", Place(1, 0, "/Envelope")),
    ),
    "another namespace": (
        envelope("<s:Body><note/></s:Body>", "urn:x"),
        (
            "envelope-version",
            f"expected a SOAP 1.1 envelope ({SOAP}); found an Envelope of another namespace",
            Place(1, 0, "/Envelope"),
        ),
    ),
    "no namespace": (
        "<Envelope><Body><note/></Body></Envelope>",
        (
            "envelope-version",
            f"expected a SOAP 1.1 envelope ({SOAP}); found an Envelope of another namespace",
            Place(1, 0, "/Envelope"),
        ),
    ),
    "nothing in it": (
        envelope(""),
        ("envelope", "the envelope has no Body", Place(1, 0, "/Envelope")),
    ),
    "only a header": (
        envelope("<s:Header/>"),
        ("envelope", "the envelope has no Body", Place(1, 0, "/Envelope")),
    ),
    "an empty body": (
        envelope("<s:Body/>"),
        ("envelope", "expected exactly one message in the Body; it has 0", Place(2, 0, "/Envelope/Body")),
    ),
    "a body of white space": (
        envelope("<s:Body> \n <!-- none --> </s:Body>"),
        ("envelope", "expected exactly one message in the Body; it has 0", Place(2, 0, "/Envelope/Body")),
    ),
    "two messages": (
        envelope("<s:Header/>\n<s:Body><note/><note/></s:Body>"),
        ("envelope", "expected exactly one message in the Body; it has 2", Place(3, 0, "/Envelope/Body")),
    ),
    "two bodies": (
        envelope("<s:Body><note/></s:Body>\n<s:Body><note/></s:Body>"),
        ("envelope", f"unexpected Body in the envelope; {ONLY_BODY}", Place(3, 0, "/Envelope/Body")),
    ),
    "a header behind the body": (
        envelope("<s:Body><note/></s:Body>\n<s:Header/>"),
        ("envelope", f"unexpected Header in the envelope; {ONLY_BODY}", Place(3, 0, "/Envelope/Header")),
    ),
    "a child behind the body": (
        envelope("<s:Body><note/></s:Body>\n\n<trailer/>"),
        ("envelope", f"unexpected trailer in the envelope; {ONLY_BODY}", Place(4, 0, "/Envelope/trailer")),
    ),
    "a message beside the body": (
        envelope("<note/><s:Body/>"),
        ("envelope", f"unexpected note in the envelope; {ONLY_BODY}", Place(2, 0, "/Envelope/note")),
    ),
    "a body of another namespace": (
        envelope('<Body xmlns="urn:x"><note/></Body>'),
        ("envelope", f"unexpected Body in the envelope; {ONLY_BODY}", Place(2, 0, "/Envelope/Body")),
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_soap_envelope_is_refused(text: str, expected: tuple[str, str, Place]) -> None:
    """Each by its rule, with words and a place."""
    assert expected == refusal(text)


def test_a_second_header_is_refused() -> None:
    """One optional Header, the words say; so the second is what was not expected."""
    text = envelope("<s:Header/>\n<s:Header/>\n<s:Body><note/></s:Body>")

    assert (
        "envelope",
        f"unexpected Header in the envelope; {ONLY_BODY}",
        Place(3, 0, "/Envelope/Header"),
    ) == refusal(text)


@pytest.mark.parametrize("value", ["1", "true", " 1 ", "&#9;true&#10;"])
def test_a_header_that_must_be_understood_is_refused(value: str) -> None:
    """No header is understood here, so one that insists has a fault of its own in SOAP."""
    block = f'<w:Security xmlns:w="urn:w" s:mustUnderstand="{value}"/>'
    text = envelope(f"<s:Header>\n<w:other xmlns:w='urn:w'/>\n{block}</s:Header><s:Body><note/></s:Body>")

    assert (
        "envelope-must-understand",
        "the header Security asks to be understood, and is not; leave mustUnderstand out",
        Place(4, 0, "/Envelope/Header/Security"),
    ) == refusal(text)


# -- what can't be read


GUESSES: dict[str, tuple[bytes, Style]] = {
    "a broken envelope": (b'<soap:Envelope xmlns:soap="...', "soap"),
    "a broken envelope in UTF-16": ("<s:Envelope".encode("utf-16"), "soap"),
    "a broken bare message": (b"<addFaultReport>", "bare"),
    "nothing": (b"", "bare"),
    "bytes": (b"\xff\xfe\xe9\0\0", "bare"),
    "an envelope just near enough": (b"x" * 2040 + b"Envelope", "soap"),
    "an envelope too far inside": (b"x" * 2041 + b"Envelope", "bare"),
}


@pytest.mark.parametrize(("body", "expected"), GUESSES.values(), ids=GUESSES.keys())
def test_the_style_of_an_unreadable_message_is_guessed(body: bytes, expected: Style) -> None:
    """By its beginning, so that its sender can read the answer."""
    assert expected == guess_style(body)


# -- what goes out


def message() -> etree._Element:
    note = etree.Element("note")
    etree.SubElement(note, "to").text = "café & <b>"
    etree.SubElement(note, "blank").text = ""
    return note


def test_a_bare_message_on_the_wire() -> None:
    """Declared, UTF-8, indented by two spaces."""
    expected = """<?xml version="1.0" encoding="UTF-8"?>
<note>
  <to>café &amp; &lt;b&gt;</to>
  <blank></blank>
</note>
"""
    assert expected.encode() == to_bytes(message(), "bare")


def test_an_enveloped_message_on_the_wire() -> None:
    """In an envelope and a body, and without a namespace that it did not have."""
    expected = """<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <note>
      <to>café &amp; &lt;b&gt;</to>
      <blank></blank>
    </note>
  </soap:Body>
</soap:Envelope>
"""
    assert expected.encode() == to_bytes(message(), "soap")


def test_the_media_types_are_those_of_the_contract() -> None:
    """XML to bare XML, text/xml to SOAP (contract §5)."""
    expected = {"bare": "application/xml; charset=utf-8", "soap": "text/xml; charset=utf-8"}

    assert expected == CONTENT_TYPES


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r")
)


@given(text=XML_TEXT, style=st.sampled_from(["bare", "soap"]))
def test_any_text_survives_the_wire(text: str, style: Style) -> None:
    """Line ends and markup too: what is written is what is read."""
    note = etree.Element("note")
    etree.SubElement(note, "to").text = text

    found, came = open_envelope(read(to_bytes(note, style)))

    assert (style, "note", text) == (came, local_name(found), found.findtext("to"))
