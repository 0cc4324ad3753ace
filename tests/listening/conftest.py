"""A listening endpoint on a free port, and raw sockets to speak to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from simulator.listening.answers import Answer
from simulator.listening.endpoint import Arrival, Endpoint
from simulator.listening.failing import NEVER, Failing

SECONDS = 5.0
"""How long to wait for what must come."""


@dataclass
class Heard:
    """An endpoint, and what it has told."""

    url: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def answered(self, _arrival: Arrival, answer: Answer) -> None:
        self.answers.append(answer.told)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    async def speak(self, *pieces: bytes) -> bytes:
        """Send bytes over a socket of its own; what comes until it is closed. A reset is a ``ConnectionResetError``."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            async with asyncio.timeout(SECONDS):
                return await reader.read()
        finally:
            writer.close()


Listen = Callable[..., Awaitable[Heard]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Opens endpoints that may be told to fail, or to forward."""
    opened: list[Endpoint] = []

    async def factory(failing: Failing = NEVER, forward_to: str = "") -> Heard:
        heard = Heard()
        endpoint = Endpoint(heard.arrivals.append, heard.answered, failing=failing, forward_to=forward_to)
        heard.url = await endpoint.open()
        opened.append(endpoint)
        return heard

    yield factory
    for endpoint in opened:
        await endpoint.close()
