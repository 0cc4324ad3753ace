"""One run of one script, from an environment that has just been made to a verdict."""

import time

from simulator.core.inputs import Steered
from simulator.runtime.environments import Environment
from simulator.scenario.buyer import Situation, request
from simulator.scenario.loader import Script
from simulator.scenario.report import Verdict, verdict
from simulator.scenario.scripts import RUN
from simulator.scenario.steps import BuyerStep, ExpectStep

MOST_TURNS = 10_000
"""Requests and jumps of the clock in one run."""
NOBODY = "nobody plays this buyer: write the step as `buyer`, or run with --notify URL"


def begin(environment: Environment, script: Script, *, patient: bool) -> None:
    """Let a script have an environment for itself."""
    parameters = {"scenario": script.scenario.name, "case": script.case, "patient": patient}
    outcome = environment.driver.steer(Steered(RUN, "", parameters))
    if outcome.refusal is not None:
        raise RuntimeError(outcome.refusal.reason)


async def play_both_sides(environment: Environment, script: Script) -> Verdict:
    """Run a script and play its buyer too, without a network. The environment's clock is frozen: we move it."""
    started = time.perf_counter()
    begin(environment, script, patient=False)
    trouble = await _until_the_end(environment)
    return verdict(script, environment.engine.journal, trouble=trouble, real=time.perf_counter() - started)


async def _until_the_end(environment: Environment) -> str:
    """Send what the script waits for, else move on in time. Returns what kept it from its end, if anything did."""
    driver, sent = environment.driver, -1
    for turn in range(MOST_TURNS):
        await driver.advance(driver.now())
        progress = environment.scripts.alone(environment.supplier.books)
        if progress is None:
            return ""
        step = progress.at_hand
        if isinstance(step, ExpectStep) and not step.forbids and sent != progress.step:
            return f"{step}: {NOBODY}"
        if isinstance(step, BuyerStep) and sent != progress.step:
            sent = progress.step
            books, known = environment.supplier.books, environment.blueprint.inventory
            situation = Situation(progress, books, known, driver.now(), turn + 1)
            driver.flushed(driver.receive(request(step, situation)))
            continue
        following = environment.engine.schedule.next_driving()
        if following is None:
            return "nothing is left that could happen"
        await driver.advance(following.due)
    return f"it has not ended after {MOST_TURNS} turns"
