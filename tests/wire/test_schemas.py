"""What every message must, may and must not contain: the XSD files, told the same by libxml2 and by xmlschema."""

import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import xmlschema
from lxml import etree

SCHEMAS = Path(__file__).parents[2] / "schemas"
FAULT, NOTIFICATION = "faultReport.xsd", "notification.xsd"
APPOINTMENTS, EXTENSION = "appointments.xsd", "appointments-ext1.xsd"
ALA = ' xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd" xmlns:cfh="http://www.cityfibre.com/ala/ext1"'
XS_ELEMENTS = "/*/*[local-name() = 'element']/@name"
XS_TYPES = "/*/*[local-name() = 'complexType' or local-name() = 'simpleType']"

STATES = ["pending", "accepted", "rejected", "open", "in-progress", "on-hold", "resolved", "re-opened", "closed"]
STATES += ["cancelled"]

# kind of value: (what passes, what does not); the first that passes fills a document in which the value does not matter
VALUES: dict[str, tuple[list[str], list[str]]] = {
    "text": (["some text", "", " \n ", "x" * 300], ["<other/>"]),
    "text1": (["N", "", " ", "Y", "é"], ["NN", "  "]),
    "text5": (["08:00", "", "x" * 5], ["x" * 6, " " * 6]),
    "text36": (["some text", "", "x" * 36, "é" * 36], ["x" * 37, " " * 37]),
    "text80": (["some text", "", "x" * 80], ["x" * 81]),
    "nonBlank": (["some text", " x ", "two\nlines", "x" * 300], ["", " ", "\n\t "]),
    "nonBlank36": (["some text", "x" * 36, f" {'x' * 36} "], ["", "\n\t ", "x" * 37]),
    "nonBlank63": (["some text", "x" * 63, f" {'x' * 63} "], ["", "\n\t ", "x" * 64]),
    "nonBlank254": (["x", "x" * 254, f" {'x' * 254} "], ["", "\n\t ", "x" * 255]),
    "integer": (["3", "-3", "+3", "03", " 3 ", "9" * 20], ["", "3.0", "three", "3 3"]),
    "boolean": (["true", "false", "1", "0", " true "], ["", "True", "yes", "2"]),
    "date": (["2030-01-07", "2030-01-07Z"], ["", "2030-02-30", "07/01/2030", "2030-01-07T09:00:00Z"]),
    "dateTime": (
        ["2030-01-07T09:00:00Z", "2030-01-07T09:00:00.123456+01:00"],
        ["", "2030-01-07", "2030-02-30T09:00:00Z"],
    ),
    "moment25": (["2030-01-07T09:00:00.000Z", " 2030-01-07T09:00:00+00:00 "], ["", "2030-01-07T09:00:00.00000Z"]),
    "spacedDate": ([" 2030-01-07\n", "2030-01-07Z"], ["", "2030-02-30", "07/01/2030"]),
    "spacedMoment": ([" 2030-01-07T09:00:00.1234567Z\n", "2030-01-07T09:00:00"], ["", "2030-01-07"]),
    "dayWithoutZone": (["2030-01-07", " 2030-01-07 "], ["", "2030-01-07Z", "2030-01-07+01:00", "2030-02-30"]),
    "time": (["08:00", "00:00", "23:59"], ["", "8:00", "24:00", "08:60", "08:00:00", "AM"]),
    "key": (["A1" * 16], ["", "A1" * 15 + "A", "A1" * 16 + "A", "a1" * 16, f" {'A1' * 16}"]),
    "status": (STATES, ["", "Pending", " open", "open ", "reopened", "in progress", "failed"]),
    "party": (["buyer", "seller"], ["", "Buyer", "Seller", "buyer "]),
    "confirmation": (["Confirmed", "Failed"], ["", "confirmed", "Confirmed or Failed"]),
    "anything": (["", "<x/>", "text", '<x xmlns="urn:other" y="1">text</x>'], []),
}

