"""Environments: whoever looks on sees every entry once, and never changes what happens."""

from collections.abc import Sequence
from datetime import UTC, datetime

from simulator.cityfibre import SupplierSettings, inventory
from simulator.core.journal import Entry
from simulator.runtime.environments import Blueprint, Environment, Environments
from tests.driving import post

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def plan(name: str = "one") -> Blueprint:
    return Blueprint(name, SupplierSettings(), inventory.default(), 1, "frozen", 1.0, START, None)


async def test_whoever_looks_on_never_changes_what_happens() -> None:
    """A terminal that was closed: the report is answered, the ticket accepted, and others are still told."""
    environment = Environment(plan())
    seen: list[int] = []

    def closed(_name: str, _entries: Sequence[Entry]) -> None:
        raise BrokenPipeError

    environment.listen(closed)
    environment.listen(lambda _name, entries: seen.extend(entry.seq for entry in entries))
    post(environment.driver, "A")
    await environment.driver.advance(START)
    assert [ticket.state.value for ticket in environment.supplier.books.tickets.values()] == ["accepted"]
    assert seen == [entry.seq for entry in environment.engine.journal]
    await environment.close()


async def test_a_listener_hears_of_environments_yet_to_come_and_of_their_resets() -> None:
    """By their names; after a reset the numbers begin again."""
    environments = Environments([])
    seen: list[tuple[str, int]] = []
    environments.listen(lambda name, entries: seen.extend((name, entry.seq) for entry in entries))
    for name in ("one", "two"):
        environments.add(Environment(plan(name)))
    for environment in environments:
        post(environment.driver, "A")
        await environment.reset()
        post(environment.driver, "A")
    first = [seq for name, seq in seen if name == "one"]
    assert first == [seq for name, seq in seen if name == "two"]
    assert first == [*range(1, len(first) // 2 + 1)] * 2
    await environments.close()
