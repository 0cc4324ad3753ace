"""The gate of a schema: yes or no to a message, dates freed of white space, and no hint of a sender's followed."""

import copy
from pathlib import Path

import pytest
from lxml import etree

from simulator import resources
from simulator.wire.explanation import Violation
from simulator.wire.schema import MOST_WITH_PLACES, Schema, schema

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="note"><xs:complexType><xs:sequence>
    <xs:element name="sentAt" type="xs:dateTime"/>
    <xs:element name="visit" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="appointmentDate" type="xs:date"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="status" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
      <xs:enumeration value="open"/>
    </xs:restriction></xs:simpleType></xs:element>
    <xs:any namespace="##other" processContents="lax" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


@pytest.fixture
def gate(tmp_path: Path) -> Schema:
    path = tmp_path / "note.xsd"
    path.write_text(XSD)
    return Schema(path)


def note(inside: str, attributes: str = "") -> etree._Element:
    return etree.fromstring(f"<note{attributes}>{inside}</note>")


def test_a_message_that_keeps_to_the_schema_is_valid(gate: Schema) -> None:
    """And the gate leaves it as it is."""
    message = note("<sentAt>2026-01-05T09:00:00Z</sentAt><status>open</status>")
    before = etree.tostring(message)

    assert gate.valid(message)
    assert before == etree.tostring(message)


def test_a_message_that_breaks_the_schema_is_not_valid_and_told_why(gate: Schema) -> None:
    """The gate says no; the explanation has a violation at least."""
    message = note("<sentAt>2026-01-05T09:00:00Z</sentAt><status>shut</status>")

    assert not gate.valid(message)
    assert ["line 1, /note/status: 'shut' is not allowed; expected one of open"] == list(
        map(str, gate.explain(message))
    )


def test_an_explanation_does_not_need_the_gate_to_have_been_asked(gate: Schema) -> None:
    """It asks for itself, about the message that it is given and no earlier one."""
    gate.valid(note("<other/>"))

    told = gate.explain(note("<sentAt>today</sentAt>"))

    assert ["/note/sentAt"] == [violation.place.path for violation in told]
    assert all(isinstance(violation, Violation) for violation in told)


SPACED = [" {} ", "\n{}", "{}\t\r\n"]


@pytest.mark.parametrize("spaced", SPACED, ids=[repr(text) for text in SPACED])
def test_white_space_around_a_date_does_not_count(gate: Schema, spaced: str) -> None:
    """XSD collapses it before it looks; the message that is let through no longer has it, however deep it stood."""
    sent_at, day = spaced.format("2026-01-05T09:00:00Z"), spaced.format("2026-01-06")
    message = note(f"<sentAt>{sent_at}</sentAt><visit><appointmentDate>{day}</appointmentDate></visit>")

    assert gate.valid(message)
    assert ["2026-01-05T09:00:00Z", "2026-01-06"] == [message.findtext("sentAt"), message.findtext("*/appointmentDate")]


@pytest.mark.parametrize("text", ["\u00a02026-01-05T09:00:00Z", "2026-01-05T 09:00:00Z", " ", " tomorrow "])
def test_a_date_that_is_none_stays_none(gate: Schema, text: str) -> None:
    """Other spaces, spaces inside and blanks are not forgiven."""
    assert not gate.valid(note(f"<sentAt>{text}</sentAt>"))


def test_white_space_around_other_values_counts(gate: Schema) -> None:
    """Only dates are freed of it."""
    message = note("<sentAt> 2026-01-05T09:00:00Z </sentAt><status> open </status>")

    assert not gate.valid(message)
    assert " open " == message.findtext("status")


@pytest.mark.parametrize("location", ["{uri}", "{path}", "http://192.0.2.1/extra.xsd"])
def test_a_sender_s_schema_location_is_never_followed(gate: Schema, tmp_path: Path, location: str) -> None:
    """A schema that would refuse the message is on offer, as a hint; neither gate nor explanation reads it."""
    extra = tmp_path / "extra.xsd"
    extra.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
        '<xs:element name="count" type="xs:integer"/></xs:schema>'
    )
    where = location.format(uri=extra.as_uri(), path=extra)
    xsi = f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {where}"'
    sent_at, strange = "<sentAt>2026-01-05T09:00:00Z</sentAt>", '<x:count xmlns:x="urn:x">many</x:count>'

    assert gate.valid(note(sent_at + strange, xsi))
    refused = note(f"{sent_at}<status>shut</status>{strange}", xsi)
    assert not gate.valid(refused)
    assert ["/note/status"] == [violation.place.path for violation in gate.explain(refused)]


