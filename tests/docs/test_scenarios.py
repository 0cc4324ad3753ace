"""docs/scenarios.md is followed to the letter: its files are written, its commands run, their output compared."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from docs.generator import scenarios as generator
from simulator.cityfibre.settings import DefaultLife
from simulator.running.triggers import PREFIX, TRIGGER_SECONDS
from simulator.scenario.buyer_steps import PATIENCE
from simulator.scenario.loader import load
from simulator.scenario.progress import MOST_UNCLAIMED
from tests.docs.test_control_api import GAP, fits

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "tests" / "examples" / "scenarios"
PAGE = generator.PAGE.read_text("utf-8")
TUTORIAL = PAGE[: PAGE.index("## Reference")]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)
FILES = [
    (match[1], text) for kind, text in BLOCKS if kind in {"yaml", "sh"} and (match := re.match(r"# (\S+)\n", text))
]
NOT_RUN = ("make setup", "export PATH=")
SECONDS = 60
CURL = """#!{python}
# curl, as far as the page uses it: a machine may have none.
import sys, urllib.request
words, headers, body, url = iter(sys.argv[1:]), {{}}, None, ""
for word in words:
    if word in ("-d", "--data-binary", "--json"):
        given = next(words)
        if word == "--json":
            headers["Content-Type"] = "application/json"
        named = given.startswith("@")
        body = sys.stdin.buffer.read() if given == "@-" else open(given[1:], "rb").read() if named else given.encode()
    elif word == "-H":
        name, _, value = next(words).partition(": ")
        headers[name] = value
    elif word != "-s":
        url = word
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
print(opener.open(urllib.request.Request(url, body, headers)).read().decode(), end="")
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class Desk:
    """A folder and a terminal, in which the page is followed. Other ports stand for those of the page."""

    folder: Path
    ports: dict[str, str]
    started: list[subprocess.Popen[str]]

    def here(self, text: str) -> str:
        """What the page says, with our ports."""
        for port, ours in self.ports.items():
            text = text.replace(f":{port}", f":{ours}").replace(f"--port {port}", f"--port {ours}")
        return text.replace(".venv/bin/python", sys.executable)

    def there(self, text: str) -> list[str]:
        """What was printed, as the page has it: its ports, and no durations."""
        for port, ours in self.ports.items():
            text = text.replace(f":{ours}", f":{port}")
        return masked(text)

    def write(self, name: str, text: str) -> None:
        """Write a file of the page."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.here(text), "utf-8")

    @property
    def variables(self) -> dict[str, str]:
        """The environment of what is run."""
        path = os.pathsep.join((str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
        ports = {"CITYFIBRE_SIM_PORT": self.ports["41223"], "CITYFIBRE_SIM_CONTROL_PORT": self.ports["41224"]}
        return {"PATH": path, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **ports}

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            ["sh", "-c", self.here(command)],  # noqa: S607 - whichever shell there is, as on the page
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    def start(self, command: str, lines: int) -> str:
        """Start what goes on, and wait until it has printed so many lines."""
        one = subprocess.Popen(
            shlex.split(self.here(command)),
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.started.append(one)
        assert one.stdout is not None
        return "".join(one.stdout.readline() for _ in range(lines))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty folder with the checkout's tests in it; what was started there ends with the test."""
    (tmp_path / "tests").symlink_to(TOP / "tests")
    (tmp_path / "bin").mkdir()
    curl = tmp_path / "bin" / "curl"
    curl.write_text(CURL.format(python=sys.executable))
    curl.chmod(0o755)
    one = Desk(tmp_path, {port: str(free_port()) for port in ("41223", "41224", "9000")}, [])
    yield one
    for process in one.started:
        process.kill()
        process.communicate()


