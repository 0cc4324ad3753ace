"""Steps by which something goes wrong: for whom they are, what a check counts, and what a trigger is told of them."""

from pathlib import Path

import pytest

from simulator.cityfibre import SupplierSettings
from simulator.scenario.loader import load
from simulator.scenario.outlook import buyer_steps
from tests.messages import add
from tests.rig import Simulator

HEAD = "scenario: 1\nname: faulty\ndescription: Something goes wrong.\nmatch: {reference: F-}\nsteps:\n"
DROPPED = f"""{HEAD}
  - buyer: addFaultReport
  - supplier: accept
  - {{fault: drop, on: in-progress}}
  - supplier: start
  - supplier: resolve
  - check: {{injected: {{drop: 1}}, notifications: {{in-progress: 1}}}}
"""


async def test_a_step_in_serve_is_for_the_ticket_that_the_script_leads(tmp_path: Path) -> None:
    """Two at once, each with its own; another ticket is told everything."""
    (tmp_path / "dropped.yaml").write_text(DROPPED)
    simulator = await Simulator.start(SupplierSettings(), scenarios=tmp_path)
    for reference in ("F-1", "F-2", "OTHER"):
        await simulator.post("addFaultReport", add({"buyerFaultReference": reference, "messageId": reference}))
    await simulator.advance("P1D")
    assert await simulator.journal(kind="script-failed") == []
    assert len(await simulator.journal(kind="script-ended")) == 2
    assert simulator.endpoint.statuses.count("in-progress") == 1
    faults = (await simulator.control("GET", "/faults"))["faults"]
    assert [(one["ticket"], one["injected"]) for one in faults] == [("~SPDEV1~F-1", 1), ("~SPDEV1~F-2", 1)]
    await simulator.stop()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("{fault: latency}", ["accepted", "in-progress", "resolved"]),
        ("{fault: duplicate, on: resolved}", ["accepted", "in-progress", "resolved"]),
        ("{fault: drop, on: in-progress}", ["accepted", "resolved"]),
        ("{fault: drop, times: 2}", ["accepted"]),
        ("{fault: drop, nth: 2}", ["accepted", "in-progress"]),
        ("{fault: delay, on: resolved, by: PT1H}", ["accepted", "in-progress"]),
        ("{fault: reorder, on: in-progress}", ["accepted", "resolved", "in-progress"]),
        ("{fault: reorder, on: resolved}", ["accepted", "in-progress"]),
        ("{fault: reorder, times: 2}", ["accepted", "resolved", "in-progress"]),
        ("{fault: drop, on: in-progress}\n  - {fault: drop, nth: 2}", ["accepted"]),
        ("{fault: stale}\n  - {fault: drop}", ["accepted", "in-progress"]),
        ("{fault: drop, probability: 0.5}", ["accepted"]),
        ("{fault: drop, on: resolved, starts_in: PT1H}", ["accepted", "in-progress"]),
        ("{fault: drop, on: resolved, lasts: PT1H}", ["accepted", "in-progress"]),
    ],
)
def test_a_trigger_is_not_told_to_wait_for_what_may_not_come(fault: str, told: list[str]) -> None:
    """What the buyer will have been sent by its last step, as far as that is sure."""
    steps = f"""{HEAD}
  - buyer: addFaultReport
  - supplier: accept
  - {fault}
  - supplier: start
  - supplier: resolve
  - buyer: resolveResponse
"""
    (script,) = load(steps, "faulty.yaml").scripts
    assert buyer_steps(script, SupplierSettings())[-1]["after"] == told
