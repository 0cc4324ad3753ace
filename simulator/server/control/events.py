"""The journal as it grows, as server-sent events: a stream that a client takes up again where it broke off.

The id of an event names the life of the environment (it begins anew at each reset) and the seq, so that a client that
comes back learns of a reset in between, and neither loses nor doubles an entry.
"""

import asyncio
import json
from collections.abc import Mapping

from aiohttp import web

from simulator.runtime.advance import DriverStoppedError
from simulator.runtime.driver import Driver
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.journal import LONGEST_LOOK, Chosen, Filter, filter_of
from simulator.server.control.pictures import entry_picture
from simulator.server.control.problems import Problem
from simulator.server.control.requests import environment_of, query_of
from simulator.server.control.route import ENVIRONMENT, Route

STREAMS = web.AppKey("streams", set[asyncio.Task[object]])
"""The streams that are open; the server ends them when it stops."""
MOST_STREAMS = 100
HEARTBEAT_SECONDS = 15.0
"""A sign of life, so that nothing in between takes the silence for the end."""
LOOK_SECONDS = 1.0
"""How often it is looked whether anybody still reads: nobody tells that a reader has gone."""
READER_SECONDS = 10.0
"""How long a reader may take no more; then the stream is cut, and may be taken up again."""
MOST_AT_ONCE = 100
"""Entries that are looked at before others get a turn."""
RETRY_MILLISECONDS = 1_000


async def end_streams(app: web.Application) -> None:
    """End every stream: the server is about to stop, and would wait for them."""
    streams = app[STREAMS]
    for task in tuple(streams):
        task.cancel()


class EventRoutes:
    """The handler of ``/control/v1/environments/{env}/events``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        return [Route("GET", f"{ENVIRONMENT}/events", self.follow, "text/event-stream", query=Chosen, problems=(429,))]

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Every entry of the journal behind ``after`` or the header ``Last-Event-ID``, and each new one as it comes."""
        environment = environment_of(request, self._environments)
        chosen = query_of(Chosen, request)
        wanted = filter_of(chosen, environment)
        streams, task = request.app[STREAMS], asyncio.current_task()
        assert task is not None  # noqa: S101 - narrows the type: a handler runs in a task
        if len(streams) >= MOST_STREAMS:
            raise Problem(429, f"{MOST_STREAMS} streams are open already; close one")
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        streams.add(task)
        try:
            await response.prepare(request)
            await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            await _Stream(environment, wanted, request, response).run(*_from(request, chosen, environment))
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()  # it reads no more; it may come back
        finally:
            streams.discard(task)
        return response


def _from(request: web.Request, chosen: Chosen, environment: Environment) -> tuple[str, int]:
    """The life and the seq that a client has seen last: what it says when it comes back counts."""
    life, _, seq = request.headers.get("Last-Event-ID", "").rpartition("-")
    if not (life and seq.isascii() and seq.isdigit() and len(seq) <= len(str(2**53))):
        return environment.life, chosen.after
    if life == environment.life and int(seq) >= environment.engine.journal.next_seq:
        return "", 0  # nobody was told that: it is none of ours
    return life, int(seq)


class _Stream:
    """One reader of one environment, through all its lives."""

    def __init__(
        self, environment: Environment, wanted: Filter, request: web.Request, response: web.StreamResponse
    ) -> None:
        self._environment = environment
        self._wanted = wanted
        self._request = request
        self._response = response
        self._silent = 0.0

    async def run(self, life: str, seq: int) -> None:
        """Write until the environment is gone, or the reader."""
        environment = self._environment
        while True:
            if life != environment.life:
                life, seq = environment.life, 0
                await self._write("reset", f"{life}-0", {"environment": environment.name})
            driver = environment.driver
            try:
                while life == environment.life:
                    seq = await self._write_new(life, seq)
                    if seq >= driver.engine.journal.next_seq - 1:
                        await self._wait(driver, life, seq)
            except DriverStoppedError:
                if driver is environment.driver:
                    await self._write("deleted", f"{life}-{seq}", {"environment": environment.name})
                    return

    async def _write_new(self, life: str, seq: int) -> int:
        """Write the next entries; how far that went is returned."""
        self._environment.touch()
        entries = self._environment.engine.journal.after(seq, LONGEST_LOOK)
        if entries and (lost := entries[0].seq - seq - 1) > 0:  # what is dropped from here on is in hand
            first = entries[0].seq
            await self._write("gap", f"{life}-{first - 1}", {"lost": lost, "first_seq": first})
        for number, entry in enumerate(entries):
            if number % MOST_AT_ONCE == 0:
                await asyncio.sleep(0)
            if self._wanted.fits(entry):
                await self._write("entry", f"{life}-{entry.seq}", entry_picture(entry))
        return entries[-1].seq if entries else seq

    async def _wait(self, driver: Driver, life: str, seq: int) -> None:
        """Wait for news, and look now and then whether anybody still reads."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await driver.change()
        except TimeoutError:
            if self._request.transport is None or self._request.transport.is_closing():
                raise ConnectionResetError from None
            self._environment.touch()
            self._silent += LOOK_SECONDS
            if self._silent >= HEARTBEAT_SECONDS:  # with how far it has come, for one who waits for what is rare
                await self._send(f": nothing new\nid: {life}-{seq}\n\n".encode())

    async def _write(self, event: str, number: str, data: Mapping[str, object]) -> None:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await self._send(f"event: {event}\nid: {number}\ndata: {text}\n\n".encode())

    async def _send(self, data: bytes) -> None:
        self._silent = 0.0
        async with asyncio.timeout(READER_SECONDS):
            await self._response.write(data)
