"""The control API over real HTTP: the clock moves, state is looked at, and problems are said as such."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.cityfibre import SupplierSettings, inventory
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Server

REPORT = (Path(__file__).parents[1] / "examples" / "add_fault_report.xml").read_bytes()
Json = dict[str, Any]


class Client:
    """Speaks to a server with two environments, ``one`` and ``two``, whose clocks stand."""

    def __init__(self, session: aiohttp.ClientSession, supplier: str, control: str) -> None:
        self._session = session
        self._supplier = supplier
        self._control = control

    async def get(self, path: str) -> tuple[int, Json]:
        async with self._session.get(f"{self._control}{path}") as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: bytes = b"") -> tuple[int, Json]:
        headers = {"Content-Type": "application/json"} if body else {}
        async with self._session.post(f"{self._control}{path}", data=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def report(self, reference: str = "MY-FAULT-1") -> int:
        body = REPORT.replace(b"MY-FAULT-1", reference.encode())
        url = f"{self._supplier}/one/api2/addFaultReport"
        async with self._session.post(url, data=body, headers={"Content-Type": "application/xml"}) as answer:
            await answer.read()
            return answer.status


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    def environment(name: str) -> Environment:
        return Environment(
            Blueprint(
                name=name,
                settings=SupplierSettings(validate_sent=True),
                inventory=inventory.default(),
                seed=1,
                mode="frozen",
                rate=1.0,
                start=datetime(2026, 1, 5, 9, tzinfo=UTC),
                notify=None,
            )
        )

    server = Server(Environments([environment("one"), environment("two")]))
    addresses = await server.start("127.0.0.1", 0, 0)
    async with aiohttp.ClientSession() as session:
        yield Client(session, addresses.supplier, addresses.control)
    await server.stop()


ONE = "/control/v1/environments/one"
EITHER = 'say either "by" (a duration such as PT48H) or "to" (an instant), or "until" what'
DURATION = "by: expected an ISO 8601 duration such as PT30M, PT48H or P3D"


async def test_health(client: Client) -> None:
    """Both answers are for machines."""
    assert await client.get("/health/live") == (200, {"status": "live"})
    assert await client.get("/health/ready") == (200, {"status": "ready"})


async def test_environments_are_listed(client: Client) -> None:
    """In the order in which they were made."""
    assert await client.get("/control/v1/environments") == (200, {"environments": ["one", "two"]})


async def test_an_environment_shows_clock_counts_and_timers(client: Client) -> None:
    """After one report: a ticket that is accepted, and the next thing that will happen."""
    assert await client.report() == 201
    status, shown = await client.get(ONE)
    assert status == 200
    assert shown["clock"] == {"now": "2026-01-05T09:00:00.000Z", "mode": "frozen", "rate": 0.0}
    assert shown["counts"]["tickets"] == 1
    assert shown["settled"] is True
    assert shown["next_timers"] == [
        {"due": "2026-01-05T11:00:00.000Z", "timer": "start", "subject": "~SPDEV1~MY-FAULT-1"},
        {"due": "2026-01-07T09:00:00.001Z", "timer": "sla-deadline", "subject": "~SPDEV1~MY-FAULT-1"},
    ]


async def test_environments_do_not_meet(client: Client) -> None:
    """What happens in one leaves no trace in the other."""
    _, before = await client.get("/control/v1/environments/two")
    assert await client.report() == 201
    await client.post(f"{ONE}/clock/advance", b'{"by": "PT48H"}')
    assert await client.get("/control/v1/environments/two") == (200, before)


async def test_an_advance_tells_what_happened_and_what_comes(client: Client) -> None:
    """Settled at the end, at the instant asked for."""
    await client.report()
    status, told = await client.post(f"{ONE}/clock/advance", b'{"by": "PT24H"}')
    assert status == 200
    assert (told["from"], told["now"]) == ("2026-01-05T09:00:00.000Z", "2026-01-06T09:00:00.000Z")
    assert [(one["at"], one["data"]["to"]) for one in told["happened"] if one["kind"] == "ticket-changed"] == [
        ("2026-01-05T11:00:00.000Z", "in-progress"),
        ("2026-01-06T09:00:00.000Z", "resolved"),
    ]
    assert told["next_timers"][0]["timer"] == "auto-close"


async def test_an_advance_to_an_instant(client: Client) -> None:
    """Any zone will do; the clock speaks UTC."""
    status, told = await client.post(f"{ONE}/clock/advance", b'{"to": "2026-01-05T11:30:00+01:00"}')
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
async def test_an_advance_that_makes_no_sense_moves_nothing(client: Client, body: bytes, detail: str) -> None:
    """422, with what was expected; the clock stands where it stood."""
    _, before = await client.get(ONE)
    status, problem = await client.post(f"{ONE}/clock/advance", body)
    assert (status, problem["title"], problem["detail"]) == (422, "Unprocessable Content", detail)
    assert await client.get(ONE) == (200, before)


async def test_a_body_that_is_no_json(client: Client) -> None:
    """The place in it is named."""
    status, problem = await client.post(f"{ONE}/clock/advance", b'{"by": PT1H}')
    assert (status, problem["status"]) == (422, 422)
    assert problem["detail"].startswith("Invalid JSON: expected value at line 1 column 8")


async def test_tickets_by_either_reference(client: Client) -> None:
    """A ticket has two names, and both find it, even where one needs escaping."""
    await client.report("A/B C")
    _, listed = await client.get(f"{ONE}/tickets")
    reference = listed["tickets"][0]["maintainerFaultReference"]
    by_supplier = await client.get(f"{ONE}/tickets/{reference}")
    by_buyer = await client.get(f"{ONE}/tickets/~SPDEV1~A%2FB%20C")
    assert by_supplier == by_buyer == (200, listed["tickets"][0])
    assert (by_buyer[1]["status"], by_buyer[1]["allowed"]) == (
        "accepted",
        ["open", "start", "put-on-hold", "resolve", "cancel", "comment", "triage", "report-late-repair"],
    )


async def test_the_journal_in_pages(client: Client) -> None:
    """``after`` and ``limit`` walk through it without a gap."""
    await client.report()
    _, whole = await client.get(f"{ONE}/journal")
    pages: list[Json] = []
    after = 0
    while True:
        _, page = await client.get(f"{ONE}/journal?after={after}&limit=3")
        if not page["entries"]:
            break
        pages += page["entries"]
        after = page["last"]
    assert len(pages) > 6
    assert pages == whole["entries"]
    assert (whole["first_seq"], whole["last"]) == (1, len(pages))


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=1001", "after=²", "limit=99999999999999999999"])
async def test_a_page_that_makes_no_sense(client: Client, query: str) -> None:
    """422, and the field is named."""
    status, problem = await client.get(f"{ONE}/journal?{query}")
    assert (status, problem["errors"][0]["field"]) == (422, query.partition("=")[0])


async def test_a_reset_begins_anew(client: Client) -> None:
    """The same environment as at the start: a second session leaves the first one's journal."""
    journals = []
    for _ in range(2):
        await client.report()
        await client.post(f"{ONE}/clock/advance", b'{"by": "PT48H"}')
        journals.append(await client.get(f"{ONE}/journal"))
        status, shown = await client.post(f"{ONE}/reset")
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
async def test_what_is_not_there(client: Client, path: str, status: int, detail: str) -> None:
    """A problem document, never a page of the framework's."""
    got, problem = await client.get(path)
    assert (got, problem["status"], problem["detail"]) == (status, status, detail)


async def test_an_unknown_environment_is_never_made(client: Client) -> None:
    """Not even by a command."""
    assert (await client.post("/control/v1/environments/three/reset"))[0] == 404
    assert await client.get("/control/v1/environments") == (200, {"environments": ["one", "two"]})
