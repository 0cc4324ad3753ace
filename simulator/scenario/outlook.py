"""What a scenario wants of its buyer, told beforehand: a trigger hands it to whoever makes the buyer act."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from simulator.cityfibre.faults import Active
from simulator.cityfibre.faulty_notifications import possible
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.settings import SupplierSettings
from simulator.scenario.buyer_steps import BuyerStep, OfTheBuyer
from simulator.scenario.loader import Script
from simulator.scenario.steps import FaultStep, SupplierStep

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_KEEPS_AWAY = frozenset({"drop", "delay", "reorder"})
_BY_ACTION: Mapping[str, str] = {
    name: one.name for one in NOTIFICATIONS if one.name != "late-repair" for name in one.on
}
_BY_OPERATION: Mapping[str, str] = {"amendFaultReport": "amended", "requestFaultReportUpdate": "full-update"}


def buyer_steps(script: Script, settings: SupplierSettings) -> list[dict[str, Any]]:
    """Each request that the buyer is to send, in order.

    ``after`` names the notifications that it has been sent by then, so that it knows when its turn is. ``with`` is
    what must be in the request, ``fill`` what may be; ``refused_by`` the rule that is to refuse it. ``settings`` are
    those that hold in the run.
    """
    told = _Told()
    wanted: list[dict[str, Any]] = []
    for step, position in zip(script.steps, script.positions, strict=True):
        if isinstance(step, BuyerStep):
            said = {"with": step.with_, "fill": step.fill, "body": step.body, "refused_by": step.refused_by}
            given = {name: value for name, value in said.items() if value is not None and value != {}}
            about = {"line": position.line, "operation": step.operation, "envelope": step.envelope, "as": step.as_}
            wanted.append({**about, "after": list(told.names), **given})
        if isinstance(step, FaultStep):
            told.set(step)
        for name in _told_by(step, settings):
            told.tell(name)
    return wanted


class _Told:
    """What the buyer has been sent, as far as it can be known beforehand which faults keep it away."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._faults: list[Active] = []
        self._held: list[str] = []
        self._any = False

    def set(self, step: FaultStep) -> None:
        """From here on notifications may meet a fault."""
        self._faults.append(Active(0, step.fault, step.injected(), _ANY_TIME))

    def tell(self, name: str) -> None:
        """A notification is made; what is dropped never comes, and nobody waits for what may be late."""
        kind = self._met(name)
        held, self._held = self._held, [name] if kind == "reorder" else []
        self.names += ([] if kind in _KEEPS_AWAY else [name]) + held

    def _met(self, name: str) -> str:
        """The kind of fault that it meets. Where that is not sure, nobody is to wait for it, as if it were late."""
        kinds = possible(name, first=not self._any, holds=bool(self._held))
        self._any = True
        found = ""
        for index, active in enumerate(self._faults):
            if not active.fits(kinds, name, "", active.begins):
                continue
            met = replace(active, met=active.met + 1)
            if not found and met.met >= met.fault.nth:
                unsure = met.fault.probability is not None or met.fault.lasts is not None or bool(met.fault.starts_in)
                found = "delay" if unsure and met.kind in _KEEPS_AWAY else met.kind
                met = replace(met, injected=met.injected + (not unsure))
            self._faults[index] = met
        return found


def _told_by(step: object, settings: SupplierSettings) -> Iterator[str]:
    """The notifications that a step leads to."""
    if isinstance(step, SupplierStep):
        yield _BY_ACTION.get(step.supplier, step.supplier)
    elif isinstance(step, OfTheBuyer) and not step.refused_by and not step.forbids:
        if step.operation in _BY_OPERATION:
            yield _BY_OPERATION[step.operation]
        if step.operation == "resolveResponse":
            said = step.wanted.get("resolveAccepted", "true")
            yield "closed" if said == "true" else "re-opened"
        if step.operation == "amendFaultReport" and settings.amend_cancels and _cancels(step.wanted):
            yield "cancelled"


def _cancels(message: Mapping[str, Any]) -> bool:
    details = message.get("faultDetails")
    return isinstance(details, dict) and details.get("status") == "cancelled"
