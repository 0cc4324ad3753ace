"""How a verification looks, waits and answers; and what nobody has expected."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime

from aiohttp import web

from simulator.core.instants import format_instant
from simulator.core.journal import Entry, Journal
from simulator.runtime.advance import DriverStoppedError
from simulator.runtime.driver import Driver
from simulator.runtime.environments import Environment
from simulator.server.control.events import MOST_STREAMS, STREAMS
from simulator.server.control.journal import lost_behind
from simulator.server.control.problems import Problem
from simulator.server.control.redaction import redacted_bytes
from simulator.server.control.requests import address_of, checked, object_of, wrong
from simulator.server.control.verify import (
    ExpectedPicture,
    JudgedPicture,
    MessagePicture,
    NearPicture,
    UnmatchedPicture,
    VerifiedPicture,
)
from simulator.verification import telling
from simulator.verification.expectation import Verification
from simulator.verification.judging import Judge
from simulator.verification.meaning import complaints
from simulator.verification.messages import Message, Messages
from simulator.verification.verdict import Inquiry, Near, UnusableXPathError, Verdict
from simulator.wire.complaints import dotted

MOST_MATCHED = 1_000
"""Messages of one expectation that an answer names."""
MOST_AT_ONCE = 10_000
"""Entries that are fetched from the journal in a row."""
WITHOUT_PAUSE = 20
"""Entries looked at before others get a turn."""
LOOK_SECONDS = 0.25
"""How often a verification that waits looks at a clock that runs by itself, and whether its client is still there."""


async def verified(request: web.Request, environment: Environment) -> VerifiedPicture:
    """Look for what is expected in all that came, and wait for it.

    Raises:
        Problem: it does not hold (409), or makes no sense.
    """
    wanted = checked(Verification, await object_of(request))
    found = [(dotted(path), message) for path, message in complaints(wanted)]
    if found:
        raise wrong(found)
    judges = [Judge(one, _address(one.ticket, index, environment)) for index, one in enumerate(wanted.expect)]
    _check_window(environment.engine.journal, wanted.after)
    inquiry = Inquiry(judges, in_order=wanted.in_order, began=_began(environment, wanted.after))
    with _counted(request) if wanted.timeout else nullcontext():
        verdicts, last = await _wait(environment, inquiry, wanted, request)
    if not all(one.held for one in verdicts):
        raise _not_so(inquiry, verdicts, last)
    _take(environment, verdicts)
    return {
        "verified": True,
        "expectations": [_expected(judge, one) for judge, one in zip(judges, verdicts, strict=True)],
        "last": last,
    }


async def unmatched(environment: Environment, after: int, limit: int) -> UnmatchedPicture:
    """Requests and notifications that no expectation of a verification that held has taken."""
    driver, verified = environment.driver, environment.verified
    _check_window(driver.engine.journal, after)
    messages, found = Messages(), list[Message]()

    def take(entry: Entry) -> bool:
        if len(found) == limit:
            return False
        message = messages.take(entry)
        if message is not None and message.delivered is None and message.seq not in verified:
            found.append(message)  # one whose delivery has ended was met before
        return True

    last = await _look(driver.engine.journal, after, take)
    return {"last": last, "messages": [_message_picture(one) for one in found]}


# -- the window


def _check_window(journal: Journal, after: int) -> None:
    """All that came after a seq must still be there; and a seq that is yet to come is one of a former life."""
    if lost_behind(journal, after):
        detail = f"the journal keeps nothing before #{journal.first_seq}; say after {journal.first_seq - 1}, or more"
        raise Problem(409, detail, first_seq=journal.first_seq)
    if after >= journal.next_seq:
        detail = f"the journal ends at #{journal.next_seq - 1}, before #{after}; was the environment reset?"
        raise Problem(409, detail, next_seq=journal.next_seq)


def _began(environment: Environment, after: int) -> datetime:
    """When a window begins: with the entry that it comes after, else with the first; with no entry, now."""
    entries = environment.engine.journal.after(after - 1, 1)
    return entries[0].at if entries else environment.driver.now()


def _address(reference: str | None, index: int, environment: Environment) -> str | None:
    """The ticket that an expectation names."""
    if reference is None:
        return None
    try:
        return address_of(reference, environment)
    except Problem as problem:
        raise Problem(problem.status, f"expect[{index}].ticket: {problem.detail}") from None


# -- looking and waiting


@contextmanager
def _counted(request: web.Request) -> Iterator[None]:
    """Be one of the long answers of this server, which are not too many, and end when it stops."""
    streams, task = request.app[STREAMS], asyncio.current_task()
    assert task is not None  # noqa: S101 - narrows the type: a handler runs in a task
    if len(streams) >= MOST_STREAMS:
        raise Problem(429, f"{MOST_STREAMS} streams and verifications are under way already; end one")
    streams.add(task)
    try:
        yield
    finally:
        streams.discard(task)


async def _wait(
    environment: Environment, inquiry: Inquiry, wanted: Verification, request: web.Request
) -> tuple[list[Verdict], int]:
    """Look at all that came, and at what comes, until it is decided or time is up; how far was looked is told too."""
    try:
        return await _until_decided(environment, inquiry, wanted, request)
    except UnusableXPathError as error:
        raise wrong([(dotted(error.place), str(error))]) from None
    except DriverStoppedError:
        raise Problem(409, "the environment was reset or removed meanwhile") from None


async def _until_decided(
    environment: Environment, inquiry: Inquiry, wanted: Verification, request: web.Request
) -> tuple[list[Verdict], int]:
    driver, loop = environment.driver, asyncio.get_running_loop()
    end, looked = loop.time() + wanted.timeout, wanted.after

    def take(entry: Entry) -> bool:
        inquiry.take(entry)
        return True

    while True:
        looked = await _look(driver.engine.journal, looked, take)  # from here on nothing awaits until the change
        verdicts, left = inquiry.verdicts(_reached(driver)), end - loop.time()
        if request.transport is None or request.transport.is_closing():
            raise ConnectionResetError("the client has gone")  # it hears nothing of what would be taken
        if environment.driver is not driver:
            raise DriverStoppedError
        if all(one.held for one in verdicts) or any(map(inquiry.is_final, verdicts)) or left <= 0:
            return verdicts, looked
        environment.touch()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_SECONDS)):
                await driver.change()


async def _look(journal: Journal, seq: int, take: Callable[[Entry], bool]) -> int:
    """Show each entry behind a seq until it is enough; how far that went is returned."""
    while True:
        _check_window(journal, seq)
        entries = journal.after(seq, MOST_AT_ONCE)
        if not entries:
            return seq
        for number, entry in enumerate(entries, 1):
            if not take(entry):
                return seq
            seq = entry.seq
            if number % WITHOUT_PAUSE == 0:
                await asyncio.sleep(0)


def _reached(driver: Driver) -> datetime:
    """The instant before which nothing can come any more: a timer that is due comes at its own."""
    now, following = driver.now(), driver.engine.schedule.next()
    return now if following is None else min(now, following.due)


def _take(environment: Environment, verdicts: Sequence[Verdict]) -> None:
    """Remember which messages were expected; those that the journal has dropped are nobody's any more."""
    verified, journal = environment.verified, environment.engine.journal
    for verdict in verdicts:
        verified.update(verdict.taken)
    if len(verified) > len(journal):
        verified.intersection_update(range(journal.first_seq, journal.next_seq))


