"""Why a message breaks its XSD, for a person: each violation with its place, its value and what was allowed.

xmlschema finds them, a hundred times slower than libxml2; so it is imported, and asked, only about messages that
libxml2 has refused and that are small enough. Where it is silent, libxml2's own words serve.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from simulator.wire.envelope import local_name
from simulator.wire.errors import LONGEST_VALUE, Place, shorten

if TYPE_CHECKING:
    from pathlib import Path

    import xmlschema
    from lxml import etree

MOST_VIOLATIONS = 20
MOST_ELEMENTS_EXPLAINED = 1_000

_EXPECTED = {
    "dateTime": "a date and time, such as 2026-01-05T09:00:00Z",
    "date": "a date, such as 2026-01-05",
    "boolean": "true or false",
    "integer": "a whole number",
}
_FORMS = {"([01][0-9]|2[0-3]):[0-5][0-9]": "a time, such as 08:00"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: where, what was found (shortened), and what would have been right."""

    place: Place
    reason: str
    value: str = ""
    allowed: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: {self.reason}" if str(self.place) else self.reason
        return f"{text}; expected {self.allowed}" if self.allowed else text


def explain(path: Path, message: etree._Element, first_words: Sequence[tuple[int, str, str]]) -> tuple[Violation, ...]:
    """Every violation of the schema at ``path``, in the order of the document, the first twenty.

    ``first_words`` is what libxml2 said: line, path and text of each error; the answer where xmlschema has none.
    """
    found: list[Violation] = []
    if sum(1 for _ in islice(message.iter(), MOST_ELEMENTS_EXPLAINED + 1)) <= MOST_ELEMENTS_EXPLAINED:
        with suppress(OverflowError, ValueError, LookupError, RecursionError):  # what was found until then is told
            for violation in _violations(path, message):
                found.append(violation)  # noqa: PERF402 - a list made at once would be lost with the error
    if not found:
        found = [Violation(Place(line, 0, at), shorten(words)) for line, at, words in first_words]
    return tuple(sorted(found, key=lambda violation: violation.place.line)[:MOST_VIOLATIONS])


@cache
def _explaining_schema(path: Path) -> xmlschema.XMLSchema10:
    import xmlschema  # noqa: PLC0415 - 120 ms that only a refused message pays, once

    return xmlschema.XMLSchema10(str(path), allow="local")


def _violations(path: Path, message: etree._Element) -> Iterator[Violation]:
    from xmlschema import XMLSchemaChildrenValidationError  # noqa: PLC0415 - as above

    known = _explaining_schema(path)
    seen: set[tuple[object, str]] = set()
    told: set[object] = set()  # elements whose children have been told: xmlschema errs once for each stray child
    for error in known.iter_errors(cast("Any", message)):
        place = Place(error.sourceline or 0, 0, _without_prefixes(error.path or ""))
        if isinstance(error, XMLSchemaChildrenValidationError):
            if error.elem in told:
                continue
            told.add(error.elem)
            found: Iterator[Violation] = _children(error, place)
        elif error.validator is known:
            found = iter([_root(message, known)])
        else:
            found = iter(_value(error, place))
        for violation in found:
            key = (violation.place.path, violation.reason)
            if key not in seen:
                seen.add(key)
                yield violation


def _root(message: etree._Element, known: xmlschema.XMLSchema10) -> Violation:
    """A message that the schema does not have: its namespace, inherited perhaps, is the usual reason (R32)."""
    place = Place(message.sourceline or 0, 0, f"/{local_name(message)}")
    namespace = f"{{{known.target_namespace}}}" if known.target_namespace else ""
    return Violation(place, *_unknown(message, [f"{namespace}{name}" for name in known.elements]))


def _without_prefixes(path: str) -> str:
    return "/".join(step.rpartition(":")[2] for step in path.split("/"))


