"""The pages in a browser: live, calm, readable on a telephone, and nothing that a buyer writes ever runs."""

import asyncio
import os
from collections.abc import AsyncIterator
from shutil import which

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.control import ALL, ONE, Control, served

CHROMIUM = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), "")
HOSTILE = "&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(2)&lt;/script&gt;"
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # the browser is started once
    pytest.mark.skipif(
        not CHROMIUM and "CI" not in os.environ,
        reason="no Chromium on this machine (Debian's package chromium); CI installs it and must not skip this",
    ),
]


@pytest_asyncio.fixture(loop_scope="module")
async def control() -> AsyncIterator[Control]:
    async with served() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield one
        await one.close()


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The one that is running; what a test has opened in it goes with the test."""
    yield chromium
    for context in chromium.contexts:
        await context.close()


async def show(browser: Browser, control: Control, path: str = "/environments/one", **options: object) -> Page:
    """A page, whose every complaint and every dialogue ends the test."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialogue: {dialog.message}"))
    page.complaints = complaints  # type: ignore[attr-defined]
    await page.goto(control.control + path)
    return page


def complaints(page: Page) -> list[str]:
    found: list[str] = page.complaints  # type: ignore[attr-defined]
    return found


async def test_what_happens_appears_by_itself(browser: Browser, control: Control) -> None:
    """A report, then time that passes, without a reload; what was opened stays open, and the page where it was."""
    page = await show(browser, control)
    await expect(page.locator(".empty")).to_be_visible()
    await expect(page.locator("#state")).to_have_text("live")
    await control.report("FAULT-1")
    await expect(page.locator("article h2")).to_contain_text("FAULT-1")
    await page.locator("details summary", has_text="request").first.click()
    await expect(page.locator("details[open] pre")).to_contain_text("<addFaultReport>")
    await page.evaluate("scrollTo(0, 40)")
    await control.post(f"{ONE}/clock/advance", {"by": "PT24H"})
    await expect(page.locator(".chip")).to_have_text("resolved")
    await expect(page.locator("details[open] pre")).to_contain_text("<addFaultReport>")
    assert await page.evaluate("scrollY") == 40
    assert await page.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert complaints(page) == []


async def test_a_page_is_made_new_while_something_always_comes(browser: Browser, control: Control) -> None:
    """It does not wait for a silence."""
    page = await show(browser, control)
    await expect(page.locator("#state")).to_have_text("live")
    await page.locator("#state").evaluate("one => one.kept = true")
    for number in range(30):
        await control.report(f"FAULT-{number}")
        await asyncio.sleep(0.1)
        if await page.locator("article").count():
            break
    assert 0 < await page.locator("article").count() < 30
    assert await page.locator("#state").evaluate("one => one.kept")  # a new one would be read out each time
    assert complaints(page) == []


async def test_pages_that_nobody_sees_keep_no_other_from_being_shown(browser: Browser, control: Control) -> None:
    """A browser has six connections to a host, and each page that is seen needs one for as long."""
    page = await show(browser, control)
    for _ in range(6):
        await expect(page.locator("#state")).to_have_text("live")
        await see(page, hidden=True)
        page = await page.context.new_page()
        await page.goto(control.control + "/environments/one", timeout=5_000)
    await expect(page.locator("#state")).to_have_text("live")


async def test_a_page_that_is_seen_again_is_new(browser: Browser, control: Control) -> None:
    """Even after a reset meanwhile, when the journal is shorter than what the page had seen."""
    await control.report("FAULT-1")
    await control.post(f"{ONE}/clock/advance", {"by": "PT48H"})
    page = await show(browser, control)
    await expect(page.locator("#state")).to_have_text("live")
    await see(page, hidden=True)
    await control.post(f"{ONE}/reset")
    await see(page, hidden=False)
    await expect(page.locator(".empty")).to_be_visible()
    await control.report("FAULT-2")
    await expect(page.locator("article h2")).to_contain_text("FAULT-2")
    assert complaints(page) == []


async def see(page: Page, *, hidden: bool) -> None:
    """Another tab comes before the page, or it comes back; told as a browser would, for without windows none does."""
    await page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def test_a_reset_and_a_removal_are_seen(browser: Browser, control: Control) -> None:
    """The page begins anew with its environment, and says when that is gone."""
    await control.post(ALL, {"name": "mine"})
    await control.report("FAULT-1", "mine")
    page = await show(browser, control, "/environments/mine")
    await expect(page.locator("article h2")).to_contain_text("FAULT-1")
    await control.post(f"{ALL}/mine/reset")
    await expect(page.locator(".empty")).to_be_visible()
    await control.ask("DELETE", f"{ALL}/mine")
    await expect(page.locator("#state")).to_have_text("removed")
    assert complaints(page) == []


async def test_nothing_that_a_buyer_writes_runs(browser: Browser, control: Control) -> None:
    """It is text, in the page as it comes and in what comes later."""
    await control.report(HOSTILE)
    page = await show(browser, control)
    await expect(page.locator("#t1")).to_contain_text("<img src=x onerror=alert(1)>")
    await control.report(f"{HOSTILE}2")
    await expect(page.locator("#t2")).to_contain_text("<script>alert(2)</script>")
    assert await page.locator("article img, article script").count() == 0
    assert complaints(page) == []


async def test_without_scripts_all_is_there(browser: Browser, control: Control) -> None:
    """Made whole by the server."""
    await control.report("FAULT-1")
    page = await show(browser, control, java_script_enabled=False)
    await expect(page.locator("article h2")).to_contain_text("FAULT-1")
    await expect(page.locator(".event")).to_have_count(4)


@pytest.mark.parametrize("path", ["/", "/environments/one", "/control/docs"])
async def test_a_telephone_needs_no_scrolling_aside(browser: Browser, control: Control, path: str) -> None:
    """360 pixels are enough, with messages open too."""
    await control.report("A-VERY-LONG-REFERENCE-OF-36-LETTERS")
    page = await show(browser, control, path, viewport={"width": 360, "height": 740})
    for summary in await page.locator("summary").all():
        await summary.click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints(page) == []


async def test_light_and_dark_can_be_read(browser: Browser, control: Control) -> None:
    """As the system has it: text on paper, at a contrast of more than 7 to 1."""
    await control.report()
    seen = set()
    for scheme in ("light", "dark"):
        page = await show(browser, control, color_scheme=scheme)
        paper, ink = await page.evaluate(
            "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.body).color]"
        )
        assert contrast(paper, ink) > 7
        seen.add(paper)
    assert len(seen) == 2


def contrast(one: str, other: str) -> float:
    """As WCAG reckons it."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(", ")]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)
