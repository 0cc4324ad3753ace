"""Full size: a million damaged messages, other ones each day; what fails is written to a file, with what repeats it."""

import time
from pathlib import Path

import pytest

from tests.hostile.barrage import Barrage, resident
from tests.hostile.mutating import mutant, sources

KEPT = Path(__file__).parents[2] / ".fuzz"
"""Where what has failed is kept; git ignores it."""
STEP = 20_000
MOST_GROWTH = 100.0
"""MiB. More than of ten thousand: lxml keeps every name that it has ever read."""


@pytest.mark.fuzz
def test_a_million_mutants(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    """The same must hold of each as of those that every change is tested with."""
    seed, first, count = (pytestconfig.getoption(name) for name in ("seed", "first", "count"))
    barrage, good = Barrage(), sources()
    began, settled = time.monotonic(), 0.0
    for number in range(first, first + count):
        one = mutant(seed, number, good)
        try:
            barrage.send(one.operation, one.body)
        except BaseException:
            failed = KEPT / f"mutant-{seed}-{number}.xml"
            KEPT.mkdir(exist_ok=True)
            failed.write_bytes(one.body)
            with capsys.disabled():
                print(f"\n{one.operation} < {failed}; again: make fuzz ARGS='--seed {seed} --first {number} --count 1'")  # noqa: T201 - what repeats it
            raise
        done = number + 1 - first
        if done == min(STEP, count):
            settled = resident()
        if done % STEP == 0 or done == count:
            with capsys.disabled():
                told = barrage.figures.line(f"mutants of seed {seed}", resident() - settled)
                print(f"\n{time.monotonic() - began:.0f} s: {told}", end="")  # noqa: T201 - how far it has come
    assert resident() - settled < MOST_GROWTH
