"""docs/listening.md tells `listen` as it is: its session is played, its tables are the code's, its Python runs."""

import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import aiohttp
import click
import pytest

from simulator.cli import listen
from simulator.listening.failing import HIGHEST_STATUS, LOWEST_STATUS, WAYS
from simulator.listening.forwarding import FORWARD_SECONDS, LONGEST_ANSWER
from tests.listening.posts import BARE
from tests.test_cli import CLEAN, COMMAND, wait_for

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "listening.md").read_text("utf-8")
Begin = Callable[..., "tuple[dict[str, str], subprocess.Popen[str]]"]


def rows(header: str) -> list[str]:
    """The rows of the table that has this header."""
    lines = PAGE.splitlines()
    first = lines.index(header) + 2
    return lines[first : next(at for at in range(first, len(lines)) if not lines[at].startswith("|"))]


def test_every_flag_is_told_with_its_help() -> None:
    """As `listen --help` has them. Where this fails, the left side shows the rows to put into the page."""
    made = []
    for one in listen.params:
        assert isinstance(one, click.Option)
        metavar = "" if one.is_flag else f" {one.metavar or (one.name or '').upper()}"
        default = f" [{one.default}]" if one.show_default else ""
        made.append(f"| `{one.opts[0]}{metavar}` | {one.help}{default} |")
    assert made == rows("| flag | what it does |")


def test_every_way_to_fail_is_told() -> None:
    """In the words that are printed."""
    assert [f"| `{how}` | {what} |" for how, what in WAYS.items()] == rows("| `--fail` | what the sender meets |")
    assert f"a status from {LOWEST_STATUS} to {HIGHEST_STATUS}" in PAGE


def test_the_bounds_of_forwarding_are_told() -> None:
    """As they are."""
    assert f"{FORWARD_SECONDS:g} seconds or answers more than {LONGEST_ANSWER} bytes" in " ".join(PAGE.split())


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts commands of the page on free ports; each has ended in peace when the test has."""
    running: list[subprocess.Popen[str]] = []

    def factory(line: str, *ports: str) -> "tuple[dict[str, str], subprocess.Popen[str]]":
        ready = tmp_path / f"ready-{len(running)}.json"
        words = [*COMMAND, *shlex.split(line)[1:], *ports, "--ready-file", str(ready)]
        one = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=CLEAN)
        running.append(one)
        return wait_for(ready), one

    yield factory
    for one in running:
        if one.poll() is None:
            one.send_signal(signal.SIGTERM)
            one.communicate(timeout=10)


def send(url: str, media_type: str, body: bytes) -> None:
    """POST it, as the page's curl does."""
    with urlopen(Request(url, body, {"Content-Type": media_type}), timeout=10) as answer:  # noqa: S310 - our own server
        assert answer.status in {200, 201}


def test_the_session_goes_as_it_says(begin: Begin) -> None:
    """To the letter, but for the port."""
    (first, *greeting), (second,), third = (
        [line for line in block.splitlines() if line]
        for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    )
    (then,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    heard, listening = begin(first.removeprefix("$ "), "--port", "0")
    told_to = second.removeprefix("$ ").replace("http://127.0.0.1:9000/notifications", heard["notify"])
    there, serving = begin(told_to, "--port", "0", "--control-port", "0")
    assert "@tests/examples/add_fault_report.xml" in third[0]
    report = (TOP / "tests" / "examples" / "add_fault_report.xml").read_bytes()
    send(there["supplier"] + third[1].strip().partition(":41223")[2], "application/xml", report)
    span, path = re.findall(r"--json '(.*)' http://127.0.0.1:41224(\S+)$", third[2])[0]
    send(there["control"] + path, "application/json", span.encode())
    for one in (serving, listening):
        one.send_signal(signal.SIGTERM)
    said, _ = listening.communicate(timeout=10)
    serving.communicate(timeout=10)
    expected = "\n".join([*greeting, then]).replace("http://127.0.0.1:9000/notifications", heard["notify"])
    assert said.splitlines() == expected.splitlines()
    assert (listening.returncode, serving.returncode) == (0, 0)


async def test_its_python_runs() -> None:
    """The notification fails once, and is heard twice."""
    (text,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    statuses: list[int] = []

    async def something_happens(url: str) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.post(url, data=BARE) as response:
                    statuses.append(response.status)

    names: dict[str, Any] = {"something_happens": something_happens}
    exec(compile(text, "listening.md", "exec"), names)  # noqa: S102 - the page's own
    assert await names["hear"]() == ["accepted", "accepted"]
    assert statuses == [503, 200]
