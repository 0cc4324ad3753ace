"""A mapping becomes a message of the contract, and a message is looked at by its elements' names."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, Literal

import pytest
from lxml import etree

from simulator.cityfibre.operations import OPERATIONS
from simulator.scenario.message import ELEMENTS, fields_of, is_matcher, merged, names_in, paths, write
from simulator.wire.binding import outline
from simulator.wire.envelope import to_bytes
from simulator.wire.schema import schema

ALA = "http://www.niccstandards.org.uk/ala_1.0.xsd"
CFH = "http://www.cityfibre.com/ala/ext1"
SCHEMAS = {"fault": "faultReport.xsd", "appointment": "appointments.xsd"}

CONTACT = {"email": "desk@buyer.example", "phone": "01632 960001", "name": "Fault desk"}
SLOT = {
    "appointmentEndTime": "13:00",
    "appointmentStartTime": "08:00",
    "appointmentDate": "2026-01-07",
}
MISSED = {
    "MBORC": "N",
    "endUserPreAgreed": "N",
    "endUserMissedAppointment": "N",
    "Cancelled": "N",
    "Amended": "N",
    "sellerMissedAppointment": "Y",
    **SLOT,
    "appointmentReservationKey": "KEY-1",
}
DETAILS: dict[str, Any] = {
    "triageFindings": "Router restarted twice.",
    "triageComplete": "true",
    "siteAccessContactDetails": CONTACT,
    "siteAccessDetails": "Ring the bell.",
    "faultLocation": "1 Sample Street",
    "faultStartTime": "2026-01-03T18:00:00Z",
    "statusReason": "None yet",
    "status": "pending",
    "type": "Service Outage",
    "description": "No light since the weekend.",
}
TOLD = {
    "attachments": {
        "attachment": [{"uploaded": "false", "url": "https://buyer.example/1", "filename": "a.pdf"}, {"filename": "b"}]
    },
    "comment": {"commentedTime": "2026-01-05T08:30:00Z", "commentedBy": "buyer", "value": "Still dead."},
    "updates": {
        "update": [
            {"updatedTime": "2026-01-05T08:10:00Z", "updatedBy": "buyer", "description": "Reported."},
            {"description": "Looked at."},
        ]
    },
    "appointment": {
        "appointmentCancelled": "N",
        "appointmentClosureCode": "FR",
        "appointmentConfirmationStatus": "Confirmed",
        **SLOT,
        "appointmentReservationKey": "KEY-1",
    },
}
HEAD = {
    "messageId": "MSG-1",
    "sentAt": "2026-01-05T08:59:58.250Z",
    "buyerIdentifier": "SPDEV1",
    "apiVersion": "1.0",
}
APPOINTMENT: dict[str, Any] = {
    "projectReference": "P-1",
    "reappointment": "false",
    "productName": "ftthl2r",
    "appointmentType": {"fault": ""},
    "addressKey": "10002491172",
    "seller": {"sellerIdentifier": "CITYFIBRE"},
    "buyer": {"resellerId": "RS-1", "buyerIdentifier": "SPDEV1"},
    "message": {"sentAt": "2026-01-05T08:59:58Z", "correlationId": "TRANSACTION-5", "messageId": "MSG-5"},
}
MESSAGES: Mapping[str, dict[str, Any]] = {
    "addFaultReport": {
        "resolveAccepted": "true",
        "lateRepairNotification": {
            "exclusions": {
                "exclusion": {
                    "endDateTime": "2026-01-05T08:00:00Z",
                    "startDateTime": "2026-01-04T08:00:00Z",
                    "numberOfDays": "1",
                    "exclusionReason": "HOLD",
                }
            },
            "nonSellerDelayDays": "1",
            "sellerDelayDays": "2",
            "totalDelayInDays": "3",
        },
        "priorityLevel": "2",
        **TOLD,
        "faultDetails": {"missedAppointment": MISSED, **DETAILS},
        "parentFaultReference": "CS0000001",
        "maintainerFaultReference": "CS0053224",
        "buyerFaultReference": "REF-1",
        "serviceAffected": "S21709",
        "endUserContactDetails": CONTACT,
        "reporterContactDetails": CONTACT,
        "reportDateTime": "2026-01-05T08:45:00Z",
        **HEAD,
    },
    "amendFaultReport": {
        "priorityLevel": "1",
        **TOLD,
        "faultDetails": DETAILS,
        "parentFaultReference": "CS0000001",
        "maintainerFaultReference": "CS0053224",
        "serviceAffected": "S21709",
        "endUserContactDetails": CONTACT,
        "reporterContactDetails": CONTACT,
        "reportDateTime": "2026-01-05T08:45:00Z",
        "buyerFaultReference": "REF-1",
        **HEAD,
    },
    "resolveResponse": {
        "rejectedReason": "Still slow",
        "maintainerFaultReference": "CS0053224",
        "resolveAccepted": "false",
        "buyerFaultReference": "REF-1",
        **HEAD,
    },
    "requestFaultReportUpdate": {"buyerFaultReference": "REF-1", "maintainerFaultReference": "CS0053224", **HEAD},
    "queryAppointmentAvailability": {**APPOINTMENT, "appointmentsFrom": "2026-01-07"},
    "reserveAppointment": {**APPOINTMENT, "appointmentSlot": SLOT},
}
"""All that a buyer can say with each operation, from the last element to the first."""
LEFT_OUT = {"appointments", "errorMessage", "order"}
"""The supplier alone sends the first two, and missedAppointment in an amend; the third excludes ``fault``."""


def order(message: type, left_out: Container[str]) -> Iterator[str]:
    """The elements of a message in the contract's order, at every depth."""
    for name, one in outline(message).items():
        if name in left_out:
            continue
        yield name
        if one.part:
            yield etree.QName(one.part).localname
        if one.inner is not None:
            yield from order(one.inner, left_out)


