"""A YAML text as plain values with positions, and what a model has against it in words for its author.

Settings, inventories and scenarios are such texts. Scalars stay text and the field that receives one converts it:
YAML 1.1 reads ``12:30`` as 750 and ``no`` as false. The text is read from the parser's events and not by
``yaml.compose``, which forgets anchors and, with libyaml, overflows the process's stack on deep nesting.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

LONGEST_TEXT = 1024 * 1024  # bytes of UTF-8
DEEPEST = 32  # mappings and lists inside each other
MOST_NODES = 50_000  # scalars, mappings and lists
MOST_PROBLEMS = 100  # printed by one error; the rest are counted
MOST_NAMED = 12  # known names that a message on an unknown one lists
LONGEST_SHOWN = 60  # characters of a wrong value that a message repeats

Value: TypeAlias = "dict[str, Value] | list[Value] | str | None"
Path: TypeAlias = tuple[str | int, ...]
Complaint: TypeAlias = tuple[Path, str]  # where in a model's value, and a message that names the place
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
    composer = _Composer(_decode(text, name))
    value: Value = None
    try:
        value = composer.document()
    except yaml.MarkedYAMLError as error:
        said = ", ".join(part for part in (error.problem, error.context) if part)
        composer.problems.append(Problem(*_at(error.problem_mark or error.context_mark), said))
    if composer.problems:
        raise DocumentError(name, composer.problems)
    return Document(name, {} if value is None else value, composer.positions)


def validate(model: type[M], document: Document, *, noun: str = "setting") -> M:
    """Make ``model`` from a document; ``noun`` is what messages call its keys.

    Raises DocumentError with every problem that the model has, each at its position.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        complaints = explain(model, document.value, error, noun=noun)
    raise DocumentError(document.name, sorted({Problem(*document.position(path), said) for path, said in complaints}))


def explain(model: type[BaseModel], value: object, error: ValidationError, *, noun: str = "setting") -> list[Complaint]:
    """Say what ``model`` has against ``value``, in plain words, everything at once."""
    told = error.errors(include_url=False)
    return [_complaint(model, value, detail, noun) for detail in told if not _miscounts(detail)]


def dotted(path: Path) -> str:
    """Write a path as people do, on one line: ``steps[2].wait``."""
    shown = (part if not isinstance(part, str) or part.isprintable() else repr(part) for part in path)
    return "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in shown).removeprefix(".")


def suggest(name: str, known: Iterable[str]) -> str:
    """End a message on an unknown name: with the nearest known one, or with all of them where they are few."""
    names = sorted(known)
    if near := get_close_matches(name, names, n=1):
        return f" — did you mean `{near[0]}`?"
    return f" — expected {', '.join(names) or 'nothing'}" if len(names) <= MOST_NAMED else ""


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


class _Composer:
    """Makes values from the parser's events and notes every position; recursion is bounded by DEEPEST."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self.problems: list[Problem] = []
        self.positions: dict[Path, Position] = {}
        self.nodes = 0

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
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else None  # an alias, refused already

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
                key = ""
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
            self.refuse(event, f"`{anchor}`: anchors and aliases are not read; write the value out")
        if tag is not None and tag not in _TAGS:
            self.refuse(event, f"the tag `{tag}`; values take their type from where they stand")

    def refuse(self, event: yaml.Event, message: str) -> None:
        self.problems.append(Problem(*_at(event.start_mark), message))


def _at(mark: object) -> Position:
    return Position(getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1)


def _is_null(event: yaml.ScalarEvent) -> bool:
    """Plain ``~``, ``null`` or nothing at all; quoted, or tagged as text, the same letters are text."""
    return event.value in _NULLS and ((event.tag is None and event.implicit[0]) or event.tag == _CORE + "null")


_EXPECTED = {
    "bool": "true or false",
    "datetime": "an instant such as 2026-01-06T09:00:00Z",
    "dict": "a mapping",
    "float": "a number",
    "greater_than_equal": "at least {ge}",
    "int": "a whole number",
    "less_than_equal": "at most {le}",
    "list": "a list",
    "model": "a mapping",
    "string_too_long": "at most {max_length} characters",
    "string_type": "text",
    "timezone_aware": "an instant with its zone, such as 2026-01-06T09:00:00Z",
    "tuple": "a list",
    "union_tag_not_found": "a mapping with {discriminator}",
}
"""What was expected, by pydantic's type of error or that type's first word, where pydantic's own words would puzzle."""
_COUNTS = {"too_short": "at least {min_length}", "too_long": "at most {max_length}"}
"""Of lists and mappings."""
_CHOICES = {"enum": "expected", "literal_error": "expected", "union_tag_invalid": "expected_tags"}
"""The types of error by which pydantic says that only certain words are taken, and where it lists them."""
_SHOWN = {NoneType: "nothing", dict: "a mapping", list: "a list", tuple: "a list"}


