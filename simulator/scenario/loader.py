"""From a file's text to scripts, one for each case; every mistake is told at once, each with its place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from simulator.scenario import meaning
from simulator.scenario.file import CaseTable, ParameterTable, Scenario
from simulator.scenario.resolving import ABOUT, TICKET, TICKET_VALUES, put_in, references
from simulator.scenario.steps import AnyStep, OfTheBuyer, Step
from simulator.scenario.values import LONGEST_NAME, reference
from simulator.wire.document import (
    Complaint,
    Document,
    DocumentError,
    Path,
    Position,
    Problem,
    Value,
    dotted,
    explain,
    read,
    suggest,
)
from simulator.wire.errors import shorten

NOUN = "key"
_CASE = re.compile(f"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
_A_STEP: TypeAdapter[AnyStep] = TypeAdapter(Step)
_RESERVED = frozenset({TICKET, "case"})


class ScenarioError(DocumentError):
    """A scenario's file that can't be used: one ``file:line:column: message`` line for each mistake."""


@dataclass(frozen=True, slots=True)
class Script:
    """One case of a scenario, ready to run. ``case`` is empty where the scenario has no table.

    ``awaits`` has the index of the last step that waits for an operation, for each that any step waits for.
    """

    scenario: Scenario
    case: str
    parameters: Mapping[str, str | None]
    file: str
    positions: tuple[Position, ...]
    awaits: Mapping[str, int]

    @property
    def name(self) -> str:
        """The scenario's name, with the case's in brackets."""
        return f"{self.scenario.name}[{self.case}]" if self.case else self.scenario.name

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """The steps, in order."""
        return self.scenario.steps


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read: a script for each case, and more where somebody sets parameters."""

    document: Document
    scripts: tuple[Script, ...] = field(default=())

    @property
    def scenario(self) -> Scenario:
        """What all cases share: name, description, tags."""
        return self.scripts[0].scenario

    def script(self, case: str = "", parameters: Mapping[str, str | None] | None = None) -> Script:
        """One case, or the first, with some parameters set to other values.

        Raises:
            ScenarioError: there is no such case or parameter, or its value does not fit.
        """
        chosen = next((one for one in self.scripts if one.case == case), None) if case else self.scripts[0]
        if chosen is None:
            known = ", ".join(one.case for one in self.scripts if one.case) or "none"
            raise _error(self.document, [(("cases",), f"there is no case `{case}`; cases: {known}")])
        for name in parameters or {}:
            if name not in chosen.parameters:
                message = f"there is no parameter `{name}`{suggest(name, chosen.parameters)}"
                raise _error(self.document, [(("parameters",), message)])
        if not parameters:
            return chosen
        found = _Findings(self.document)
        script = found.script(chosen.case, {**chosen.parameters, **parameters})
        found.check()
        assert script is not None, "without a finding there is a script"  # noqa: S101 - narrows the type
        return script


def load(text: str | bytes, name: str) -> Source:
    """Read a scenario's YAML; ``name`` is what messages call the file.

    Raises:
        ScenarioError: with every mistake of every case, each at its place.
    """
    try:
        document = read(text, name=name)
    except DocumentError as error:
        raise ScenarioError(error.name, error.problems) from None
    found = _Findings(document)
    rows = found.rows()
    scripts = [found.script(case, parameters) for case, parameters in rows]
    found.names(rows)
    found.check()
    return Source(document, tuple(script for script in scripts if script is not None))


class _Table(BaseModel):
    """The part of a file that must be read before all the rest."""

    model_config = ConfigDict(extra="ignore")
    parameters: ParameterTable = {}
    cases: CaseTable = ()