def names(message: etree._Element) -> list[str]:
    """The elements of a message as they stand in it; one that is repeated once."""
    return list(dict.fromkeys(etree.QName(one).localname for one in message.iter()))[1:]


# Writing


@pytest.mark.parametrize("operation", MESSAGES)
def test_a_mapping_is_written_in_the_order_of_the_contract(operation: str) -> None:
    """Whatever the order of the mapping; the message is one that the schema takes."""
    message = write(OPERATIONS[operation], MESSAGES[operation])
    assert schema(SCHEMAS[OPERATIONS[operation].family]).valid(message)
    left_out = LEFT_OUT | ({"missedAppointment"} if operation == "amendFaultReport" else set())
    assert list(dict.fromkeys(order(OPERATIONS[operation].request, left_out))) == names(message)


@pytest.mark.parametrize("style", ["bare", "soap"])
@pytest.mark.parametrize("operation", MESSAGES)
def test_what_is_written_is_read_back(operation: str, style: Literal["bare", "soap"]) -> None:
    """Every text at its path, bare or in an envelope; of a repeated element all."""
    body = to_bytes(write(OPERATIONS[operation], MESSAGES[operation]), style)
    said: dict[tuple[str, ...], list[str]] = {}
    for path, text in paths(MESSAGES[operation]):
        said.setdefault(path, []).append(text)
    assert len(said) > 5
    assert said == {path: fields_of(body).texts(path) for path in said}


def test_a_fault_report_has_no_namespace() -> None:
    """Nor do its elements; what is not said is not written."""
    message = {"serviceAffected": "S21709", "faultDetails": {"type": "TLOS", "description": None}, "comment": None}
    assert etree.tostring(write(OPERATIONS["addFaultReport"], message)) == (
        b"<addFaultReport><serviceAffected>S21709</serviceAffected>"
        b"<faultDetails><type>TLOS</type></faultDetails></addFaultReport>"
    )