# what is in a part: child=kind, with ? where it may be left out and * where it may be there any number of times
TABLE = """
report apiVersion=nonBlank buyerIdentifier=text36 sentAt=dateTime? messageId=nonBlank reportDateTime=dateTime?
    reporterContactDetails=contact? endUserContactDetails=contact? serviceAffected=nonBlank buyerFaultReference=nonBlank
    maintainerFaultReference=text? parentFaultReference=text? faultDetails=faultDetails? appointment=appointment?
    priorityLevel=integer? comment=comment? updates=updates? attachments=attachments? resolveAccepted=boolean?
    lateRepairNotification=lateRepair? errorMessage=text?;
amendment apiVersion=nonBlank buyerIdentifier=text36 sentAt=dateTime messageId=nonBlank reportDateTime=dateTime?
    reporterContactDetails=contact? endUserContactDetails=contact? serviceAffected=text? buyerFaultReference=nonBlank
    maintainerFaultReference=text? parentFaultReference=text? faultDetails=amendedDetails? appointment=appointment?
    priorityLevel=integer? comment=comment? updates=updates? attachments=attachments?;
resolution apiVersion=nonBlank buyerIdentifier=text36 sentAt=dateTime messageId=nonBlank resolveAccepted=boolean?
    buyerFaultReference=nonBlank maintainerFaultReference=text? rejectedReason=text?;
updateRequest apiVersion=nonBlank buyerIdentifier=text36 sentAt=dateTime messageId=nonBlank
    maintainerFaultReference=nonBlank buyerFaultReference=nonBlank;
answer apiVersion=text buyerIdentifier=text36 sentAt=dateTime messageId=text responseCode=integer errorMessage=text?;
reportAnswer apiVersion=text buyerIdentifier=text36 sentAt=dateTime messageId=text responseCode=integer
    errorMessage=text? buyerFaultReference=text status=status attachments=attachments?;
notification apiVersion=nonBlank36 buyerIdentifier=text36 sentAt=moment25 messageId=nonBlank36 reportDateTime=moment25
    reporterContactDetails=contact endUserContactDetails=contact serviceAffected=nonBlank buyerFaultReference=nonBlank
    maintainerFaultReference=text parentFaultReference=text faultDetails=notifiedDetails appointment=appointment?
    appointments=appointments? priorityLevel=integer? comment=comment? updates=updates? attachments=attachments?
    lateRepairNotification=lateRepair? resolveAccepted=boolean? errorMessage=text?;
faultDetails description=text? type=nonBlank status=status? statusReason=text? faultStartTime=dateTime
    faultLocation=nonBlank siteAccessDetails=nonBlank siteAccessContactDetails=contact triageComplete=boolean
    triageFindings=nonBlank missedAppointment=missedAppointment?;
amendedDetails description=text? type=text? status=status? statusReason=text? faultStartTime=dateTime?
    faultLocation=text? siteAccessDetails=text? siteAccessContactDetails=contact? triageComplete=boolean?
    triageFindings=text?;
contact name=text* phone=text* email=text*;
appointment appointmentReservationKey=text36 appointmentDate=date? appointmentStartTime=text5? appointmentEndTime=text5?
    appointmentConfirmationStatus=confirmation? appointmentClosureCode=text36? appointmentCancelled=text36?;
appointments appointment=appointment*;
missedAppointment appointmentReservationKey=text36 appointmentDate=date appointmentStartTime=text5
    appointmentEndTime=text5 sellerMissedAppointment=text1 Amended=text1 Cancelled=text1 endUserMissedAppointment=text1
    endUserPreAgreed=text1 MBORC=text1;
updates update=update*;
update description=nonBlank updatedBy=party? updatedTime=dateTime?;
comment value=nonBlank commentedBy=party commentedTime=dateTime;
attachments attachment=attachment*;
attachment filename=text url=text? uploaded=boolean?;
lateRepair totalDelayInDays=integer? sellerDelayDays=integer? nonSellerDelayDays=integer? exclusions=exclusions?;
exclusions exclusion=exclusion*;
exclusion exclusionReason=text5 numberOfDays=integer startDateTime=dateTime endDateTime=dateTime;
query message=message buyer=buyer seller=seller addressKey=nonBlank63 appointmentsFrom=dayWithoutZone
    appointmentType=purpose cfh:productName=nonBlank254 cfh:reappointment=text? cfh:projectReference=text80?;
reserve message=message buyer=buyer seller=seller appointmentSlot=slot appointmentType=purpose
    cfh:productName=nonBlank254 cfh:addressKey=nonBlank254 cfh:reappointment=text? cfh:projectReference=text80?;
message messageId=nonBlank correlationId=text? sentAt=spacedMoment;
buyer buyerIdentifier=nonBlank36 cfh:resellerId=text?;
seller sellerIdentifier=nonBlank;
purpose fault=anything;
slot appointmentDate=spacedDate appointmentStartTime=time appointmentEndTime=time;
queryAccepted message=message buyer=buyer seller=seller queryAppointmentAvailabilityAccepted=availability;
queryRejected message=message buyer=buyer seller=seller queryAppointmentAvailabilityRejected=refusal;
reserveAccepted message=message buyer=buyer seller=seller reserveAppointmentAccepted=reservation;
reserveRejected message=message buyer=buyer seller=seller reserveAppointmentRejected=refusal;
availability appointmentSlots=slots;
slots appointmentSlot=slot*;
reservation appointment=held;
held appointmentDate=spacedDate appointmentStartTime=time appointmentEndTime=time appointmentReservationKey=key
    appointmentReservationValidUntil=spacedMoment;
refusal reasonCode=nonBlank reason=nonBlank
"""
# what is in a message: root=part
MESSAGE_TABLE = """
faultReport.xsd addFaultReport=report notifyFaultReportUpdate=report amendFaultReport=amendment
    resolveResponse=resolution requestFaultReportUpdate=updateRequest receivedFaultReport=reportAnswer
    receivedAmendFaultReport=reportAnswer receivedResolvedResponse=answer receivedRequestFaultReportUpdate=answer;
notification.xsd notifyFaultReportUpdate=notification receivedNotifyFaultReportUpdate=answer;
appointments.xsd queryAppointmentAvailabilityRequest=query reserveAppointmentRequest=reserve
    queryAppointmentAvailabilityResponse=queryAccepted queryAppointmentAvailabilityResponse=queryRejected
    reserveAppointmentResponse=reserveAccepted reserveAppointmentResponse=reserveRejected
"""


