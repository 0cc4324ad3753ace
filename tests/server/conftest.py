"""Fixtures of tests that speak HTTP to a server."""

from collections.abc import AsyncIterator

import pytest

from tests.control import Control, served


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    """A server with two environments, ``one`` and ``two``, whose clocks stand, and a client of its control API."""
    async with served() as one:
        yield one
