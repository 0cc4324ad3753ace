"""What a scenario can mean, but can't have been meant: steps that no state allows, waits for nothing, words unused.

The states that a ticket may have are followed from step to step. A step is complained of only where no way leads to
it, so that what is told is true; not everything that can go wrong is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.cityfibre.actions import ACTIONS
from simulator.cityfibre.inventory import Inventory
from simulator.cityfibre.rules import is_tlos
from simulator.cityfibre.settings import SupplierSettings
from simulator.cityfibre.ticket import TRANSITIONS, State, Trigger
from simulator.cityfibre.visits import VISIT_TRANSITIONS, VisitState
from simulator.scenario.buyer import SERVICE
from simulator.scenario.buyer_steps import BuyerStep, ExpectStep, Message, OfTheBuyer
from simulator.scenario.loader import Script, Source
from simulator.scenario.message import merged
from simulator.scenario.resolving import references
from simulator.scenario.steps import AnyStep, CheckStep, FaultStep, SupplierStep, WaitStep
from simulator.scenario.values import reference
from simulator.wire.complaints import Complaint, Path, dotted, suggest

_ENDED = frozenset(state for state, ways in TRANSITIONS.items() if not ways)
_AHEAD = frozenset(visit for visit, ways in VISIT_TRANSITIONS.items() if ways)
_OUTCOMES = {"true": frozenset({State.CLOSED}), "false": frozenset({State.RE_OPENED})}


@dataclass(frozen=True, slots=True)
class _World:
    """What may be so when a step is at hand: the states of the ticket, and of its newest appointment."""

    states: frozenset[State] = frozenset()
    visits: frozenset[VisitState] = frozenset()

    @property
    def told(self) -> str:
        """The states, for people."""
        return " or ".join(one for one in State if one in self.states) or "not reported yet"


def unused(source: Source) -> Iterator[Complaint]:
    """Parameters that no value refers to; the buyer that we play reads its own."""
    used = {found[0] for _, text in references(source.document.value) if (found := reference(text))} | {SERVICE}
    for name in source.scripts[0].parameters:
        if name not in used:
            yield ("parameters", name), f"parameters.{name}: no step uses `${name}`"


def lint(script: Script, inventory: Inventory, settings: SupplierSettings) -> Iterator[Complaint]:
    """What is odd about one case; inventory and settings are those that hold when it runs."""
    yield from _services(script, inventory, settings)
    yield from _walk(script, settings)
    last = len(script.steps) - 1
    if isinstance(script.steps[last], WaitStep):
        yield ("steps", last), f"steps[{last}]: nothing follows this wait; end with a check, or leave it out"


def _services(script: Script, inventory: Inventory, settings: SupplierSettings) -> Iterator[Complaint]:
    """Services that are not in the inventory, unless any is taken, or the report is to be refused for it."""
    if settings.inventory == "any":
        return
    for index, step in enumerate(script.steps):
        if isinstance(step, OfTheBuyer) and not step.refused_by and not step.forbids:
            block = "with" if isinstance(step, BuyerStep) else "where"
            yield from _service(step.wanted, ("steps", index, block, "serviceAffected"), inventory)
            if isinstance(step, BuyerStep):
                yield from _service(step.fill, ("steps", index, "fill", "serviceAffected"), inventory)
    match = script.scenario.match
    if match is not None and match.service is not None:
        yield from _service({"serviceAffected": match.service}, ("match", "service"), inventory)


def _service(message: Message, path: Path, inventory: Inventory) -> Iterator[Complaint]:
    named = message.get("serviceAffected")
    if not isinstance(named, str) or reference(named) or named in inventory.services:
        return
    yield path, f"{dotted(path)}: no service `{named}` is in the inventory{suggest(named, inventory.services)}"


def _walk(script: Script, settings: SupplierSettings) -> Iterator[Complaint]:
    """Follow the states, and complain of the first step that none of them allows; what comes later hangs on it."""
    world = _World()
    for index, step in enumerate(script.steps):
        obstacle = _obstacle(step, world, settings)
        if obstacle:
            yield ("steps", index), f"steps[{index}]: {step}: {obstacle}"
            return
        world = _after(step, world, settings)


# -- what a step needs


def _obstacle(step: AnyStep, world: _World, settings: SupplierSettings) -> str:
    """Why a step can't happen in any of the states; empty where it can."""
    if isinstance(step, SupplierStep):
        return _no_move(step.supplier, world)
    if isinstance(step, CheckStep):
        return _no_check(step, world)
    if isinstance(step, WaitStep):
        return _no_moment(step, world)
    if isinstance(step, FaultStep):
        return ""
    if step.refused_by or step.forbids:
        return ""
    if isinstance(step, BuyerStep) and step.body is None:
        return _no_message(step, settings) or _no_request(step, world)
    return _no_request(step, world)


def _no_moment(step: WaitStep, world: _World) -> str:
    if step.wait == "sla-deadline" and not world.states:
        return "no fault has been reported by then"
    if step.wait in {"appointment-start", "appointment-end"} and not world.visits & _AHEAD:
        told = " or ".join(sorted(world.visits))
        return f"its appointment is {told} by then" if told else "the fault has no appointment by then"
    return ""


