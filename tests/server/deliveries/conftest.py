"""Fixtures of tests about deliveries: a buyer that comes and goes, and a simulator that notifies it."""

from collections.abc import AsyncIterator

import pytest

from tests.absent_buyer import Buyer
from tests.control import Control, served


@pytest.fixture
async def buyer() -> AsyncIterator[Buyer]:
    """One that is up."""
    one = Buyer()
    yield one
    await one.down()


@pytest.fixture
async def control(buyer: Buyer) -> AsyncIterator[Control]:
    """A simulator that notifies it."""
    async with served(notify=await buyer.up()) as one:
        yield one
