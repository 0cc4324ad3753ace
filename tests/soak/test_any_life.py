"""Full size: a thousand lives of fifty steps, other ones each time."""

import time

import pytest

from tests.lives.machine import AnyLife, live
from tests.lives.watched import Figures

LIVES = 1_000


@pytest.mark.soak
def test_a_thousand_lives(capsys: pytest.CaptureFixture[str]) -> None:
    """As in ``tests/cityfibre/test_any_life.py``, but drawn anew; a failure prints what repeats it."""

    class Drawn(AnyLife):
        figures = Figures()

    began = time.monotonic()
    live(Drawn, LIVES, derandomize=False)
    took = time.monotonic() - began
    figures = Drawn.figures
    assert figures.unreached() == set()
    with capsys.disabled():
        told = (
            f"{LIVES} lives, {figures.steps} steps, {figures.tickets} tickets, {figures.entries} entries, "
            f"{took:.0f} s: "
            f"{sum(figures.changes.values())} changes of tickets ({len(figures.changes)} ways), "
            f"{sum(figures.visits.values())} of visits ({len(figures.visits)} ways), "
            f"{sum(figures.notifications.values())} notifications ({len(figures.notifications)} kinds), "
            f"{sum(figures.taken.values())} moves taken, {sum(figures.refused.values())} refused, "
            f"{figures.kinds['file-stored']} files stored, {figures.kinds['file-refused']} refused"
        )
        print(f"\n{told}")  # noqa: T201 - the figures are the point of a soak