def _no_message(step: BuyerStep, settings: SupplierSettings) -> str:
    """Why a message that is known whole will be refused."""
    said = merged(step.fill, step.with_)
    slot = step.fill.get("appointmentSlot") or step.with_.get("appointmentSlot")
    if step.operation == "reserveAppointment" and not slot:
        return "it says no appointmentSlot; query before it, and fill in that of the answer"
    if step.operation != "addFaultReport":
        return ""
    details = said.get("faultDetails")
    kind = details.get("type") if isinstance(details, dict) else None
    tlos = isinstance(kind, str) and is_tlos(kind)
    if tlos and not _key_in(said) and settings.tlos_without_key == "reject":
        return "it will be refused by tlos-key: a fault of type Service Outage needs an appointmentReservationKey"
    if not tlos and _key_in(said) and not (isinstance(kind, str) and reference(kind)):
        return (
            "it will be refused by tlos-key: only a fault of type Service Outage may have an appointmentReservationKey"
        )
    return ""


def _no_move(name: str, world: _World) -> str:
    action = ACTIONS[name]
    if not world.states:
        return "no fault has been reported by then; a step before it must be `buyer: addFaultReport`"
    if not world.states & action.during:
        accept = "; put `supplier: accept` before it" if world.states == {State.PENDING} else ""
        wanted = " or ".join(one for one in State if one in action.during)
        return f"the fault is {world.told} by then, and it must be {wanted}{accept}"
    if action.visit is None:
        return ""
    if not world.visits:
        return "the fault has no appointment by then; report it with an appointmentReservationKey"
    if not any(action.visit in VISIT_TRANSITIONS[visit] for visit in world.visits):
        return f"its appointment is {' or '.join(sorted(world.visits))} by then; the buyer books another by an amend"
    return ""


def _no_check(step: CheckStep, world: _World) -> str:
    expected = step.check
    if expected.model_fields_set - {"tickets", "injected"} and not world.states:
        return "no fault has been reported by then"
    if expected.state is not None and expected.state not in world.states:
        return f"the fault is {world.told} by then, never {expected.state}"
    if expected.appointment is not None and expected.appointment not in world.visits:
        told = " or ".join(sorted(world.visits)) or "not there"
        return f"its appointment is {told} by then, never {expected.appointment}"
    return ""


def _no_request(step: OfTheBuyer, world: _World) -> str:
    operation = step.operation
    if operation in {"addFaultReport", "queryAppointmentAvailability", "reserveAppointment"}:
        return ""
    if not world.states:
        return "it will be refused: no fault has been reported by then"
    if operation == "resolveResponse" and State.RESOLVED not in world.states:
        return f"it will be refused: the fault is {world.told} by then, not resolved"
    if operation == "amendFaultReport" and world.states <= _ENDED:
        return f"it will be refused: the fault is {world.told} by then, and has ended"
    return ""


# -- what a step leads to


def _after(step: AnyStep, world: _World, settings: SupplierSettings) -> _World:
    if isinstance(step, SupplierStep):
        return _moved(step.supplier, world)
    if isinstance(step, CheckStep):
        known = step.check.state
        return world if known is None else replace(world, states=frozenset({known}))
    if State.RESOLVED in world.states:
        world = replace(world, states=world.states | {State.CLOSED})  # time passes: it may close by itself
    if isinstance(step, OfTheBuyer) and not step.refused_by and not step.forbids:
        return _requested(step, world, settings)
    return world


def _moved(name: str, world: _World) -> _World:
    action = ACTIONS[name]
    if action.visit is not None:
        visits = {VISIT_TRANSITIONS[visit].get(action.visit) for visit in world.visits}
        return replace(world, states=world.states & action.during, visits=frozenset(one for one in visits if one))
    if name not in set(Trigger):
        return replace(world, states=world.states & action.during)
    trigger = Trigger(name)
    states = frozenset(TRANSITIONS[state][trigger] for state in world.states if trigger in TRANSITIONS[state])
    return replace(world, states=states, visits=_ahead_given_back(states, world.visits))


def _ahead_given_back(states: frozenset[State], visits: frozenset[VisitState]) -> frozenset[VisitState]:
    """An ended ticket's visit may have been cancelled."""
    ahead = {visit for visit in visits if VISIT_TRANSITIONS[visit]}
    return visits | {VisitState.CANCELLED} if states & _ENDED and ahead else visits


def _requested(step: OfTheBuyer, world: _World, settings: SupplierSettings) -> _World:
    said = merged(step.fill, step.with_) if isinstance(step, BuyerStep) else step.wanted
    booked = _key_in(said) or isinstance(step, ExpectStep) or (isinstance(step, BuyerStep) and step.body is not None)
    visits = frozenset({VisitState.BOOKED}) if booked else frozenset()
    if step.operation == "addFaultReport":
        return _World(frozenset({State.PENDING}), visits)
    if step.operation == "resolveResponse":
        answer = said.get("resolveAccepted", "true" if isinstance(step, BuyerStep) else None)
        return replace(world, states=_OUTCOMES.get(str(answer), frozenset({State.CLOSED, State.RE_OPENED})))
    if step.operation == "amendFaultReport":
        details = said.get("faultDetails")
        asks = isinstance(details, dict) and details.get("status") == State.CANCELLED
        if asks and settings.amend_cancels:
            return _World(frozenset({State.CANCELLED}), world.visits | {VisitState.CANCELLED})
        return replace(world, visits=visits if _key_in(said) else visits | world.visits)
    return world


def _key_in(said: Message) -> bool:
    appointment = said.get("appointment")
    return isinstance(appointment, dict) and bool(appointment.get("appointmentReservationKey"))