# -- pictures


def _hidden(body: bytes) -> bytes:
    """A message with its secrets blanked."""
    return redacted_bytes(body)


def _not_so(inquiry: Inquiry, verdicts: Sequence[Verdict], last: int) -> Problem:
    """What does not hold, and why: in short as the detail, in full beside it."""
    judged: list[JudgedPicture] = []
    for index, (tally, verdict) in enumerate(zip(inquiry.tallies, verdicts, strict=True)):
        near = telling.nearest(tally, verdict, _hidden)
        picture: JudgedPicture = {
            **_expected(tally.judge, verdict),
            "held": verdict.held,
            "open": not verdict.held and not inquiry.is_final(verdict),
            "why": telling.why(inquiry, index, verdict, near),
            "nearest": [_near_picture(one) for one in near],
        }
        judged.append(picture)
    said = [f"expect[{index}] {one['expected']} — {one['why']}" for index, one in enumerate(judged) if not one["held"]]
    detail = f"{len(said)} of {len(judged)} expectations failed: {telling.in_short(said)}"
    return Problem(409, detail, verified=False, expectations=judged, last=last)


def _expected(judge: Judge, verdict: Verdict) -> ExpectedPicture:
    matched = list(verdict.taken[:MOST_MATCHED])
    return {"expected": telling.expected(judge), "count": len(verdict.taken), "matched": matched}


def _near_picture(near: Near) -> NearPicture:
    return {
        "seq": near.message.seq,
        "at": format_instant(near.message.at),
        "ticket": near.message.ticket,
        "differences": [
            {"field": one.field, "expected": one.expected, "found": one.found}
            for one in near.differences[: telling.MOST_DIFFERENCES]
        ],
    }


def _message_picture(message: Message) -> MessagePicture:
    return {
        "seq": message.seq,
        "at": format_instant(message.at),
        "ticket": message.ticket,
        "kind": message.kind,
        "name": message.name,
        "status": message.status,
        "refused_by": message.refused_by or None,
    }
