"""Who leads a ticket in place of the default life: what a script's player must offer to the supplier."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from simulator.core.engine import Refusal
from simulator.core.inputs import RequestReceived, Steered, Timer

if TYPE_CHECKING:
    from simulator.cityfibre.books import Draft
    from simulator.cityfibre.reception import Received
    from simulator.cityfibre.ticket import Ticket

TIMER = "script"
"""The timer of a script's step; its subject is the copy of the script that it belongs to."""


class Leader(Protocol):
    """Leads tickets. Whatever it remembers it keeps in the draft, so that it is committed with all the rest."""

    def takes(self, ticket: Ticket, draft: Draft) -> bool:
        """Whether it leads this new ticket, which is then spared the default life."""

    def heard(self, request: RequestReceived, received: Received, draft: Draft) -> None:
        """Learn of a request that has been answered."""

    def due(self, timer: Timer, open_draft: Callable[[], Draft]) -> Draft:
        """Do what was due; a draft that it drops has never been. The one that holds is returned."""

    def commands(self) -> frozenset[str]:
        """What it can be told to do."""

    def steered(self, steered: Steered, draft: Draft) -> Refusal | None:
        """Do as told, or say why not."""


def leads(ticket: Ticket, draft: Draft) -> bool:
    """Whether somebody leads a new ticket; a request that asked for it in vain is told of in the journal."""
    if draft.basis.leader is not None:
        return draft.basis.leader.takes(ticket, draft)
    if draft.received is not None and draft.received.scenario:
        reason = "X-Scenario: this environment has no scenarios; start with --scenarios DIR"
        draft.note("script-refused", ticket.address, {"reason": reason})
    return False
