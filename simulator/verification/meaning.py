"""What typed expectations can't have meant: elements that no such message has, counts that exclude each other."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, get_args

from pydantic import ValidationError

from simulator.cityfibre import callers
from simulator.cityfibre.faults import TURN_AWAY
from simulator.cityfibre.messages import FaultReport
from simulator.cityfibre.notifications import ELEMENT
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.reception import CHECKS
from simulator.scenario.matching import Matcher
from simulator.scenario.message import MATCHERS
from simulator.scenario.message import Path as Element
from simulator.verification.expectation import Expectation, Verification
from simulator.verification.selecting import SelectionError, compiled
from simulator.wire.binding import outline
from simulator.wire.complaints import Complaint, Path, dotted, explain, shown, suggest
from simulator.wire.errors import ProtocolRule, shorten

AT_THE_DOOR = frozenset(
    {"xsd", *get_args(ProtocolRule), *(rule for rules in CHECKS for rule in rules), *callers.RULES, *TURN_AWAY}
)
"""The rules by which a request may be refused before those of its operation are asked."""
_COUNTS = ("exactly", "at_least", "at_most")
_OF_ONE_KIND = {
    "status": ("notification", "only the answer to a request has a status; a notification is `delivered` or not"),
    "refused_by": ("notification", "only a request is refused by a rule; a notification is `delivered` or not"),
    "delivered": ("operation", "only a notification is delivered; a request is answered with a `status`"),
}
"""What can't be said beside the one or the other."""
Said = list[Element] | None
"""Elements whose values have been given: dots and mappings lead to the same one."""


def complaints(verification: Verification) -> Iterator[Complaint]:
    """Everything that is wrong, each with its path."""
    for index, expectation in enumerate(verification.expect):
        path: Path = ("expect", index)
        if (expectation.operation is None) == (expectation.notification is None):
            yield path, "say either `operation` or `notification`"
            continue
        for name, (other, why) in _OF_ONE_KIND.items():
            if name in expectation.model_fields_set and expectation.kind == other:
                yield (*path, name), why
        yield from _counts(expectation, path)
        yield from _rule(expectation, path)
        yield from _fields(expectation.fields, expectation, (*path, "fields"))
        yield from _selections(expectation, (*path, "xpath"))


def _counts(expectation: Expectation, path: Path) -> Iterator[Complaint]:
    said = [name for name in _COUNTS if getattr(expectation, name) is not None]
    if expectation.never_within is not None:
        for name in said:
            yield (*path, name), "what never comes is not counted; leave it out, or `never_within`"
        if expectation.delivered is not None:
            yield (*path, "delivered"), "what never comes is not delivered; leave it out, or `never_within`"
        if expectation.never_within == timedelta(0):
            yield (*path, "never_within"), "expected more than PT0S: a span without length says nothing"
    elif "exactly" in said and len(said) > 1:
        yield (*path, "exactly"), "say either `exactly`, or `at_least` and `at_most`"
    elif expectation.most is not None and expectation.least > expectation.most:
        yield (*path, "at_most"), f"expected at least {expectation.least}, as `at_least` says, found {expectation.most}"


def _rule(expectation: Expectation, path: Path) -> Iterator[Complaint]:
    name = expectation.refused_by
    if name is None or expectation.operation is None:
        return
    own = {rule.id for rule in OPERATIONS[expectation.name].rules}
    if name not in own | AT_THE_DOOR:
        told = suggest(name, own | AT_THE_DOOR) or suggest(name, own)
        yield (*path, "refused_by"), f"no rule of {expectation.name} is called `{shorten(name)}`{told}"


def _selections(expectation: Expectation, path: Path) -> Iterator[Complaint]:
    for index, selection in enumerate(expectation.xpath):
        try:
            compiled(selection)
        except SelectionError as error:
            yield (*path, index, "select"), str(error)


# -- fields


def _fields(
    fields: Mapping[str, Any], expectation: Expectation, path: Path, above: Element = (), said: Said = None
) -> Iterator[Complaint]:
    """Each name must lead to an element that such a message may have, and each value be one that it may have."""
    said = [] if said is None else said
    for name, value in fields.items():
        below, element = (*path, name), (*above, *name.split("."))
        if element not in _endings(expectation):
            yield below, _unknown(element, expectation)
        elif isinstance(value, dict) and value and not value.keys() & MATCHERS:
            yield from _fields(value, expectation, below, element, said)
        elif any(element[: len(one)] == one or one[: len(element)] == element for one in said):
            yield below, "it is said twice"
        else:
            said.append(element)
            yield from _values(value, expectation, below, element)


def _values(value: object, expectation: Expectation, path: Path, element: Element) -> Iterator[Complaint]:
    if value == []:
        yield path, "expected at least one, found an empty list; null stands for no such element"
    for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
        place = path if index is None else (*path, index)
        if isinstance(one, dict) and one and not one.keys() & MATCHERS:
            yield from _fields(one, expectation, place, element)
        elif isinstance(one, dict) and one:
            yield from _matcher(one, place)
        elif isinstance(one, float | list):
            yield place, f"expected a text, found {shown(one)}"


def _matcher(value: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    try:
        Matcher.model_validate(value)
    except ValidationError as error:
        for below, message in explain(Matcher, value, error, noun="matcher"):
            yield (*path, *below), message.removeprefix(f"{dotted(below)}: ") if below else message


def _unknown(element: Element, expectation: Expectation) -> str:
    known = {ending[-1] for ending in _endings(expectation)}
    name = next((one for one in element if one not in known), None)
    if name is not None:
        return f"no element of {_in_words(expectation)} is called `{shorten(name)}`{suggest(name, known)}"
    wheres = {".".join(one) for one in _paths(expectation) if one[-1] == element[-1]}
    told = ", ".join(sorted(wheres))
    return f"{_in_words(expectation)} has no {'.'.join(element)}; it has {told}"


def _in_words(expectation: Expectation) -> str:
    return expectation.name if expectation.operation is not None else "a notification"


def _endings(expectation: Expectation) -> frozenset[Element]:
    """Every path that leads to an element from whatever is above it."""
    return _endings_of(_message(expectation), _root(expectation))


def _paths(expectation: Expectation) -> list[Element]:
    return list(_below(_message(expectation), ()))


def _message(expectation: Expectation) -> type:
    return FaultReport if expectation.operation is None else OPERATIONS[expectation.name].request


def _root(expectation: Expectation) -> str:
    return ELEMENT if expectation.operation is None else OPERATIONS[expectation.name].request_element


@cache
def _endings_of(message: type, root: str) -> frozenset[Element]:
    paths = [(root,), *_below(message, (root,))]
    return frozenset(path[start:] for path in paths for start in range(len(path)))


def _below(message: type, above: Element) -> Iterator[Element]:
    for name, place in outline(message).items():
        path = (*above, name)
        yield path
        if place.part:
            path = (*path, place.part.rpartition("}")[2])
            yield path
        if place.inner is not None:
            yield from _below(place.inner, path)
