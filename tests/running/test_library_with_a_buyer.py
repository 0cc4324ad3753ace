"""The shipped library, against a buyer that shares no code with the simulator: each scenario, each case, over HTTP."""

from pathlib import Path

import pytest

from tests.examples.example_buyer import ExampleBuyer
from tests.running.test_real_buyer import of, run

LIBRARY = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize(("environment", "jobs"), [("", 8), ("cfsit", 1)], ids=["several at once", "one by one"])
async def test_every_scenario_passes_with_a_real_buyer(environment: str, jobs: int) -> None:
    """Eight at once, each with a URL of its own; then one after another at a URL that is built into the buyer."""
    buyer = ExampleBuyer()
    try:
        verdicts = await run(LIBRARY, of(await buyer.listen(), environment), jobs)
    finally:
        await buyer.close()
    assert [(one.script.name, one.failure) for one in verdicts if one.failure is not None] == []
    assert len(verdicts) >= 60
