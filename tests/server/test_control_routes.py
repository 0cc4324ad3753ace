"""The control API over real HTTP: the clock moves, state is looked at, and problems are said as such."""

import asyncio
import gzip

import pytest

from tests.control import ONE, Control, Json

EITHER = 'say either "by" (a duration such as PT48H) or "to" (an instant), or "until" what'
DURATION = "by: expected an ISO 8601 duration such as PT30M, PT48H or P3D"


async def test_health(control: Control) -> None:
    """Both answers are for machines."""
    assert await control.ask("GET", "/health/live") == (200, {"status": "live"})
    assert await control.ask("GET", "/health/ready") == (200, {"status": "ready"})


async def test_environments_are_listed(control: Control) -> None:
    """In the order in which they were made."""
    assert await control.ask("GET", "/control/v1/environments") == (200, {"environments": ["one", "two"]})


async def test_an_environment_shows_clock_counts_and_timers(control: Control) -> None:
    """After one report: a ticket that is accepted, and the next thing that will happen."""
    assert await control.report() == 201
    status, shown = await control.ask("GET", ONE)
    assert status == 200
    assert shown["clock"] == {"now": "2026-01-05T09:00:00.000Z", "mode": "frozen", "rate": 0.0}
    assert shown["counts"]["tickets"] == 1
    assert shown["settled"] is True
    assert shown["next_timers"] == [
        {"due": "2026-01-05T11:00:00.000Z", "timer": "start", "subject": "~SPDEV1~MY-FAULT-1"},
        {"due": "2026-01-07T09:00:00.001Z", "timer": "sla-deadline", "subject": "~SPDEV1~MY-FAULT-1"},
    ]


async def test_environments_do_not_meet(control: Control) -> None:
    """What happens in one leaves no trace in the other."""
    _, before = await control.ask("GET", "/control/v1/environments/two")
    assert await control.report() == 201
    await control.say(f"{ONE}/clock/advance", b'{"by": "PT48H"}')
    assert await control.ask("GET", "/control/v1/environments/two") == (200, before)


async def test_an_advance_tells_what_happened_and_what_comes(control: Control) -> None:
    """Settled at the end, at the instant asked for."""
    await control.report()
    status, told = await control.say(f"{ONE}/clock/advance", b'{"by": "PT24H"}')
    assert status == 200
    assert (told["from"], told["now"]) == ("2026-01-05T09:00:00.000Z", "2026-01-06T09:00:00.000Z")
    assert [(one["at"], one["data"]["to"]) for one in told["happened"] if one["kind"] == "ticket-changed"] == [
        ("2026-01-05T11:00:00.000Z", "in-progress"),
        ("2026-01-06T09:00:00.000Z", "resolved"),
    ]
    assert told["next_timers"][0]["timer"] == "auto-close"


async def test_an_advance_to_an_instant(control: Control) -> None:
    """Any zone will do; the clock speaks UTC."""
    status, told = await control.say(f"{ONE}/clock/advance", b'{"to": "2026-01-05T11:30:00+01:00"}')
    assert (status, told["now"]) == (200, "2026-01-05T10:30:00.000Z")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{}", EITHER),
        (b'{"by": "PT1H", "to": "2026-01-06T00:00:00Z"}', EITHER),
        (b'{"by": 48}', DURATION),
        (b'{"by": "48:00"}', DURATION),
        (b'{"by": "PT-1H"}', DURATION),
        (b'{"by": "P9999D"}', "by: a duration lies between PT0S and P3660D"),
        (
            b'{"to": "2026-01-05T08:59:59Z"}',
            "the clock never goes back: 2026-01-05T08:59:59.000Z is before 2026-01-05T09:00:00.000Z",
        ),
        (b'{"by": "PT0.0001S"}', DURATION),
        (b'{"to": "9999-12-31T23:59:59Z"}', "the calendar ends at 2999-01-01T00:00:00.000Z"),
        (
            b'{"to": "9999-12-31T23:59:59-14:00"}',
            "to: expected an instant with its zone, such as 2026-01-06T09:00:00Z",
        ),
        (
            b'{"to": "0002-01-01T00:00:00+14:00"}',
            "the clock never goes back: 0001-12-31T10:00:00.000Z is before 2026-01-05T09:00:00.000Z",
        ),
        (b'{"to": 1780000000}', "to: expected an instant with its zone, such as 2026-01-06T09:00:00Z"),
        (
            b'{"to": "2026-01-06T09:00:00"}',
            "to: expected an instant with its zone, such as 2026-01-06T09:00:00Z, found '2026-01-06T09:00:00'",
        ),
        (b'{"by": "PT1H", "untill": "next"}', "untill: unknown field `untill` — did you mean `until`?"),
    ],
    ids=[
        "neither",
        "both",
        "number",
        "clock-text",
        "negative",
        "too-long",
        "back",
        "too-fine",
        "end-of-time",
        "beyond",
        "before",
        "seconds",
        "no-zone",
        "unknown",
    ],
)
async def test_an_advance_that_makes_no_sense_moves_nothing(control: Control, body: bytes, detail: str) -> None:
    """422, with what was expected; the clock stands where it stood."""
    _, before = await control.ask("GET", ONE)
    status, problem = await control.say(f"{ONE}/clock/advance", body)
    assert (status, problem["title"], problem["detail"]) == (422, "Unprocessable Content", detail)
    assert await control.ask("GET", ONE) == (200, before)


