"""The faults of an environment: set, removed, met. Each injection is journalled."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from simulator.cityfibre.books import Draft
from simulator.cityfibre.faults import FAULTS, Active, Fault
from simulator.core.engine import Refusal
from simulator.core.inputs import Steered

SET = "set-fault"
"""The command that sets a fault, for the ticket that is its subject, or for all: ``fault`` and its parameters."""
REMOVE = "remove-fault"
"""The command that removes one: ``number``."""
MOST_FAULTS = 1_000
"""Faults that are set at once; those that are over, or whose ticket has ended, make room for others."""
_SCALE = 10**9


def set_fault(kind: str, fault: Fault, ticket: str, draft: Draft) -> Refusal | None:
    """From now on messages may meet it: those of one ticket, or (empty) all."""
    kept = draft.faults
    if len(kept) >= MOST_FAULTS:
        kept = tuple(one for one in kept if not one.over(draft.now) and not _of_the_past(one, draft))
    if len(kept) >= MOST_FAULTS:
        return Refusal(f"{MOST_FAULTS} faults are set already; remove some first")
    active = Active(draft.count("fault"), kind, fault, draft.now, ticket)
    draft.faults = (*kept, active)
    draft.note("fault-set", ticket, {"fault": active.number, "kind": kind, "parameters": active.parameters()})
    return None


def _of_the_past(active: Active, draft: Draft) -> bool:
    ticket = draft.at(active.ticket) if active.ticket else None
    return ticket is not None and ticket.terminal


def remove_fault(number: int, draft: Draft) -> Refusal | None:
    """No message meets it any more; what it has kept back goes out as it would have."""
    removed = next((one for one in draft.faults if one.number == number), None)
    if removed is None:
        return Refusal(f"there is no fault {number}")
    draft.faults = tuple(one for one in draft.faults if one is not removed)
    draft.note("fault-removed", removed.ticket, {"fault": number, "kind": removed.kind})
    return None


def meet(kinds: Iterable[str], name: str, ticket: str, draft: Draft, **told: object) -> Active | None:
    """Count a message for every fault that it fits; the first that it is drawn for is injected, and no other."""
    chosen: Active | None = None
    after: list[Active] = []
    for before in draft.faults:
        active = before
        if active.fits(kinds, name, ticket, draft.now):
            active = replace(active, met=active.met + 1)
            if chosen is None and active.met >= active.fault.nth and _drawn(active, draft):
                chosen = active = replace(active, injected=active.injected + 1)
        after.append(active)
    draft.faults = tuple(after)
    if chosen is not None:
        draft.note("fault-injected", ticket, {"fault": chosen.number, "kind": chosen.kind, "on": name, **told})
    return chosen


def _drawn(active: Active, draft: Draft) -> bool:
    """Whether the seed lets this message meet the fault, where that is a matter of chance."""
    probability = active.fault.probability
    if probability is None:
        return True
    return draft.basis.ids.number(f"fault/{active.number}", active.met) % _SCALE < probability * _SCALE


def _set(steered: Steered, draft: Draft) -> Refusal | None:
    said = dict(steered.parameters)
    kind = str(said.pop("fault"))
    return set_fault(kind, FAULTS[kind].model_validate(said), steered.subject, draft)


def _remove(steered: Steered, draft: Draft) -> Refusal | None:
    number = steered.parameters["number"]
    assert isinstance(number, int)  # noqa: S101 - narrows the type
    return remove_fault(number, draft)


COMMANDS: Mapping[str, Callable[[Steered, Draft], Refusal | None]] = {SET: _set, REMOVE: _remove}
"""What can be told about faults; the parameters have been checked by whoever tells."""