def test_a_schema_is_compiled_when_it_is_first_asked(tmp_path: Path) -> None:
    """Naming a file costs nothing, not even its being there."""
    path = tmp_path / "later.xsd"
    gate = Schema(path)
    with pytest.raises(OSError, match=r"later\.xsd"):
        gate.valid(note(""))

    path.write_text(XSD)
    assert gate.valid(note("<sentAt>2026-01-05T09:00:00Z</sentAt>"))
    path.unlink()
    assert not gate.valid(note(""))


def test_each_schema_of_ours_is_made_once() -> None:
    """By its file name; another name is another schema."""
    assert schema("faultReport.xsd") is schema("faultReport.xsd")
    assert schema("faultReport.xsd") is not schema("appointments.xsd")
    assert resources.schemas() / "appointments.xsd" == schema("appointments.xsd").path


def test_a_valid_message_has_nothing_to_explain(gate: Schema) -> None:
    """Asked all the same, the explanation is empty and the message untouched."""
    message = note("<sentAt>2026-01-05T09:00:00Z</sentAt>")
    before = copy.deepcopy(message)

    assert () == gate.explain(message)
    assert etree.tostring(before) == etree.tostring(message)


# -- a large message


def report(updates: str) -> etree._Element:
    head = "<apiVersion>1.0</apiVersion><buyerIdentifier>B</buyerIdentifier><messageId>M</messageId>"
    rest = "<serviceAffected>S</serviceAffected><buyerFaultReference>F</buyerFaultReference>"
    return etree.fromstring(f"<addFaultReport>{head}{rest}<updates>{updates}</updates></addFaultReport>")


GOOD = "<update><description>d</description></update>"
DATED = "<update><description>d</description><updatedTime> 2026-01-05T09:00:00Z </updatedTime></update>"
NO_TYPE = f'<update xmlns:x="{XSI}" xmlns:q="urn:q" x:type="q:none"/>'
FEW, MANY = 990, 1_200
"""Updates of two elements each: so many are still looked at as a tree, so many are not."""
LARGE = {
    "good": (GOOD, True),
    "dates with white space": (DATED, True),
    "of its own type": (GOOD.replace("<update>", f'<update xmlns:x="{XSI}" x:type="update">'), True),
    "of a type that is none": (NO_TYPE, False),
    "nothing in it": ("<update/>", False),
    "another child": ("<update><other/></update>", False),
    "an attribute": ('<update a="1"><description>d</description></update>', False),
    "nil": (f'<update xmlns:x="{XSI}" x:nil="true"/>', False),
    "a namespace": (GOOD.replace("<update>", '<update xmlns="urn:x">'), False),
    "text between": ("text", False),
}


@pytest.mark.parametrize(("update", "good"), LARGE.values(), ids=LARGE.keys())
@pytest.mark.parametrize("behind", [False, True], ids=["at first", "at last"])
def test_a_large_message_is_judged_as_a_small_one_is(update: str, good: bool, behind: bool) -> None:  # noqa: FBT001
    """However many elements there are, and wherever the one stands that is wrong."""
    for count in (FEW, MANY):
        assert good == schema("faultReport.xsd").valid(
            report(GOOD * count + update if behind else update + GOOD * count)
        )


def test_a_large_message_that_is_wrong_everywhere_is_told_without_places() -> None:
    """libxml2 would count the siblings of each for a place: its first words serve, and they are not counted."""
    told = schema("faultReport.xsd").explain(report("<update><updatedBy>nobody</updatedBy></update>" * 9_000))

    assert 20 == len(told)
    assert "Element 'updatedBy': [facet 'enumeration'] The value 'nobod…" == str(told[0])


def test_a_large_message_may_have_names_of_any_letters(gate: Schema) -> None:
    """It is judged as it is read anew, and no name can be escaped: the fuzzer's finding, number 513,444 of 20261127."""
    many = "<status/>" * MOST_WITH_PLACES
    message = note(f"<sentAt>2026-01-05T09:00:00Z</sentAt>{many}<upda\u0663e/><Größe/>")

    assert not gate.valid(message)
    assert [violation.reason for violation in gate.explain(message)] != []
