"""Why a message breaks its XSD, for a person: each violation with its place, its value and what was allowed.

xmlschema finds them, a hundred times slower than libxml2; so it is imported, and asked, only about messages that
libxml2 has refused and that are small enough. Where it is silent, libxml2's own words serve.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from simulator.wire.envelope import local_name
from simulator.wire.errors import LONGEST_VALUE, Place, shorten

if TYPE_CHECKING:
    from pathlib import Path

    import xmlschema
    from lxml import etree

MOST_VIOLATIONS = 20
MOST_EXPLAINED = 400
"""Elements of a message that xmlschema is asked about, with their attributes and the namespaces in scope of each."""

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


class _Found(NamedTuple):
    """What is wrong at an element; the violation's path begins below it."""

    element: etree._Element
    violation: Violation


def explain(path: Path, message: etree._Element, first_words: Sequence[tuple[int, str, str]]) -> tuple[Violation, ...]:
    """Every violation of the schema at ``path``, in the order of the document, the first twenty.

    ``first_words`` is what libxml2 said: line, path and text of each error; the answer where xmlschema has none.
    """
    found: list[_Found] = []
    if _explainable(message):
        with suppress(OverflowError, ValueError, LookupError, RecursionError):  # what was found until then is told
            for one in _violations(path, message):
                found.append(one)  # noqa: PERF402 - a list made at once would be lost with the error
    if found:
        first = sorted(found, key=lambda one: one.violation.place.line)[:MOST_VIOLATIONS]
        return tuple(_placed(one.element, one.violation, message) for one in first)
    words = [Violation(Place(line, 0, at), shorten(said)) for line, at, said in first_words]
    return tuple(sorted(words, key=lambda violation: violation.place.line)[:MOST_VIOLATIONS])


def _explainable(message: etree._Element) -> bool:
    """Whether xmlschema is done with it soon: it takes up every namespace in scope anew at each element."""
    weight = 0
    for element in message.iter():
        weight += 1 + len(element.attrib) + len(element.nsmap)
        if weight > MOST_EXPLAINED:
            return False
    return True


def _placed(element: etree._Element, violation: Violation, message: etree._Element) -> Violation:
    """A violation with its whole path. Only those that are told get one: it is found by counting siblings."""
    path = violation.place.path
    while element is not message and (parent := element.getparent()) is not None:
        alike = [child for child in parent if child.tag == element.tag]
        position = f"[{alike.index(element) + 1}]" if len(alike) > 1 else ""
        element, path = parent, f"/{local_name(element)}{position}{path}"
    return replace(violation, place=replace(violation.place, path=f"/{local_name(message)}{path}"))


def prepare(path: Path) -> None:
    """Load now what the first explanation would have to wait for. May be called from a thread."""
    _explaining_schema(path)


@cache
def _explaining_schema(path: Path) -> xmlschema.XMLSchema10:
    import xmlschema  # noqa: PLC0415 - 120 ms that only the first refused message pays

    return xmlschema.XMLSchema10(str(path), allow="local")


def _violations(path: Path, message: etree._Element) -> Iterator[_Found]:
    from xmlschema import XMLSchemaChildrenValidationError  # noqa: PLC0415 - as above

    known = _explaining_schema(path)
    seen: set[tuple[object, str, str]] = set()
    told: set[object] = set()  # elements whose children have been told: xmlschema errs once for each stray child
    for error in known.iter_errors(cast("Any", message)):
        element: etree._Element = message if error.elem is None else cast("Any", error.elem)
        place = Place(error.sourceline or 0)
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
            key = (element, violation.place.path, violation.reason)
            if key not in seen:
                seen.add(key)
                yield _Found(element, violation)


def _root(message: etree._Element, known: xmlschema.XMLSchema10) -> Violation:
    """A message that the schema does not have: its namespace, inherited perhaps, is the usual reason (R32)."""
    place = Place(message.sourceline or 0)
    namespace = f"{{{known.target_namespace}}}" if known.target_namespace else ""
    return Violation(place, *_unknown(message, [f"{namespace}{name}" for name in known.elements]))


def _children(error: xmlschema.XMLSchemaChildrenValidationError, place: Place) -> Iterator[Violation]:
    """Which children are missing, unknown or said twice: all of them, where xmlschema stops at the first."""
    parent: Any = error.elem
    group: Any = error.validator
    unknown: dict[str, tuple[str, str, str]] = {}
    declared = {child.name: child for child in group.iter_elements()}
    names = list(declared)
    present = Counter(str(child.tag) for child in parent)
    names_there = {local_name(child) for child in parent}
    told = False
    for child in parent:
        at = Place(child.sourceline or 0, 0, f"{place.path}/{shorten(local_name(child))}")
        if child.tag not in declared:
            told = True
            if child.tag not in unknown:
                if len(unknown) == MOST_VIOLATIONS:  # so many stand before it, that it is not told
                    continue
                unknown[child.tag] = _unknown(child, names)
            yield Violation(at, *unknown[child.tag])
        elif group.model == "all" and present[str(child.tag)] > 1:
            told = True
            yield Violation(at, f"{local_name(child)} occurs {present[str(child.tag)]} times", "", "it once")
    for name, one in declared.items():
        missing = name.rpartition("}")[2]
        elsewhere = missing in names_there  # in the wrong namespace, which is told
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
