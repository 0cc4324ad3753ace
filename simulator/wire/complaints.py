"""What a model has against a value, in words for its author: which key was meant, what was expected, what is there."""

import re
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

MOST_NAMED = 12  # known names that a message on an unknown one lists
LONGEST_SHOWN = 60  # characters of a wrong value that a message repeats

Path: TypeAlias = tuple[str | int, ...]
Complaint: TypeAlias = tuple[Path, str]  # where in a model's value, and a message that names the place

_WORD = re.compile("[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_MUCH_ALIKE = 0.8


def explain(
    model: type[BaseModel], value: object, error: ValidationError, *, noun: str = "setting", most: int | None = None
) -> list[Complaint]:
    """Say what ``model`` has against ``value``, in plain words, everything at once, or the first ``most``."""
    told = error.errors(include_url=False)[:most]
    return [_complaint(model, value, detail, noun) for detail in told if not miscounts(detail)]


def dotted(path: Path) -> str:
    """Write a path as people do, on one line: ``steps[2].wait``."""
    return "".join(f".{on_one_line(part)}" if isinstance(part, str) else f"[{part}]" for part in path).removeprefix(".")


def suggest(name: str, known: Iterable[str]) -> str:
    """End a message on an unknown name: with the nearest known one, or with all of them where they are few."""
    names = sorted(known)
    if near := nearest(name, names):
        return f" — did you mean `{near}`?"
    return f" — expected {', '.join(names) or 'nothing'}" if len(names) <= MOST_NAMED else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is likely to be meant, if one is: spelt much alike, or the only one that has it as a word.

    Capitals do not matter, nor whether words are joined by dashes, underscores or spaces.
    """
    spelt = {_letters(one): one for one in known}
    letters = _letters(name[:LONGEST_SHOWN])
    alike = get_close_matches(letters, spelt, n=1)
    if alike and SequenceMatcher(None, letters, alike[0]).ratio() >= _MUCH_ALIKE:
        return spelt[alike[0]]
    having = [one for one in spelt.values() if name.lower() in map(str.lower, _WORD.findall(one))]
    if len(having) == 1:
        return having[0]
    return spelt[alike[0]] if alike else None


def shown(value: object) -> str:
    """A wrong value as a message repeats it: on one line, and no longer than is useful."""
    return _cut(_SHOWN.get(type(value)) or repr(value))


def _cut(text: str, longest: int = LONGEST_SHOWN) -> str:
    return text if len(text) <= longest else text[:longest] + "…"


def on_one_line(name: str) -> str:
    """A name as a message repeats it: it can forge no line, and is no longer than is useful."""
    return _cut(name if name.isprintable() else repr(name), 2 * LONGEST_SHOWN)


def _letters(name: str) -> str:
    return re.sub("[-_ ]", "", name).lower()


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
        return (path, f"unknown {noun} `{dotted(path)}`{_meant(str(path[-1]), _beside(model, location[:-1]))}")
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
    return (path, f"{lead}{said.replace('Input should', 'should', 1)}, found {shown(detail['input'])}")


def _meant(name: str, beside: Mapping[str, object]) -> str:
    """End a message on an unknown key: with the one that was meant, or with the one below which it belongs."""
    above = next((one for one, annotation in beside.items() if name in _inside(annotation)), None)
    return suggest(name, beside) if above is None or nearest(name, beside) else f"; it stands in `{above}`"


def miscounts(detail: ErrorDetails) -> bool:
    """Pydantic does not count members that are wrong themselves; they are told of anyway."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _choice(value: object, detail: ErrorDetails) -> Complaint:
    """One of a few words was expected, and another found. A long list is left out where the word meant is plain."""
    context, location, found = detail.get("ctx", {}), detail["loc"], detail["input"]
    if discriminator := context.get("discriminator"):
        name = discriminator.strip("'")
        location, found = (*location, name), found.get(name) if isinstance(found, dict) else context["tag"]
    path = _path_in(value, location)
    words = str(context[_CHOICES[detail["type"]]]).replace("'", "")
    known = words.replace(" or ", ", ").split(", ")
    near = suggest(found, known) if isinstance(found, str) else ""
    near = near if "did you mean" in near else ""
    lead = f"{dotted(path or location)}: "
    if len(known) > MOST_NAMED:
        return (path, f"{lead}found {shown(found)}{near or ' — expected one of ' + ', '.join(known)}")
    return (path, f"{lead}expected {words}, found {shown(found)}{near}")


def _path_in(value: object, location: Path) -> Path:
    """The parts of pydantic's location that exist in the value: it also names unions' tags, and ``[key]``."""
    path: list[str | int] = []
    for part, below in pairwise((*location, "[key]")):
        text = isinstance(value, dict) and below != "[key]" and not isinstance(value.get(part, {}), dict | list)
        if text and part in value.values():  # type: ignore[attr-defined]
            continue  # the tag of a union is a value of the mapping, and one of its keys too
        if isinstance(value, dict | list | tuple):
            with suppress(KeyError, IndexError, TypeError):
                value = value[part]  # type: ignore[index]
                path.append(part)
    return tuple(path)


@lru_cache
def _beside(annotation: Hashable, location: Path) -> Mapping[str, object]:
    """The keys of the mapping to which ``location`` leads through ``annotation``, with their types."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _beside(arguments[0], location)
    if origin in (Union, UnionType):
        chosen = [member for member in arguments if location and _is_called(member, location[0])]
        found = [_beside(member, location[1:] if chosen else location) for member in chosen or arguments]
        return {name: kind for one in found for name, kind in one.items()}
    if origin in (list, tuple, dict):
        return _beside(arguments[1 if origin is dict else 0], location[1:]) if location else {}
    fields = _fields(annotation)
    return _beside(fields.get(str(location[0])), location[1:]) if location else fields


def _inside(annotation: object) -> set[str]:
    """The keys of the mapping that an annotation stands for, if it stands for one."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return set().union(*(_inside(one) for one in get_args(annotation)))
    return set(_fields(annotation))


def _fields(annotation: object) -> dict[str, Any]:
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
