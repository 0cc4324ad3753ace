"""Runs with a real buyer whose endpoint falls: what is taken in the end is good, and what never is fails the run."""

import asyncio
from pathlib import Path

import pytest

from simulator.listening.endpoint import Endpoint
from simulator.listening.failing import Failing
from simulator.running import playing
from simulator.running.runs import Buyer
from tests.running.test_real_buyer import REJECTED_ONCE, Listen, run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The scenario's file."""
    path = tmp_path / "rejected-once.yaml"
    path.write_text(REJECTED_ONCE)
    return path


def retried(file: Path, delays: str = "PT30S, PT2M") -> Path:
    """The same, but what is not taken is tried again."""
    given = f"given: {{settings: {{delivery: {{retry: [{delays}]}}}}}}"
    file.write_text(REJECTED_ONCE.replace("parameters:", f"{given}\nparameters:"))
    return file


async def test_what_is_taken_in_the_end_does_not_fail_a_run_with_retries(buyer: Listen, file: Path) -> None:
    """Each notification at its second retry; time does not stand for answers to what it has not got."""
    url = await buyer()
    ear = Endpoint(lambda _one: None, failing=Failing("503", first=2), forward_to=f"{url}/notifications")
    began = asyncio.get_running_loop().time()
    try:
        verdicts = await run(retried(file), Buyer(await ear.open(), f"{url}/trigger", "cfsit"))
    finally:
        await ear.close()
    assert [one.failure for one in verdicts] == [None] * 3
    assert asyncio.get_running_loop().time() - began < 9
    attempts = [entry for entry in verdicts[0].entries if entry.kind == "delivery-completed"]
    delivered = [entry for entry in verdicts[0].entries if entry.kind == "notification-delivered"]
    assert len(attempts) == 3 * len(delivered)
    assert {entry.data["attempt"] for entry in delivered} == {3}


async def test_what_is_given_up_fails_a_run_with_retries(buyer: Listen, door: Listen, file: Path) -> None:
    """At the instant of its last attempt, and with how many there were."""
    url, endpoint = await buyer(), await door(500)
    (verdict, *_) = await run(retried(file), Buyer(endpoint, f"{url}/trigger", "cfsit"))
    assert verdict.failure is not None
    assert verdict.failure.expected == "the buyer takes each notification"
    assert verdict.failure.found == "accepted: the endpoint answered HTTP 500 (given up after 3 attempts)"
    assert verdict.failure.at == "2026-01-05T09:02:30.000Z"


async def test_what_is_still_to_be_tried_at_the_end_is_tried(buyer: Listen, file: Path) -> None:
    """The script has ended before; the verdict waits for the last delivery."""
    url = await buyer()
    ear = Endpoint(
        lambda _one: None, failing=Failing("503", only=frozenset({"closed"})), forward_to=f"{url}/notifications"
    )
    try:
        (verdict, *_) = await run(retried(file, "P1D"), Buyer(await ear.open(), f"{url}/trigger", "cfsit"))
    finally:
        await ear.close()
    assert verdict.failure is not None
    assert verdict.failure.found == "closed: the endpoint answered HTTP 503 (given up after 2 attempts)"


async def test_what_never_ends_is_no_success(buyer: Listen, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps are done, and the last notification has met nobody who answers: the run has failed."""
    monkeypatch.setattr(playing, "LAST_SECONDS", 0.3)
    url = await buyer()
    failing = Failing("silent", only=frozenset({"closed"}))
    ear = Endpoint(lambda _one: None, failing=failing, forward_to=f"{url}/notifications")
    try:
        (verdict, *_) = await run(file, Buyer(await ear.open(), f"{url}/trigger", "cfsit"))
    finally:
        await ear.close()
    assert verdict.failure is not None
    assert verdict.failure.found == "not delivered 0.3 real seconds later: closed: no answer"
