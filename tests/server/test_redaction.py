"""Secrets of messages are blanked wherever they are shown, and nothing else is touched."""

import time

import pytest

from simulator.server.control.redaction import redacted, redacted_bytes

HEADER = """<wsse:UsernameToken wsu:Id="u1">
  <wsse:Username>spdev</wsse:Username>
  <wsse:Password Type="#PasswordText">hunter2</wsse:Password>
</wsse:UsernameToken>"""


def test_a_password_of_a_soap_header_is_blanked() -> None:
    """Its user, its type and the white space stay."""
    assert redacted(HEADER) == HEADER.replace("hunter2", "***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<password>a&amp;b</password>", "<password>***</password>"),
        ("<Password><![CDATA[a<b]]></Password>", "<Password>***</Password>"),
        ("<x api-key='abc' b='c'/>", "<x api-key=\"***\" b='c'/>"),
        ("<accessToken>abc</accessToken>", "<accessToken>***</accessToken>"),
        ("<clientSecret/>", "<clientSecret/>"),
        ("<password><!--c-->X</password>", "<password>***</password>"),
        ("<password><?x y?>X</password>", "<password>***</password>"),
        ("<password>a<!--c-->X</password>", "<password>***</password>"),
        ("<password><v>X</v></password> <a/>", "<password>***</password> <a/>"),
        ("<password>X", "<password>***"),
        ("<appointmentReservationKey>K1</appointmentReservationKey>", None),
        ("<description>the password is 1</description>", None),
        ("not XML: password=abc < token", None),
    ],
)
def test_what_is_blanked_and_what_is_not(text: str, shown: str | None) -> None:
    """Names decide, by their last word."""
    assert redacted(text) == (shown or text)


def test_a_hostile_message_costs_no_time() -> None:
    """Long names and many openings, of the size that a body may have."""
    began = time.perf_counter()
    hostile = (
        "<" + "token" * 50_000,
        "<a " + "secret=" * 36_000,
        "<password " * 26_000,
        " token" * 43_000,
        "<token><![CDATA[" * 16_000,
        "<token>x</tokem>" * 16_000,
    )
    for text in hostile:
        redacted(text)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1"])
def test_bytes_that_are_no_utf_8(encoding: str) -> None:
    """Blanked all the same, in their own encoding."""
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    text = "<a><password>h\u00fcnter2</password>\u00fc</a>"
    shown = "<a><password>***</password>\u00fc</a>"
    assert redacted_bytes(mark + text.encode(encoding)) == mark + shown.encode(encoding)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"], ids=["little", "big"])
def test_bytes_that_were_cut_in_the_middle_of_a_letter(mark: bytes) -> None:
    """What a buyer sends and breaks off can be shown: half a letter stays as it came."""
    assert mark + b"\0<\xff" == redacted_bytes(mark + b"\0<\xff")
    assert mark + b"<" == redacted_bytes(mark + b"<")
    assert mark == redacted_bytes(mark)
