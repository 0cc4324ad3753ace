"""The interpreter: what a script does next. Pure: it reads a draft, and writes nothing but that draft.

Each step is done by an input of its own, the timer ``script``, so that each is journalled and each is atomic. A step
that waits sets that timer to the moment until which it waits; one that waits for the buyer ends when the request comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from simulator.cityfibre.actions import ACTIONS, act
from simulator.cityfibre.books import Draft
from simulator.cityfibre.injecting import set_fault
from simulator.cityfibre.leading import TIMER
from simulator.cityfibre.life import await_next_step
from simulator.cityfibre.ticket import Ticket
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.inputs import Timer
from simulator.core.instants import format_instant
from simulator.scenario.buyer_steps import OfTheBuyer
from simulator.scenario.checking import check
from simulator.scenario.matching import Difference, differences
from simulator.scenario.message import fields_of
from simulator.scenario.progress import MOST_UNCLAIMED, Heard, Progress
from simulator.scenario.resolving import TICKET, TICKET_VALUES, references_in, resolved
from simulator.scenario.steps import CheckStep, FaultStep, SupplierStep, WaitStep
from simulator.scenario.values import reference
from simulator.scenario.waiting import expected_in_words, judge, moment, nearest
from simulator.wire.complaints import explain

REPORT = "addFaultReport"


def begin(progress: Progress, draft: Draft) -> None:
    """Let a copy begin with the step at hand."""
    script = progress.script
    data = {"scenario": script.scenario.name, "case": script.case, "parameters": dict(script.parameters)}
    draft.note("script-started", progress.ticket, data)
    _come_to(progress, draft)


def hear(progress: Progress, heard: Heard, draft: Draft) -> None:
    """A request that concerns this copy has been answered."""
    step = progress.at_hand
    if not isinstance(step, OfTheBuyer) or heard.operation != step.operation:
        _remember(progress, heard, draft)
    elif progress.opening:
        _claim(replace(progress, opening=False), heard, draft)
    elif _judge(progress, step, heard, draft):
        _remember(progress, heard, draft)
    elif step.forbids:
        told = f"it came at {format_instant(heard.at)}"
        _fail(progress, draft, expected_in_words(step, _filled(step.wanted, progress, draft)), told)
    else:
        _claim(progress, heard, draft)


def fits(progress: Progress, step: OfTheBuyer, body: bytes, draft: Draft) -> bool:
    """Whether a request, not answered yet, has in it what the step at hand waits for."""
    return not differences(_filled(step.wanted, progress, draft), fields_of(body))


def due(progress: Progress, open_draft: Callable[[], Draft]) -> Draft:
    """The timer of the step at hand has fired: do the step, or end the wait. The draft that holds is returned."""
    draft, step = open_draft(), progress.at_hand
    if isinstance(step, SupplierStep):
        refusal = _move(step, progress, draft)
        if refusal:
            draft = open_draft()
            _fail(progress, draft, f"the supplier can {step.supplier}", refusal)
            return draft
    elif isinstance(step, FaultStep):
        refusal_of_fault = set_fault(step.fault, step.injected(), "" if progress.alone else progress.ticket, draft)
        if refusal_of_fault is not None:
            draft = open_draft()
            _fail(progress, draft, "the fault can be set", refusal_of_fault.reason)
            return draft
    elif isinstance(step, CheckStep):
        if _fail_of_unknown(progress, [step.check.reason, step.check.notification], draft):
            return draft
        different = _check(step, progress, draft)
        if different:
            expected = ", ".join(f"{one.field} {one.expected}" for one in different)
            _fail(progress, draft, expected, ", ".join(f"{one.field} {one.found}" for one in different))
            return draft
    elif isinstance(step, OfTheBuyer) and not step.forbids:
        _fail(progress, draft, *_missing(step, progress, draft))
        return draft
    _done(progress, draft)
    return draft


# -- what a step does


def _move(step: SupplierStep, progress: Progress, draft: Draft) -> str:
    """Let the supplier act; why it can't, or empty."""
    ticket = draft.at(progress.ticket)
    if ticket is None:
        return "there is no ticket yet: the buyer has reported no fault"
    given = step.model_dump(mode="json", exclude={"supplier"}, exclude_unset=True)
    values = _filled(given, progress, draft)
    model = ACTIONS[step.supplier].parameters
    try:
        parameters = model.model_validate(values)
    except ValidationError as error:
        return "; ".join(message for _, message in explain(model, values, error, noun="parameter"))
    refusal = act(step.supplier, parameters, draft.edit(ticket.number), draft)
    return refusal.reason if refusal else ""


def _check(step: CheckStep, progress: Progress, draft: Draft) -> list[Difference]:
    expected = step.check
    if expected.reason is not None:
        expected = expected.model_copy(update=_filled({"reason": expected.reason}, progress, draft))
    message = _filled(expected.notification, progress, draft)
    return check(expected, message, draft.at(progress.ticket), draft, alone=progress.alone)


def _missing(step: OfTheBuyer, progress: Progress, draft: Draft) -> tuple[str, str]:
    """What was expected of the buyer, and what came instead."""
    wanted, answer = _filled(step.wanted, progress, draft), _filled(step.answer, progress, draft)
    patience = progress.patience_with(step) if progress.alone else 0
    waited = f"; it was waited for {patience:g} real seconds (--within-real)" if patience else ""
    return expected_in_words(step, wanted), nearest(step, wanted, answer, progress.unclaimed) + waited


