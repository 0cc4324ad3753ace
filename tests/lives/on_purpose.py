"""What chance may leave out is done on purpose: every way of a ticket and of a visit, every move taken and refused."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from simulator.cityfibre import ACTIONS, TRANSITIONS, VISIT_TRANSITIONS
from simulator.cityfibre.ticket import State, Trigger
from simulator.cityfibre.visits import VisitState
from tests.lives.drawn import LINES, Fault
from tests.lives.machine import AnyLife, legal_moves

FIGURES = dict.fromkeys(("total_delay_in_days", "seller_delay_days", "non_seller_delay_days"), 1)
NEEDED: dict[str, dict[str, Any]] = {
    "reject": {"reason": "no data"},
    "comment": {"value": "on our way"},
    "triage": {"findings": "splice"},
    "complete-appointment": {"closure_code": "FR"},
    "miss-appointment": {"by": "seller"},
    "report-late-repair": FIGURES,
}
OUTAGE = Fault(LINES[0], ("Service Outage", "new"), (2, ("08:00", "13:00")), [], None)
"""It has a visit that can be moved."""


def every_way(kind: type[AnyLife]) -> None:
    """A life for each: to a state by the shortest way, one move more, and then each move that is not possible there."""
    for state, ways in TRANSITIONS.items():
        for trigger in ways:
            _live(kind, [*_way_to(State.PENDING, state, TRANSITIONS), trigger])
    for visit, moves in VISIT_TRANSITIONS.items():
        for move in moves:
            _live(kind, [Trigger.ACCEPT, *_way_to(VisitState.BOOKED, visit, VISIT_TRANSITIONS), move])
    _live(kind, [Trigger.ACCEPT, "comment", "triage", "report-late-repair", "ask"])


def _live(kind: type[AnyLife], moves: list[str]) -> None:
    life = kind()
    life.begin("up to pending", [OUTAGE], ())
    for name in moves:
        _move(life, name)
        life.all_agree()
    (ticket,) = life.env.books.tickets.values()
    for name in sorted(ACTIONS.keys() - legal_moves(ticket)):
        life.steer((ticket.address, name, NEEDED.get(name, {})), legal=False)
    life.teardown()


def _move(life: AnyLife, name: str) -> None:
    (ticket,) = life.env.books.tickets.values()
    if name == Trigger.REOPEN:
        life.buyer_answers(ticket.address, takes=False, why="still slow")
    elif name == "ask":
        life.buyer_asks(ticket.address, other=False)
    else:
        life.steer((ticket.address, name, NEEDED.get(name, {})), legal=True)


def _way_to(start: Any, end: Any, table: Mapping[Any, Mapping[Any, Any]]) -> list[str]:  # noqa: ANN401 - of either table
    """The shortest way through a table of transitions, as triggers."""
    ways: dict[Any, list[str]] = {start: []}
    waiting = deque([start])
    while end not in ways:
        state = waiting.popleft()
        for trigger, after in table[state].items():
            if after not in ways:
                ways[after] = [*ways[state], trigger]
                waiting.append(after)
    return ways[end]