async def test_a_body_that_is_no_json(control: Control) -> None:
    """The place in it is named."""
    status, problem = await control.say(f"{ONE}/clock/advance", b'{"by": PT1H}')
    assert (status, problem["status"]) == (422, 422)
    assert problem["detail"].startswith("Invalid JSON: expected value at line 1 column 8")


async def test_tickets_by_either_reference(control: Control) -> None:
    """A ticket has two names, and both find it, even where one needs escaping."""
    await control.report("A/B C")
    _, listed = await control.ask("GET", f"{ONE}/tickets")
    reference = listed["tickets"][0]["maintainerFaultReference"]
    by_supplier = await control.ask("GET", f"{ONE}/tickets/{reference}")
    by_buyer = await control.ask("GET", f"{ONE}/tickets/~SPDEV1~A%2FB%20C")
    assert by_supplier == by_buyer == (200, listed["tickets"][0])
    assert (by_buyer[1]["status"], by_buyer[1]["allowed"]) == (
        "accepted",
        ["open", "start", "put-on-hold", "resolve", "cancel", "comment", "triage", "report-late-repair"],
    )


async def test_the_journal_in_pages(control: Control) -> None:
    """``after`` and ``limit`` walk through it without a gap."""
    await control.report()
    _, whole = await control.ask("GET", f"{ONE}/journal")
    pages: list[Json] = []
    after = 0
    while True:
        _, page = await control.ask("GET", f"{ONE}/journal?after={after}&limit=3")
        if not page["entries"]:
            break
        pages += page["entries"]
        after = page["last"]
    assert len(pages) > 6
    assert pages == whole["entries"]
    assert (whole["first_seq"], whole["last"]) == (1, len(pages))


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=1001", "after=²", "limit=99999999999999999999"])
async def test_a_page_that_makes_no_sense(control: Control, query: str) -> None:
    """422, and the field is named."""
    status, problem = await control.ask("GET", f"{ONE}/journal?{query}")
    assert (status, problem["errors"][0]["field"]) == (422, query.partition("=")[0])


async def test_a_reset_begins_anew(control: Control) -> None:
    """The same environment as at the start: a second session leaves the first one's journal."""
    journals = []
    for _ in range(2):
        await control.report()
        await control.say(f"{ONE}/clock/advance", b'{"by": "PT48H"}')
        journals.append(await control.ask("GET", f"{ONE}/journal"))
        status, shown = await control.ask("POST", f"{ONE}/reset")
        assert (status, shown["counts"]["journal"], shown["counts"]["tickets"]) == (200, 0, 0)
        assert shown["clock"]["now"] == "2026-01-05T09:00:00.000Z"
    assert journals[0] == journals[1]


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/control/v1/environments/three", 404, "no environment is called 'three'"),
        (f"{ONE}/tickets/CS9999999", 404, "no ticket is known as 'CS9999999'; try CS0000001 or ~BUYER~REFERENCE"),
        ("/control/v1/nothing", 404, "nothing is at /control/v1/nothing; see docs/control-api.md"),
        (f"{ONE}/reset", 405, "GET is not served here; allowed: POST"),
    ],
    ids=["environment", "ticket", "route", "method"],
)
async def test_what_is_not_there(control: Control, path: str, status: int, detail: str) -> None:
    """A problem document, never a page of the framework's."""
    got, problem = await control.ask("GET", path)
    assert (got, problem["status"], problem["detail"]) == (status, status, detail)


async def test_an_unknown_environment_is_never_made(control: Control) -> None:
    """Not even by a command."""
    assert (await control.ask("POST", "/control/v1/environments/three/reset"))[0] == 404
    assert await control.ask("GET", "/control/v1/environments") == (200, {"environments": ["one", "two"]})


async def test_a_body_that_is_compressed_is_not_read(control: Control) -> None:
    """Small on the wire, and who knows how large unpacked."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    status, _, body = await control.send("POST", f"{ONE}/clock/advance", gzip.compress(b"{}"), headers)
    assert (status, b"send the body uncompressed" in body) == (415, True)


async def test_http_that_can_not_be_parsed_makes_no_noise(control: Control, caplog: pytest.LogCaptureFixture) -> None:
    """A line of the log for each, and nobody is woken at night."""
    port = int(control.control.rpartition(":")[2])
    for lines, status in (
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"NOT HTTP\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(lines)
        assert (await reader.readline()).split()[1] == status
        writer.close()
        await writer.wait_closed()
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert max(len(record.getMessage()) for record in caplog.records) < 250


async def test_a_thousand_errors_are_not_all_told(control: Control) -> None:
    """The first hundred, and how many more: an answer is for people, and costs others no time."""
    document = {f"field-{number}": 1 for number in range(1_000)}
    status, problem = await control.ask("POST", f"{ONE}/clock/advance", document)
    assert (status, len(problem["errors"]), problem["errors"][-1]["error"]) == (422, 101, "and 900 more")


async def test_only_a_path_is_asked_for(control: Control) -> None:
    """A target with a host of its own is no browser's, and no program's that means us."""
    port = int(control.control.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET http://evil.example/control/v1/environments HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"400"
    writer.close()
    await writer.wait_closed()
