"""What becomes of a notification once the buyer's endpoint has answered, or has not (R9, R18, R34)."""

from datetime import timedelta

from simulator.cityfibre.acknowledgement import judge
from simulator.cityfibre.books import Draft
from simulator.core import retry
from simulator.core.effects import Deliver, Retry, Settle
from simulator.core.inputs import DeliveryAnswer
from simulator.core.instants import format_instant, later

_A_WHILE = timedelta(seconds=1)
OF_THE_SERIES = frozenset({"first", "retry"})
"""Attempts of these have others after them. What is sent once more, by hand or by a fault, is sent once."""


def completed(deliver: Deliver, answer: DeliveryAnswer, draft: Draft) -> None:
    """Judge an attempt: delivered, refused for good, or failed and to be made again, until no attempt is left.

    A delivery ends with one ``notification-delivered``, or with one ``notification-dead-lettered``.
    """
    judgement = judge(answer, deliver.message_id)
    delay = _delay(deliver, answer, draft) if judgement.verdict == "failed" else None
    due = later(draft.now, delay) if delay is not None else None
    told = {
        "delivery": deliver.delivery,
        "attempt": deliver.attempt,
        "notification": deliver.notification,
        "reason": judgement.reason,
        **({"retry_at": format_instant(due)} if due is not None else {}),
        **({} if deliver.why in OF_THE_SERIES else {"again": deliver.why}),
        **(_late(deliver, draft) if judgement.verdict == "delivered" else {}),
    }
    draft.note(f"notification-{judgement.verdict}", deliver.lane, told)
    for ruling, text in judgement.warnings:
        draft.warn(ruling, "acknowledgement", text, deliver.lane)
    if due is not None:
        draft.effects.append(Retry(deliver.delivery, due, judgement.reason))
        return
    if judgement.verdict != "delivered" and deliver.why in OF_THE_SERIES:
        given_up = {"delivery": deliver.delivery, "attempts": deliver.attempt, "notification": deliver.notification}
        draft.note("notification-dead-lettered", deliver.lane, {**given_up, "reason": judgement.reason})
    draft.effects.append(Settle(deliver.delivery, judgement.verdict, judgement.reason))


def _late(deliver: Deliver, draft: Draft) -> dict[str, object]:
    """When it was made, if that is some time ago."""
    late = deliver.made is not None and draft.now - deliver.made >= _A_WHILE
    return {"made_at": format_instant(deliver.made)} if deliver.made is not None and late else {}


def _delay(deliver: Deliver, answer: DeliveryAnswer, draft: Draft) -> timedelta | None:
    if deliver.why not in OF_THE_SERIES:
        return None
    policy = draft.settings.delivery
    return retry.delay(
        policy.retry,
        deliver.attempt,
        jitter=policy.jitter,
        drawn=draft.basis.ids.number(f"retry/{deliver.delivery}", deliver.attempt),
        retry_after=answer.retry_after,
    )
