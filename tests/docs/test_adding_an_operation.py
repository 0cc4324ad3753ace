"""docs/adding-an-operation.md: its list names what there is, the six satisfy it, and its example works."""

import re
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree

from simulator.cityfibre import (
    OPERATIONS,
    CityFibre,
    SupplierSettings,
    answers,
    inventory,
    messages,
    reception,
    rules,
    shape_warnings,
)
from simulator.cityfibre.operation import Operation
from simulator.core.effects import Deliver, Reply
from simulator.core.engine import Engine
from simulator.core.inputs import RequestReceived
from simulator.wire.schema import Schema
from tests.messages import HEAD, Tree, add, to_xml

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "adding-an-operation.md").read_text("utf-8")
CONFORMANCE = (TOP / "docs" / "conformance.md").read_text("utf-8")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def steps() -> list[tuple[str, str, str]]:
    """The rows of the list."""
    return re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)


def snake_case(name: str) -> str:
    """``addFaultReport`` as its file is called."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_the_list_counts_from_one() -> None:
    """No step is missing, or there twice."""
    assert [str(number) for number in range(1, len(steps()) + 1)] == [number for number, _, _ in steps()]
    assert len(steps()) == 13


def test_every_file_and_name_of_the_list_is_there() -> None:
    """Files below simulator/ or in the checkout; names in their modules."""
    missing = []
    for _, where, what in steps():
        for file, _, name in re.findall(r"`([\w./-]+\.\w+|[\w./-]+/)(:(\w+))?`", f"{where} {what}"):
            path = next((one for one in (TOP / "simulator" / file, TOP / file) if one.exists()), None)
            if path is None or (
                name and not re.search(rf"^(def |class )?{name}\b", path.read_text("utf-8"), re.MULTILINE)
            ):
                missing.append((file, name))
    assert missing == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_each_operation_satisfies_the_list(operation: Operation) -> None:
    """Schema, file, rules, docs, tests, and for appointments the three tables of step 8."""
    name = snake_case(operation.name)
    module = import_module(f"simulator.cityfibre.operations.{name}")
    assert (module.OPERATION, module.RULES, module.handle) == (operation, operation.rules, operation.handle)
    elements = etree.parse(TOP / "schemas" / reception.SCHEMAS[operation.family]).xpath("/*/*/@name")
    assert {operation.request_element, operation.answer_element} <= set(elements)
    assert f"\n| `{operation.name}` |" in CONFORMANCE
    assert f'"{operation.name}"' in (TOP / "tests" / "rejections.py").read_text("utf-8")
    tests = [path.read_text("utf-8") for path in (TOP / "tests" / "server").glob("test_*.py")]
    assert [operation.name for text in tests if f'"{operation.name}"' in text] != []
    tables = (answers._APPOINTMENT_ANSWERS, answers._FIELDS, shape_warnings.ORDERS)  # noqa: SLF001 - step 8 names them
    assert [operation.name in table for table in tables] == [operation.family == "appointment"] * 3


# -- the example


def block(language: str, number: int) -> str:
    """One of the page's blocks of code."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return found[number]


def executed(code: str, module: ModuleType, **more: object) -> dict[str, Any]:
    """What a block defines where it stands in a module."""
    names: dict[str, Any] = {**vars(module), **more}
    exec(compile(code, "docs/adding-an-operation.md", "exec"), names)  # noqa: S102 - the project's own page
    return names


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """An engine that knows the example's operation, put together from the blocks of the page."""
    published = (TOP / "schemas" / "faultReport.xsd").read_text("utf-8")
    extended = tmp_path / "faultReport.xsd"
    extended.write_text(published.replace("</xs:schema>", f"{block('xml', 0)}</xs:schema>"), "utf-8")
    gate = Schema(extended)
    monkeypatch.setattr(reception, "schema", lambda _name: gate)
    message = executed(block("python", 0), messages)["CancelFaultReport"]
    monkeypatch.setattr(messages, "CancelFaultReport", message, raising=False)
    rule = executed(block("python", 1), rules, CancelFaultReport=message)["fault_cancellable"]
    monkeypatch.setattr(rules, "fault_cancellable", rule, raising=False)
    name = "simulator.cityfibre.operations.cancel_fault_report"
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    operation = executed(block("python", 2), module)["OPERATION"]
    monkeypatch.setitem(OPERATIONS, operation.name, operation)
    return Engine(CityFibre(SupplierSettings(), inventory.default(), 1), has_endpoint=True)


def post(engine: Engine, operation: str, text: str) -> tuple[Reply, list[Deliver]]:
    """The reply, and the notifications that may start at once."""
    outcome = engine.handle(RequestReceived(operation, text.encode(), content_type="application/xml"), START)
    assert outcome.bug is None
    assert outcome.reply is not None
    return outcome.reply, list(outcome.deliveries)


def cancel(*changes: Tree) -> str:
    """The example's message, about the fault of :func:`add`."""
    tree: dict[str, Any] = {**HEAD, "messageId": "MSG-2", "buyerFaultReference": "REF-1"}
    for change in changes:
        tree.update(change)
    return to_xml("cancelFaultReport", tree)


def test_the_example_cancels_a_fault(engine: Engine) -> None:
    """It is answered, the ticket is cancelled by the buyer, and its buyer is told."""
    post(engine, "addFaultReport", add())
    engine.fire_next(START)
    reply, _ = post(engine, "cancelFaultReport", cancel({"cancelReason": "moved away"}))
    assert (reply.status, b"<receivedCancelFaultReport" in reply.body) == (200, True)
    told = [entry.data for entry in engine.journal if entry.kind == "ticket-changed"]
    assert [(data["to"], data["reason"]) for data in told] == [("accepted", ""), ("cancelled", "moved away")]
    sent = [entry.data["notification"] for entry in engine.journal if entry.kind == "notification"]
    assert sent == ["accepted", "cancelled"]


def test_the_example_says_no(engine: Engine) -> None:
    """By the new rule, by an old one and by the schema; nothing changes."""
    post(engine, "addFaultReport", add())
    pending, _ = post(engine, "cancelFaultReport", cancel())
    unknown, _ = post(engine, "cancelFaultReport", cancel({"buyerFaultReference": "NO-SUCH"}))
    invalid, _ = post(engine, "cancelFaultReport", cancel({"reason": "no such element"}))
    refused = [entry.data for entry in engine.journal if entry.kind == "request-refused"]
    assert [data["rule"] for data in refused] == ["fault-cancellable", "ticket-known", "xsd"]
    assert refused[0]["reason"] == "The fault is pending and can't be cancelled"
    assert [reply.status for reply in (pending, unknown, invalid)] == [400, 400, 400]
    assert [entry.kind for entry in engine.journal if entry.kind == "ticket-changed"] == []
