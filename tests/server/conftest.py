"""Fixtures of tests that speak HTTP to a server."""

from collections.abc import AsyncIterator

import pytest

from tests.control import Control, served


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name each request of the OpenAPI document apart: their tests are all called the same, and would be run as one."""
    _, bracket, request = item.name.partition("[")
    if bracket and item.id.params is None:
        item._id = item.id.with_params(request.removesuffix("]"))  # noqa: SLF001 - who made the item left it out


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    """A server with two environments, ``one`` and ``two``, whose clocks stand, and a client of its control API."""
    async with served() as one:
        yield one
