"""Who leads a ticket in place of the default life (:class:`simulator.cityfibre.books.Leader`), and by which timer."""

from simulator.cityfibre.books import Draft
from simulator.cityfibre.ticket import Ticket

TIMER = "script"
"""The timer of a script's step; its subject is the copy of the script that it belongs to."""


def leads(ticket: Ticket, draft: Draft) -> bool:
    """Whether somebody leads a new ticket; a request that asked for it in vain is told of in the journal."""
    if draft.basis.leader is not None:
        return draft.basis.leader.takes(ticket, draft)
    if draft.received is not None and draft.received.scenario:
        reason = "X-Scenario: this environment has no scenarios; start with --scenarios DIR"
        draft.note("script-refused", ticket.address, {"reason": reason})
    return False