def _complaint(model: type[BaseModel], value: object, detail: ErrorDetails, noun: str) -> Complaint:
    kind, context, location = detail["type"], detail.get("ctx", {}), detail["loc"]
    path = _path_in(value, location)
    lead = f"{dotted(path or location)}: " if location else ""
    if kind == "extra_forbidden":
        return (path, f"unknown {noun} `{dotted(path)}`{suggest(str(path[-1]), _known(model, location))}")
    if kind == "missing":
        return (path, f"`{dotted((*path, location[-1]))}` is missing")
    if kind in {"value_error", "assertion_error"}:
        return (path, f"{lead}{context['error']}")
    if kind in _CHOICES:
        return _choice(value, detail)
    if kind in _COUNTS:
        return (path, f"{lead}expected {_COUNTS[kind].format(**context)}, found {len(detail['input'])}")
    wanted = _EXPECTED.get(kind) or _EXPECTED.get(kind.partition("_")[0])
    said = f"expected {wanted.format(**context)}".replace("'", "") if wanted else detail["msg"]
    return (path, f"{lead}{said.replace('Input should', 'should', 1)}, found {_shown(detail['input'])}")


def _miscounts(detail: ErrorDetails) -> bool:
    """Pydantic does not count members that are wrong themselves; they are told of anyway."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _choice(value: object, detail: ErrorDetails) -> Complaint:
    """One of a few words was expected, and another found. A long list is left out where the word meant is plain."""
    context, location, found = detail.get("ctx", {}), detail["loc"], detail["input"]
    if discriminator := context.get("discriminator"):
        location, found = (*location, discriminator.strip("'")), context["tag"]
    path = _path_in(value, location)
    words = str(context[_CHOICES[detail["type"]]]).replace("'", "")
    known = words.replace(" or ", ", ").split(", ")
    near = suggest(found, known) if isinstance(found, str) else ""
    near = near if "did you mean" in near else ""
    wanted = "" if near and len(known) > MOST_NAMED else f"expected {words}, "
    return (path, f"{dotted(path or location)}: {wanted}found {_shown(found)}{near}")


def _shown(value: object) -> str:
    shown = _SHOWN.get(type(value)) or repr(value)
    return shown if len(shown) <= LONGEST_SHOWN else shown[:LONGEST_SHOWN] + "…"


def _path_in(value: object, location: Path) -> Path:
    """The parts of pydantic's location that exist in the value: it also names unions' tags, and ``[key]``."""
    path: list[str | int] = []
    for part in location:
        if isinstance(value, dict | list | tuple):
            with suppress(KeyError, IndexError, TypeError):
                value = value[part]  # type: ignore[index]
                path.append(part)
    return tuple(path)


def _known(annotation: object, location: Path) -> set[str]:
    """The names that stand beside the last part of ``location``, which leads through ``annotation``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if not location:
        return set()
    if origin is Annotated:
        return _known(arguments[0], location)
    if origin in (Union, UnionType):
        chosen = [member for member in arguments if _is_called(member, location[0])]
        return set().union(*(_known(member, location[1:] if chosen else location) for member in chosen or arguments))
    if origin in (list, tuple, dict):
        return _known(arguments[1 if origin is dict else 0], location[1:])
    fields = _fields(annotation)
    return set(fields) if len(location) == 1 else _known(fields.get(str(location[0])), location[1:])


def _fields(annotation: object) -> dict[str, object]:
    known = annotation.model_fields if isinstance(annotation, type) and issubclass(annotation, BaseModel) else {}
    return {field.alias or name: field.annotation for name, field in known.items()}


def _is_called(member: object, part: str | int) -> bool:
    """Whether a location's part picks this member of a union: by the member's tag, or else by its class's name."""
    if get_origin(member) is Annotated:
        tagged = any(getattr(about, "tag", None) == part for about in get_args(member)[1:])
        return tagged or _is_called(get_args(member)[0], part)
    if get_origin(member) in (Union, UnionType):
        return any(_is_called(one, part) for one in get_args(member))
    tags = [get_args(kind) for kind in _fields(member).values() if get_origin(kind) is Literal]
    return part == getattr(member, "__name__", None) or any(part in tag for tag in tags)
