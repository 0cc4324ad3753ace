"""resolveResponse: the buyer accepts the repair, and the fault is closed; or rejects it, and the fault is re-opened."""

from simulator.cityfibre import rules
from simulator.cityfibre.books import Draft
from simulator.cityfibre.life import change
from simulator.cityfibre.messages import ResolveResponse
from simulator.cityfibre.operation import Operation
from simulator.cityfibre.ticket import Trigger

RULES = (
    rules.within_table_limits,
    rules.buyer_known,
    rules.ticket_known,
    rules.ticket_resolved,
    rules.answer_given,
)


def handle(response: ResolveResponse, draft: Draft) -> None:
    """Close or re-open."""
    found = rules.find_ticket(response, draft)
    assert found is not None, "the rule ticket-known has passed"  # noqa: S101 - narrows the type
    ticket = draft.edit(found.number)
    if response.resolve_accepted:
        change(draft, ticket, Trigger.CLOSE, "buyer accepted the repair")
        return
    if not (response.rejected_reason or "").strip():
        draft.warn("§2", "rejectedReason", "missing although the repair is rejected", ticket.address)
    change(draft, ticket, Trigger.REOPEN, (response.rejected_reason or "").strip())


OPERATION = Operation(
    name="resolveResponse",
    family="fault",
    request=ResolveResponse,
    request_element="resolveResponse",
    answer_element="receivedResolvedResponse",
    good_status=200,
    answers_status=False,
    rules=RULES,
    handle=handle,
    source="Report the response",
)
