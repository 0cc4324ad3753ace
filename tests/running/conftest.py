"""Fixtures of tests with a real buyer: one that plays, and endpoints that give one answer to all."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from tests.examples.example_buyer import ExampleBuyer

Listen = Callable[..., Awaitable[str]]


@pytest.fixture
async def buyer() -> AsyncIterator[Listen]:
    """Lets the example buyer listen; its base URL is returned."""
    listening: list[ExampleBuyer] = []

    async def factory(pause: Callable[[], Awaitable[None]] | None = None) -> str:
        listening.append(ExampleBuyer(pause))
        return await listening[-1].listen()

    yield factory
    for one in listening:
        await one.close()


@pytest.fixture
async def door() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Opens an endpoint that gives one answer to all; its URL is returned."""
    runners: list[web.ServerRunner] = []

    async def factory(status: int = 200, text: str = "") -> str:
        async def answer(_request: web.BaseRequest) -> web.Response:
            return web.Response(status=status, text=text)

        runners.append(web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=1))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runners[-1].addresses[0][1]}/"

    yield factory
    for runner in runners:
        await runner.cleanup()
