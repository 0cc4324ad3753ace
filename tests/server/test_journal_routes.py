"""The journal by the control API: some kinds, one ticket, one entry, and the very bytes of its message."""

import pytest

from simulator.server.control.journal import KINDS
from tests.control import ONE, REPORT, Control
from tests.sessions import every_kind

JOURNAL = f"{ONE}/journal"


def test_the_kinds_are_those_that_there_are() -> None:
    """A session in which each occurs has these, and no others."""
    assert {entry.kind for entry in every_kind()} == KINDS


async def test_some_kinds_and_one_ticket(control: Control) -> None:
    """By either of its names; pages of them leave nothing out."""
    for reference in ("A", "B", "C"):
        await control.report(reference)
    await control.post(f"{ONE}/clock/advance", {"by": "PT48H"})
    whole = (await control.get(JOURNAL))["entries"]
    wanted = [
        one for one in whole if one["kind"] in {"ticket-changed", "notification"} and one["ticket"] == "~SPDEV1~B"
    ]
    (ticket,) = [one for one in (await control.get(f"{ONE}/tickets"))["tickets"] if one["buyerFaultReference"] == "B"]
    for name in ("~SPDEV1~B", ticket["maintainerFaultReference"]):
        pages, after = [], 0
        while (
            page := await control.get(f"{JOURNAL}?kind=ticket-changed,notification&ticket={name}&limit=2&after={after}")
        )["entries"]:
            pages += page["entries"]
            after = page["last"]
        assert pages == wanted
    assert len(wanted) == 6


@pytest.mark.parametrize(
    ("query", "field", "error"),
    [
        (
            "kind=ticket-change",
            "kind",
            "kind: there is no kind of entry 'ticket-change' — did you mean `ticket-changed`?",
        ),
        ("kinds=bug", "kinds", "kinds: unknown parameter `kinds` — did you mean `kind`?"),
        ("after=1&after=2", "after", "after is said more than once"),
    ],
)
async def test_a_question_that_makes_no_sense(control: Control, query: str, field: str, error: str) -> None:
    """422; silence would look like an answer."""
    status, problem = await control.ask("GET", f"{JOURNAL}?{query}")
    assert (status, problem["errors"][0]["field"]) == (422, field)
    assert problem["errors"][0]["error"].removeprefix(f"{field}: ") == error.removeprefix(f"{field}: ")


async def test_a_ticket_that_nobody_knows(control: Control) -> None:
    """404; but one that is yet to come has no entries."""
    assert (await control.ask("GET", f"{JOURNAL}?ticket=CS1"))[0] == 404
    assert (await control.get(f"{JOURNAL}?ticket=~SPDEV1~NEW"))["entries"] == []


async def test_the_bytes_of_a_request_and_of_its_answer(control: Control) -> None:
    """As they came, and as they went."""
    url = f"{control.supplier}/one/api2/addFaultReport"
    async with control.session.post(url, data=REPORT, headers={"Content-Type": "application/xml"}) as answer:
        answered = await answer.read()
    received, replied = (await control.get(JOURNAL))["entries"][:2]
    assert (received["kind"], replied["kind"]) == ("request-received", "request-answered")
    assert (await control.send("GET", f"{JOURNAL}/{received['seq']}/body"))[2] == REPORT
    status, headers, body = await control.send("GET", f"{JOURNAL}/{replied['seq']}/body")
    assert (status, headers["Content-Type"], body) == (200, "application/xml", answered)
    assert await control.get(f"{JOURNAL}/{replied['seq']}") == replied


async def test_bytes_that_are_no_text(control: Control) -> None:
    """They come back all the same."""
    url = f"{control.supplier}/one/api2/addFaultReport"
    sent = '<?xml version="1.0" encoding="utf-16"?><a>ü</a>'.encode("utf-16")
    async with control.session.post(url, data=sent, headers={"Content-Type": "application/xml"}) as answer:
        assert answer.status == 400
    assert (await control.send("GET", f"{JOURNAL}/1/body"))[2] == sent


async def test_a_secret_of_a_message_is_not_shown(control: Control) -> None:
    """Neither in the journal nor in the bytes, nor in the stream."""
    message = REPORT.decode().rpartition("?>")[2]
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    sent = (
        f'<s:Envelope xmlns:s="{soap}"><s:Header><w:Security xmlns:w="urn:w"><w:Password>hunter2</w:Password>'
        f"</w:Security></s:Header><s:Body>{message}</s:Body></s:Envelope>"
    )
    url = f"{control.supplier}/one/api2/addFaultReport"
    async with control.session.post(url, data=sent.encode(), headers={"Content-Type": "text/xml"}) as answer:
        assert answer.status == 201
    for path in (JOURNAL, f"{JOURNAL}/1", f"{JOURNAL}/1/body"):
        status, _, body = await control.send("GET", path)
        assert (path, status, b"hunter2" in body, b"<w:Password>***</w:Password>" in body) == (path, 200, False, True)


@pytest.mark.parametrize("seq", ["0", "99", "x", "-1", "1e3", "9" * 30])
async def test_an_entry_that_is_not_there(control: Control, seq: str) -> None:
    """404 says how far it goes; so does one without a message."""
    await control.report()
    assert (await control.ask("GET", f"{JOURNAL}/{seq}"))[0] == 404
    (changed,) = (await control.get(f"{JOURNAL}?kind=ticket-changed"))["entries"]
    status, problem = await control.ask("GET", f"{JOURNAL}/{changed['seq']}/body")
    assert (status, problem["detail"]) == (404, "this entry has no message")
