"""The pages for people: all that happened and why, escaped, without a line that a strict policy would refuse."""

import asyncio
import re

import pytest
from lxml import html

from simulator.cityfibre import CityFibre
from simulator.core.journal import Journal
from simulator.server.pages.documentation import Field, grouped
from simulator.server.pages.words import WORDS
from tests.control import ALL, ONE, Control, served
from tests.sessions import every_kind

PAGE = "/environments/one"
HOSTILE = "<script>alert(1)</script>\"'&\u202egnp"


async def page(control: Control, path: str = PAGE, status: int = 200) -> html.HtmlElement:
    """A page, read as a browser reads it."""
    got, headers, body = await control.send("GET", path)
    assert (got, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    return html.fromstring(body.decode())


def texts(found: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(one.text_content().split()) for one in found.xpath(path)]


EVENTS = "//article[1]//li"


async def test_the_environments_are_listed(control: Control) -> None:
    """Each leads to its own page, and says what to point a buyer at."""
    found = await page(control, "/")
    assert texts(found, "//h2") == ["one", "two"]
    assert found.xpath("//h2/a/@href") == ["/environments/one", "/environments/two"]
    assert texts(found, "//code") == [f"{control.supplier}/one/api2", f"{control.supplier}/two/api2"]


async def test_a_tickets_life_is_told_in_order(control: Control) -> None:
    """Requests, states and notifications with their instants, and how long nothing happened in between."""
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT24H"})
    found = await page(control)
    assert texts(found, "//article//h2") == ["FAULT-1 CS0053224"]
    assert texts(found, f"{EVENTS}//p[@class='what'] | {EVENTS}/span") == [
        "addFaultReport → 201",
        "reported",
        "pending → accepted",
        "notification accepted",
        "2 h later",
        "accepted → in-progress",
        "notification in-progress",
        "22 h later",
        "in-progress → resolved",
        "notification resolved",
    ]
    assert found.xpath(f"{EVENTS}/time/@datetime")[-1] == "2026-01-06T09:00:00.000Z"
    assert texts(found, "//span[contains(@class, 'chip')]") == ["resolved"]


async def test_the_strip_shows_each_state_for_as_long_as_it_was(control: Control) -> None:
    """On one axis: two hours accepted, then two in progress, of four."""
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT4H"})
    found = await page(control)
    spans = found.xpath("//svg/svg")
    assert [(one.get("x"), one.get("width"), texts(one, "./text")) for one in spans] == [
        ("0.0%", "50.0%", ["accepted"]),
        ("50.0%", "50.0%", ["in-progress"]),
    ]


async def test_a_strip_whose_beginning_is_not_told_shows_what_is_known(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ticket older than the journal that is told was in the state that it left, or is still in the one it has."""
    states = "//article[2]//svg/rect[starts-with(@class, 'is-')]/title/text()"
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT2H"})
    before = (await control.get(f"{ONE}/journal"))["last"]
    await control.report("FAULT-2")
    monkeypatch.setattr("simulator.server.pages.routes.MOST_ENTRIES", 5)
    await control.post(f"{ONE}/clock/advance", {"by": "PT1H"})
    assert (await page(control)).xpath(states) == ["already in-progress at 05 Jan 11:00 for 1 h"]
    await control.post(f"{ONE}/clock/advance", {"by": "PT23H"})
    after = (await control.get(f"{ONE}/journal"))["last"]
    monkeypatch.setattr("simulator.server.pages.routes.MOST_ENTRIES", after - before)
    assert (await page(control)).xpath(states) == [
        "already in-progress at 05 Jan 11:00 for 22 h",
        "resolved from 06 Jan 09:00 for 2 h",
    ]


async def test_a_refusal_says_why_and_where(control: Control) -> None:
    """A fault without a ticket has a place of its own, with the ticket that it would have made."""
    await control.message("addFaultReport", {"buyerFaultReference": "TLOS", "faultDetails": {"type": "Service Outage"}})
    found = await page(control)
    assert texts(found, "//article//h2") == ["Without a ticket"]
    assert texts(found, f"{EVENTS}//p[not(../../details)]")[:4] == [
        "addFaultReport → 403",
        "~SPDEV1~TLOS",
        "tlos-key: A fault of the type Service Outage needs an appointment reservation key",
        "line 1, /addFaultReport",
    ]
    assert texts(found, "//summary") == ["request", "answer"]


async def test_what_became_of_a_notification_stands_with_it() -> None:
    """Nobody listens: the attempt and its reason."""
    async with served(notify="http://127.0.0.1:1/") as control:
        await control.report("FAULT-1")
        await control.post(f"{ONE}/clock/advance", {"by": "PT0S"})
        found = await page(control)
    (event,) = found.xpath("//li[contains(@class, 'tone-warning')]")
    assert texts(event, ".//p") == [
        "notification accepted",
        "CF-00001",
        "not delivered: nothing listens at the endpoint; again at 05 Jan 09:00:30",
    ]


async def test_the_head_tells_what_is_on_its_way(control: Control) -> None:
    """How many notifications there are, how many of them are still to be taken, and who is paused."""
    await control.ask("PUT", f"{ONE}/buyers/SPDEV1", {"endpoint": "http://127.0.0.1:1/"})
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT2H"})
    await control.post(f"{ONE}/buyers/SPDEV1/pause")
    facts = dict(zip(texts(found := await page(control), "//dt"), texts(found, "//dd"), strict=True))
    assert facts["notifications"] == "2, 2 on the way; paused: SPDEV1"
    assert found.xpath("//dd/a[contains(@href, '/deliveries')]/@href") == [f"{ONE}/deliveries"]


async def test_faults_are_told_where_they_are_met(control: Control) -> None:
    """One that was dropped says so; to set a fault is told once."""
    await control.post(f"{ONE}/faults", {"fault": "drop", "on": ["accepted"]})
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT0S"})
    found = await page(control)
    what = texts(found, "//p[@class='what']")
    assert [one for one in what if "fault" in one] == ["fault 1 is injected: drop on accepted", "fault 1 is set: drop"]
    assert "not sent: dropped by fault 1" in texts(found, "//li[contains(@class, 'tone-supplier')]//p")


async def test_a_dead_letter_is_told_as_one() -> None:
    """Every attempt, and that it was given up."""
    async with served(notify="http://127.0.0.1:1/", delivery={"retry": ["PT1M"]}) as control:
        await control.report("FAULT-1")
        await control.post(f"{ONE}/clock/advance", {"by": "PT1M"})
        found = await page(control)
    (event,) = found.xpath("//li[contains(@class, 'tone-warning')]")
    assert texts(event, ".//p")[2:] == [
        "not delivered: nothing listens at the endpoint; again at 05 Jan 09:01:00",
        "attempt 2, 05 Jan 09:01:00: not delivered: nothing listens at the endpoint",
        "given up after 2 attempts: a dead letter",
    ]


async def test_a_bug_is_told_with_the_request_that_met_it(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a place of its own, and the message is there to be looked at."""

    def break_down(*_: object) -> None:
        raise RuntimeError("<b>broken</b>")

    with monkeypatch.context() as patched:
        patched.setattr(CityFibre, "request", break_down)
        assert await control.report("FAULT-1") == 500
    found = await page(control)
    assert texts(found, "//article//h2") == ["Without a ticket"]
    assert texts(found, f"{EVENTS}//p") == [
        "addFaultReport met a bug of the simulator's own",
        "RuntimeError: <b>broken</b>",
    ]
    assert texts(found, "//summary") == ["request"]


async def test_it_is_said_where_notifications_go(control: Control) -> None:
    """Nowhere; and to a buyer that has an endpoint of its own, which its list tells."""
    where = "//dt[text()='notify']/following-sibling::dd"
    assert texts(await page(control), where) == ["nobody"]
    status, _ = await control.ask("PUT", f"{ONE}/buyers/SPDEV1", {"endpoint": "http://127.0.0.1:1/here?key=hunter2"})
    found = await page(control)
    assert (status, texts(found, where)) == (200, ["nobody, and 1 buyer otherwise"])
    assert found.xpath(f"{where}/a/@href") == [f"{ONE}/buyers"]


async def test_everything_from_a_buyer_is_escaped(control: Control) -> None:
    """As text, wherever it stands; nothing of it becomes an element, and no direction of writing leaves its place."""
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;")
    await control.report(escaped)
    await control.message("addFaultReport", {"buyerFaultReference": HOSTILE, "faultDetails": {"type": HOSTILE}})
    await control.post(f"{ONE}/clock/advance", {"by": "PT3H"})
    found = await page(control)
    assert found.xpath("//script/@src") == ["/static/live.js"]
    assert [one.text for one in found.xpath("//script")] == [None]
    assert [one.getparent().tag for one in found.xpath("//*[contains(text(), '<script>')]")] != []
    loose = [one.tag for one in found.xpath("//*[contains(text(), '\u202e')]") if one.tag not in {"bdi", "pre"}]
    assert loose == []


@pytest.mark.parametrize("path", ["/", PAGE, "/control/docs", "/environments/none"])
async def test_a_page_keeps_to_a_strict_policy(control: Control, path: str) -> None:
    """No inline script or style, nothing from elsewhere, in no frame; and kept by nobody."""
    await control.report()
    _, headers, body = await control.send("GET", path)
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Cache-Control"] == "no-store"
    text = body.decode()
    assert re.findall(r"<style|style=|javascript:|\son\w+=|<script>|(?:src|href)=\"(?:https?:)?//", text) == []


@pytest.mark.parametrize(
    ("name", "kind"), [("page.css", "text/css"), ("live.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
)
async def test_the_static_files(control: Control, name: str, kind: str) -> None:
    """By names of a table, and none else."""
    status, headers, body = await control.send("GET", f"/static/{name}")
    assert (status, headers["Content-Type"].partition(";")[0], len(body) > 100) == (200, kind, True)
    assert (await control.send("GET", "/static/..%2Froutes.py"))[0] == 404
    assert (await control.send("GET", "/static/"))[0] == 404


async def test_secrets_are_not_shown(control: Control) -> None:
    """As nowhere."""
    url = f"{control.supplier}/one/api2/addFaultReport"
    async with control.session.post(url, data=b"<a><password>hunter2</password></a>") as answer:
        assert answer.status in {400, 415}
    _, _, body = await control.send("GET", PAGE)
    assert (b"hunter2" in body, b"&lt;password&gt;***" in body) == (False, True)


async def test_a_long_message_is_cut_and_the_rest_is_a_link_away(control: Control) -> None:
    """A page stays a page."""
    await control.message("addFaultReport", {"faultDetails": {"description": "x" * 30_000}})
    found = await page(control)
    (link, *_) = found.xpath("//details//a/@href")
    assert link == "/control/v1/environments/one/journal/1/body"
    assert max(len(one.text_content()) for one in found.xpath("//pre")) == 10_000
    assert b"x" * 30_000 in (await control.send("GET", link))[2]


async def test_what_is_left_out_is_told(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old tickets, and old entries."""
    monkeypatch.setattr("simulator.server.pages.routes.MOST_TICKETS", 2)
    monkeypatch.setattr("simulator.server.pages.routes.MOST_ENTRIES", 10)
    for number in range(5):
        await control.report(f"F-{number}")
    found = await page(control)
    assert texts(found, "//p[@class='banner']") == [
        "Only the newest 2 tickets are shown; 3 older ones are left out.",
        "What the journal said in its first 35 entries is left out here.",
    ]
    assert texts(found, "//article//h2/bdi")[::1] == ["F-4", "F-3"]


async def test_an_environment_that_is_not_there(control: Control) -> None:
    """404, and which there are; or what became of it."""
    found = await page(control, "/environments/none", 404)
    assert texts(found, "//h1") == ["No environment is called none"]
    assert found.xpath("//main//a/@href") == ["/environments/one", "/environments/two"]
    await control.post(ALL, {"name": "gone", "idle_seconds": 0.01})
    await asyncio.sleep(0.02)
    await control.environments.remove_left_alone()
    found = await page(control, "/environments/gone", 404)
    assert "It was removed after 0.01 real seconds without a request." in texts(found, "//main/p")


async def test_every_kind_of_entry_can_be_told(control: Control) -> None:
    """A journal in which each occurs; every kind that has words is on the page."""
    one = control.environments.get("one")
    assert one is not None
    journal = Journal()
    for entry in every_kind():
        journal.append(entry.at, entry.cause, entry)  # type: ignore[arg-type]  # an entry has all that a note has
    one.engine.journal = journal
    found = await page(control)
    told = texts(found, "//p[@class='what']")
    assert len(told) > len(WORDS)
    assert {entry.kind for entry in every_kind()} - WORDS.keys() == {
        "request-received",
        "file-received",
        "delivery-completed",
        "notification-delivered",
        "notification-refused",
        "notification-failed",
        "notification-dead-lettered",
        "timer-set",
        "timer-cancelled",
        "timer-fired",
    }


async def test_the_page_of_the_control_api_tells_every_operation(control: Control) -> None:
    """With a link to each, and every link leads somewhere."""
    found = await page(control, "/control/docs")
    document = await control.get("/control/openapi.json")
    operations = [one["operationId"] for of_path in document["paths"].values() for one in of_path.values()]
    assert sorted(found.xpath("//article/@id")) == sorted(
        [*operations, *(f"schema-{name}" for name in document["components"]["schemas"])]
    )
    links = [link for link in found.xpath("//a/@href") if link.startswith("#")]
    assert len(links) > len(operations)
    assert [link for link in links if not found.xpath(f"//*[@id='{link[1:]}']")] == []


def test_a_document_is_made_ready_to_be_shown() -> None:
    """Types in words: references, lists, choices."""
    schema = {
        "type": "object",
        "description": "A ``thing``.",
        "required": ["a"],
        "properties": {
            "a": {"$ref": "#/components/schemas/B", "description": "one"},
            "b": {"type": "array", "items": {"type": "integer"}, "default": [1]},
            "c": {"anyOf": [{"enum": ["x", "y"]}, {"type": "null"}]},
            "d": {"type": "string", "format": "duration"},
            "e": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/B"}},
        },
    }
    shown = grouped({"paths": {}, "components": {"schemas": {"A": schema}}}).schemas[0]
    assert (shown.name, shown.about) == ("A", "A thing.")
    assert shown.fields == [
        Field("a", "B", "B", required=True, about="one"),
        Field("b", "list of integer", "", required=False, about=" [[1]]"),
        Field("c", '"x" | "y" | null', "", required=False, about=""),
        Field("d", "string (duration)", "", required=False, about=""),
        Field("e", "mapping to B", "B", required=False, about=""),
    ]
