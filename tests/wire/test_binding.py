"""Typed binding both ways: what an element becomes, what a message is written as, and that the two agree."""

import re
from dataclasses import dataclass, fields
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simulator.wire.binding import bind, camel_case, collapse, element, parts, required, unbind
from simulator.wire.envelope import to_bytes
from simulator.wire.reader import read

ORDERS, EXTRAS = "urn:orders", "urn:extras"


@dataclass(frozen=True, slots=True)
class Remark:
    """A part of a message, and of lists."""

    text: str | None = None
    urgent: bool | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A message without a namespace, with a field of every kind."""

    message_id: str = required()
    body_text: str | None = None
    line_count: str | None = None
    read_already: bool | None = None
    newest_remark: Remark | None = None
    remarks: tuple[Remark, ...] = parts("remark")
    copies: tuple[Remark, ...] = parts("copy", when_empty=True)
    mboc: str | None = element("MBOC")
    colour: str | None = element(collapse=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A part of an order."""

    product_name: str | None = element(namespace=EXTRAS)
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A message with a namespace, one of whose fields is in another."""

    NAMESPACE: ClassVar[str] = ORDERS
    NSMAP: ClassVar[dict[str | None, str]] = {None: ORDERS, "x": EXTRAS}

    order_id: str = required("orderNo", namespace=EXTRAS)
    lines: tuple[Line, ...] = parts("line")
    address_key: str | None = element(namespace=EXTRAS)


def note(inside: str) -> Note:
    return bind(Note, read(f"<note><messageId>m</messageId>{inside}</note>".encode()))


def lines_of(message: object, name: str) -> list[str]:
    return to_bytes(unbind(message, name), "bare").decode().splitlines()[1:]


# -- reading


def test_every_kind_of_field_is_read() -> None:
    """Text, truth, a part, a list of parts; in any order of the document."""
    expected = Note(
        message_id="m",
        body_text="hello",
        line_count="007",
        read_already=True,
        newest_remark=Remark("now", urgent=False),
        remarks=(Remark("one"), Remark(urgent=True)),
        copies=(),
        mboc="Y",
        colour="dark blue",
    )

    assert expected == note(
        """<colour> dark
             blue </colour><MBOC>Y</MBOC>
           <remarks> <remark><text>one</text></remark> <remark><urgent>1</urgent></remark> </remarks>
           <newestRemark><urgent>0</urgent><text>now</text></newestRemark>
           <readAlready> true </readAlready><lineCount>007</lineCount><bodyText>hello</bodyText><copies/>"""
    )


def test_what_is_left_out_is_none_and_an_empty_element_is_not() -> None:
    """Blank text was said; nothing was not. A part without children is there all the same."""
    assert Note("m") == note("")
    assert Note("m", body_text="", newest_remark=Remark()) == note("<bodyText/><newestRemark/>")


def test_text_is_kept_as_sent() -> None:
    """White space, line ends and integers of any length are the sender's own."""
    digits = "9" * 5000

    assert Note("m", body_text=" a\n\tb ", line_count=digits) == note(
        f"<bodyText> a\n\tb </bodyText><lineCount>{digits}</lineCount>"
    )


def test_a_required_field_is_collapsed() -> None:
    """As the schema's non-empty strings are."""
    found = bind(Note, read(b"<note><messageId>\n  one\t two </messageId></note>"))

    assert Note("one two") == found


TRUTHS = {"true": True, "1": True, " true\n": True, "false": False, "0": False, " 0 ": False}


@pytest.mark.parametrize(("text", "expected"), TRUTHS.items(), ids=[repr(text) for text in TRUTHS])
def test_truth_has_two_spellings_each_way(text: str, expected: bool) -> None:  # noqa: FBT001 - a value
    """xs:boolean, white space around it included."""
    assert Note("m", read_already=expected) == note(f"<readAlready>{text}</readAlready>")


def test_of_a_repeated_child_the_last_one_wins() -> None:
    """In a message, in a part of it and in a part of a list (R24)."""
    assert Note("m", body_text="b") == note("<bodyText>a</bodyText><bodyText>b</bodyText>")

    twice = "<text>a</text><urgent>1</urgent><text>b</text>"
    assert Note("m", newest_remark=Remark("b", urgent=True)) == note(f"<newestRemark>{twice}</newestRemark>")
    assert Note("m", remarks=(Remark("b", urgent=True),)) == note(f"<remarks><remark>{twice}</remark></remarks>")


def test_unknown_elements_and_attributes_are_passed_over() -> None:
    """At every level; the schema has had its say before."""
    assert Note("m", newest_remark=Remark("a"), remarks=(Remark(),)) == note(
        """<other/><newestRemark kind="x"><other>b</other><text lang="en">a</text></newestRemark>
           <remarks><other/><remark><other/></remark></remarks>"""
    )


def test_an_element_of_another_namespace_is_not_the_field() -> None:
    """Neither a field that inherited one, nor one with the right local name."""
    assert Note("m") == note('<bodyText xmlns="urn:other">a</bodyText>')


def test_a_message_without_what_it_requires_is_not_made() -> None:
    """Only what the schema let through is bound; anything else is our own bug, and says so."""
    with pytest.raises(TypeError, match="message_id"):
        bind(Note, read(b"<note/>"))


