"""Why a message is refused, in words for its author: every violation, in order, short, and never a crash."""

import pytest
from lxml import etree

from simulator.wire import explanation
from simulator.wire.envelope import SOAP, open_envelope
from simulator.wire.errors import Place, shorten
from simulator.wire.explanation import Violation
from simulator.wire.reader import read
from simulator.wire.schema import schema

ALA = "http://www.niccstandards.org.uk/ala_1.0.xsd"
CFH = "http://www.cityfibre.com/ala/ext1"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
STATES = "pending, accepted, rejected, open, in-progress, on-hold, resolved, re-opened, closed, cancelled"
NO_INSTANT = "is not a value of the type dateTime; expected a date and time, such as 2026-01-05T09:00:00Z"
NO_INTEGER = "is not a value of the type integer; expected a whole number"
UNKNOWN = "is not an element of this message"

RESOLUTION = """<resolveResponse>
<apiVersion>1.0</apiVersion>
<buyerIdentifier>SPDEV1</buyerIdentifier>
<sentAt>2026-01-05T09:00:00Z</sentAt>
<messageId>M1</messageId>
<buyerFaultReference>F1</buyerFaultReference></resolveResponse>"""
REPORT = """<addFaultReport>
<apiVersion>1.0</apiVersion><buyerIdentifier>SPDEV1</buyerIdentifier><messageId>M1</messageId>
<serviceAffected>S1</serviceAffected><buyerFaultReference>F1</buyerFaultReference>
{}</addFaultReport>"""
QUERY = f"""<queryAppointmentAvailabilityRequest xmlns="{ALA}" xmlns:cfh="http://www.cityfibre.com/ala/ext1">
<message><messageId>M1</messageId><sentAt>2026-01-05T09:00:00Z</sentAt></message>
<buyer><buyerIdentifier>SPDEV1</buyerIdentifier></buyer><seller><sellerIdentifier>CF</sellerIdentifier></seller>
<addressKey>A1</addressKey>
<appointmentsFrom>2026-01-06</appointmentsFrom>
<appointmentType><fault/></appointmentType><cfh:productName>P1</cfh:productName></queryAppointmentAvailabilityRequest>"""


def told(text: str, xsd: str = "faultReport.xsd") -> list[str]:
    """What is said of a message, a line for each violation, as an answer shows them; ~ is the path of the root."""
    message, _ = open_envelope(read(text.encode()))
    assert not schema(xsd).valid(message)
    root = f", /{etree.QName(message).localname}"
    return [str(violation).replace(root, ", ~", 1) for violation in schema(xsd).explain(message)]


def resolution(before: str, after: str) -> list[str]:
    return told(RESOLUTION.replace(before, after))


def report(inside: str) -> list[str]:
    """What is said of a report with something added, which begins on line 4."""
    return told(REPORT.format(inside))


def query(before: str, after: str) -> list[str]:
    return told(QUERY.replace(before, after), "appointments.xsd")


UPDATE = "\n<update><description>d</description>"

# -- one thing that is wrong