def test_an_appointment_message_has_two_namespaces() -> None:
    """The supplier's own elements have its own; addressKey is of one in a query, and of the other in a reservation."""
    message = {"productName": "ftthl2r", "addressKey": "1", "buyer": {"resellerId": "R", "buyerIdentifier": "B"}}
    assert etree.tostring(write(OPERATIONS["queryAppointmentAvailability"], message)).decode() == (
        f'<queryAppointmentAvailabilityRequest xmlns="{ALA}" xmlns:cfh="{CFH}">'
        "<buyer><buyerIdentifier>B</buyerIdentifier><cfh:resellerId>R</cfh:resellerId></buyer>"
        "<addressKey>1</addressKey><cfh:productName>ftthl2r</cfh:productName></queryAppointmentAvailabilityRequest>"
    )
    assert etree.tostring(write(OPERATIONS["reserveAppointment"], message)).decode() == (
        f'<reserveAppointmentRequest xmlns="{ALA}" xmlns:cfh="{CFH}">'
        "<buyer><buyerIdentifier>B</buyerIdentifier><cfh:resellerId>R</cfh:resellerId></buyer>"
        "<cfh:productName>ftthl2r</cfh:productName><cfh:addressKey>1</cfh:addressKey></reserveAppointmentRequest>"
    )


@pytest.mark.parametrize(
    ("message", "written"),
    [
        (
            {"updates": {"update": {"description": "a"}}},
            "<updates><update><description>a</description></update></updates>",
        ),
        (
            {"updates": {"update": [{"description": "a"}, {"description": "b"}]}},
            "<updates><update><description>a</description></update><update><description>b</description></update></updates>",
        ),
        ({"updates": {"update": []}}, "<updates/>"),
        ({"updates": {"update": None}}, "<updates/>"),
        ({"updates": {"update": {}}}, "<updates><update/></updates>"),
        ({"updates": {"update": "text"}}, "<updates><update>text</update></updates>"),
        ({"updates": {}}, "<updates/>"),
        ({"updates": "text"}, "<updates>text</updates>"),
        ({"updates": [{}, {}]}, "<updates/><updates/>"),
        ({"updates": None}, ""),
        ({"priorityLevel": ["1", None, "2"]}, "<priorityLevel>1</priorityLevel><priorityLevel>2</priorityLevel>"),
        ({"priorityLevel": ""}, "<priorityLevel></priorityLevel>"),
        ({"priorityLevel": {"level": "1"}}, "<priorityLevel/>"),
        ({"faultDetails": {}}, "<faultDetails/>"),
        ({"faultDetails": ""}, "<faultDetails></faultDetails>"),
        ({"priorityLevl": "1"}, ""),
    ],
    ids=repr,
)
def test_lists_repeat_and_nothing_leaves_out(message: Mapping[str, Any], written: str) -> None:
    """A reference may bring what the loader would have refused: it is written as well as can be, or not at all."""
    expected = f"<amendFaultReport>{written}</amendFaultReport>" if written else "<amendFaultReport/>"
    assert expected == etree.tostring(write(OPERATIONS["amendFaultReport"], message)).decode()


def test_signs_of_xml_are_text() -> None:
    """A buyer may say what it likes."""
    root = write(OPERATIONS["amendFaultReport"], {"comment": {"value": "a < b & <c/>"}})
    assert fields_of(to_bytes(root, "bare")).texts(("comment", "value")) == ["a < b & <c/>"]


# Reading

