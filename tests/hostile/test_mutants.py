"""Ten thousand damaged messages: each is answered as documented, at once, and leaves nothing behind."""

import pytest

from tests.hostile.barrage import Barrage, resident
from tests.hostile.mutating import mutant, sources

SEED = 1
COUNT = 10_000
WARM_UP = 1_000
MOST_GROWTH = 20.0


def test_ten_thousand_mutants(capsys: pytest.CaptureFixture[str]) -> None:
    """No 5xx but the documented, none over a second, every answer well-formed, nothing changed, nothing leaks."""
    barrage, good = Barrage(), sources()
    begun = 0.0
    for number in range(COUNT):
        one = mutant(SEED, number, good)
        barrage.send(one.operation, one.body)
        if number == WARM_UP:
            begun = resident()
    grown = resident() - begun
    with capsys.disabled():
        print(f"\n{barrage.figures.line('mutants', grown)}")  # noqa: T201 - the figures are asked for
    assert grown < MOST_GROWTH


def test_a_mutant_can_be_had_again() -> None:
    """By seed and number alone; another of either is another mutant."""
    good = sources()
    assert mutant(7, 12, good) == mutant(7, 12, good)
    assert len({mutant(seed, number, good).body for seed in (7, 8) for number in range(20)}) > 30


def test_every_message_that_is_damaged_was_good() -> None:
    """Bare and in envelopes, of all six operations: none breaks the XSD before it is touched."""
    barrage, good = Barrage(), sources()
    assert [] == [one.operation for one in good if barrage.send(one.operation, one.body)[1] in {"xsd", "xml-limit"}]
    assert 18 == len(good)