UPDATES = "<updates><update>{}</update></updates>"
KEY = "<appointment><appointmentReservationKey/>"
NOON = "2026-01-05T12:00:00Z"
AGAIN = f"<sentAt>{NOON}</sentAt>"
SAID = {
    "line 5, ~/comment/commentedBy: 'Buyer' is not allowed; expected one of buyer, seller": (
        f"<comment><value>v</value><commentedTime>{NOON}</commentedTime>\n<commentedBy>Buyer</commentedBy></comment>"
    ),
    "line 4, ~/appointment/appointmentConfirmationStatus: the empty text is not allowed; "
    "expected one of Confirmed, Failed": f"{KEY}<appointmentConfirmationStatus/></appointment>",
    "line 4, ~/appointment/appointmentEndTime: 11 characters are too many; expected at most 5": (
        f"{KEY}<appointmentEndTime>18:00 sharp</appointmentEndTime></appointment>"
    ),
    "line 4, ~/appointment/appointmentDate: '6/1/26' is not a value of the type date; "
    "expected a date, such as 2026-01-05": f"{KEY}<appointmentDate>6/1/26</appointmentDate></appointment>",
    f"line 4, ~/sentAt: 'tomorrow' {NO_INSTANT}": "<sentAt>tomorrow</sentAt>",
    f"line 4, ~/sentAt: the empty text {NO_INSTANT}": "<sentAt/>",
    f"line 4, ~/sentAt: 'a b{'c' * 56}…' {NO_INSTANT}": f"<sentAt>a\n\n b{'c' * 1000}</sentAt>",
    "line 4, ~/resolveAccepted: 'yes' is not a value of the type boolean; expected true or false": (
        "<resolveAccepted>yes</resolveAccepted>"
    ),
    f"line 4, ~/priorityLevel: '1.5' {NO_INTEGER}": "<priorityLevel>1.5</priorityLevel>",
    f"line 4, ~/lateRepairNotification/sellerDelayDays: 'x' {NO_INTEGER}": (
        "<lateRepairNotification><sellerDelayDays>x</sellerDelayDays></lateRepairNotification>"
    ),
    f"line 4, ~/colour: colour {UNKNOWN}": "<colour/>",
    f"line 4, ~/coment: coment {UNKNOWN}; did you mean comment?": "<coment/>",
    f"line 4, ~/SENTAT: SENTAT {UNKNOWN}; did you mean sentAt?": "<SENTAT/>",
    f"line 4, ~/{'x' * 59}…: {'x' * 59}… {UNKNOWN}": f"<{'x' * 99}/>",
    f"line 4, ~/foo: foo {UNKNOWN}": "<foo><messageId/><bar>what is in it does not matter</bar></foo>",
    "line 4, ~/sentAt: sentAt occurs 3 times; expected it once": f"{AGAIN}\n{AGAIN}{AGAIN}",
    "line 4, ~/errorMessage: 'lang' attribute not allowed for element": "<errorMessage lang='en'/>",
    "line 1, ~: text between the elements is not allowed": "stray",
    "line 4, ~/updates: text between the elements is not allowed": "<updates> stray </updates>",
    "line 4, ~/updates/update/description: is blank; expected some text": UPDATES.format("<description/>"),
    "line 5, ~/updates/update/description: is blank; expected some text": UPDATES.format(
        "\n<description> \t\n</description>"
    ),
    # a contact may repeat its children (R24), so an unknown one among them is all there is to say
    f"line 5, ~/endUserContactDetails/fax: fax {UNKNOWN}": (
        "<endUserContactDetails><name>A</name><name>B</name>\n<fax>1</fax></endUserContactDetails>"
    ),
}


@pytest.mark.parametrize(("expected", "inside"), SAID.items(), ids=SAID.keys())
def test_each_violation_has_its_words(expected: str, inside: str) -> None:
    """Its line and path, what was found (in quotes, on one line, shortened), and what would have been right."""
    assert [expected] == report(inside)


def test_a_date_and_a_choice_are_told_in_words() -> None:
    """A date is told once, not as a pattern and again as a type."""
    (wrong_form,), blank = query("2026-01-06", "2026-01-06Z"), query("2026-01-06", " ")
    (two_of_a_choice,) = query("<fault/>", "<order/><fault/>")

    expected = "'2026-01-06Z' is not a value of the type date; expected a date, such as 2026-01-05"
    assert f"line 5, ~/appointmentsFrom: {expected}" == wrong_form
    assert "line 5, ~/appointmentsFrom: is blank; expected some text" == blank[0]
    assert two_of_a_choice.startswith("line 6, ~/appointmentType: ")
    assert two_of_a_choice.endswith("; expected one of order, fault")


def test_another_type_asked_for_by_the_sender_is_not_told_as_stray_text() -> None:
    """xsi:type is refused where it does not fit; the words are about the element that has it, and no other."""
    asking = f'<messageId {XSI} xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">'

    assert {"line 5, ~/messageId"} == {line.partition(": ")[0] for line in resolution("<messageId>", asking)}


def test_shortening() -> None:
    """60 characters stay, 61 become 59 and an ellipsis; white space is one space."""
    assert ["", "a b", "x" * 60, "x" * 59 + "…"] == [shorten(text) for text in ("", " a\n\tb ", "x" * 60, "x" * 61)]


# -- namespaces: none is wanted, or one is, and another reached the message (R32)


EXPECTED = f"expected the namespace {ALA}"
RESET = 'but fault messages have none: reset it with xmlns=""'
ENVELOPE = f'<s:Envelope xmlns:s="{SOAP}"{{}}><{{}}Body>\n{RESOLUTION}\n</{{}}Body></s:Envelope>'
ROOTS = {
    f"line 2, ~: resolveResponse is in the namespace {SOAP}, {RESET}": ENVELOPE.format(f' xmlns="{SOAP}"', "", ""),
    f"line 2, ~: resolveResponse is in the namespace urn:x, {RESET}": ENVELOPE.format(' xmlns="urn:x"', "s:", "s:"),
    f"line 1, ~: queryAppointmentAvailabilityRequest is in the wrong namespace (none); {EXPECTED}": QUERY.replace(
        f'xmlns="{ALA}" ', ""
    ),
}


