"""Eight workers, two hundred tests each, on one server: each test has its own environment, and none sees another."""

import asyncio
from pathlib import Path
from typing import Any

from tests.control import ALL, ONE, Control

WORKERS = 8
TESTS = 200


async def one_test(control: Control, worker: int, number: int) -> list[dict[str, Any]]:
    """A test of a buyer: a fault is reported, resolved and closed; it looks at all that it could see of others."""
    made = await control.post(ALL, {"seed": worker})
    name = made["environment"]
    path = f"{ALL}/{name}"
    reference = f"W{worker}-T{number}"
    assert await control.report(reference, name) == 201
    told = await control.post(f"{path}/clock/advance", {"by": "PT72H"})
    assert [one["ticket"] for one in told["happened"]] == [f"~SPDEV1~{reference}"] * len(told["happened"])
    (ticket,) = (await control.get(f"{path}/tickets"))["tickets"]
    assert (ticket["buyerFaultReference"], ticket["status"]) == (reference, "closed")
    if number % 10 == 0:
        await control.post(f"{path}/reset")
        assert (await control.get(path))["counts"]["journal"] == 0
        assert await control.report(reference, name) == 201
        await control.post(f"{path}/clock/advance", {"by": "PT72H"})
    entries: list[dict[str, Any]] = (await control.get(f"{path}/journal"))["entries"]
    assert (await control.ask("DELETE", path))[0] == 204
    return entries


def plain(entries: list[dict[str, Any]], reference: str) -> str:
    """A journal without the one name that differs from test to test."""
    return str(entries).replace(reference, "REF")


async def test_parallel_tests_never_see_one_another(control: Control) -> None:
    """Every test of a worker's seed leaves the same journal, to the byte, whatever ran beside it."""
    journals: dict[int, set[str]] = {worker: set() for worker in range(WORKERS)}
    names: set[str] = set()

    async def work(worker: int) -> None:
        for number in range(TESTS):
            entries = await one_test(control, worker, number)
            names.add(entries[0]["ticket"])
            journals[worker].add(plain(entries, f"W{worker}-T{number}"))

    await control.report("BYSTANDER")
    before = await control.send("GET", f"{ONE}/journal")
    await asyncio.gather(*(work(worker) for worker in range(WORKERS)))
    assert [len(of_worker) for of_worker in journals.values()] == [1] * WORKERS
    assert len(set.union(*journals.values())) == WORKERS  # a seed's identifiers are its own
    assert len(names) == WORKERS * TESTS
    assert (await control.send("GET", f"{ONE}/journal"))[2] == before[2]
    assert (await control.get(ALL))["environments"] == ["one", "two"]


async def test_resetting_one_leaves_the_journal_of_another_as_it_is(control: Control) -> None:
    """To the byte, while that one is in the middle of a life."""
    for environment in ("one", "two"):
        await control.report("REF", environment)
        await control.post(f"{ALL}/{environment}/clock/advance", {"by": "PT3H"})
    before = await control.send("GET", f"{ALL}/two/journal")
    await control.post(f"{ONE}/reset")
    await control.report("OTHER")
    assert (await control.send("GET", f"{ALL}/two/journal"))[2] == before[2]


async def test_many_environments_leave_nothing_open(control: Control) -> None:
    """Neither tasks nor files nor sockets of their own."""

    def open_files() -> int:
        folder = Path("/proc/self/fd")
        return len(list(folder.iterdir())) if folder.is_dir() else 0

    await one_test(control, 1, 1)
    tasks, files = len(asyncio.all_tasks()), open_files()
    for number in range(2, 30):
        await one_test(control, 1, number)
    assert (len(asyncio.all_tasks()), open_files()) == (tasks, files)
