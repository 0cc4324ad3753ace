"""What a typed scenario can't mean: fields that no message has, rules that no operation knows, names given twice."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from simulator.cityfibre import callers
from simulator.cityfibre.actions import ACTIONS
from simulator.cityfibre.appointment_messages import (
    QueryAppointmentAvailabilityResponse,
    ReserveAppointmentResponse,
)
from simulator.cityfibre.faults import TURN_AWAY
from simulator.cityfibre.messages import FaultReport, Received
from simulator.cityfibre.operation import Operation
from simulator.cityfibre.operations import OPERATIONS
from simulator.scenario.buyer_steps import BuyerStep, ExpectStep
from simulator.scenario.matching import Matcher
from simulator.scenario.message import MATCHERS, is_matcher, names_in
from simulator.scenario.resolving import ABOUT, TICKET
from simulator.scenario.steps import AnyStep, CheckStep
from simulator.scenario.values import reference
from simulator.wire.binding import Place, outline
from simulator.wire.complaints import Complaint, Path, dotted, explain, shown, suggest
from simulator.wire.document import Value
from simulator.wire.envelope import NOT_OF_XML
from simulator.wire.errors import ProtocolRule, shorten

ANSWERS: Mapping[str, type] = {
    "queryAppointmentAvailability": QueryAppointmentAvailabilityResponse,
    "reserveAppointment": ReserveAppointmentResponse,
}
"""The answers that are not :class:`Received`, by operation."""
FAULT_NAMES = frozenset({"fault", "Fault", "faultcode", "faultstring", "faultmessage", "detail", "rule", "message"})
"""What a fault has in it, in either style (R5), beside what answers have."""
_A_STEP: Path = ("steps", 0)
_GLUED = re.compile(r"[a-z]+:\S")
_OTHERS = {
    **{(word, name): "supplier" for word in ("buyer", "expect") for name in ACTIONS},
    **{("supplier", name): "buyer" for name in OPERATIONS},
}
"""Who does what, where a step says that somebody else does it."""
_BLOCKS = frozenset({"with", "where"})
AT_THE_DOOR = frozenset(
    {"xsd", "method", "media-type", "content-encoding", *get_args(ProtocolRule), *callers.RULES, *TURN_AWAY}
)
"""What refuses a message before the rules of its operation do (docs/conformance.md, §1)."""


def complaints(steps: Sequence[AnyStep | None], parameters: Container[str]) -> Iterator[Complaint]:
    """Everything that is wrong, each with its path; a step that is ``None`` is left out."""
    names: dict[str, int] = {}
    for index, step in enumerate(steps):
        path: Path = ("steps", index)
        if isinstance(step, BuyerStep | ExpectStep):
            yield from _of_request(step, path)
            if step.as_ is not None:
                yield from _name_taken(step.as_, names, parameters, path)
                names.setdefault(step.as_, index)
        elif isinstance(step, CheckStep):
            below = (*path, "check", "notification")
            yield from _fields(step.check.notification, outline(FaultReport), below, matchers=True)


def _of_request(step: BuyerStep | ExpectStep, path: Path) -> Iterator[Complaint]:
    operation = OPERATIONS[step.operation]
    places = outline(operation.request)
    if isinstance(step, BuyerStep):
        yield from _fields(step.with_, places, (*path, "with"), matchers=False)
        yield from _fields(step.fill, places, (*path, "fill"), matchers=False)
    else:
        yield from _fields(step.where, places, (*path, "where"), matchers=True)
    yield from _answer(step, names_in(ANSWERS.get(operation.name, Received)), (*path, "answer"))
    if step.refused_by is not None:
        yield from _rule(step.refused_by, operation, (*path, "refused_by"))


def _rule(name: str, operation: Operation, path: Path) -> Iterator[Complaint]:
    own = {rule.id for rule in operation.rules}
    if name in own | AT_THE_DOOR:
        return
    others = [one.name for one in OPERATIONS.values() if name in {rule.id for rule in one.rules}]
    told = f"; it is one of {others[0]}" if others else suggest(name, own | AT_THE_DOOR) or suggest(name, own)
    yield path, f"{dotted(path)}: no rule of {operation.name} is called `{shorten(name)}`{told}"


def _name_taken(name: str, names: Mapping[str, int], parameters: Container[str], path: Path) -> Iterator[Complaint]:
    place = dotted((*path, "as"))
    if name in names:
        yield (*path, "as"), f"{place}: steps[{names[name]}] is called `{name}` already"
    elif name in parameters or name == TICKET:
        yield (*path, "as"), f"{place}: `{name}` is {'the ticket' if name == TICKET else 'a parameter'} already"


def _answer(step: BuyerStep | ExpectStep, known: frozenset[str], path: Path) -> Iterator[Complaint]:
    """Fields of an answer are named alone, wherever they stand in it."""
    names = known | FAULT_NAMES
    for name, value in step.answer.items():
        place = (*path, name)
        below = next((one for one in value if one in names), None) if isinstance(value, dict) else None
        if below is not None:
            yield place, f"{dotted(place)}: fields of an answer are named alone; write `answer: {{{below}: …}}`"
        elif name not in names:
            yield place, f"{dotted(place)}: no such field in that answer{suggest(name, names)}"
        else:
            yield from _leaf(value, place, matchers=True)


def _fields(
    message: Mapping[str, Any], places: Mapping[str, Place], path: Path, *, matchers: bool, above: Container[str] = ()
) -> Iterator[Complaint]:
    """Each name must be an element of the message at that place; ``above`` are those one level further out."""
    for name, value in message.items():
        below = (*path, name)
        place = places.get(name)
        if place is None:
            told = _where_it_is(name, places, above) or suggest(name, places)
            yield below, f"{dotted(below)}: no such element here{told}"
        elif value == []:
            yield below, f"{dotted(below)}: expected at least one, found an empty list; `~` stands for no such element"
        elif place.inner is None:
            for one, at_one in _each(value, below):
                yield from _leaf(one, at_one, matchers=matchers)
        else:
            yield from _inner(value, place, below, matchers=matchers, above=places)


def _where_it_is(name: str, places: Mapping[str, Place], above: Container[str]) -> str:
    """The element beside it that has it inside, if one has, or that it stands beside the one that it is in."""
    holder = next((one for one, place in places.items() if place.inner and name in outline(place.inner)), None)
    return f"; it stands in `{holder}`" if holder else "; it stands one level further out" if name in above else ""


def _inner(
    value: object, place: Place, path: Path, *, matchers: bool, above: Mapping[str, Place]
) -> Iterator[Complaint]:
    assert place.inner is not None  # noqa: S101 - narrows the type
    places = outline(place.inner)
    if place.part:
        part = place.part.rpartition("}")[2]
        places = {part: Place(place.part, place.inner)}
    for one, at_one in _each(value, path):
        if isinstance(one, dict) and matchers and is_matcher(one):
            yield from _of_elements(one, at_one)
        elif isinstance(one, dict):
            yield from _fields(one, places, at_one, matchers=matchers, above=above)
        elif one is not None and one != "" and not (isinstance(one, str) and one.startswith("$")):
            yield (
                at_one,
                f"{dotted(at_one)}: expected elements such as `{next(iter(places))}` inside, found {shown(one)}",
            )


def _of_elements(matcher: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    """What has elements inside has no text that a matcher could look at; but it may be there, or not."""
    if matcher.keys() != {"present"}:
        yield path, f"{dotted(path)}: elements have no text; expected elements, `present`, or nothing (`~`)"
    else:
        yield from _matcher(matcher, path)


def _leaf(value: object, path: Path, *, matchers: bool) -> Iterator[Complaint]:
    if isinstance(value, list):
        yield path, f"{dotted(path)}: expected one text, found a list"
    elif isinstance(value, str) and (odd := NOT_OF_XML.search(value)):
        yield path, f"{dotted(path)}: the character U+{ord(odd.group()):04X} is not allowed in a message"
    elif isinstance(value, dict) and value:
        if not matchers:
            found = "a matcher; the buyer sends one text" if is_matcher(value) else "a mapping"
            yield path, f"{dotted(path)}: expected a text, found {found}"
        elif not value.keys() & MATCHERS:
            first = next(iter(value))
            yield path, f"{dotted(path)}: expected a text or a matcher; `{first}` is none{suggest(first, MATCHERS)}"
        else:
            yield from _matcher(value, path)


def _matcher(value: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    try:
        Matcher.model_validate(value)
    except ValidationError as error:
        for below, message in explain(Matcher, value, error, noun="matcher"):
            place = dotted((*path, *below))
            yield (*path, *below), message.replace(dotted(below), place) if below else f"{dotted(path)}: {message}"


def _each(value: object, path: Path) -> Iterator[tuple[object, Path]]:
    """A value, or the members of a list of them."""
    if isinstance(value, list):
        yield from ((one, (*path, index)) for index, one in enumerate(value))
    else:
        yield value, path


# -- in plainer words


def is_of_a_key(message: str) -> bool:
    """Whether a message is about a key or an element's name, and not about the value that it has."""
    return message.startswith("unknown ") or ": no such " in message