@pytest.mark.parametrize(("expected", "text"), ROOTS.items(), ids=ROOTS.keys())
def test_a_root_in_the_wrong_namespace(expected: str, text: str) -> None:
    """The commonest case: a default namespace of the envelope reaches the message; or an appointment's is forgotten."""
    assert [expected] == told(text, "appointments.xsd" if "ppointment" in text else "faultReport.xsd")[:1]


def test_children_in_the_wrong_namespace() -> None:
    """The one that they are in is named, and the one that was expected; that they are missing too is not said."""
    no_namespace = 'messageId is in the namespace urn:x, but fault messages have none: reset it with xmlns=""'
    inherited = resolution("<messageId>", '<messageId xmlns="urn:x">')
    other = query("<cfh:productName>P1</cfh:productName>", "<productName>P1</productName>")
    none = query("<addressKey>", '<addressKey xmlns="">')
    right = query("P1</cfh:", f"{'x' * 255}</cfh:")

    assert [f"line 5, ~/messageId: {no_namespace}"] == inherited
    wrong = f"productName is in the wrong namespace ({ALA}); expected the namespace {CFH}"
    assert [f"line 6, ~/productName: {wrong}"] == other
    assert [f"line 4, ~/addressKey: addressKey is in the wrong namespace (none); {EXPECTED}"] == none
    assert ["line 6, ~/productName: 255 characters are too many; expected at most 254"] == right


# -- many things that are wrong


def test_every_missing_element_is_named() -> None:
    """All at once, in the order of the schema, on the line of their parent."""
    missing = ["apiVersion", "buyerIdentifier", "sentAt", "messageId", "buyerFaultReference"]

    assert [f"line 1, ~: the required element {name} is missing" for name in missing] == told("<amendFaultReport/>")


def test_parts_of_a_list_are_told_apart() -> None:
    """By their numbers; nothing that is wrong twice is said only once."""
    assert [
        "line 4, ~/updates/update[1]: the required element description is missing",
        f"line 5, ~/updates/update[2]/foo: foo {UNKNOWN}",
        f"line 6, ~/updates/update[3]/foo: foo {UNKNOWN}",
        f"line 7, ~/updates/bar: bar {UNKNOWN}",
    ] == report(f"<updates><update/>{(UPDATE + '<foo/></update>') * 2}\n<bar/></updates>")


def test_violations_of_every_kind_come_in_the_order_of_the_lines() -> None:
    """One message, everything wrong with it."""
    assert [
        "line 1, ~: the required element messageId is missing",
        "line 2, ~/buyerIdentifier: 40 characters are too many; expected at most 36",
        f"line 3, ~/sentAt: 'now' {NO_INSTANT}",
        "line 4, ~/faultDetails: the required element faultLocation is missing",
        "line 4, ~/faultDetails: the required element siteAccessDetails is missing",
        "line 4, ~/faultDetails: the required element siteAccessContactDetails is missing",
        f"line 5, ~/faultDetails/typ: typ {UNKNOWN}; did you mean type?",
        f"line 6, ~/faultDetails/status: 'Open' is not allowed; expected one of {STATES}",
        "line 7, ~/faultDetails/triageComplete: 'Y' is not a value of the type boolean; expected true or false",
        f"line 8, ~/colour: colour {UNKNOWN}",
        "line 9, ~/serviceAffected: serviceAffected occurs 2 times; expected it once",
    ] == told(
        f"""<addFaultReport><apiVersion>1.0</apiVersion>
<buyerIdentifier>{"x" * 40}</buyerIdentifier>
<sentAt>now</sentAt>
<faultDetails><type>Fault</type><faultStartTime>2026-01-05T09:00:00Z</faultStartTime>
<typ>Fault</typ>
<status>Open</status>
<triageComplete>Y</triageComplete><triageFindings>slow</triageFindings></faultDetails>
<colour>red</colour>
<serviceAffected>S1</serviceAffected>
<serviceAffected>S2</serviceAffected><buyerFaultReference>F1</buyerFaultReference></addFaultReport>"""
    )


