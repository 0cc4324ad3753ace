"""Values that refer to others: parameters when a file is loaded, what earlier steps produced while it runs."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from simulator.cityfibre.ticket import Ticket
from simulator.scenario.values import plain, reference
from simulator.wire.document import Path, Value

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