def plainly(path: Path, message: str, value: Value) -> str:
    """What the models have against a file's value, with what only a scenario knows of it."""
    if path[:2] == ("given", "settings") and message == f"unknown key `{dotted(path)}`":
        return f"{message}; the switches are in docs/configuration.md"
    if is_of_a_key(message):
        return _key_meant(path, value) or message
    found = at(value, path)
    if isinstance(found, str) and path and path[0] not in ABOUT and reference(found):
        return f"{dotted(path)}: `{found}` is not known before the script runs; write a value, or a parameter"
    if isinstance(found, str) and path[:1] == ("steps",) and (told := _step_meant(path, message, found)):
        return told
    alone = message.startswith(f"{dotted(path)}: expected") and ", found " not in message
    return f"{message}, found {shown(found)}" if alone and not isinstance(found, dict) else message


def _step_meant(path: Path, message: str, found: str) -> str:
    """What to do about a value that a step can't have, where it is plain what was meant; else empty."""
    if len(path) == len(_A_STEP):
        return f"{dotted(path)}: put a space after the colon of `{shorten(found)}`" if _GLUED.match(found) else ""
    if other := _OTHERS.get((str(path[-1]), found)):
        return f"{dotted(path)}: `{found}` is what the {other} does; write `{other}: {found}`"
    if path[2:] == ("status",) and not found.isdecimal():
        return f"{message}; it is HTTP's, and that of the fault stands in `answer`"
    return ""


def at(value: Value, path: Path) -> Value:
    """What stands at a place of a file's value; nothing where there is no such place."""
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part] if part < len(value) else None
        else:
            return None
    return value


def _key_meant(path: Path, value: Value) -> str:
    """What to do about an unknown key of a step, where that is no matter of spelling; else empty."""
    step = at(value, path[:2])
    if path[:1] != ("steps",) or len(path) != len(_A_STEP) + 1 or not isinstance(step, dict):
        return ""
    lead, key = f"unknown key `{dotted(path)}`", str(path[-1])
    if "supplier" in step:
        return f"{lead}; what an action takes stands beside `supplier`" if key in _BLOCKS else ""
    block = "where" if "expect" in step else "with"
    name = step.get("buyer") or step.get("expect")
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        return ""
    if key in _BLOCKS:
        return f"{lead}; here it is called `{block}`"
    return f"{lead}; an element of the message stands in `{block}`" if key in names_in(operation.request) else ""
