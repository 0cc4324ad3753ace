"""How the endpoint is told to fail, and when it does: drawn from nothing but seed, message and attempt."""

import pytest

from simulator.listening.failing import NEVER, Failing, draw


def test_it_never_fails_unless_told() -> None:
    """As it is without a word."""
    assert not NEVER.fails("CF-00001", 1, "accepted")


def test_it_always_fails_without_first_and_probability() -> None:
    """Also at the hundredth attempt."""
    assert Failing("500").fails("CF-00001", 100, "accepted")


def test_the_first_attempts_of_each_message() -> None:
    """Two fail, the third does not."""
    failing = Failing("reset", first=2)
    assert [failing.fails("CF-00001", attempt, "accepted") for attempt in (1, 2, 3)] == [True, True, False]
    assert failing.fails("CF-00002", 1, "accepted")


def test_only_notifications_of_these_states() -> None:
    """Others are acknowledged."""
    failing = Failing("refuse", only=frozenset({"resolved", "closed"}))
    states = ("accepted", "resolved", "closed", "")
    assert [failing.fails("CF-00001", 1, state) for state in states] == [False, True, True, False]


def test_what_is_drawn_is_the_same_in_every_process() -> None:
    """The numbers stand here as another process has drawn them."""
    drawn = [round(draw(1, f"CF-0000{number}", 1), 6) for number in (1, 2, 3)]
    assert drawn == [0.770185, 0.285318, 0.758275]
    assert round(draw(2, "CF-00001", 1), 6) == 0.016102
    assert round(draw(1, "CF-00001", 2), 6) == 0.683977


def test_a_probability_is_met_in_the_long_run() -> None:
    """Of ten thousand attempts about as many as it says."""
    failing = Failing("500", probability=0.3, seed=7)
    failed = sum(failing.fails(f"CF-{number:05d}", 1, "accepted") for number in range(10_000))
    assert 2_850 < failed < 3_150


@pytest.mark.parametrize(("probability", "fails"), [(0.0, False), (1.0, True)], ids=["never", "always"])
def test_the_ends_of_probability(probability: float, fails: bool) -> None:  # noqa: FBT001 - a row of a table
    """0 is never, 1 is always."""
    failing = Failing("500", probability=probability)
    assert [failing.fails(f"CF-{number}", 1, "accepted") for number in range(100)] == [fails] * 100


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"how": "200"}, "--fail: expected a status from 300 to 599, or refuse, reset, silent, empty, broken, close"),
        ({"how": "600"}, "--fail: expected a status from 300 to 599, or refuse, reset, silent, empty, broken, close"),
        ({"how": "٥٠٠"}, "--fail: expected a status from 300 to 599, or refuse, reset, silent, empty, broken, close"),
        ({"first": 1}, "--first, --probability and --only say when to fail: say how, with --fail"),
        ({"probability": 0.5}, "--first, --probability and --only say when to fail: say how, with --fail"),
        ({"only": frozenset({"open"})}, "--first, --probability and --only say when to fail: say how, with --fail"),
        ({"how": "500", "probability": float("nan")}, "--probability: expected a number from 0 to 1"),
        ({"how": "reset", "retry_after": 30}, "--retry-after goes with a status: --fail 503, for example"),
        ({"how": "503", "retry_after": 604_801}, "--retry-after: expected 0 to 604800 seconds"),
    ],
    ids=["good", "none", "digits", "first", "probability", "only", "nan", "retry-after", "too-long"],
)
def test_what_does_not_go_together_is_refused(words: dict[str, object], complaint: str) -> None:
    """With what to do instead."""
    with pytest.raises(ValueError, match=r"expected|say how|goes with") as refused:
        Failing(**words)  # type: ignore[arg-type]
    assert str(refused.value) == complaint