class _Findings:
    """Collects what is wrong with one file."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[Complaint, None] = {}
        self._named = _named(document.value)

    def check(self) -> None:
        if self._found:
            raise _error(self._document, self._found)

    def rows(self) -> list[tuple[str, Mapping[str, str | None]]]:
        """The name and the parameters of each case; one without a name where there is no table."""
        try:
            table = _Table.model_validate(self._document.value)
        except ValidationError:
            return [("", {})]  # what is wrong with it is told with all the rest
        for reserved in _RESERVED & table.parameters.keys():
            self._add(("parameters", reserved), f"no parameter is called `{reserved}`: the name is taken")
        rows: list[tuple[str, Mapping[str, str | None]]] = []
        for index, row in enumerate(table.cases):
            case = row.get("case") or str(index + 1)
            if not _CASE.fullmatch(case):
                wanted = f"up to {LONGEST_NAME} letters, digits, dots, dashes and underscores"
                message = f"cases[{index}].case: expected {wanted}, found {shorten(case)!r}"
                self._add(("cases", index, "case"), message)
            if case in {one for one, _ in rows}:
                self._add(("cases", index, "case"), f"cases[{index}]: there is a case `{case}` already")
            for name in row.keys() - table.parameters.keys() - {"case"}:
                message = f"cases[{index}]: `{name}` is no parameter{suggest(name, table.parameters)}"
                self._add(("cases", index, name), message)
            rows.append((case, {**table.parameters, **{name: row[name] for name in row if name != "case"}}))
        return rows or [("", table.parameters)]

    def script(self, case: str, parameters: Mapping[str, str | None]) -> Script | None:
        """The script of one case, or ``None`` where something is wrong with it."""
        value = put_in(self._document.value, parameters)
        found = len(self._found)
        try:
            scenario = Scenario.model_validate(value)
        except ValidationError as error:
            for path, message in explain(Scenario, value, error, noun=NOUN):
                put = self._reference_at(path)
                if put is None or put in parameters or put in self._named or put == TICKET:
                    self._add(path, f"{message} (case {case})" if put in parameters and case else message)
            steps = [_step(one) for one in _steps_of(value)]
            self._mean(steps, parameters)
            return None
        self._mean(scenario.steps, parameters)
        if len(self._found) > found:
            return None
        positions = tuple(self._document.position(("steps", index)) for index in range(len(scenario.steps)))
        awaits = {one.operation: index for index, one in enumerate(scenario.steps) if isinstance(one, OfTheBuyer)}
        return Script(scenario, case, parameters, self._document.name, positions, awaits)

    def _mean(self, steps: Sequence[AnyStep | None], parameters: Mapping[str, str | None]) -> None:
        for path, message in meaning.complaints(steps, parameters):
            self._add(path, message)

    def names(self, rows: list[tuple[str, Mapping[str, str | None]]]) -> None:
        """Every value that refers to something must refer to what there is before it."""
        known = set(rows[0][1])
        for path, text in references(self._document.value):
            found = reference(text)
            if found is None:
                self._add(path, f"{dotted(path)}: `{text}` refers to nothing; write `${text}` for a text with a dollar")
                continue
            name, below = found
            earlier = {name for name, at in self._named.items() if path[0] == "steps" and at < _index(path)}
            if name == TICKET:
                self._check_ticket(path, below)
            elif name in known and below:
                self._add(path, f"{dotted(path)}: the parameter `{name}` has nothing inside; write `${name}`")
            elif name in earlier and not below:
                self._add(path, f"{dotted(path)}: `${name}` is a whole answer; name a field of it, `${name}.status`")
            elif name not in known and name not in earlier:
                self._add(path, f"{dotted(path)}: {self._unknown(name, known, earlier)}")

    def _check_ticket(self, path: Path, below: str) -> None:
        if path[0] != "steps":
            self._add(path, f"{dotted(path)}: there is no ticket yet")
        elif not below:
            self._add(path, f"{dotted(path)}: `$ticket` is the whole ticket; name a field of it, `$ticket.status`")
        elif below not in TICKET_VALUES:
            message = f"a ticket has no `{below}`{suggest(below, TICKET_VALUES)}"
            self._add(path, f"{dotted(path)}: {message}")

    def _unknown(self, name: str, known: set[str], earlier: set[str]) -> str:
        if name in self._named:
            return f"`${name}` is named by steps[{self._named[name]}], which comes later"
        return f"`${name}` is no parameter, and no earlier step's `as`{suggest(name, known | earlier | {TICKET})}"

    def _reference_at(self, path: Path) -> str | None:
        """The name that the file's value there refers to, if it refers to any: then another value was put in."""
        value = self._document.value if path and path[0] not in ABOUT else None
        for part in path:
            if isinstance(value, dict | list):
                value = value[part]  # type: ignore[index]
        found = reference(value) if isinstance(value, str) else None
        return found[0] if found else None

    def _add(self, path: Path, message: str) -> None:
        self._found.setdefault((path, message))


def _error(document: Document, complaints: "Mapping[Complaint, None] | list[Complaint]") -> ScenarioError:
    problems = {Problem(*document.position(path), message) for path, message in complaints}
    return ScenarioError(document.name, sorted(problems))


def _steps_of(value: Value) -> list[Value]:
    steps = value.get("steps") if isinstance(value, dict) else None
    return steps if isinstance(steps, list) else []


def _named(value: Value) -> dict[str, int]:
    """The names that steps give to their answers, each with the step's number."""
    named: dict[str, int] = {}
    for index, step in enumerate(_steps_of(value)):
        name = step.get("as") if isinstance(step, dict) else None
        if isinstance(name, str):
            named.setdefault(name, index)
    return named


def _step(value: Value) -> AnyStep | None:
    """One step by itself, where the file around it is not to be had; ``None`` where that step is wrong too."""
    try:
        return _A_STEP.validate_python(value)
    except ValidationError:
        return None


def _index(path: Path) -> int:
    return path[1] if len(path) > 1 and isinstance(path[1], int) else 0
