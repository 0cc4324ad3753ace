"""docs/architecture.md tells the code as it is: layers, the way of a request, the journal's entries, the bounds."""

import ast
import re
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import get_args

import aiohttp

from simulator.cityfibre import SupplierSettings, inventory
from simulator.core.effects import Effect
from simulator.core.inputs import (
    Input,
)
from simulator.core.instants import format_duration
from simulator.runtime.driver import Mode
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Server
from tests.sessions import every_kind

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "architecture.md").read_text("utf-8")
REPORT = (TOP / "tests" / "examples" / "add_fault_report.xml").read_bytes()
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REFERENCE = re.compile(r"`([\w/.]+\.py):([\w.]+)`")


def table(*header: str) -> list[list[str]]:
    """The rows of the table that has this header."""
    lines = PAGE.splitlines()
    first = lines.index(f"| {' | '.join(header)} |") + 2
    end = next(number for number in range(first, len(lines)) if not lines[number].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[first:end]]


def words(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def layers() -> list[set[str]]:
    """The layers of import-linter's contract, from the top."""
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    named = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [{one.strip(" ()") for one in layer.split("|")} for layer in named]


def test_the_picture_shows_the_layers_of_the_import_contract() -> None:
    """Each arrow leads from a layer to the one below it, and none is left out."""
    arrows = re.findall(r"^    (\w[\w &]*) --> ([\w &]+)$", PAGE, re.MULTILINE)
    drawn = [set(arrows[0][0].split(" & ")), *(set(below.split(" & ")) for _, below in arrows)]
    assert layers() == drawn
    assert [set(above.split(" & ")) for above, _ in arrows] == drawn[:-1]


def test_the_table_of_layers_names_each_once() -> None:
    """In the order of the contract."""
    named = [words(row[0])[0] for row in table("layer", "what it is for")]
    assert len(named) == len(set(named))
    assert [set(named[place : place + len(layer)]) for place, layer in _placed(layers())] == layers()


def _placed(groups: list[set[str]]) -> list[tuple[int, set[str]]]:
    return [(sum(len(one) for one in groups[:number]), group) for number, group in enumerate(groups)]


def test_inputs_and_effects_are_the_whole_vocabulary() -> None:
    """The two tables name what the core takes and what it asks for, and nothing else."""
    assert [words(row[0])[0] for row in table("input", "what has happened")] == [
        one.__name__ for one in get_args(Input)
    ]
    effects = [words(row[0])[0] for row in table("effect", "what is to be done")]
    assert effects == [one.__name__ for one in get_args(Effect)]


def test_the_modes_of_the_clock_are_these() -> None:
    """As the driver takes them."""
    assert [words(row[0])[0] for row in table("mode", "how time moves")] == list(get_args(Mode))


def test_each_promise_of_the_driver_names_a_test_that_is_there() -> None:
    """A promise that nobody holds it to would be a wish."""
    folder = TOP / "tests" / "runtime"
    tests = "".join((folder / name).read_text("utf-8") for name in ("test_driver.py", "test_patience.py"))
    named = [words(row[-1])[0] for row in table("promise", "test")]
    assert len(named) == 11
    assert [name for name in named if f"def {name}(" not in tests] == []


async def test_the_walk_names_the_functions_of_a_request_in_the_order_of_their_calls() -> None:
    """A report goes through a real server; the first name of each item of the list is called, in this order."""
    items = re.findall(r"^\d+\. `([\w/.]+\.py):([\w.]+)`", PAGE, re.MULTILINE)
    assert len(items) == 21
    called: list[tuple[str, str]] = []

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        at = (code.co_filename.rpartition("/simulator/")[2], code.co_qualname)
        if event == "call" and at in items and at not in called:
            called.append(at)

    settings = SupplierSettings()
    nowhere = "http://127.0.0.1:9/notifications"  # the port of the discard protocol, where nobody listens
    blueprint = Blueprint("docs", settings, inventory.default(), 1, "frozen", 1.0, START, nowhere)
    environment = Environment(blueprint)
    server = Server(Environments([environment]))
    addresses = await server.start("127.0.0.1", 0, 0)
    sys.setprofile(watch)
    try:
        async with aiohttp.ClientSession() as session:
            headers = {"Content-Type": "application/xml"}
            url = f"{addresses.supplier}/docs/api2/addFaultReport"
            async with session.post(url, data=REPORT, headers=headers) as response:
                assert response.status == 201
            await environment.driver.advance(START)
    finally:
        sys.setprofile(None)
        await server.stop()
    assert items == called


def test_every_name_on_the_page_is_in_the_code() -> None:
    """Each ``file.py:name`` exists, as a definition or a value of the module."""
    named = set(REFERENCE.findall(PAGE))
    assert len(named) > 80
    assert sorted(one for one in named if not _defined(*one)) == []


def _defined(file: str, name: str) -> bool:
    path = TOP / "simulator" / file
    if not path.is_file():
        return False
    names: set[str] = set()

    def collect(body: list[ast.stmt], above: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(above + node.name)
                collect(node.body if isinstance(node, ast.ClassDef) else [], f"{above}{node.name}.")
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets:
                found = target.elts if isinstance(target, ast.Tuple) else [target]
                names.update(one.id for one in found if isinstance(one, ast.Name))

    collect(ast.parse(path.read_text("utf-8")).body, "")
    return name in names


def test_every_file_on_the_page_exists() -> None:
    """Files and folders in backticks, below simulator/ or in the checkout."""
    text = re.sub(r"^```.*?^```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    named = {word for word in words(text) if re.fullmatch(r"[\w.-]+(/[\w.-]+)*(\.(py|md|toml|xsd)|/)", word)}
    assert len(named) > 10
    assert sorted(one for one in named if not (TOP / "simulator" / one).exists() and not (TOP / one).exists()) == []


# -- the journal


def session() -> dict[str, list[set[str]]]:
    """The keys of every entry, by kind, of a short session in which every kind occurs."""
    seen: dict[str, list[set[str]]] = {}
    for entry in every_kind():
        seen.setdefault(entry.kind, []).append(set(entry.data))
    return seen


def test_the_journals_entries_are_these() -> None:
    """Every kind that a session leaves is in the table with its keys, and the table has no other."""
    seen = session()
    told: dict[str, tuple[set[str], set[str]]] = {}
    for kind, _, data in table("kind", "when", "data"):
        always, _, sometimes = data.partition("(")
        told[words(kind)[0]] = (set(words(always)), set(words(always)) | set(words(sometimes)))
    assert sorted(seen) == sorted(told)
    assert {kind: set.intersection(*entries) & told[kind][0] for kind, entries in seen.items()} == {
        kind: always for kind, (always, _) in told.items()
    }
    assert {kind: set.union(*entries) for kind, entries in seen.items()} == {
        kind: every for kind, (_, every) in told.items()
    }


def test_no_kind_is_left_out() -> None:
    """The session above has every kind that the code writes."""
    written: set[str] = set()
    for path in (TOP / "simulator").rglob("*.py"):
        source = path.read_text("utf-8")
        written.update(re.findall(r"""(?:\.note|\bNote)\(\s*"([a-z-]+)",""", source))
    assert len(written) > 10
    assert sorted(written - set(session())) == []


# -- the bounds


def test_the_bounds_have_their_values() -> None:
    """Numbers as they are, spans in ISO 8601, instants by their date."""
    wrong = []
    for constant, value, _ in table("constant", "value", "what it bounds"):
        file, name = REFERENCE.findall(constant)[0]
        if spelt(bound(file, name)) != value:
            wrong.append((constant, spelt(bound(file, name)), value))
    assert wrong == []


def test_no_bound_is_left_out() -> None:
    """Every constant whose name says that it bounds something."""
    telling = re.compile(r"(MOST|LONGEST|LARGEST|HIGHEST|DEEPEST|FASTEST|EARLIEST|LATEST)(_\w+)?|\w+_SECONDS|FIRES_\w+")
    there = set()
    for path in (TOP / "simulator").rglob("*.py"):
        for name in re.findall(r"^([A-Z][A-Z0-9_]*(?:, [A-Z][A-Z0-9_]*)*) = ", path.read_text("utf-8"), re.MULTILINE):
            there |= {
                (str(path.relative_to(TOP / "simulator")), one) for one in name.split(", ") if telling.fullmatch(one)
            }
    told = {REFERENCE.findall(row[0])[0] for row in table("constant", "value", "what it bounds")}
    assert sorted(there) == sorted(told)


def bound(file: str, name: str) -> object:
    """The value of a constant."""
    return getattr(import_module("simulator." + file.removesuffix(".py").replace("/", ".")), name)


def spelt(value: object) -> str:
    """A value as the table spells it."""
    match value:
        case datetime():
            return f"{value:%Y-%m-%d}"
        case timedelta():
            return format_duration(value)
        case _:
            return str(value)
