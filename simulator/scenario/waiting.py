"""What a script waits for: a moment of simulated time, or a request of the buyer's."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from simulator.cityfibre import sla
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import LONDON, is_working_day, local_date
from simulator.cityfibre.ticket import Ticket
from simulator.core.instants import format_duration, format_instant
from simulator.scenario.buyer_steps import OfTheBuyer
from simulator.scenario.matching import Difference, differences, differences_by_name, in_words
from simulator.scenario.message import fields_of, paths
from simulator.scenario.progress import Heard
from simulator.scenario.steps import WaitStep

_DAY = timedelta(days=1)
MOST_TOLD = 5
"""Differences of the nearest request that a failure tells."""


def moment(step: WaitStep, ticket: Ticket | None, draft: Draft) -> datetime | str:
    """When a wait is over, or why that can't be said."""
    if isinstance(step.wait, timedelta):
        return draft.now + step.wait
    if isinstance(step.wait, time_of_day):
        return _on_working_day(step.wait, step.working_days, draft.now)
    if ticket is None:
        return "there is no ticket yet"
    due = _of_ticket(step.wait, ticket, draft)
    if due is None:
        return "its SLA's clock does not run" if step.wait == "sla-deadline" else "the fault has no appointment ahead"
    return due if due >= draft.now else f"that was at {format_instant(due)} already"


def _of_ticket(mark: str, ticket: Ticket, draft: Draft) -> datetime | None:
    if mark == "sla-deadline":
        return sla.picture(ticket, draft.now, draft.settings.sla).deadline
    reservation = draft.reservation(ticket.appointment_key)
    if reservation is None or ticket.visit is None or not ticket.visit.ahead:
        return None
    return reservation.slot.starts_at if mark == "appointment-start" else reservation.slot.ends_at


def _on_working_day(at: time_of_day, days: int, now: datetime) -> datetime:
    """That local time on the working day so many after today; without a number, the next one that is still ahead."""
    day = local_date(now)
    if not days and is_working_day(day) and _instant(day, at) > now:
        return _instant(day, at)
    for _ in range(max(days, 1)):
        day += _DAY
        while not is_working_day(day):
            day += _DAY
    return _instant(day, at)


def _instant(day: date, at: time_of_day) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def judge(step: OfTheBuyer, wanted: Mapping[str, Any], answer: Mapping[str, Any], heard: Heard) -> list[Difference]:
    """In what a request of the same operation differs from the one that a step waits for; ``[]`` where it is the one.

    ``wanted`` and ``answer`` are the step's own, with all references put in.
    """
    found = differences(wanted, fields_of(heard.body))
    if step.forbids:
        return found
    if heard.refused_by != (step.refused_by or ""):
        expected = f"refused by {step.refused_by}" if step.refused_by else "taken"
        outcome = f"refused by {heard.refused_by} ({heard.reason})" if heard.refused_by else "taken"
        found.append(Difference("the request", expected, outcome))
    if step.status not in {None, heard.status}:
        found.append(Difference("status", str(step.status), str(heard.status)))
    by_name = differences_by_name(answer, fields_of(heard.answer))
    return [*found, *(Difference(f"answer.{one.field}", one.expected, one.found) for one in by_name)]


def expected_in_words(step: OfTheBuyer, wanted: Mapping[str, Any]) -> str:
    """What a step waits for, for people."""
    fields = _fields_in_words(wanted)
    told = f"{step.operation}{' with ' + fields if fields else ''}"
    if step.forbids:
        return f"no {told} for {format_duration(step.until)}"
    outcome = f"refused by {step.refused_by}" if step.refused_by else "taken"
    return f"{told}, {outcome}, within {format_duration(step.until)}"


def _fields_in_words(wanted: Mapping[str, Any]) -> str:
    return ", ".join(f"{'.'.join(path)} {in_words(value)}" for path, value in paths(wanted))


def nearest(step: OfTheBuyer, wanted: Mapping[str, Any], answer: Mapping[str, Any], came: tuple[Heard, ...]) -> str:
    """The request that came nearest to what a step waits for, for people."""
    judged = [(judge(step, wanted, answer, one), one) for one in came if one.operation == step.operation]
    if judged:
        different, one = min(judged, key=lambda pair: len(pair[0]))
        told = "; ".join(str(each) for each in different[:MOST_TOLD])
        return f"the nearest came at {format_instant(one.at)}: {told}"
    others = ", ".join(dict.fromkeys(one.operation for one in came))
    return f"no {step.operation} came; there was {others}" if others else "no request came"
