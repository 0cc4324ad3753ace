"""docs/conformance.md tells what the code does: rulings, switches, rules and reasons, the life of a ticket."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from simulator.cityfibre import OPERATIONS, RULES, TRANSITIONS, SupplierSettings, callers
from simulator.wire.errors import ProtocolRule
from tests.rejections import CASES

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "conformance.md").read_text("utf-8")
CODE = {path: path.read_text("utf-8") for path in (TOP / "simulator").rglob("*.py")}
SECTION = re.compile(r"^### (R\d+): .+?\n(.*?)(?=^##)", re.DOTALL | re.MULTILINE)
ALL_RULINGS = [f"R{number}" for number in range(1, 41)]


def table(*header: str) -> list[list[str]]:
    """The rows of the table that has this header."""
    lines = PAGE.splitlines()
    first = lines.index(f"| {' | '.join(header)} |") + 2
    end = next(number for number in range(first, len(lines)) if not lines[number].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[first:end]]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


# -- the rulings


def test_every_ruling_has_one_section_in_order() -> None:
    """R1 to R40, each once, each with both sides, the side taken, the switch, and how it is seen."""
    sections = SECTION.findall(PAGE)
    assert [ruling for ruling, _ in sections] == ALL_RULINGS
    shapes = {ruling: re.findall(r"^- ([\w ]+):", text, re.MULTILINE) for ruling, text in sections}
    assert {tuple(shape) for shape in shapes.values()} == {("The text", "Here", "Switch", "Seen")}


def test_every_ruling_that_the_project_names_is_told() -> None:
    """In code, schemas and settings alike."""
    texts = [*CODE.values(), *(path.read_text("utf-8") for path in (TOP / "schemas").glob("*.xsd"))]
    named = {ruling for text in texts for ruling in re.findall(r"\bR\d+\b", text)}
    assert len(named) > 30
    assert sorted(named - set(ALL_RULINGS)) == []


def test_every_warning_of_the_code_is_listed_and_no_other() -> None:
    """By its ruling, as the journal has it."""
    listed = [row[0] for row in table("ruling", "field", "when")]
    assert len(listed) == len(set(listed))
    assert set(_rulings_of_warnings()) == set(listed)


def _rulings_of_warnings() -> Iterator[str]:
    """First arguments of ``warn``, and rulings that limits and judgements hand to it."""
    for path, text in CODE.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "warn":
                yield from _constants(node.args[0])
        if path.name in {"limits.py", "acknowledgement.py"}:
            yield from (one for one in _constants(ast.parse(text)) if re.fullmatch(r"R\d+", one))


def _constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


# -- the switches


def switches() -> dict[str, tuple[list[str], str, list[str]]]:
    """Each setting of the supplier: its values (none where any text of a kind will do), its default, its rulings."""
    found: dict[str, tuple[list[str], str, list[str]]] = {}
    defaults: dict[str, Any] = SupplierSettings().model_dump(mode="json")
    for name, field in SupplierSettings.model_fields.items():
        if isinstance(defaults[name], dict):
            group: Any = field.annotation
            for inner, value in defaults[name].items():
                of_group = group.model_fields[inner]
                rulings = re.findall(r"R\d+", of_group.description.partition(":")[0])
                found[f"{name}.{inner}"] = (_values(of_group.annotation), _spelt(value), rulings)
            continue
        values = _values(field.annotation)
        rulings = re.findall(r"R\d+|§[\d.]+\d", (field.description or "").partition(":")[0])
        found[name] = (values, _spelt(defaults[name]), rulings)
    return found


def _values(annotation: object) -> list[str]:
    if annotation is bool:
        return ["true", "false"]
    return [str(one) for one in get_args(annotation)] if get_origin(annotation) is Literal else []


def _spelt(value: object) -> str:
    return (
        ",".join(value) or "none" if isinstance(value, list) else value if isinstance(value, str) else json.dumps(value)
    )


def test_the_switches_are_those_of_the_settings() -> None:
    """Names, values, defaults and rulings; no setting is left out, and none is invented."""
    told = table("switch", "values", "default", "rulings")
    assert {words(row[0])[0]: (words(row[1]), words(row[2])[0]) for row in told} == {
        name: (values, default) for name, (values, default, _) in switches().items()
    }
    rulings = {words(row[0])[0]: row[3].split() for row in told}
    assert [name for name, (_, _, named) in switches().items() if not set(named) <= set(rulings[name])] == []


def test_each_ruling_names_its_switch() -> None:
    """The sections and the table of switches say the same, values too."""
    of_sections: dict[str, set[str]] = {}
    wrong: list[tuple[str, list[str], list[str]]] = []
    for ruling, text in SECTION.findall(PAGE):
        said = re.findall(r"^- Switch: (.+?)\n(?=- )", text, re.DOTALL | re.MULTILINE)[0]
        if not re.match(r"none( yet)?\.$", said):
            named = re.findall(r"`([\w.]+)` – ([^;]+)", said)
            wrong += [] if named else [(ruling, [], ["a switch"])]
            for name, values in named:
                of_sections.setdefault(name, set()).add(ruling)
                expected = switches()[name][0]
                if expected and words(values)[: len(expected)] != expected:
                    wrong.append((ruling, words(values), expected))
    rows = table("switch", "values", "default", "rulings")
    of_table = {words(row[0])[0]: {one for one in row[3].split() if one.startswith("R")} for row in rows}
    assert wrong == []
    assert {name: rulings for name, rulings in of_table.items() if rulings} == of_sections


def test_what_a_switch_of_section_2_does_is_told_there() -> None:
    """Those three belong to rules and not to contradictions."""
    rules = PAGE.partition("## §2")[2].partition("## §3")[0]
    named = [name for name, (_, _, rulings) in switches().items() if rulings and rulings[0].startswith("§")]
    assert named == ["inventory", "parent_reference", "appointment_keys"]
    assert [name for name in named if f"`{name}: {switches()[name][0][1]}`" not in rules] == []


# -- operations, rules and reasons


def test_the_operations_are_these() -> None:
    """Answer, good status, and the rules in their order."""
    rows = table("operation", "answer", "good status", "what follows", "rules, in order")
    assert {words(row[0])[0]: (words(row[1])[0], int(row[2]), words(row[4])) for row in rows} == {
        name: (operation.answer_element, operation.good_status, [rule.id for rule in operation.rules])
        for name, operation in OPERATIONS.items()
    }


def test_the_rules_are_these() -> None:
    """Id, status and source, as the code has them."""
    rows = table("rule", "status", "source", "field", "reasons")
    assert {words(row[0])[0]: (int(row[1]), row[2]) for row in rows} == {
        rule.id: (rule.status, rule.source) for rule in RULES.values()
    }


def test_the_reasons_are_these() -> None:
    """Each reason that a test has seen is told with its field, and each that is told has been seen."""
    told = {
        words(row[0])[0]: (words(row[3]), words(row[4]))
        for row in table("rule", "status", "source", "field", "reasons")
    }
    missing = []
    unseen = {(rule, reason) for rule, (_, reasons) in told.items() for reason in reasons}
    for case in CASES:
        fields, reasons = told[case.rule]
        fitting = [one for one in reasons if _fits(one, case.reason)]
        unseen -= {(case.rule, one) for one in fitting}
        if not fitting or (fields and case.path.rpartition("/")[2] not in fields):
            missing.append((case.rule, case.path, case.reason))
    assert missing == []
    assert sorted(unseen) == []


def _fits(told: str, reason: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(told)), reason) is not None


def test_every_check_before_the_rules_is_told() -> None:
    """The checks of the transport and of the wire, and the XSD."""
    told = {word for row in table("what is wrong", "rule", "status", "body") for word in words(row[1])}
    reception = CODE[TOP / "simulator" / "cityfibre" / "reception.py"]
    transport = set(re.findall(r'\b(?:4\d\d), "([a-z-]+)"', reception))
    assert len(transport) == 7
    of_rules = {"tlos-key", "key-usable", "source_addresses"}
    assert transport | callers.RULES | set(get_args(ProtocolRule)) | {"xsd"} == told - of_rules


# -- the life of a ticket


def test_the_terminal_states_are_these() -> None:
    """Named in a sentence; the transitions themselves are told by lifecycle.md, which the code writes."""
    terminal = sorted(f"`{state}`" for state, on in TRANSITIONS.items() if not on)
    assert sorted(re.findall(r"^(`\w+`), (`\w+`) and (`\w+`) are the end", PAGE, re.MULTILINE)[0]) == terminal
