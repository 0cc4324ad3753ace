"""A YAML text as plain values with positions, each thing wrong with it told where it stands.

Settings, inventories and scenarios are such texts. Scalars stay text and the field that receives one converts it:
YAML 1.1 reads ``12:30`` as 750 and ``no`` as false. The text is read from the parser's events and not by
``yaml.compose``, which forgets anchors and, with libyaml, overflows the process's stack on deep nesting.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from simulator.wire.complaints import Path, dotted, explain, on_one_line

LONGEST_TEXT = 1024 * 1024  # bytes of UTF-8
DEEPEST = 32  # mappings and lists inside each other
MOST_NODES = 50_000  # scalars, mappings and lists
MOST_PROBLEMS = 100  # printed by one error; the rest are counted

Value: TypeAlias = "dict[str, Value] | list[Value] | str | None"
M = TypeVar("M", bound=BaseModel)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset(_CORE + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Position(NamedTuple):
    """A place in a text; both numbers count from 1."""

    line: int
    column: int


class Problem(NamedTuple):
    """One thing that is wrong in a text, and where."""

    line: int
    column: int
    message: str


class DocumentError(Exception):
    """A text that cannot be used; ``str()`` gives one ``name:line:column: message`` line for each problem."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name = name
        self.problems = problems
        super().__init__(name, problems)

    def __str__(self) -> str:
        lines = [f"{self.name}:{line}:{column}: {message}" for line, column, message in self.problems[:MOST_PROBLEMS]]
        if len(self.problems) > MOST_PROBLEMS:
            lines.append(f"{self.name}: and {len(self.problems) - MOST_PROBLEMS} more")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one text. An empty text is an empty mapping."""

    name: str
    value: Value
    positions: Mapping[Path, Position]

    def position(self, path: Path) -> Position:
        """Where ``path`` stands, or its deepest part that exists; a mapping's entry stands where its key stands."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))


def read(text: str | bytes, *, name: str) -> Document:
    """Read one YAML text; ``name`` is what messages call it.

    Raises DocumentError for text that is not UTF-8 or not YAML, a second document, a repeated key, a key that is no
    text, an anchor, an alias, a tag beyond YAML's core, or more than the limits above.
    """
    document, problems = look_over(text, name=name)
    if document is None or problems:
        raise DocumentError(name, problems)
    return document


def look_over(text: str | bytes, *, name: str) -> tuple[Document | None, list[Problem]]:
    """The same for a caller that has more to say: what was read, and what is wrong with it as a text.

    A key that stands there twice has its first value, and what has an anchor or a tag is read without it. ``None``
    stands for a text of which values are lost, so that nothing more can be said of it.
    """
    try:
        decoded = _decode(text, name)
    except DocumentError as error:
        return None, error.problems
    composer = _Composer(decoded)
    value: Value = None
    try:
        value = composer.document()
    except yaml.MarkedYAMLError as error:
        composer.lost = True
        composer.problems.append(_plainly(error, decoded))
    document = Document(name, {} if value is None else value, composer.positions)
    return (None if composer.lost else document), composer.problems


