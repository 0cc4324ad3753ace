"""Values that refer to others: parameters when a file is loaded, what earlier steps produced while it runs."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from simulator.cityfibre.ticket import Ticket
from simulator.scenario.values import plain, reference
from simulator.wire.complaints import Complaint, Path, dotted, suggest
from simulator.wire.document import Value
from simulator.wire.errors import shorten

TICKET = "ticket"
"""The name by which values refer to the ticket that the script leads."""
TICKET_VALUES: Mapping[str, Callable[[Ticket], str]] = MappingProxyType(
    {
        "buyerIdentifier": lambda ticket: ticket.buyer,
        "buyerFaultReference": lambda ticket: ticket.buyer_reference,
        "maintainerFaultReference": lambda ticket: ticket.maintainer_reference,
        "serviceAffected": lambda ticket: ticket.service,
        "status": lambda ticket: ticket.state.value,
        "statusReason": lambda ticket: ticket.status_reason or "",
        "appointmentReservationKey": lambda ticket: ticket.appointment_key,
    }
)
"""What values may say of it, in the nouns of the messages."""
ABOUT = frozenset({"scenario", "name", "description", "tags", "parameters", "cases"})
"""The keys of a file that hold no values of the script; nothing in them refers to anything."""


def put_in(value: Value, parameters: Mapping[str, str | None]) -> Value:
    """A file's values with parameters in the place of what refers to them; the rest is left as it is."""
    if not isinstance(value, dict):
        return value
    return {key: below if key in ABOUT else _put_in(below, parameters) for key, below in value.items()}


def _put_in(value: Value, parameters: Mapping[str, str | None]) -> Value:
    if isinstance(value, dict):
        return {key: _put_in(below, parameters) for key, below in value.items()}
    if isinstance(value, list):
        return [_put_in(below, parameters) for below in value]
    found = reference(value) if value else None
    return parameters[found[0]] if found and not found[1] and found[0] in parameters else value


def references(value: Value, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text of a file that begins with one dollar, with its path; those about the file itself are no values."""
    if isinstance(value, dict):
        for key, below in value.items():
            if path or key not in ABOUT:
                yield from references(below, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from references(one, (*path, index) if path else ())
    elif path and isinstance(value, str) and value.startswith("$") and not value.startswith("$$"):
        yield path, value


def misleading(value: Value, known: Collection[str] | None, named: Mapping[str, int]) -> Iterator[Complaint]:
    """What a file's values refer to and can't, in its order. ``named`` has the step in which each name is given.

    ``known`` are the parameters; ``None`` where they can't be read, so that none can be said to be missing.
    """
    for path, text in references(value):
        message = _misled(path, text, known, named)
        if message:
            yield path, f"{dotted(path)}: {message}"


def literal(path: Path, text: str | None) -> Iterator[Complaint]:
    """A parameter is text, and refers to nothing itself."""
    if text and text.startswith("$") and not text.startswith("$$"):
        said = f"a parameter is text and can't refer to `{shorten(text)}`"
        yield path, f"{dotted(path)}: {said}; write `${shorten(text)}` for one with a dollar"


def _misled(path: Path, text: str, known: Collection[str] | None, named: Mapping[str, int]) -> str:
    found = reference(text)
    if found is None:
        braced = re.fullmatch(r"\$\{([\w.-]+)\}", text)
        return f"write `${braced[1]}`, without braces" if braced else _no_reference(shorten(text))
    name, below = found
    at = path[1] if path[0] == "steps" and len(path) > 1 and isinstance(path[1], int) else 0
    if name == TICKET:
        return _of_ticket(path, below)
    if known is not None and name in known:
        return f"the parameter `{name}` has nothing inside; write `${name}`" if below and name not in named else ""
    if name not in named:
        earlier = {one for one, step in named.items() if step < at}
        told = f"`${shorten(name)}` is no parameter, and no earlier step's `as`"
        return "" if known is None else told + suggest(name, {*known, *earlier, TICKET})
    if named[name] == at and path[0] == "steps":
        return f"`${name}` is the answer to this step itself; it can be used in later ones"
    if named[name] >= at:
        return f"`${name}` is named by steps[{named[name]}], which comes later"
    return "" if below else f"`${name}` is a whole answer; name a field of it, `${name}.status`"


def _no_reference(said: str) -> str:
    return f"`{said}` refers to nothing; write `${said}` for a text with a dollar"


def _of_ticket(path: Path, below: str) -> str:
    if path[0] != "steps":
        return "there is no ticket yet"
    if not below:
        return "`$ticket` is the whole ticket; name a field of it, `$ticket.status`"
    return "" if below in TICKET_VALUES else f"a ticket has no `{shorten(below)}`{suggest(below, TICKET_VALUES)}"


def resolved(value: Any, look_up: Callable[[str], Any]) -> Any:  # noqa: ANN401 - any part of a message
    """A value with what it refers to in its place; ``look_up`` is given each reference."""
    if isinstance(value, dict):
        return {key: resolved(below, look_up) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(below, look_up) for below in value]
    if not isinstance(value, str):
        return value
    return look_up(value) if reference(value) else plain(value)


def references_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a message
    """Every reference in a value."""
    if isinstance(value, dict):
        for below in value.values():
            yield from references_in(below)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from references_in(one)
    elif isinstance(value, str) and reference(value):
        yield value
