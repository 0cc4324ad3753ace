"""From a file's text to scripts, one for each case; every mistake is told at once, each with its place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from simulator.scenario import meaning
from simulator.scenario.buyer_steps import OfTheBuyer
from simulator.scenario.file import MOST_CASES, CaseTable, ParameterTable, Scalar, Scenario
from simulator.scenario.resolving import ABOUT, TICKET, literal, misleading, put_in
from simulator.scenario.steps import AnyStep, Step
from simulator.scenario.values import LONGEST_NAME, reference
from simulator.wire.complaints import MOST_NAMED, Complaint, Path, explain, suggest
from simulator.wire.document import MOST_PROBLEMS, Document, DocumentError, Position, Problem, Value, look_over
from simulator.wire.errors import shorten

NOUN = "key"
_CASE = re.compile(f"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
MOST_IN_ALL = 2_000_000
"""Values of all cases together, which take some four seconds to read."""
MOST_CASES_TOLD = 3
_A_STEP: TypeAdapter[AnyStep] = TypeAdapter(Step)
_RESERVED = (TICKET, "case")


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
        found = _Findings(self.document)
        if chosen is None:
            found.add(("cases",), f"there is no case `{shorten(case)}`{_which(case, self.scripts)}")
            raise found.error()
        for name, value in (parameters or {}).items():
            if name not in chosen.parameters:
                message = f"there is no parameter `{shorten(name)}`{suggest(name, chosen.parameters)}"
                found.add(("parameters",), message)
            found.add_all(literal(("parameters", name), value))
        found.check()
        if not parameters:
            return chosen
        script = found.script(_Row(chosen.case, {**chosen.parameters, **parameters}, {}))
        found.check()
        assert script is not None, "without a finding there is a script"  # noqa: S101 - narrows the type
        return script


def load(text: str | bytes, name: str) -> Source:
    """Read a scenario's YAML; ``name`` is what messages call the file.

    Raises:
        ScenarioError: with every mistake of every case, each at its place; once there are a hundred, others are not
            looked for in further cases.
    """
    document, problems = look_over(text, name=name)
    if document is None:
        raise ScenarioError(name, problems)
    found = _Findings(document, problems)
    scripts = []
    for row in found.rows():
        scripts.append(found.script(row))
        if found.enough:
            break
    found.check()
    return Source(document, tuple(script for script in scripts if script is not None))


class _Tables(BaseModel):
    """The part of a file that must be read before all the rest."""

    model_config = ConfigDict(extra="ignore")
    parameters: ParameterTable = {}
    cases: CaseTable = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """One case: its parameters, and where in the file each has its value, if it has it from there."""

    case: str
    parameters: Mapping[str, Scalar]
    places: Mapping[str, Path]


class _Findings:
    """Collects what is wrong with one file, beside what is wrong with it as a text."""

    def __init__(self, document: Document, problems: Iterable[Problem] = ()) -> None:
        self._document = document
        self._problems = set(problems)
        self._found: dict[Complaint, list[str]] = {}  # and the cases in which it is so, where that may differ
        self._looked_at = 0
        self._value = document.value if isinstance(document.value, dict) else {}
        self._named = _named(document.value)

    @property
    def enough(self) -> bool:
        """Whether nobody would be shown more."""
        return len(self._found) >= MOST_PROBLEMS

    @cached_property
    def _tables(self) -> dict[str, object]:
        """Read once, and not in every case again."""
        tables = _Tables.model_validate(self._value)
        return {"parameters": tables.parameters, "cases": tables.cases}

    def error(self) -> ScenarioError:
        """All of it."""
        told = {(path, message + self._in_cases(cases)) for (path, message), cases in self._found.items()}
        problems = {Problem(*self._document.position(path), message) for path, message in told}
        return ScenarioError(self._document.name, sorted(problems | self._problems))

    def check(self) -> None:
        if self._found or self._problems:
            raise self.error()

    def add(self, path: Path, message: str, case: str = "") -> None:
        cases = self._found.setdefault((path, message), [])
        if case:
            cases.append(case)

    def add_all(self, complaints: Iterable[Complaint]) -> None:
        for path, message in complaints:
            self.add(path, message)

    def rows(self) -> list[_Row]:
        """Every case, or one without a name where there is no table. Of tables that are wrong, what can be read."""
        try:
            _Tables.model_validate(self._value)
        except ValidationError as error:
            self.add_all(explain(_Tables, self._value, error, noun=NOUN))
        given = self._value.get("parameters", {})
        known = given.keys() if isinstance(given, dict) else None
        parameters = _scalars(given)
        for name, text in parameters.items():
            if name in _RESERVED:
                self.add(("parameters", name), f"no parameter is called `{name}`: the name is taken")
            self.add_all(literal(("parameters", name), text))
        self.add_all(islice(misleading(self._document.value, known, self._named), MOST_PROBLEMS))
        plain = _Row("", parameters, {name: ("parameters", name) for name in parameters})
        rows = list(self._cases(plain, known)) or [plain]
        values = sum(1 for path in self._document.positions if path and path[0] not in ABOUT)
        if len(rows) * values <= MOST_IN_ALL:
            return rows
        told = f"{len(rows)} of {values} values each are more than {MOST_IN_ALL} together; make several files of them"
        self.add(("cases",), f"cases: {told}")
        return rows[:1]

    def _cases(self, plain: _Row, known: Iterable[str] | None) -> Iterator[_Row]:
        cases = self._value.get("cases")
        taken: set[str] = set()
        for index, given in enumerate(cases[:MOST_CASES] if isinstance(cases, list) else ()):
            row = _scalars(given)
            case = row.pop("case", None) or str(index + 1)
            if self.enough:
                return
            if not _CASE.fullmatch(case):
                wanted = f"up to {LONGEST_NAME} letters, digits, dots, dashes and underscores"
                self.add(("cases", index, "case"), f"cases[{index}].case: expected {wanted}, found {shorten(case)!r}")
            if case in taken:
                named = isinstance(given, dict) and given.get("case")
                why = "" if named else f"without a name it is called `{case}`, and "
                self.add(("cases", index, "case"), f"cases[{index}]: {why}there is a case `{case}` already")
            taken.add(case)
            for name, text in row.items():
                path: Path = ("cases", index, name)
                if known is not None and name not in known:
                    self.add(path, f"cases[{index}]: `{shorten(name)}` is no parameter{suggest(name, known)}")
                self.add_all(literal(path, text))
            places: dict[str, Path] = {name: ("cases", index, name) for name in row}
            yield _Row(case, {**plain.parameters, **row}, {**plain.places, **places})

    def script(self, row: _Row) -> Script | None:
        """The script of one case, or ``None`` where something is wrong with it."""
        value, scenario = put_in(self._document.value, row.parameters), None
        self._looked_at += 1
        try:
            scenario = Scenario.model_validate(_without_tables(value))
        except ValidationError as error:
            for path, message in explain(Scenario, value, error, noun=NOUN):
                self._add_of(row, path, meaning.plainly(path, message, value))
        steps = scenario.steps if scenario else [_step(one) for one in _steps_of(value)]
        for path, message in meaning.complaints(steps, row.parameters):
            self._add_of(row, path, message)
            if self.enough:
                break
        if scenario is None or self._found:
            return None
        scenario = scenario.model_copy(update=self._tables)
        positions = tuple(self._document.position(("steps", index)) for index in range(len(scenario.steps)))
        awaits = {one.operation: index for index, one in enumerate(scenario.steps) if isinstance(one, OfTheBuyer)}
        return Script(scenario, row.case, row.parameters, self._document.name, positions, awaits)

    def _add_of(self, row: _Row, path: Path, message: str) -> None:
        """What is wrong in one case: where a parameter was put in, its value is to blame, in the table or the row."""
        put = None if meaning.is_of_a_key(message) else self._reference_at(path)
        place = row.places.get(put or "", path)
        if place[:1] == ("cases",) or (put in row.parameters and put not in row.places and row.case):
            self.add(place, f"{message} (case {row.case})")
        elif put in row.parameters:
            self.add(place, message)
        elif put is None or (path[0] == "steps" and (put in self._named or put == TICKET)):
            self.add(path, message, row.case)

    def _in_cases(self, cases: list[str]) -> str:
        """Where it is so in some cases alone: in which."""
        if not 0 < len(cases) < self._looked_at:
            return ""
        told, more = ", ".join(cases[:MOST_CASES_TOLD]), len(cases) - MOST_CASES_TOLD
        return f" (case {told}{f' and {more} more' if more > 0 else ''})"

    def _reference_at(self, path: Path) -> str | None:
        """The name that the file's value there refers to, if it refers to any: then another value was put in."""
        found = meaning.at(self._document.value, path) if path and path[0] not in ABOUT else None
        named = reference(found) if isinstance(found, str) else None
        return named[0] if named else None


def _which(case: str, scripts: Iterable[Script]) -> str:
    """End a message on an unknown case."""
    known = [one.case for one in scripts if one.case]
    return f"; cases: {', '.join(known) or 'none'}" if len(known) <= MOST_NAMED else suggest(case, known)


def _scalars(table: Value) -> dict[str, Scalar]:
    """Of a table of texts, what is text."""
    given = table if isinstance(table, dict) else {}
    return {name: one for name, one in given.items() if one is None or isinstance(one, str)}


def _without_tables(value: Value) -> Value:
    """They are read once, and not again in every case."""
    return (
        {key: one for key, one in value.items() if key not in _Tables.model_fields}
        if isinstance(value, dict)
        else value
    )


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
    """One step by itself, without what is wrong in it, so that the rest can be looked at; ``None`` if none is left."""
    while isinstance(value, dict):
        try:
            return _A_STEP.validate_python(value)
        except ValidationError as error:
            wrong = {part for one in error.errors(include_url=False, include_input=False) for part in one["loc"]}
            rest = {key: one for key, one in value.items() if key not in wrong}
            value = rest if len(rest) < len(value) else None
    return None