def test_never_more_than_twenty_are_told() -> None:
    """The first twenty; of libxml2's words on a huge message no more either, whatever values are repeated in them."""
    found = report(f"<updates>{''.join(f'{UPDATE}<updatedBy>B{n}</updatedBy></update>' for n in range(25))}</updates>")
    long = f"{UPDATE}<updatedTime>{'x ' * 500}</updatedTime></update>"
    words = report(f"<updates>{long * 400}</updates>")

    path, allowed = "~/updates/update", "expected one of buyer, seller"
    assert [f"line {n + 5}, {path}[{n + 1}]/updatedBy: 'B{n}' is not allowed; {allowed}" for n in range(20)] == found
    assert words[0].startswith("line 5, ~/updates/update[1]/updatedTime: Element 'updatedTime': 'x x x")
    assert 20 == len([line for line in words if len(line) < 1000 and "\n" not in line]) == len(words)


# -- where xmlschema is not asked, or has no answer


def test_a_message_of_four_hundred_elements_is_explained_and_a_larger_one_is_not() -> None:
    """Beyond that, libxml2's own words serve, which stop at the first unknown child."""
    others = len(list(etree.fromstring(REPORT.format("<updates/><foo/>")).iter()))
    updates = f"<updates>{(UPDATE + '</update>') * 196}</updates>"
    assert 400 == others + 2 * 196

    assert [f"line 200, ~/foo: foo {UNKNOWN}"] == report(updates + "<foo/>")
    assert ["line 200, ~/foo: Element 'foo': This element is not expected."] == report(updates + "<foo/><bar/>")


@pytest.mark.parametrize("extra", [' a="1"', ' xmlns:n="urn:n"'], ids=["attribute", "namespace"])
def test_attributes_and_namespaces_count_as_elements_do(extra: str) -> None:
    """What xmlschema takes up anew at each element weighs as much as one."""
    updates = f"<updates>{(UPDATE + '</update>') * 100}</updates>"

    assert [f"line 104, ~/foo: foo {UNKNOWN}"] == report(updates + "<foo/>" * 190)
    assert ["line 104, ~/foo[1]: Element 'foo': This element is not expected."] == report(
        updates + f"<foo{extra}/>" * 190
    )


SILENCES = {
    "sentAt": "<sentAt>99999999999999999999-01-01T00:00:00Z</sentAt>",  # OverflowError
    "errorMessage": f'<errorMessage {XSI} xsi:type=""/>',  # LookupError
    "priorityLevel": "<priorityLevel>\u0663</priorityLevel>",  # a digit to Python, and so to xmlschema
}


@pytest.mark.parametrize(("name", "inside"), SILENCES.items(), ids=SILENCES.keys())
def test_where_xmlschema_has_no_answer_libxml2_s_words_serve(name: str, inside: str) -> None:
    """They too name line and path."""
    assert report(inside)[0].startswith(f"line 4, ~/{name}: Element '{name}'")


def test_elements_too_deep_for_xmlschema_are_told_in_libxml2_s_words() -> None:
    """RecursionError, on a tree built by hand: the reader lets nothing through that is so deep."""
    root = etree.Element(f"{{{ALA}}}queryAppointmentAvailabilityRequest")
    below = etree.SubElement(etree.SubElement(root, f"{{{ALA}}}appointmentType"), f"{{{ALA}}}fault")
    for _ in range(950):
        below = etree.SubElement(below, "below")

    (found,) = schema("appointments.xsd").explain(root)

    assert found.reason.startswith(f"Element '{{{ALA}}}query")


@pytest.mark.parametrize("error", [ValueError, OverflowError, RecursionError, LookupError, AttributeError])
def test_whatever_xmlschema_raises(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """The first words serve, in the order of their lines; but a bug of ours is not taken for silence, and comes out."""

    def stumble(*_: object) -> None:
        raise error("no")

    monkeypatch.setattr(explanation, "_violations", stumble)
    words = [(3, "/a/c", "third"), (1, "/a", "first\n line"), (2, "", "second")]
    given = schema("faultReport.xsd").path, etree.Element("a"), words
    if error is AttributeError:
        with pytest.raises(AttributeError, match="no"):
            explanation.explain(*given)
    else:
        expected = ["line 1, /a: first line", "line 2: second", "line 3, /a/c: third"]
        assert expected == [str(one) for one in explanation.explain(*given)]


def test_a_violation_says_what_it_knows() -> None:
    """And leaves out what it does not."""
    whole, placeless = Violation(Place(3, 7, "/a/b"), "is wrong", "x", "y"), Violation(Place(), "is wrong", "x")

    assert "line 3, column 7, /a/b: is wrong; expected y" == str(whole)
    assert "/a: is wrong; expected y" == str(Violation(Place(path="/a"), "is wrong", allowed="y"))
    assert ["line 2: is wrong", "is wrong"] == [str(Violation(Place(2), "is wrong")), str(placeless)]
