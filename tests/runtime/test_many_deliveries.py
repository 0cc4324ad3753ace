"""Two thousand notifications to an endpoint that fails in many ways, twice; ``tests/soak`` has the full size."""

from tests.falling_endpoint import deliver


async def test_each_is_delivered_once_or_given_up_and_a_second_run_is_the_same() -> None:
    """In order for each ticket, by instants that are drawn from the seed, over real HTTP."""
    first, second = await deliver(500), await deliver(500)
    assert first == second
    assert first.ended["delivered"] + first.ended["dead-lettered"] == 2_000
    assert first.ended["dead-lettered"] > 0
    assert first.attempts > 2_500