def masked(text: str) -> list[str]:
    """Lines without how long something took in truth."""
    return re.sub(r"\bin \d+\.\d+ s\b", "in … s", text).splitlines()


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block, with the lines that it prints."""
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = example.replace("\\\n", "").partition("\n")
        yield command, masked(printed)


def follow(desk: Desk, command: str, shown: list[str]) -> list[str]:
    """What a command prints."""
    if command.startswith(NOT_RUN):
        return []
    if "example_buyer.py" in command or " serve " in command:
        return desk.there(desk.start(command, len(shown)))
    return desk.there(desk.run(command).stdout)


def test_the_tutorial_goes_as_it_says(desk: Desk) -> None:
    """From the top to the end, each command where it stands; of several runs at once the order is not told."""
    wrong = []
    for kind, text in BLOCKS:
        named = re.match(r"# (\S+)\n", text)
        if kind in {"yaml", "sh"} and named:
            desk.write(named[1], text)
        for command, shown in commands(text) if kind == "console" else ():
            printed = follow(desk, command, shown)
            both = (sorted(shown), sorted(printed)) if "--jobs" in command else (shown, printed)
            if not fits(*both):
                wrong.append("\n".join([command, *printed]))
    assert wrong == []
    (told,) = [json.loads(text) for kind, text in BLOCKS if kind == "json"]
    assert told == json.loads("\n".join(desk.there((desk.folder / "told.json").read_text("utf-8"))))


def test_each_ci_runs_what_passes(desk: Desk) -> None:
    """The one command of ours in each of the two files, against the small buyer."""
    for name, text in FILES:
        desk.write(name, text)
    desk.start("python tests/examples/example_buyer.py --port 9000", 1)
    github, gitlab = (yaml.safe_load(text) for name, text in FILES if name.startswith("."))
    steps = [step.get("run", "") for step in github["jobs"]["faults"]["steps"]]
    ours = [one for one in (*steps, *gitlab["faults"]["script"]) if one.startswith("cityfibre-simulator")]
    assert len(ours) == 2
    for command in ours:
        done = desk.run(command)
        assert (done.returncode, "3 passed" in done.stdout) == (0, True), done.stdout
        assert '<testcase name="slow-line"' in (desk.folder / "report.xml").read_text("utf-8")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("cityfibre-simulator run faults", 0),
        ("cityfibre-simulator run faults/dead-line.yaml --tlos-without-key reject --appointment-keys reserved", 0),
        ("cityfibre-simulator run faults --diary-capacity 0", 1),
        ("cityfibre-simulator run nowhere", 2),
        ("cityfibre-simulator run faults --jobs many", 2),
        ("cityfibre-simulator run faults --notify http://127.0.0.1:9000/notifications", 3),
    ],
)
def test_the_exit_codes_are_those_of_the_table(desk: Desk, command: str, code: int) -> None:
    """Nobody listens at port 9000 here."""
    for name, text in FILES:
        desk.write(name, text)
    done = desk.run(command)
    assert code == done.returncode, done.stdout


def test_without_a_trigger_it_says_what_it_waits_for(desk: Desk) -> None:
    """The small buyer does nothing unasked; here it is waited for a tenth of a second only."""
    name, text = FILES[0]
    desk.write(name, text.replace("addFaultReport\n", "addFaultReport\n    within_real: 0.1\n"))
    desk.start("python tests/examples/example_buyer.py --port 9000", 1)
    done = desk.run("cityfibre-simulator run faults --notify http://127.0.0.1:9000/notifications")
    assert desk.there(done.stdout)[0] == "slow-line waits for addFaultReport at http://127.0.0.1:41223/cfsit/api2"


def test_a_part_of_a_file_is_part_of_one() -> None:
    """Steps that the page shows by themselves."""
    (steps,) = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("  - ")]
    load(f"scenario: 1\nname: part\ndescription: A part.\nsteps:\n  - buyer: addFaultReport\n{steps}", "part.yaml")


def test_the_files_are_there_to_be_run() -> None:
    """The last version of each stands in tests/examples/scenarios/, below a line for editors."""
    last = {Path(name).name: text for name, text in FILES if name.startswith("faults/")}
    kept = {path.name: path.read_text("utf-8") for path in EXAMPLES.iterdir()}
    assert {name: text.partition("\n")[2] for name, text in last.items()} == {
        name: text.partition("\n")[2] for name, text in kept.items()
    }


def test_the_reference_is_what_the_models_make() -> None:
    """To the byte."""
    assert generator.page(PAGE) == PAGE, "docs/scenarios.md is out of date: `make docs`"


def test_numbers_in_the_prose_are_those_of_the_code() -> None:
    """And so are names of variables."""
    hours = f"{DefaultLife().close_after.total_seconds() / 3600:g}"
    told = (
        f"{PATIENCE:g} seconds",
        f"{PATIENCE:g} unless said",
        f"within {TRIGGER_SECONDS:g} seconds",
        f"kept, the last {MOST_UNCLAIMED}:",
        f"closed after {hours} h",
        f"`{PREFIX}_CASE`",
    )
    assert [one for one in told if one not in TUTORIAL.replace("\n", " ")] == []


def test_a_wrong_line_would_be_seen() -> None:
    """The comparison itself: how long something took does not matter, what happened does."""
    assert masked("passed  a   6 steps, 2 h 00 min in 0.01 s") == masked("passed  a   6 steps, 2 h 00 min in 12.70 s")
    assert not fits(masked("1 passed in 0.0 s"), masked("1 of 1 failed, in 0.0 s"))
    assert GAP == "…"