def rows(table: str) -> dict[str, list[tuple[str, str]]]:
    """The rows of a table by their first word, each a list of the pairs that follow it."""
    split = [[entry.partition("=") for entry in row.split()] for row in table.split(";")]
    return {first[0]: [(name, kind) for name, _, kind in rest] for first, *rest in split}


PARTS = {part: dict(pairs) for part, pairs in rows(TABLE).items()}
PARTS["notifiedDetails"] = PARTS["faultDetails"] | {"status": "status"}
MESSAGES = rows(MESSAGE_TABLE)
IN_ORDER = {"queryAccepted", "queryRejected", "reserveAccepted", "reserveRejected", "held", "refusal"}


class Place(NamedTuple):
    """A part where it stands: `around` is the whole document, with @ where the part's children go."""

    schema: str
    path: str
    part: str
    around: str


def element(name: str, kind: str, *, full: bool = False) -> str:
    """An element with a valid content: the least that its kind requires, or everything that it allows."""
    kind = kind.rstrip("?*")
    return f"<{name}>{content(kind, full=full) if kind in PARTS else VALUES[kind][0][0]}</{name}>"


def content(part: str, *, full: bool = False, given: dict[str, str] | None = None) -> str:
    """The part's children in the table's order: the required or all of them, some with the content that is given."""
    texts = {name: f"<{name}>{text}</{name}>" for name, text in (given or {}).items()}
    wanted = {name: kind for name, kind in PARTS[part].items() if full or name in texts or kind[-1] not in "?*"}
    return "".join(texts.get(name) or element(name, kind, full=full) for name, kind in wanted.items())


