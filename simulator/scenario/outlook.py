"""What a scenario wants of its buyer, told beforehand: a trigger hands it to whoever makes the buyer act."""

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.settings import SupplierSettings
from simulator.scenario.loader import Script
from simulator.scenario.steps import BuyerStep, OfTheBuyer, SupplierStep

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
    told: list[str] = []
    wanted: list[dict[str, Any]] = []
    for step, position in zip(script.steps, script.positions, strict=True):
        if isinstance(step, BuyerStep):
            said = {"with": step.with_, "fill": step.fill, "body": step.body, "refused_by": step.refused_by}
            given = {name: value for name, value in said.items() if value is not None and value != {}}
            about = {"line": position.line, "operation": step.operation, "envelope": step.envelope, "as": step.as_}
            wanted.append({**about, "after": list(told), **given})
        told += _told_by(step, settings)
    return wanted


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
