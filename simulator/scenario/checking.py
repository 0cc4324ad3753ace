"""Whether things are as a ``check`` says, and what is not."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.cityfibre import sla
from simulator.cityfibre.books import Draft
from simulator.cityfibre.ticket import Ticket
from simulator.scenario.matching import Difference, differences
from simulator.scenario.message import fields_of
from simulator.scenario.steps import Expected


def check(
    expected: Expected, message: Mapping[str, Any], ticket: Ticket | None, draft: Draft, *, alone: bool
) -> list[Difference]:
    """In what things differ. ``message`` is what the latest notification must have, all references put in.

    A script that is ``alone`` has set every fault that there is, any other only those of its ticket.
    """
    found = [_compare("tickets", expected.tickets, draft.tickets)]
    for name, times in expected.injected.items():
        ours = (one for one in draft.faults if alone or (ticket is not None and one.ticket == ticket.address))
        injected = sum(one.injected for one in ours if one.kind == name)
        found.append(_compare(f"injected.{name}", times, injected))
    if ticket is not None:
        found += _of_ticket(expected, ticket, draft)
        latest = fields_of(draft.told(ticket.number).latest)
        found += [
            Difference(f"notification.{one.field}", one.expected, one.found) for one in differences(message, latest)
        ]
    elif expected.model_fields_set - {"tickets", "injected"}:
        found.append(Difference("ticket", "one that the buyer has reported", "not there"))
    return [one for one in found if one is not None]


def _of_ticket(expected: Expected, ticket: Ticket, draft: Draft) -> Iterator[Difference | None]:
    visit, now = ticket.visit, sla.picture(ticket, draft.now, draft.settings.sla)
    yield _compare("state", expected.state, ticket.state)
    yield _compare("reason", expected.reason, ticket.status_reason or "")
    yield _compare("appointment", expected.appointment, visit.state if visit else "not there")
    yield _compare("closure_code", expected.closure_code, visit.closure_code if visit else None)
    yield _compare("sla.exceeded", expected.sla.exceeded, now.exceeded)
    yield _compare("sla.paused", expected.sla.paused, now.paused)
    told = Counter(draft.told(ticket.number).names)
    for name, times in expected.notifications.items():
        yield _compare(f"notifications.{name}", times, told[name])


def _compare(field: str, expected: object, found: object) -> Difference | None:
    if expected is None or expected == found:
        return None
    return Difference(field, _shown(expected), _shown(found))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(str(value)) if isinstance(value, str) else str(value)