def places(schema: str, path: str, part: str, around: str) -> Iterator[Place]:
    """The part here, and every part somewhere inside it."""
    yield Place(schema, path, part, around)
    for name, kind in PARTS[part].items():
        if kind.rstrip("?*") in PARTS:
            inside = around.replace("@", content(part, given={name: "@"}))
            yield from places(schema, f"{path}/{name}", kind.rstrip("?*"), inside)


PLACES = [
    place
    for schema, messages in MESSAGES.items()
    for root, part in messages
    for place in places(schema, f"{schema}:{root}:{part}", part, f"<{root}{ALA * (schema == APPOINTMENTS)}>@</{root}>")
]
every_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)


@cache
def validators(name: str) -> tuple[etree.XMLSchema, xmlschema.XMLSchema]:
    """Both validators, loaded from the file."""
    return etree.XMLSchema(file=SCHEMAS / name), xmlschema.XMLSchema(SCHEMAS / name, allow="local")


def verdicts(place: Place, contents: dict[str, str]) -> dict[str, bool]:
    """Which of the contents are valid there; the validators must agree on each."""
    fast, exact = validators(place.schema)
    documents = {name: place.around.replace("@", text) for name, text in contents.items()}
    told = {name: fast.validate(etree.fromstring(document)) for name, document in documents.items()}
    assert told == {name: exact.is_valid(document) for name, document in documents.items()}
    return told


