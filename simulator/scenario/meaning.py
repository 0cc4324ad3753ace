"""What a typed scenario can't mean: fields that no message has, rules that no operation knows, names given twice."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from simulator.cityfibre.appointment_messages import (
    QueryAppointmentAvailabilityResponse,
    ReserveAppointmentResponse,
)
from simulator.cityfibre.messages import FaultReport, Received
from simulator.cityfibre.operations import OPERATIONS
from simulator.scenario.matching import Matcher
from simulator.scenario.message import MATCHERS, is_matcher, names_in
from simulator.scenario.resolving import TICKET
from simulator.scenario.steps import AnyStep, BuyerStep, CheckStep, ExpectStep
from simulator.wire.binding import Place, outline
from simulator.wire.document import Complaint, Path, dotted, explain, suggest
from simulator.wire.errors import ProtocolRule

ANSWERS: Mapping[str, type] = {
    "queryAppointmentAvailability": QueryAppointmentAvailabilityResponse,
    "reserveAppointment": ReserveAppointmentResponse,
}
"""The answers that are not :class:`Received`, by operation."""
FAULT_NAMES = frozenset({"fault", "Fault", "faultcode", "faultstring", "faultmessage", "detail", "rule", "message"})
"""What a fault has in it, in either style (R5), beside what answers have."""
AT_THE_DOOR = frozenset({"xsd", "method", "media-type", "content-encoding", *get_args(ProtocolRule)})
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
    rules = {rule.id for rule in operation.rules} | AT_THE_DOOR
    if step.refused_by is not None and step.refused_by not in rules:
        own = [rule.id for rule in operation.rules]
        near = suggest(step.refused_by, rules) or suggest(step.refused_by, own)
        message = f"no rule of {operation.name} is called `{step.refused_by}`{near}"
        yield (*path, "refused_by"), f"{dotted((*path, 'refused_by'))}: {message}"


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
        if name not in names:
            yield place, f"{dotted(place)}: no such field in that answer{suggest(name, names)}"
        yield from _leaf(value, place, matchers=True)


def _fields(
    message: Mapping[str, Any], places: Mapping[str, Place], path: Path, *, matchers: bool
) -> Iterator[Complaint]:
    """Each name must be an element of the message at that place."""
    for name, value in message.items():
        below = (*path, name)
        place = places.get(name)
        if place is None:
            yield below, f"{dotted(below)}: no such element here{_where_it_is(name, places) or suggest(name, places)}"
        elif place.inner is None:
            for one, at in _each(value, below):
                yield from _leaf(one, at, matchers=matchers)
        else:
            yield from _inner(value, place, below, matchers=matchers)


def _where_it_is(name: str, places: Mapping[str, Place]) -> str:
    """The element beside it that has it inside, if one has."""
    above = next((one for one, place in places.items() if place.inner and name in outline(place.inner)), None)
    return f"; it stands in `{above}`" if above else ""


def _inner(value: object, place: Place, path: Path, *, matchers: bool) -> Iterator[Complaint]:
    assert place.inner is not None  # noqa: S101 - narrows the type
    places = outline(place.inner)
    if place.part:
        part = place.part.rpartition("}")[2]
        places = {part: Place(place.part, place.inner)}
    for one, at in _each(value, path):
        if isinstance(one, dict):
            if not (matchers and is_matcher(one)):
                yield from _fields(one, places, at, matchers=matchers)
        elif one is not None and one != "" and not (isinstance(one, str) and one.startswith("$")):
            found = "a list" if isinstance(one, list) else repr(one)
            yield at, f"{dotted(at)}: expected elements such as `{next(iter(places))}` inside, found {found}"


def _leaf(value: object, path: Path, *, matchers: bool) -> Iterator[Complaint]:
    if isinstance(value, list):
        yield path, f"{dotted(path)}: expected one text, found a list"
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