BODY = b"""<?xml version="1.0"?>
<report xmlns:x="urn:x">
  <!-- said by the desk -->
  <priorityLevel>  2
  </priorityLevel>
  <blank> </blank>
  <x:status>open</x:status>
  <comment><value>Two   words</value></comment>
  <slots>
    <slot><day>Monday</day><status>free</status></slot>
    <slot><day>Tuesday</day></slot>
  </slots>
</report>"""


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        (("priorityLevel",), ["2"]),
        (("blank",), [""]),
        (("absent",), []),
        (("status",), ["open"]),
        (("comment", "value"), ["Two words"]),
        (("value",), []),
        (("comment",), [ELEMENTS]),
        (("slots", "slot"), [ELEMENTS, ELEMENTS]),
        (("slots", "slot", "day"), ["Monday", "Tuesday"]),
        (("slots", "slot", "status"), ["free"]),
        (("slots", "slot", "day", "hour"), []),
    ],
    ids=repr,
)
def test_texts_are_found_by_their_whole_path(path: tuple[str, ...], texts: list[str]) -> None:
    """By local names, from the message's children on; white space collapses, comments are passed over."""
    assert texts == fields_of(BODY).texts(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "open"),
        (("slot", "status"), "free"),
        (("day",), "Monday"),
        (("slots", "slot", "day"), "Monday"),
        (("slot",), {"day": "Monday", "status": "free"}),
        (("slots",), {"slot": [{"day": "Monday", "status": "free"}, {"day": "Tuesday"}]}),
        (("comment",), {"value": "Two words"}),
        (("blank",), ""),
        (("absent",), None),
        (("comment", "day"), None),
    ],
    ids=repr,
)
def test_a_value_is_the_first_at_any_depth(path: tuple[str, ...], value: object) -> None:
    """With all that is inside it; a path says in what it stands."""
    assert value == fields_of(BODY).value(path)


def test_three_of_a_kind_are_a_list() -> None:
    """What was sent as often comes back as often."""
    assert fields_of(b"<a><b><c>1</c><c>2</c><c>3</c></b></a>").value(("b",)) == {"c": ["1", "2", "3"]}


@pytest.mark.parametrize("body", [b"", b"no XML", b"<a><b></a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_body_that_can_not_be_read_has_no_fields(body: bytes) -> None:
    """It may still be what a step waits for, if the step says nothing of its elements."""
    assert fields_of(body).root is None
    assert fields_of(body).texts(("a",)) == []
    assert fields_of(body).value(("a",)) is None


# Mappings


def test_the_leaves_of_a_mapping_have_paths() -> None:
    """A matcher is a leaf, and so are nothing and an empty mapping; a list has the leaves of its members."""
    message: dict[str, Any] = {
        "a": {"b": "1", "c": {"not": "2"}},
        "d": None,
        "e": {},
        "f": {"g": [{"h": "3"}, {"h": "4"}, "5"]},
        "i": [],
    }
    assert list(paths(message)) == [
        (("a", "b"), "1"),
        (("a", "c"), {"not": "2"}),
        (("d",), None),
        (("e",), {}),
        (("f", "g", "h"), "3"),
        (("f", "g", "h"), "4"),
        (("f", "g"), "5"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"not": "a"}, True), ({"matches": "a", "present": "true"}, True), ({}, False), ({"not": "a", "b": "c"}, False)],
    ids=repr,
)
def test_a_matcher_has_a_matchers_keys_alone(value: Mapping[str, Any], expected: bool) -> None:  # noqa: FBT001
    """Else it is a mapping of elements."""
    assert expected == is_matcher(value)


def test_of_two_mappings_the_second_is_heard() -> None:
    """Mappings meet; anything else replaces; neither mapping is changed."""
    under = {"a": {"b": "1", "c": "2"}, "d": "3", "e": {"f": "4"}, "g": ["5"]}
    over = {"a": {"c": "6"}, "d": None, "e": "7", "g": {"h": "8"}, "i": "9"}
    assert merged(under, over) == {"a": {"b": "1", "c": "6"}, "d": None, "e": "7", "g": {"h": "8"}, "i": "9"}
    assert under == {"a": {"b": "1", "c": "2"}, "d": "3", "e": {"f": "4"}, "g": ["5"]}
    assert over == {"a": {"c": "6"}, "d": None, "e": "7", "g": {"h": "8"}, "i": "9"}


def test_every_name_of_a_message_is_known() -> None:
    """At any depth, those of parts too."""
    found = names_in(OPERATIONS["reserveAppointment"].request)
    assert {"appointmentSlot", "appointmentDate", "resellerId", "fault"} <= found
    assert {"updates", "update", "updatedBy"} <= names_in(OPERATIONS["amendFaultReport"].request)
    assert "rejectedReason" not in found
