"""A buyer that takes up to two real seconds for each request: the same transcript, a hundred times of a hundred."""

import asyncio
import random
from pathlib import Path

import pytest

from simulator.core.transcript import lines
from tests.examples.example_buyer import ExampleBuyer
from tests.running.test_real_buyer import REJECTED_ONCE, of, reference_of, run

TIMES = 100


@pytest.mark.soak
async def test_a_hundred_runs_leave_one_transcript(tmp_path: Path) -> None:
    """Twenty-five at once, each in an environment of its own."""
    head, _, steps = REJECTED_ONCE.partition("cases:")
    cases = ", ".join(f"{{case: r{number}}}" for number in range(TIMES))
    path = tmp_path / "rejected-once.yaml"
    path.write_text(f"{head}cases: [{cases}]\n{steps.partition(chr(10))[2]}")
    dice = random.Random(5)
    waited: list[float] = []

    async def pause() -> None:
        waited.append(dice.uniform(0, 2))
        await asyncio.sleep(waited[-1])

    buyer = ExampleBuyer(pause)
    try:
        verdicts = await run(path, of(await buyer.listen(), ""), jobs=25)
    finally:
        await buyer.close()
    transcripts = set()
    for one in verdicts:
        assert one.failure is None
        text = "\n".join(lines(one.entries)).replace(f"-{reference_of(one):04d}", "-N")
        transcripts.add(text.replace(f'"case":"{one.script.case}"', '"case":"R"'))
    assert (len(verdicts), len(transcripts)) == (TIMES, 1)
    assert len(waited) == 3 * TIMES
    assert max(waited) > 1.9
