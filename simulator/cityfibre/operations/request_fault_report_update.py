"""requestFaultReportUpdate: the buyer asks how a fault stands; a full notification follows, nothing else happens."""

from simulator.cityfibre import rules
from simulator.cityfibre.books import Draft
from simulator.cityfibre.messages import RequestFaultReportUpdate
from simulator.cityfibre.notifications import FULL_UPDATE
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.operation import Operation

RULES = (rules.within_table_limits, rules.buyer_known, rules.ticket_known)


def handle(request: RequestFaultReportUpdate, draft: Draft) -> None:
    """Send the picture."""
    ticket = rules.find_ticket(request, draft)
    assert ticket is not None, "the rule ticket-known has passed"  # noqa: S101 - narrows the type
    notify(draft, ticket, FULL_UPDATE)


OPERATION = Operation(
    name="requestFaultReportUpdate",
    family="fault",
    request=RequestFaultReportUpdate,
    request_element="requestFaultReportUpdate",
    answer_element="receivedRequestFaultReportUpdate",
    good_status=200,
    answers_status=False,
    rules=RULES,
    handle=handle,
    source="Request fault report update",
)
