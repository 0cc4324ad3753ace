"""Any life of tickets: buyers, supplier, endpoint and time at random; ``make soak`` has more of them."""

from tests.lives.machine import AnyLife, live
from tests.lives.on_purpose import every_way
from tests.lives.watched import Figures

LIVES = 150


def test_whatever_happens_all_agrees() -> None:
    """Each step is checked (``tests/lives``): what is refused changes nothing, what is taken only what it may."""

    class Drawn(AnyLife):
        figures = Figures()

    live(Drawn, LIVES, derandomize=True)
    assert Drawn.figures.steps > 20 * LIVES
    assert len(Drawn.figures.unreached()) < 20


def test_every_way_is_taken_and_every_other_refused() -> None:
    """With the same checks, and not left to chance: each transition, each move, each notification."""

    class Meant(AnyLife):
        figures = Figures()

    every_way(Meant)
    assert Meant.figures.unreached() == set()