@pytest.mark.parametrize("name", [FAULT, NOTIFICATION, APPOINTMENTS, EXTENSION])
def test_loads_without_a_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both validators load each file where no connection can be opened (R16)."""
    monkeypatch.setattr(socket, "socket", None)
    fast, exact = validators.__wrapped__(name)
    assert (True, False) == (exact.built, fast.validate(etree.fromstring("<unknown/>")))


def test_what_each_file_refers_to() -> None:
    """The served file stands alone (R16); the only reference there is goes from one file to its neighbour."""
    references = {path.name: etree.parse(path).xpath("//@schemaLocation") for path in SCHEMAS.glob("*.xsd")}
    assert {FAULT: [], NOTIFICATION: [], APPOINTMENTS: [EXTENSION], EXTENSION: []} == references


def test_messages() -> None:
    """Each file declares its messages and no other element that could be taken for one."""
    found = {path.name: set(etree.parse(path).xpath(XS_ELEMENTS)) for path in SCHEMAS.glob("*.xsd")}
    expected = {schema: {root for root, _ in messages} for schema, messages in MESSAGES.items()}
    expected[EXTENSION] = {"addressKey", "productName", "projectReference", "reappointment", "resellerId"}
    assert expected == found


def test_types_of_the_same_name_are_alike() -> None:
    """What notification.xsd has to say again, it says as faultReport.xsd does."""
    fault, notification = (
        {kind.get("name"): etree.tostring(kind, method="c14n2", with_comments=False, strip_text=True) for kind in kinds}
        for kinds in (etree.parse(SCHEMAS / name).xpath(XS_TYPES) for name in (FAULT, NOTIFICATION))
    )
    own = {"notification", "notifiedFaultDetails", "appointments", "nonBlank36", "moment25"}
    assert own == notification.keys() - fault.keys()
    assert {name: fault[name] for name in fault.keys() & notification.keys()}.items() <= notification.items()


@every_place
def test_what_is_required(place: Place) -> None:
    """Leaving out a child is refused where the table has no mark, and only there."""
    most = {name: element(name, kind, full=True) for name, kind in PARTS[place.part].items()}
    without = {left_out: "".join(most[name] for name in most if name != left_out) for left_out in most}
    expected = {name: kind[-1] in "?*" for name, kind in PARTS[place.part].items()}
    assert expected == verdicts(place, without)


@every_place
def test_what_may_be_repeated(place: Place) -> None:
    """A child comes once, save where the table has a star."""
    most = content(place.part, full=True)
    again = {name: most + element(name, kind) for name, kind in PARTS[place.part].items()}
    expected = {name: kind.endswith("*") for name, kind in PARTS[place.part].items()}
    assert expected == verdicts(place, again)


@every_place
def test_order(place: Place) -> None:
    """Children come in any order, save in what only the service writes."""
    backwards = [element(name, kind, full=True) for name, kind in PARTS[place.part].items()][::-1]
    assert {"": len(backwards) == 1 or place.part not in IN_ORDER} == verdicts(place, {"": "".join(backwards)})


@every_place
def test_nothing_else(place: Place) -> None:
    """An element that the table does not have is refused, and so is text between elements, and any attribute."""
    most = content(place.part, full=True)
    contents = {"element": f"{most}<other/>", "text": f"{most}text"}
    assert {"element": False, "text": False} == verdicts(place, contents)
    with_attribute = place._replace(around=place.around.replace(">@<", ' other="">@<'))
    assert {"attribute": False} == verdicts(with_attribute, {"attribute": most})


@every_place
def test_values(place: Place) -> None:
    """Each value passes or is refused as its kind says, with limits met exactly and overstepped by one."""
    for name, kind in PARTS[place.part].items():
        passes, refused = VALUES.get(kind.rstrip("?*"), ([], ["text", "<other/>"]))
        contents = {text: content(place.part, given={name: text}) for text in (*passes, *refused)}
        assert (name, dict.fromkeys(passes, True) | dict.fromkeys(refused, False)) == (name, verdicts(place, contents))


def test_a_visit_is_for_an_order_or_a_fault() -> None:
    """appointmentType holds one of the two, whatever that has inside."""
    expected = {"<order/>": True, "<order><x/></order>": True, "<order/><fault/>": False, "<x/>": False, "": False}
    place = Place(APPOINTMENTS, "", "", f"<reserveAppointmentRequest{ALA}>@</reserveAppointmentRequest>")
    contents = {purpose: content("reserve", given={"appointmentType": purpose}) for purpose in expected}
    assert expected == verdicts(place, contents)


def test_an_appointment_answer_accepts_or_rejects() -> None:
    """It holds one of the two, not both and not neither (R20)."""
    both = content("reserveAccepted") + element("reserveAppointmentRejected", "refusal")
    neither = content("reserveAccepted").split("<reserveAppointmentAccepted>")[0]
    place = Place(APPOINTMENTS, "", "", f"<reserveAppointmentResponse{ALA}>@</reserveAppointmentResponse>")
    assert {"both": False, "neither": False} == verdicts(place, {"both": both, "neither": neither})


def test_namespaces() -> None:
    """Fault messages have none (R32); of the two in appointment messages, each element has the one that is its own."""
    answer, reserve = element("receivedResolvedResponse", "answer"), content("reserve")
    inherited = answer.replace(">", ' xmlns="urn:other">', 1)
    assert {"none": True, "other": False} == verdicts(Place(FAULT, "", "", "@"), {"none": answer, "other": inherited})
    place = Place(APPOINTMENTS, "", "", f"<reserveAppointmentRequest{ALA}>@</reserveAppointmentRequest>")
    swapped = {
        "neither": reserve,
        "addressKey": reserve.replace("cfh:addressKey", "addressKey"),
        "appointmentSlot": reserve.replace("appointmentSlot", "cfh:appointmentSlot"),
    }
    assert {"neither": True, "addressKey": False, "appointmentSlot": False} == verdicts(place, swapped)
