"""docs/control-api.md tells every route, and each of its examples is sent to a real server and answered as shown."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from simulator.cityfibre import inventory
from simulator.cityfibre.faults import FAULTS
from simulator.config import load
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.runtime.scenario_files import read_all
from simulator.server.addresses import Addresses
from simulator.server.app import Server
from simulator.server.control.routes import control_routes

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "control-api.md").read_text("utf-8")
SUPPLIER, CONTROL = "http://127.0.0.1:41223", "http://127.0.0.1:41224"
GAP = "…"


def examples() -> list[tuple[str, list[str]]]:
    """Each command of the page's console blocks, with the lines of its answer."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *answer = re.sub(r"\\\n", "", example).splitlines()
            while not _whole(command):
                command = f"{command}\n{answer.pop(0)}"
            found.append((command, answer))
    return found


def _whole(command: str) -> bool:
    """Whether every quotation of a command ends in it."""
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False


@pytest.fixture
async def addresses(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Addresses]:
    """The server of the page's first command, on free ports."""
    config = load({"clock": "frozen"}, {}).config
    monkeypatch.chdir(TOP)
    folder = Path("tests/examples/scripted")
    common = (config.supplier(), inventory.default(), config.seed, config.clock, config.rate, config.start, None)
    plans = [Blueprint(name, *common, tuple(read_all([folder])), folder) for name in config.environments]
    server = Server(Environments([Environment(plan) for plan in plans]))
    yield await server.start("127.0.0.1", 0, 0)
    await server.stop()


async def curl(session: aiohttp.ClientSession, command: str, at: Addresses) -> list[str]:
    """What curl would print: the options that the page uses, and no other."""
    words = iter(shlex.split(command)[1:])
    method, body, headers, url = "GET", None, {"Content-Type": "application/x-www-form-urlencoded"}, ""
    status = False
    for word in words:
        match word:
            case "-s" | "-N" | "--fail-with-body":
                pass
            case "-i":
                status = True
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                method, body = "POST", next(words).encode()
            case "--json":
                method, body = "POST" if method == "GET" else method, next(words).encode()
                headers["Content-Type"] = headers["Accept"] = "application/json"
            case "-T":
                method, body = "PUT", (TOP / next(words)).read_bytes()
            case "--data-binary":
                method, body = "POST", (TOP / next(words).removeprefix("@")).read_bytes()
            case _:
                assert word.startswith("http://127.0.0.1:4122"), f"an option that this test does not know: {word}"
                url = word.replace(SUPPLIER, at.supplier).replace(CONTROL, at.control)
    async with session.request(method, url, data=body, headers=headers if body else None) as response:
        text = await (_beginning(response) if "/events" in url else response.text())
        lines = text.replace(at.supplier, SUPPLIER).splitlines()
        kind = response.headers.get("Content-Type", "")
        head = [f"HTTP/1.1 {response.status} {response.reason}", f"Content-Type: {kind}"]
        return [*head, GAP, "", *lines] if status else lines


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """What a stream has to tell at once; it has no end."""
    text = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            async for chunk in response.content.iter_any():
                text += chunk
    return text.decode()


def fits(shown: list[str], answered: list[str]) -> bool:
    """Whether an answer is the one shown; a line with nothing but an ellipsis stands for any lines, or none."""
    if not shown:
        return not answered
    if shown[0].strip() == GAP:
        return any(fits(shown[1:], answered[skip:]) for skip in range(len(answered) + 1))
    return bool(answered) and shown[0] == answered[0] and fits(shown[1:], answered[1:])


async def test_every_example_is_answered_as_shown(addresses: Addresses) -> None:
    """In the order of the page, against one server."""
    wrong = []
    async with aiohttp.ClientSession() as session:
        for command, shown in examples():
            answered = await curl(session, command, addresses)
            if not fits(shown, answered):
                wrong.append("\n".join([command, *answered]))
    assert len(examples()) > 10
    assert wrong == [], "\n\n".join(wrong)


def test_every_route_is_told_and_no_other() -> None:
    """Each has a heading of its own, in the order of the code, and an example below it."""
    routes = [f"{route.method} {route.path}" for route in control_routes(Environments([]))]
    sections = re.findall(r"^### `(\w+ /\S+)`\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert routes == [route for route, _ in sections]
    assert [route for route, text in sections if "$ curl" not in text] == []


def test_a_wrong_example_would_be_seen() -> None:
    """The comparison itself: a gap skips lines, anything else must be equal."""
    assert fits(["{", "  …", "}"], ["{", '  "a": 1,', '  "b": 2', "}"])
    assert not fits(["{", '  "a": 2', "}"], ["{", '  "a": 1', "}"])
    assert not fits(["{", "  …"], ["["])


def test_every_fault_is_told() -> None:
    """In the order of the table, and each parameter that one may have."""
    row = next(line for line in PAGE.splitlines() if line.startswith("| `fault` |"))
    assert list(FAULTS) == re.findall("`([a-z-]+)`", row)[1:]
    section = PAGE.partition("### `POST /control/v1/environments/{env}/faults`")[2].partition("### `DELETE")[0]
    fields = {name for line in section.splitlines() for name in re.findall("`([a-z_]+)`", line.split(" | ")[0])}
    assert {name for model in FAULTS.values() for name in model.model_fields} | {"fault", "ticket"} <= fields
