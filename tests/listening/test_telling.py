"""What is printed of a notification: all that it tells, nothing that steers a terminal, no line that it forged."""

from simulator.listening.answers import Answer
from simulator.listening.endpoint import Arrival
from simulator.listening.notification import read_notification
from simulator.listening.telling import answered, came
from simulator.timeline import Line
from tests.listening.posts import BARE


def arrival(body: bytes = BARE, attempt: int = 1) -> Arrival:
    return Arrival(body, read_notification(body), attempt)


def lines(one: Arrival, *, raw: bool = False) -> list[str]:
    return [text for _, text in came(one, raw=raw)]


def with_more(*elements: str, details: str = "") -> bytes:
    """The notification with further elements, in the message and in its fault details."""
    more = BARE.decode().replace("</faultDetails>", f"{details}</faultDetails>{''.join(elements)}")
    return more.encode()


def test_one_line_says_what_it_is_about() -> None:
    """The clock is the sender's, as in the simulator's own timeline."""
    assert list(came(arrival(), raw=False)) == [
        ("supplier", "Mon 05 Jan 09:00:00 ←  accepted                       CF-00001  SPDEV1 MY-FAULT-1"),
    ]


def test_a_later_attempt_says_which() -> None:
    """The first says nothing of it."""
    told = "Mon 05 Jan 09:00:00 ←  accepted                       CF-00001  SPDEV1 MY-FAULT-1  attempt 3"
    assert lines(arrival(attempt=3)) == [told]


def test_without_an_instant_the_place_of_the_clock_is_blank() -> None:
    """And what has no status says so."""
    body = b"<notifyFaultReportUpdate><messageId>X</messageId></notifyFaultReportUpdate>"
    assert lines(arrival(body)) == ["                    ←  no status                      X"]


def test_all_that_it_tells() -> None:
    """In the order in which one wants to know it."""
    missed = (
        "<statusReason>Nobody was in</statusReason><missedAppointment><appointmentDate>2026-01-07</appointmentDate>"
        "<appointmentStartTime>08:00</appointmentStartTime><appointmentEndTime>13:00</appointmentEndTime>"
        "<sellerMissedAppointment>N</sellerMissedAppointment><endUserMissedAppointment>Y</endUserMissedAppointment>"
        "<MBORC>Y</MBORC></missedAppointment>"
    )
    body = with_more(
        "<parentFaultReference>CS7</parentFaultReference>",
        "<appointments><appointment><appointmentDate>2026-01-07</appointmentDate></appointment><appointment>"
        "<appointmentDate>2026-01-08</appointmentDate><appointmentStartTime>13:00</appointmentStartTime>"
        "<appointmentEndTime>18:00</appointmentEndTime>"
        "<appointmentConfirmationStatus>Confirmed</appointmentConfirmationStatus>"
        "<appointmentClosureCode>FR</appointmentClosureCode><appointmentCancelled>true</appointmentCancelled>"
        "</appointment></appointments>",
        "<updates><update><description>Old</description></update><update><description>New</description>"
        "<updatedBy>Seller</updatedBy></update></updates>",
        "<comment><value>Ring.</value><commentedBy>buyer</commentedBy></comment>",
        "<attachments><attachment><filename>a.jpg</filename><uploaded>true</uploaded></attachment></attachments>",
        "<priorityLevel>2</priorityLevel>",
        "<lateRepairNotification><totalDelayInDays>3</totalDelayInDays><sellerDelayDays>1</sellerDelayDays>"
        "<exclusions><exclusion><exclusionReason>PERMT</exclusionReason><numberOfDays>2</numberOfDays>"
        "<startDateTime>2026-01-05</startDateTime><endDateTime>2026-01-07</endDateTime></exclusion></exclusions>"
        "</lateRepairNotification><errorMessage>Oh</errorMessage>",
        details=missed,
    )
    assert [line.removeprefix("                    ●  ") for line in lines(arrival(body))[1:]] == [
        "the reason: Nobody was in",
        "the parent fault: CS7",
        "the appointment of 2026-01-07",
        "the appointment of 2026-01-08 13:00-18:00: Confirmed, closure code FR, cancelled",
        "missed, the appointment of 2026-01-07 08:00-13:00: endUserMissedAppointment, MBORC",
        "the newest update, of the seller: New",
        "a comment of the buyer: Ring.",
        "the file a.jpg, uploaded",
        "the priority: 2",
        "a late repair, days: 3 in all, 1 the seller's",
        "excluded: 2 days, 2026-01-05 to 2026-01-07 (PERMT)",
        "an error: Oh",
    ]


def test_hostile_text_neither_steers_nor_forges() -> None:
    """C1 controls, direction marks and line separators become question marks; line feeds are white space."""
    reason = "<statusReason>a\u009b2Jb\u202ec\u2028Mon 05 Jan 09:00:00 \n&#13;←  closed</statusReason>"
    body = with_more(details=reason).replace(b"CF-00001", "CF\u0085\u2029X".encode())
    (first, second) = lines(arrival(body), raw=False)
    assert first == "Mon 05 Jan 09:00:00 ←  accepted                       CF??X  SPDEV1 MY-FAULT-1"
    assert second == "                    ●  the reason: a?2Jb?c?Mon 05 Jan 09:00:00 ← closed"
    raw = lines(Arrival(b"<a>\x1b[2J\xff\x9b</a>\r\n<b/>", trouble="broken\x1b"), raw=True)
    assert raw == ["                    ✗  no notification: broken?", "<a>?[2J\ufffd\ufffd</a>", "<b/>"]
    assert all(line.isprintable() for line in [first, second, *raw])


def test_long_text_is_cut() -> None:
    """And of very many visits only the last are told."""
    body = with_more(
        f"<appointments>{'<appointment/>' * 9}</appointments>", details=f"<statusReason>{'x' * 999}</statusReason>"
    )
    told = lines(arrival(body))
    assert told[1] == f"                    ●  the reason: {'x' * 199}…"
    assert told[2:] == ["                    ●  the appointment of no date"] * 5


def test_the_xml_too_where_it_is_asked_for() -> None:
    """Up to a number of lines."""
    assert lines(arrival(), raw=True)[1:] == [BARE.decode()]
    many = lines(Arrival(b"\n" * 2_500, trouble="empty"), raw=True)
    assert (len(many), many[-1]) == (2_002, "… and 500 lines more")


def test_what_was_answered() -> None:
    """With the message's id, since it may come later; what did not go well in another tone."""
    good: Line = ("buyer", "                    →  200, acknowledged  CF-00001")
    assert answered(arrival(), Answer(200, told="200, acknowledged", good=True)) == good
    bad: Line = ("warning", "                    →  400, and why")
    assert answered(Arrival(b""), Answer(400, told="400, and why")) == bad
