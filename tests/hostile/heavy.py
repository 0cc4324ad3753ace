"""Bodies of up to 256 KiB that cost the most, each for a part of the way: parsers, schemas, explanation, answer."""

from simulator.wire.reader import LONGEST_BODY
from tests.messages import ALA, Tree, add, request
from tests.rig import SOAP

QUERY = "queryAppointmentAvailability"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
UPDATE = "<update><description>a</description></update>"
DATED = "<update><description>a</description><updatedTime> 2026-01-05T09:00:00Z </updatedTime></update>"
WRONG_DATE = "<update><updatedTime>2026-13-45T99:99:99Z</updatedTime></update>"
FILE = "<attachment><filename>a</filename></attachment>"
EXCLUSION = (
    "<exclusion><exclusionReason>too long</exclusionReason><numberOfDays>x</numberOfDays>"
    "<startDateTime>x</startDateTime><endDateTime>x</endDateTime></exclusion>"
)


def full(head: str, unit: str, tail: str, most: int = LONGEST_BODY) -> str:
    """As often the same as a body has room for, or at most so often."""
    return head + unit * min(most, (LONGEST_BODY - len((head + tail).encode())) // len(unit.encode())) + tail


def report(unit: str, most: int = LONGEST_BODY) -> str:
    """A report of nothing but that."""
    return full("<addFaultReport>", unit, "</addFaultReport>", most)


def valid(head: str, unit: str, tail: str) -> str:
    """A report that every rule lets through, with as many parts more as there is room for."""
    return full(add().replace("</addFaultReport>", head), unit, f"{tail}</addFaultReport>")


def long(unit: str, *path: str) -> str:
    """A report with one very long value."""
    change: Tree | str = unit * (250_000 // len(unit.encode()))
    for name in reversed(path):
        change = {name: change}
    assert not isinstance(change, str)
    return add(change)


def attributes(count: int, value: str = "") -> str:
    return " ".join(f'a{number}="{value}"' for number in range(count))


def prefixes(count: int, length: int) -> str:
    return " ".join(f'xmlns:n{number}="urn:{"x" * length}{number}"' for number in range(count))


def asked(inside: str, changes: Tree | None = None) -> str:
    """A query with something in the appointment's type, where anything may stand."""
    return request(QUERY, changes or {}).replace("<fault></fault>", f'<fault xmlns:x="{XSI}">{inside}</fault>')


def enveloped(inside: str) -> str:
    return f'<s:Envelope xmlns:s="{SOAP}">{inside}</s:Envelope>'


LONG_ATTRIBUTES = f"<update {attributes(2, 'v' * 650)}/>"
REPORTS = {
    "updates, all good": valid("<updates>", UPDATE, "</updates>"),
    "updates, each with white space around its date": valid("<updates>", DATED, "</updates>"),
    "files, all good": valid("<attachments>", FILE, "</attachments>"),
    "files, all of names that are blank": valid(
        "<attachments>", "<attachment><filename/></attachment>", "</attachments>"
    ),
    "contacts, all good": add().replace("<name>Fault desk</name>", "<name/>" * 19_900),
    "a long description": long("x", "faultDetails", "description"),
    "a long messageId": long("x", "messageId"),
    "a messageId of blanks and letters": long("x y\t", "messageId"),
    "a value of references": add({"messageId": "X"}).replace(">X<", f">{'&#x1F600;' * 25_000}<"),
    "a value of comments": add({"messageId": "X"}).replace(">X<", f">{'x<!---->' * 32_000}<"),
    "a value of CDATA": add({"messageId": "X"}).replace(">X<", f">{'<![CDATA[x]]>' * 19_900}<"),
    "a date of digits": long("9", "sentAt"),
    "a second of digits": add({"sentAt": f"2026-01-05T09:00:00.{'9' * 250_000}Z"}),
    "a number of digits": long("9", "priorityLevel"),
    "a number that is none": add({"priorityLevel": "9" * 250_000 + "x"}),
    "a long state": long("x", "faultDetails", "status"),
    "a long buyer": long("x", "buyerIdentifier"),
    "unknown elements": report("<z/>", 19_990),
    "unknown elements that are explained": report("<zzz/>", 390),
    "unknown elements of other names": report("".join(f"<z{n}{'z' * 20}/>" for n in range(390)), 1),
    "unknown elements of nearly known names": report("".join(f"<buyerFaultReference{n}/>" for n in range(390)), 1),
    "unknown elements on lines of their own": report("\n<z/>", 19_990),
    "text between unknown elements": report("<zzz/>ttt", 390),
    "empty updates": report(f"<updates>{'<update/>' * 19_990}</updates>", 1),
    "updates by nobody": report(f"<updates>{'<update><updatedBy/></update>' * 9_000}</updates>", 1),
    "updates by nobody that are explained": report(
        f"<updates>{'<update><updatedBy>x</updatedBy></update>' * 195}</updates>", 1
    ),
    "updates of wrong dates that are explained": report(f"<updates>{WRONG_DATE * 195}</updates>", 1),
    "updates with 64 attributes": report(f"<updates>{f'<update {attributes(64)}/>' * 31}</updates>", 1),
    "updates with two long attributes": report(f"<updates>{LONG_ATTRIBUTES * 195}</updates>", 1),
    "updates inside each other": report(f"<updates>{('<update>' * 60 + '</update>' * 60) * 300}</updates>", 1),
    "exclusions, all wrong": report(
        f"<lateRepairNotification><exclusions>{EXCLUSION * 115}</exclusions></lateRepairNotification>", 1
    ),
    "unknown parts of a contact": report(f"<reporterContactDetails>{'<n/>' * 19_980}</reporterContactDetails>", 1),
    "256 namespaces and 800 elements": f"<addFaultReport {prefixes(256, 50)}>{'<z/>' * 800}</addFaultReport>",
    "256 namespaces and 19,990 elements": f"<addFaultReport {prefixes(256, 1)}>{'<n0:z/>' * 19_990}</addFaultReport>",
    "a namespace on each of 256": report('<z xmlns="urn:x"/>', 256),
    "a comb, 62 deep": report("<updates>" + ("<update/>" * 300 + "<update>") * 60 + "</update>" * 60 + "</updates>", 1),
    "a long name": f"<addFaultReport><{'z' * 15_900}/></addFaultReport>",
    "a long namespace": f'<addFaultReport xmlns="{"z" * 15_900}"/>',
    "never closed": "<a>" * 87_000,
    "white space": "\n" * 262_000 + "<a/>",
    "carriage returns": report("\r\n"),
    "no XML": "<" * LONGEST_BODY,
    "broken at its end": report("x", 262_000) + "&",
    "many headers": enveloped(f"<s:Header>{'<a/>' * 19_000}</s:Header><s:Body>{add()}</s:Body>"),
    "many messages": enveloped(f"<s:Body>{'<a/>' * 19_000}</s:Body>"),
}
QUERIES = {
    "anything where it may stand": asked("<a/>" * 19_950),
    "anything with attributes": asked(f"<a {attributes(60)}/>" * 33),
    "types that are none": asked("<a x:type='b'/>" * 1_990),
    "types that are none, explained": asked("<a x:type='b'/>" * 100),
    "a key of blanks and letters": request(QUERY, {"addressKey": "a b " * 62_000}),
    "a date that goes on": request(QUERY, {"appointmentsFrom": "2026-01-07" + "0" * 250_000}),
    "a correlationId that is repeated": request(QUERY, {"message": {"correlationId": "&" * 50_000}}),
    "an answer of the buyer's namespace": f'<{QUERY}Request xmlns="{ALA}">{"<z/>" * 19_900}</{QUERY}Request>',
}
BODIES = {
    **{name: ("addFaultReport", body.encode()) for name, body in REPORTS.items()},
    **{name: (QUERY, body.encode()) for name, body in QUERIES.items()},
}
"""Operation and body, by name."""