def _children(error: xmlschema.XMLSchemaChildrenValidationError, place: Place) -> Iterator[Violation]:
    """Which children are missing, unknown or said twice: all of them, where xmlschema stops at the first."""
    parent: Any = error.elem
    group: Any = error.validator
    unknown: dict[str, tuple[str, str, str]] = {}
    declared = {child.name: child for child in group.iter_elements()}
    names = list(declared)
    present = Counter(str(child.tag) for child in parent)
    told = False
    for child in parent:
        at = Place(child.sourceline or 0, 0, f"{place.path}/{shorten(local_name(child))}")
        if child.tag not in declared:
            told = True
            if child.tag not in unknown:
                unknown[child.tag] = _unknown(child, names)
            yield Violation(at, *unknown[child.tag])
        elif group.model == "all" and present[str(child.tag)] > 1:
            told = True
            yield Violation(at, f"{local_name(child)} occurs {present[str(child.tag)]} times", "", "it once")
    for name, one in declared.items():
        missing = name.rpartition("}")[2]
        elsewhere = any(local_name(child) == missing for child in parent)  # in the wrong namespace, which is told
        if group.model != "choice" and one.min_occurs and not elsewhere:
            told = True
            yield Violation(place, f"the required element {missing} is missing")
    if not told:
        yield Violation(place, "its content is not complete", "", "one of " + ", ".join(_local(name) for name in names))


def _unknown(child: etree._Element, declared: list[str]) -> tuple[str, str, str]:
    """What to say of an element that nobody declared: its namespace may be the reason (R32), or its spelling."""
    name, namespace = local_name(child), _namespace(str(child.tag))
    for known in declared:
        if _local(known) == name and _namespace(known):
            found = shorten(namespace) or "none"
            return f"{name} is in the wrong namespace ({found})", "", f"the namespace {_namespace(known)}"
        if _local(known) == name:
            where = f"{name} is in the namespace {shorten(namespace)}"
            return f'{where}, but fault messages have none: reset it with xmlns=""', "", ""
    names = [_local(known) for known in declared]
    close = difflib.get_close_matches(name[:LONGEST_VALUE], names, n=1) or [
        one for one in names if one.lower() == name.lower()
    ]
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{shorten(name)} is not an element of this message{hint}", "", ""


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _namespace(name: str) -> str:
    return name.rpartition("}")[0].lstrip("{")


def _value(error: xmlschema.XMLSchemaValidationError, place: Place) -> list[Violation]:
    """What is wrong with a value, an attribute or a text; nothing where it is told of a child already."""
    validator: Any = error.validator
    value = shorten(error.obj) if isinstance(error.obj, str) else ""
    quoted = f"'{value}'" if value else "the empty text"
    match type(validator).__name__:
        case "XsdEnumerationFacets":
            words = [str(one) for one in validator.enumeration]
            return [Violation(place, f"{quoted} is not allowed", value, "one of " + ", ".join(words))]
        case "XsdMaxLengthFacet":
            most = validator.value
            return [Violation(place, f"{len(error.obj)} characters are too many", value, f"at most {most}")]
        case "XsdPatternFacets" | "XsdMinLengthFacet" if not value:
            return [Violation(place, "is blank", value, "some text")]
        case "XsdPatternFacets" if validator.base_type.root_type.local_name in _EXPECTED:
            return [_no(validator.base_type.root_type.local_name, quoted, value, place)]
        case "XsdPatternFacets":
            patterns = [str(one.get("value")) for one in validator]
            allowed = " or ".join(_FORMS.get(pattern, pattern) for pattern in patterns)
            return [Violation(place, f"{quoted} has the wrong form", value, allowed)]
        case "XsdAtomicBuiltin" if validator.local_name in _EXPECTED:
            return [_no(validator.local_name, quoted, value, place)]
        case "XsdGroup":
            stray = "character data" in str(error.reason)
            return [Violation(place, "text between the elements is not allowed")] if stray else []
        case _:
            return [Violation(place, str(error.reason), value)]


def _no(kind: str, quoted: str, value: str, place: Place) -> Violation:
    return Violation(place, f"{quoted} is not a value of the type {kind}", value, _EXPECTED[kind])