def test_fields_are_found_by_their_namespaces() -> None:
    """A message's own, its parts' the same, and another where a field says so, whatever the prefixes."""
    text = f"""<o:order xmlns:o="{ORDERS}"><orderNo xmlns="{EXTRAS}">7</orderNo>
      <o:lines><o:line><productName xmlns="{EXTRAS}">Fibre</productName><o:amount>2</o:amount></o:line></o:lines>
      <e:addressKey xmlns:e="{EXTRAS}">A1</e:addressKey><o:addressKey>wrong</o:addressKey></o:order>"""

    assert Order("7", (Line("Fibre", "2"),), "A1") == bind(Order, read(text.encode()))


# -- writing


def test_a_message_is_written_in_the_order_of_its_fields() -> None:
    """What is None or an empty list is left out, unless the list asks to be there; a root carries the schema hint."""
    message = Note(
        "m1",
        body_text="",
        read_already=False,
        newest_remark=Remark(urgent=True),
        remarks=(Remark("<one>"), Remark()),
        mboc="N",
    )

    assert [
        (
            '<note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:noNamespaceSchemaLocation="../faultReport.xsd">'
        ),
        "  <messageId>m1</messageId>",
        "  <bodyText></bodyText>",
        "  <readAlready>false</readAlready>",
        "  <newestRemark>",
        "    <urgent>true</urgent>",
        "  </newestRemark>",
        "  <remarks>",
        "    <remark>",
        "      <text>&lt;one&gt;</text>",
        "    </remark>",
        "    <remark/>",
        "  </remarks>",
        "  <copies/>",
        "  <MBOC>N</MBOC>",
        "</note>",
    ] == lines_of(message, "note")


def test_a_message_with_a_namespace_binds_its_own_prefixes() -> None:
    """And carries no schema hint."""
    assert [
        '<order xmlns="urn:orders" xmlns:x="urn:extras">',
        "  <x:orderNo>7</x:orderNo>",
        "  <lines>",
        "    <line>",
        "      <x:productName>Fibre</x:productName>",
        "    </line>",
        "  </lines>",
        "  <x:addressKey>A1</x:addressKey>",
        "</order>",
    ] == lines_of(Order("7", (Line("Fibre"),), "A1"), "order")


def test_what_is_no_root_has_no_hint() -> None:
    """A message inside of another document is only its element; without a name it is called as its class."""
    assert b"<Remark><text>a</text></Remark>" == etree.tostring(unbind(Remark("a"), root=False))


# -- names and white space

SPELLINGS = {"status": "status", "message_id": "messageId", "report_date_time": "reportDateTime", "a_b_c": "aBC"}


@pytest.mark.parametrize(("field", "expected"), SPELLINGS.items(), ids=SPELLINGS.keys())
def test_a_field_is_spelt_as_the_contract_spells_it(field: str, expected: str) -> None:
    """Words joined, each but the first with a capital."""
    assert expected == camel_case(field)


def test_white_space_collapses_as_in_xsd() -> None:
    """Runs of space, tab and line ends become one space, and none is left at the ends."""
    assert ["", "", "a", "a b c"] == [collapse(text) for text in ("", " \t\r\n ", "\na ", " a\t\r\n b  c\n")]


OTHER_SPACES = ["\u00a0", "\u0085", "\u2003", "\u2028", "\u3000"]


@pytest.mark.parametrize("space", OTHER_SPACES, ids=[f"U+{ord(space):04X}" for space in OTHER_SPACES])
def test_only_the_four_characters_of_xml_are_white_space(space: str) -> None:
    """Others are text to XSD, which lets a reference of a no-break space pass: it must not become blank, nor "A B"."""
    assert [space, f"A{space}B"] == [collapse(space), collapse(f"A{space}B")]


# -- both ways

ANY = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r"),
    max_size=20,
)
COLLAPSED = st.text(st.sampled_from("abcÉ😀&<>'\"] "), max_size=20).map(lambda text: re.sub(" +", " ", text).strip(" "))
MAYBE = st.none() | ANY
REMARKS = st.builds(Remark, text=MAYBE, urgent=st.none() | st.booleans())
NOTES = st.builds(
    Note,
    message_id=COLLAPSED,
    body_text=MAYBE,
    line_count=st.none() | st.integers().map(str),
    read_already=st.none() | st.booleans(),
    newest_remark=st.none() | REMARKS,
    remarks=st.lists(REMARKS, max_size=3).map(tuple),
    copies=st.lists(REMARKS, max_size=3).map(tuple),
    mboc=MAYBE,
    colour=st.none() | COLLAPSED,
)
ORDER_LINES = st.lists(st.builds(Line, product_name=MAYBE, amount=MAYBE), max_size=3).map(tuple)


@given(message=NOTES)
def test_a_message_survives_the_wire(message: Note) -> None:
    """Written, sent and read again it is equal."""
    assert message == bind(Note, read(to_bytes(unbind(message, "note"), "bare")))


@given(message=st.builds(Order, order_id=COLLAPSED, lines=ORDER_LINES, address_key=MAYBE))
def test_a_message_with_namespaces_survives_the_wire(message: Order) -> None:
    """In an envelope too, where prefixes move to where they are needed."""
    envelope = read(to_bytes(unbind(message, "order"), "soap"))

    assert message == bind(Order, envelope[0][0])


@given(message=NOTES)
def test_what_is_written_has_each_field_once_and_in_order(message: Note) -> None:
    """The elements of a message are its fields that were said."""
    order = [field.name for field in fields(Note)]
    spelt = {camel_case(name): name for name in order} | {"MBOC": "mboc"}

    written = [spelt[str(child.tag)] for child in unbind(message, "note")]

    said = [name for name in order if name == "copies" or getattr(message, name) not in (None, ())]
    assert said == written