def _judge(progress: Progress, step: OfTheBuyer, heard: Heard, draft: Draft) -> list[Difference]:
    return judge(step, _filled(step.wanted, progress, draft), _filled(step.answer, progress, draft), heard)


def _claim(progress: Progress, heard: Heard, draft: Draft) -> None:
    """The request is the one that the step at hand waits for."""
    step = progress.at_hand
    assert isinstance(step, OfTheBuyer)  # noqa: S101 - narrows the type
    if step.as_ is not None:
        progress = replace(progress, answers={**progress.answers, step.as_: heard.answer})
    if step.operation == REPORT and not heard.refused_by:
        progress = replace(progress, ticket=heard.ticket)
        _lead(heard.ticket, draft)
    _done(progress, draft)


def _lead(address: str, draft: Draft) -> None:
    """Spare a ticket the default life, where it was made before anybody waited for it."""
    found = draft.at(address)
    if found is not None and not found.led:
        ticket = draft.edit(found.number)
        ticket.led = True
        await_next_step(draft, ticket)


def _remember(progress: Progress, heard: Heard, draft: Draft) -> None:
    unclaimed = (*progress.unclaimed, heard)[-MOST_UNCLAIMED:]
    draft.keep_script(progress.copy, replace(progress, unclaimed=unclaimed))


# -- from step to step


def _done(progress: Progress, draft: Draft) -> None:
    draft.note("script-step", progress.ticket, _told(progress))
    _come_to(replace(progress, step=progress.step + 1), draft)


def _come_to(progress: Progress, draft: Draft) -> None:
    """A step is now at hand: say what it waits for, and until when."""
    step = progress.at_hand
    if step is None:
        draft.note("script-ended", progress.ticket, {"scenario": progress.script.scenario.name})
        _forget(progress, draft)
        return
    draft.keep_script(progress.copy, progress)
    if isinstance(step, WaitStep):
        until = moment(step, draft.at(progress.ticket), draft)
        if isinstance(until, str):
            _fail(progress, draft, str(step), until)
        else:
            draft.effects.append(SetTimer(_timer(progress), until, driving=True))
    elif isinstance(step, OfTheBuyer) and not progress.opening:
        _await_buyer(progress, step, draft)
    elif not progress.opening:
        draft.effects.append(SetTimer(_timer(progress), draft.now, driving=True))


def _await_buyer(progress: Progress, step: OfTheBuyer, draft: Draft) -> None:
    """Wait for a request, unless it has come already while nobody waited for it."""
    if _fail_of_unknown(progress, [step.wanted, step.answer], draft):
        return
    came = () if step.forbids else progress.unclaimed
    fitting = next(
        (one for one in came if one.operation == step.operation and not _judge(progress, step, one, draft)), None
    )
    if fitting is not None:
        rest = tuple(one for one in came if one is not fitting)
        _claim(replace(progress, unclaimed=rest), fitting, draft)
        return
    patience = progress.patience_with(step)
    draft.effects.append(SetTimer(_timer(progress), draft.now + step.until, driving=True, patience=patience))


def _fail_of_unknown(progress: Progress, values: list[Any], draft: Draft) -> bool:
    """Fail the step where it refers to something that is not there: nothing must not stand for "not asked"."""
    unknown = sorted({one for one in references_in(values) if _look_up(progress, draft)(one) is None})
    if unknown:
        _fail(progress, draft, f"a value for {', '.join(unknown)}", "the answer has no such field")
    return bool(unknown)


def _fail(progress: Progress, draft: Draft, expected: str, found: str) -> None:
    draft.note("script-failed", progress.ticket, {**_told(progress), "expected": expected, "found": found})
    _forget(progress, draft)


def _forget(progress: Progress, draft: Draft) -> None:
    draft.keep_script(progress.copy, None)
    draft.effects.append(CancelTimer(_timer(progress)))


def _told(progress: Progress) -> dict[str, object]:
    position = progress.script.positions[progress.step]
    does = {"step": progress.step, "line": position.line, "column": position.column, "does": str(progress.at_hand)}
    return {"scenario": progress.script.scenario.name, **does}


def _timer(progress: Progress) -> Timer:
    return Timer(TIMER, progress.copy, under="" if progress.alone else None)


# -- values


def _filled(value: Mapping[str, Any], progress: Progress, draft: Draft) -> dict[str, Any]:
    """A mapping with all that it refers to in place."""
    filled: dict[str, Any] = resolved(value, _look_up(progress, draft))
    return filled


def _look_up(progress: Progress, draft: Draft) -> Callable[[str], Any]:
    return look_up(progress, draft.at)


def look_up(progress: Progress, ticket_at: Callable[[str], Ticket | None]) -> Callable[[str], Any]:
    """What finds the value of a reference: ``None`` where there is none."""

    def find(text: str) -> Any:  # noqa: ANN401 - a text, or elements
        found = reference(text)
        assert found is not None, "asked for references only"  # noqa: S101 - narrows the type
        name, path = found
        if name == TICKET:
            ticket = ticket_at(progress.ticket)
            return TICKET_VALUES[path](ticket) if ticket else None
        answer = progress.answers.get(name)
        return fields_of(answer).value(tuple(path.split("."))) if answer is not None else None

    return find
