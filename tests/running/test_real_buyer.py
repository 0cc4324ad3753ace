"""``run`` with a real buyer: over HTTP, in environments of their own, at the buyer's pace."""

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulator.cityfibre import inventory
from simulator.config import load
from simulator.core.transcript import lines
from simulator.running import triggers
from simulator.running.planning import choose
from simulator.running.runs import Buyer, Order, carry_out
from simulator.running.triggers import UnreachableError
from simulator.runtime.scenario_files import read_all
from simulator.scenario.report import Verdict

REJECTED_ONCE = """
scenario: 1
name: rejected-once
description: The buyer does not take the repair at first.
parameters: {service: S21709}
cases: [{case: a}, {case: b, service: S30001}, {case: c, service: S40001}]
steps:
  - buyer: addFaultReport
    with: {serviceAffected: $service}
    within_real: 10
    as: report
  - supplier: accept
  - supplier: start
  - wait: PT2H
  - supplier: resolve
  - buyer: resolveResponse
    with: {resolveAccepted: false}
    fill: {rejectedReason: Still slow}
    within_real: 10
  - supplier: start
  - wait: P1D
  - supplier: resolve
  - buyer: resolveResponse
    with: {resolveAccepted: true}
    within_real: 10
  - check: {state: closed, notifications: {resolved: 2, re-opened: 1, closed: 1}}
"""
NOBODY_CAME = "no request came; it was waited for 0.1 real seconds (--within-real)"
Listen = Callable[..., Awaitable[str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The scenario's file."""
    path = tmp_path / "rejected-once.yaml"
    path.write_text(REJECTED_ONCE)
    return path


def hasty(file: Path) -> Path:
    """The same, but it waits for a tenth of a second only."""
    file.write_text(REJECTED_ONCE.replace("within_real: 10", "within_real: 0.1"))
    return file


async def run(path: Path, buyer: Buyer, jobs: int = 1, told: list[str] | None = None) -> list[Verdict]:
    """All runs of a file, on free ports."""
    loaded = load({"port": 0, "control_port": 0}, {})
    runs = choose(read_all([path]), [], "")
    waits = (told if told is not None else []).append
    return await carry_out(Order(runs, loaded, inventory.default(), lambda _one: None, waits, buyer, jobs))


def of(url: str, environment: str = "cfsit") -> Buyer:
    """The example buyer."""
    return Buyer(f"{url}/notifications", f"{url}/trigger", environment)


async def test_a_buyer_with_a_fixed_url_plays_one_run_after_another(buyer: Listen, file: Path) -> None:
    """In one environment that is made anew for each: the first ticket of each run has the same reference."""
    verdicts = await run(file, of(await buyer()))
    assert [(one.script.case, one.failure) for one in verdicts] == [("a", None), ("b", None), ("c", None)]
    references = [
        entry.data["reference"] for one in verdicts for entry in one.entries if entry.kind == "ticket-changed"
    ]
    assert set(references) == {"CS0053224"}


async def test_a_buyer_that_takes_a_url_plays_several_at_once(buyer: Listen, file: Path) -> None:
    """Each run has an environment of its own; the verdicts come in the order of the runs."""
    waiting = asyncio.Event()
    begun = 0

    async def pause() -> None:
        """Nobody goes on before all three have begun."""
        nonlocal begun
        begun += 1
        if begun == 3:
            waiting.set()
        await waiting.wait()

    verdicts = await run(file, of(await buyer(pause), ""), jobs=3)
    assert [(one.script.case, one.failure) for one in verdicts] == [("a", None), ("b", None), ("c", None)]


async def test_the_buyers_pace_leaves_no_trace(buyer: Listen, file: Path) -> None:
    """It takes up to 60 real milliseconds for each request: 10 runs of each case, 3 transcripts.

    ``make soak`` does so with two seconds and a hundred runs.
    """
    dice = random.Random(4)

    async def pause() -> None:
        await asyncio.sleep(dice.uniform(0, 0.06))

    url, transcripts = await buyer(pause), set()
    for _ in range(10):
        for one in await run(file, of(url), jobs=1):
            assert one.failure is None
            text = "\n".join(lines(one.entries)).replace(f"-{reference_of(one):04d}", "-N")
            transcripts.add(text)
    assert len(transcripts) == 3


def reference_of(verdict: Verdict) -> int:
    """The number in the buyer's own reference, which it counts through all runs."""
    address = next(entry.ticket for entry in verdict.entries if entry.kind == "ticket-added")
    return int(address.rpartition("-")[2])


async def test_a_buyer_that_does_nothing_fails_the_step_by_name(door: Listen, file: Path) -> None:
    """Once the real seconds are over that the step waits."""
    url, told = await door(), list[str]()
    verdicts = await run(hasty(file), Buyer(url, url), told=told)
    failure = verdicts[0].failure
    assert failure is not None
    assert (failure.line, failure.does, failure.found) == (8, "buyer addFaultReport", NOBODY_CAME)
    assert failure.expected == "addFaultReport with serviceAffected 'S21709', taken, within PT24H"
    assert failure.at == "2026-01-06T09:00:00.000Z"
    assert told == []


async def test_patience_may_be_given_for_all_steps_that_say_nothing(door: Listen, file: Path) -> None:
    """One that says it itself keeps its own: here ten real seconds, which nobody waits for."""
    text = REJECTED_ONCE.replace("within_real: 10\n    as", "as")
    file.write_text(text)  # noqa: ASYNC240 - a few bytes
    began = asyncio.get_running_loop().time()
    verdicts = await run(file, Buyer(await door(), environment="cfsit", patience=0.1))
    assert [one.failure.line for one in verdicts if one.failure] == [8, 8, 8]
    assert asyncio.get_running_loop().time() - began < 5


async def test_without_a_trigger_run_says_what_it_waits_for(door: Listen, file: Path) -> None:
    """Somebody else makes the buyer act."""
    told: list[str] = []
    await run(hasty(file), Buyer(await door(), environment="job-1"), told=told)
    assert len(told) == 3
    assert told[0].startswith("rejected-once[a] waits for addFaultReport at http://127.0.0.1:")
    assert told[0].endswith("/job-1/api2")


async def test_a_notification_that_is_not_taken_fails_the_run(buyer: Listen, door: Listen, file: Path) -> None:
    """A buyer whose endpoint answers 500 has not passed, whatever it sends."""
    url, endpoint = await buyer(), await door(500)
    (verdict, *_) = await run(file, Buyer(endpoint, f"{url}/trigger", "cfsit"))
    assert verdict.failure is not None
    assert verdict.failure.expected == "the buyer takes each notification"
    assert verdict.failure.found.startswith("accepted: ")
    assert (verdict.failure.does, verdict.failure.at) == ("wait PT2H", "2026-01-05T09:00:00.000Z")


async def test_a_trigger_that_fails_is_the_failure(buyer: Listen, door: Listen, file: Path) -> None:
    """With what it said."""
    url, trigger = await buyer(), await door(503, "no tester is free")
    (verdict, *_) = await run(file, Buyer(f"{url}/notifications", trigger, "cfsit"))
    assert verdict.failure is not None
    assert verdict.failure.found == "the trigger answered 503: no tester is free"


async def test_a_trigger_may_be_a_command(door: Listen, file: Path, tmp_path: Path) -> None:
    """It reads what the run wants on its input, and finds what matters most in its environment."""
    program = tmp_path / "trigger.py"
    program.write_text(
        "import json, os, sys\n"
        "told = {'read': json.load(sys.stdin), 'found': {k: v for k, v in os.environ.items() if 'CITYFIBRE' in k}}\n"
        f"open({str(tmp_path / 'told.json')!r}, 'w').write(json.dumps(told))\n"
        "sys.exit('no tester is free')\n"
    )
    (verdict, *_) = await run(file, Buyer(await door(), f"{sys.executable} '{program}'", "cfsit"))
    assert verdict.failure is not None
    assert verdict.failure.found == "the trigger ended with 1: no tester is free"
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["read"]["base_url"].endswith("/cfsit/api2")
    assert told["found"] == {
        "CITYFIBRE_SCENARIO": "rejected-once",
        "CITYFIBRE_SCENARIO_CASE": "c",
        "CITYFIBRE_SCENARIO_SERVICE": "S40001",
        "CITYFIBRE_BASE_URL": told["read"]["base_url"],
    }
    assert {name: told["read"][name] for name in ("scenario", "case", "parameters", "now", "description")} == {
        "scenario": "rejected-once",
        "case": "c",
        "parameters": {"service": "S40001"},
        "now": "2026-01-05T09:00:00.000Z",
        "description": "The buyer does not take the repair at first.",
    }
    assert told["read"]["steps"][1] == {
        "line": 16,
        "operation": "resolveResponse",
        "envelope": "bare",
        "as": None,
        "after": ["accepted", "in-progress", "resolved"],
        "with": {"resolveAccepted": "false"},
        "fill": {"rejectedReason": "Still slow"},
    }


async def test_a_trigger_may_leave_something_running(door: Listen, file: Path) -> None:
    """It has ended all the same; the run then waits for the buyer, in vain."""
    trigger = "sh -c 'sleep 3 & echo begun'"
    began = asyncio.get_running_loop().time()
    verdicts = await run(hasty(file), Buyer(await door(), trigger, "cfsit"))
    assert [one.failure.found for one in verdicts if one.failure] == [NOBODY_CAME] * 3
    assert asyncio.get_running_loop().time() - began < 2.5


async def test_a_trigger_that_says_too_much_is_ended(door: Listen, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before its minute is over; what it says is on no disk for long."""
    monkeypatch.setattr(triggers, "MOST_OUTPUT", 1_000)
    began = asyncio.get_running_loop().time()
    (verdict, *_) = await run(file, Buyer(await door(), "yes", "cfsit"))
    assert verdict.failure is not None
    assert verdict.failure.found == "the trigger has said more than 1000 bytes"
    assert asyncio.get_running_loop().time() - began < 5


@pytest.mark.parametrize("trigger", ["http://127.0.0.1:1/trigger", "./no-such-program"])
async def test_a_trigger_that_is_not_there_ends_it_all(door: Listen, file: Path, trigger: str) -> None:
    """That is no scenario's failure."""
    with pytest.raises(UnreachableError, match="the trigger"):
        await run(file, Buyer(await door(), trigger, "cfsit"))


async def test_an_endpoint_that_is_not_there_is_found_out_first(file: Path) -> None:
    """Before any run begins."""
    told: list[str] = []
    with pytest.raises(UnreachableError, match="the buyer's endpoint http://127\\.0\\.0\\.1:1/n can't be reached"):
        await run(file, Buyer("http://127.0.0.1:1/n"), told=told)
    assert told == []


async def test_a_host_that_can_have_no_such_name_is_not_there_either(file: Path) -> None:
    """An empty label: Python itself refuses to look it up."""
    with pytest.raises(UnreachableError, match="that is no host's name"):
        await run(file, Buyer("http://a..b/"))


async def test_a_request_that_comes_before_its_step_is_kept(tmp_path: Path, buyer: Listen) -> None:
    """The buyer asks for an update as soon as it may; the script comes to that two hours later."""
    path = tmp_path / "early.yaml"
    path.write_text(
        "scenario: 1\nname: early\ndescription: An update, asked for early.\nsteps:\n"
        "  - buyer: addFaultReport\n  - supplier: accept\n  - wait: PT2H\n"
        "  - {buyer: requestFaultReportUpdate, within_real: 5}\n  - check: {notifications: {full-update: 1}}\n"
    )
    (verdict,) = await run(path, of(await buyer()))
    assert verdict.failure is None