def validate(model: type[M], document: Document, *, noun: str = "setting") -> M:
    """Make ``model`` from a document; ``noun`` is what messages call its keys.

    Raises DocumentError with every problem that the model has, each at its position.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        complaints = explain(model, document.value, error, noun=noun)
    raise DocumentError(document.name, sorted({Problem(*document.position(path), said) for path, said in complaints}))


def _decode(text: str | bytes, name: str) -> str:
    """The text as characters, each of which YAML allows: libyaml would count bytes in that error."""
    encoded = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    if len(encoded) > LONGEST_TEXT:
        raise DocumentError(name, [Problem(1, 1, f"longer than {LONGEST_TEXT} bytes")])
    try:
        decoded = encoded.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(name, [Problem(*_end_of(encoded[: error.start].decode()), "not UTF-8")]) from None
    if odd := yaml.reader.Reader.NON_PRINTABLE.search(decoded):
        message = f"the character U+{ord(odd.group()):04X} is not allowed in YAML"
        raise DocumentError(name, [Problem(*_end_of(decoded[: odd.start()]), message)])
    return decoded


def _end_of(before: str) -> Position:
    return Position(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)


_TAB = "a tab; YAML is indented by spaces"
_AFTER = "nothing can follow here: a quoted text or a bracket has ended before it"
_APOSTROPHE = "; for an apostrophe within '…' write two"
_PLAIN = {
    "found a tab character": _TAB,
    "found unknown escape": "a backslash in double quotes begins an escape; write two, or use single quotes",
    "did not find expected node content": "a value is missing here",
    "did not find expected <document start>": _AFTER,
    "block sequence entries": "a list begins on a line of its own",
}
"""What the parser says, by how it begins, for people who do not know how a parser works."""
_NOT_GOING_ON = ("did not find expected '-' indicator", "did not find expected key", "mapping values are not allowed")
"""How it begins where a line does not go on with what stands above it."""


def _plainly(error: yaml.MarkedYAMLError, text: str) -> Problem:
    """Why a text is no YAML. Where something was left open, that is told at its beginning, not at the text's end."""
    said, about = error.problem or "", error.context or ""
    at, begun = _at(error.problem_mark or error.context_mark), _at(error.context_mark or error.problem_mark)
    line = "".join(text.removeprefix("\ufeff").split("\n")[at.line - 1 : at.line])
    here = line[at.column - 1 : at.column]
    if "end of stream" in said and "quoted" in about:
        return Problem(*begun, "the quotation mark is not closed")
    if said == "could not find expected ':'":
        return Problem(*begun, "expected `key: value`")
    if "an alias" in about:
        return Problem(*begun, "a text can't begin with `*`; put it into quotes")
    if "cannot start any token" in said:
        return Problem(*at, _TAB if here == "\t" else f"a text can't begin with `{here}`; put it into quotes")
    if said.startswith("did not find expected ',' or"):
        return Problem(*at, f"expected `,` or `{said[-2]}`: a bracket of line {begun.line} is still open here")
    if said.startswith(_NOT_GOING_ON):
        return Problem(*at, _not_going_on(line[: at.column - 1], here))
    plain = next((words for begins, words in _PLAIN.items() if said.startswith(begins)), "")
    return Problem(*at, plain or ", ".join(part for part in (said, about) if part))


def _not_going_on(before: str, here: str) -> str:
    if here == ":" and ": " in before:
        return "a second `: ` in one line; put a text that has one into quotes"
    if here == ":":
        return "no key can stand here; see how far this line is indented, and whether the line above lacks its `:`"
    if before.strip():
        return _AFTER + _APOSTROPHE * ("'" in before)
    return "this line does not go on with what stands above; see how far it is indented"


class _Composer:
    """Makes values from the parser's events and notes every position; recursion is bounded by DEEPEST."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self.problems: list[Problem] = []
        self.positions: dict[Path, Position] = {}
        self.nodes = 0
        self.lost = False

    def document(self) -> Value:
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self.node(next(self.events), ())
        next(self.events)  # the end of the document
        if isinstance(after := next(self.events), yaml.DocumentStartEvent):
            self.refuse(after, "a second document; only one is read")
        return value

    def node(self, event: yaml.Event, path: Path) -> Value:
        mark: Any = event.start_mark  # libyaml and the parser in Python each have their own kind
        self.positions.setdefault(path, _at(mark))  # that of an entry's key is noted already
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_NODES} values", problem_mark=mark)
        self.check_marks(event)
        if isinstance(event, yaml.ScalarEvent):
            return None if _is_null(event) else event.value
        if len(path) >= DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"nested more than {DEEPEST} deep", problem_mark=mark)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path)
        self.lost = True  # an alias, refused already
        return None

    def sequence(self, path: Path) -> Value:
        items: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> Value:
        entries: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, (*path, -1))  # a key has no path of its own
            if not isinstance(key, str):
                self.refuse(event, "a key must be text")
                key, self.lost = "", True
            elif key in entries:
                self.refuse(
                    event, f"`{dotted((key,))}` stands here again, after line {self.positions[*path, key].line}"
                )
            self.positions.setdefault((*path, key), _at(event.start_mark))
            value = self.node(next(self.events), (*path, key))
            entries.setdefault(key, value)
        return entries

    def check_marks(self, event: yaml.Event) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor is not None:
            self.refuse(event, f"`{on_one_line(anchor)}`: anchors and aliases are not read; write the value out")
        if tag is not None and tag not in _TAGS:
            self.refuse(event, f"the tag `{on_one_line(tag)}`; values take their type from where they stand")

    def refuse(self, event: yaml.Event, message: str) -> None:
        self.problems.append(Problem(*_at(event.start_mark), message))


def _at(mark: object) -> Position:
    return Position(getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1)


def _is_null(event: yaml.ScalarEvent) -> bool:
    """Plain ``~``, ``null`` or nothing at all; quoted, or tagged as text, the same letters are text."""
    return event.value in _NULLS and ((event.tag is None and event.implicit[0]) or event.tag == _CORE + "null")
