"""Reading a notification, and acknowledging it: bare and in an envelope, hostile and broken."""

import pytest

from simulator.listening.notification import NoNotificationError, acknowledgement, read_notification
from simulator.wire.schema import schema
from tests.listening.posts import BARE, ENVELOPED, NOTIFICATION
from tests.rig import children, message_in


@pytest.mark.parametrize("body", [BARE, ENVELOPED, NOTIFICATION.encode("utf-16")], ids=["bare", "soap", "utf-16"])
def test_what_it_says_is_read(body: bytes) -> None:
    """In any spelling that the wire takes."""
    told = read_notification(body)
    assert (told.message_id, told.status, told.sent_at) == ("CF-00001", "accepted", "2026-01-05T09:00:00.000Z")


def test_names_count_without_their_namespace() -> None:
    """Another sender than we may have one."""
    told = read_notification(BARE.replace(b"<notifyFaultReportUpdate>", b'<notifyFaultReportUpdate xmlns="urn:x">'))
    assert told.text("faultDetails", "status") == "accepted"


def test_the_last_of_repeated_elements_counts() -> None:
    """As everywhere here (R24)."""
    told = read_notification(BARE.replace(b"</messageId>", b"</messageId><messageId>CF-2</messageId>"))
    assert told.message_id == "CF-2"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is empty; an XML document was expected"),
        (b"{}", "not well-formed (invalid token); the body begins with '{', where XML begins with '<'"),
        (b"<!DOCTYPE a []><a/>", "a document type declaration (DOCTYPE) is not accepted"),
        (b"<a>" * 65 + b"</a>" * 65, "elements nested deeper than 64"),
        (b"<a/>", "the message is called a, where notifyFaultReportUpdate was expected"),
        (b"<notifyFaultReportUpdate/>", "the notification has no messageId that an answer could repeat"),
        (ENVELOPED.replace(b"soap:Body", b"soap:Corpse"), "unexpected Corpse in the envelope; expected one optional"),
    ],
    ids=["empty", "json", "doctype", "deep", "another", "nameless", "envelope"],
)
def test_what_is_none_is_told_with_its_reason(body: bytes, why: str) -> None:
    """The reader is the one that buyers' requests go through."""
    with pytest.raises(NoNotificationError) as refused:
        read_notification(body)
    assert why in str(refused.value)


@pytest.mark.parametrize("body", [BARE, ENVELOPED], ids=["bare", "soap"])
def test_the_acknowledgement_is_wrapped_alike_and_keeps_to_its_schema(body: bytes) -> None:
    """It repeats the messageId; and the instant, since the clock is the sender's (R9, R34)."""
    told = acknowledgement(read_notification(body))
    assert (b"Envelope" in told) == (b"Envelope" in body)
    assert children(message_in(told)) == {
        "apiVersion": "1.0",
        "buyerIdentifier": "SPDEV1",
        "sentAt": "2026-01-05T09:00:00.000Z",
        "messageId": "CF-00001",
        "responseCode": "200",
    }
    assert schema("notification.xsd").valid(message_in(told))


def test_a_refusal_says_why() -> None:
    """In its errorMessage, which keeps to the schema too."""
    told = message_in(acknowledgement(read_notification(BARE), "<no>"))
    assert children(told)["responseCode"] == "400"
    assert children(told)["errorMessage"] == "<no>"
    assert schema("notification.xsd").valid(told)


def test_without_sent_at_the_report_has_an_instant() -> None:
    """One published sample has no sentAt; something that is no instant is not repeated either."""
    was = b"<sentAt>2026-01-05T09:00:00.000Z</sentAt>"
    reported = BARE.replace(was, b"<sentAt>now</sentAt><reportDateTime>2026-01-05T08:59:00Z</reportDateTime>")
    told = message_in(acknowledgement(read_notification(reported)))
    assert children(told)["sentAt"] == "2026-01-05T08:59:00Z"
