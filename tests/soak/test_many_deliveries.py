"""Full size: fifty thousand notifications to an endpoint that fails in many ways, twice; nothing is lost or doubled."""

import time

import pytest

from tests.falling_endpoint import deliver


@pytest.mark.soak
async def test_fifty_thousand_notifications(capsys: pytest.CaptureFixture[str]) -> None:
    """12,500 tickets with four each, over real HTTP; the second transcript is equal to the byte."""
    began = time.monotonic()
    first = await deliver(12_500)
    between = time.monotonic()
    second = await deliver(12_500)
    ended = time.monotonic()
    assert first == second
    assert sum(first.ended.values()) == 50_000
    with capsys.disabled():
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(first.ended.items()))
        seconds = f"{between - began:.0f} s and {ended - between:.0f} s"
        print(f"\n50,000 notifications, {first.attempts} attempts: {told}; {seconds}")  # noqa: T201 - the figure
