"""The command ``run``: from what was asked for to lines, files and an exit code."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from simulator.cityfibre.inventory import Inventory
from simulator.config import ConfigError, Loaded, check_environment
from simulator.core.transcript import lines
from simulator.running.planning import choose, inventory, own_seed
from simulator.running.runs import DEFAULT_ENVIRONMENT, Buyer, Order, carry_out
from simulator.running.telling import annotation, harmless, lines_of, summary
from simulator.running.triggers import UnreachableError
from simulator.runtime.scenario_files import ScenariosError, read_all
from simulator.scenario.loader import ScenarioError
from simulator.scenario.report import Verdict
from simulator.timeline import Line

Say = Callable[[Line], None]
GiveUp = Callable[[str], NoReturn]
PASSED, FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 130
_NOT_AGAIN = frozenset({"--tag", "--case", "--seed", "--jobs", "--fail-fast", "--junit", "--transcripts", "--github"})
"""Flags that the command to repeat one run does without, or says itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for, beside the settings. ``given`` are the flags as they were written."""

    paths: Sequence[Path]
    buyer: str | None
    trigger: str
    environment: str
    within_real: float | None
    tags: Sequence[str]
    case: str
    jobs: int
    fail_fast: bool
    junit: Path | None
    transcripts: Path | None
    github: bool
    given: Mapping[str, str]


def command(asked: Asked, loaded: Loaded, known: Inventory, say: Say, give_up: GiveUp) -> int:
    """Do what was asked, and return the exit code; bad usage and bad files are ``give_up``'s."""
    try:
        runs = choose(read_all(asked.paths), asked.tags, asked.case)
        for run in runs:
            inventory(run, known)
    except (ScenariosError, ScenarioError) as error:
        give_up(str(error))
    if not runs:
        give_up("no scenario has that tag and case")
    buyer = _buyer(asked, loaded, give_up)
    started, code, verdicts = time.perf_counter(), PASSED, list[Verdict]()
    try:
        with _telling(asked, loaded, say, len(runs)) as told:
            waits = partial(_tell_state, say)
            jobs = asked.jobs if buyer else 1
            order = Order(runs, loaded, known, told, waits, buyer, jobs, asked.fail_fast, verdicts)
            asyncio.run(_in_order(order))
    except UnreachableError as error:
        click.echo(f"cityfibre-simulator: {error}", err=True)
        code = UNREACHABLE
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("cityfibre-simulator: interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        raise  # whoever read the lines has gone; click ends quietly
    except (OSError, ConfigError) as error:
        give_up(str(error))
    if verdicts or not code:
        say(summary(verdicts, len(runs), time.perf_counter() - started))
    _write(asked, verdicts, give_up)
    failed = len(verdicts) < len(runs) or not all(one.passed for one in verdicts)
    return code or (FAILED if failed else PASSED)


async def _in_order(order: Order) -> None:
    """Carry it out; a SIGTERM ends what was begun, as Ctrl+C does: so CI systems cancel."""
    task = asyncio.current_task()
    assert task is not None, "this is one"  # noqa: S101 - narrows the type
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await carry_out(order)


def _tell_state(say: Say, text: str) -> None:
    say(("state", text))


def _buyer(asked: Asked, loaded: Loaded, give_up: GiveUp) -> Buyer | None:
    """The real buyer; ``None`` where we play it."""
    notify = loaded.config.notify
    if asked.trigger and not asked.trigger.strip():
        give_up("--trigger: expected a URL or a command, found nothing")
    if asked.buyer == "self" or (asked.buyer is None and notify is None):
        if asked.trigger or asked.environment or asked.within_real:
            flags = "--trigger, --environment and --within-real"
            give_up(f"{flags} are for a real buyer: name its endpoint with --notify URL")
        return None
    if notify is None:
        give_up("a real buyer needs an endpoint for its notifications: --notify URL")
    if asked.environment and (wrong := _no_environment(asked.environment)):
        give_up(f"--environment: {wrong}")
    if asked.jobs > 1 and (asked.environment or not asked.trigger):
        give_up("several runs at once need a --trigger that tells the buyer a URL for each, and no --environment")
    fixed = asked.environment or ("" if asked.trigger and asked.jobs > 1 else DEFAULT_ENVIRONMENT)
    from simulator.runtime.endpoint_tls import endpoint_tls  # noqa: PLC0415 - only who sends anything pays

    try:
        tls = endpoint_tls(loaded.config)
    except ConfigError as error:
        give_up(str(error))
    return Buyer(notify, asked.trigger, fixed, asked.within_real, tls)


def _no_environment(name: str) -> str:
    """Why an environment can't be called that, or empty."""
    try:
        check_environment(name)
    except ValueError as error:
        return str(error)
    return ""


@contextmanager
def _telling(asked: Asked, loaded: Loaded, say: Say, runs: int) -> Iterator[Callable[[Verdict], None]]:
    """Tell of each verdict as it comes: by a bar on a terminal, where only failures need words; else by lines."""

    def tell(one: Verdict) -> None:
        for tone, text in lines_of(one, _again(asked, loaded, one)):
            say((tone, harmless(text) if asked.github else text))
        if asked.github and not one.passed:
            click.echo(harmless(annotation(one)))

    if not sys.stdout.isatty() or asked.github:
        yield tell
        return
    failed: list[Verdict] = []
    with click.progressbar(length=runs, item_show_func=lambda name: name, show_eta=False) as bar:

        def count(one: Verdict) -> None:
            bar.update(1, one.script.name)
            if not one.passed:
                failed.append(one)

        yield count
    for one in failed:
        tell(one)


def _again(asked: Asked, loaded: Loaded, one: Verdict) -> list[str]:
    """The one command that repeats a run."""
    case = ["--case", one.script.case] if one.script.case else []
    kept = [word for flag, value in asked.given.items() if flag not in _NOT_AGAIN for word in _written(flag, value)]
    seed = ["--seed", str(loaded.config.seed)] if own_seed(one.script, loaded) is None else []
    return ["cityfibre-simulator", "run", one.script.file, *case, *seed, *kept]


def _written(flag: str, value: str) -> list[str]:
    return [flag] if value == "True" else [flag, value]


def _write(asked: Asked, verdicts: Sequence[Verdict], give_up: GiveUp) -> None:
    """Write the files that were asked for."""
    try:
        if asked.junit is not None:
            from simulator.running import junit  # noqa: PLC0415 - only who asks for it pays

            junit.write(asked.junit, verdicts)
        if asked.transcripts is not None:
            asked.transcripts.mkdir(parents=True, exist_ok=True)
            for one in verdicts:
                text = "".join(f"{line}\n" for line in lines(one.entries))
                (asked.transcripts / f"{one.script.name}.jsonl").write_text(text, "utf-8")
    except OSError as error:
        give_up(f"{error.filename}: can't be written: {error.strerror}")
