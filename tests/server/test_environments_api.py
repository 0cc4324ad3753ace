"""Environments of one's own, by the control API: made, left alone, removed, and never seen by one another."""

import asyncio
from typing import Any

import pytest

from tests.control import ALL, ONE, Control

SCENARIO = """
scenario: 1
name: led
description: Accepted, and then nothing.
match: {reference: LED-}
steps:
  - buyer: addFaultReport
  - supplier: accept
"""


async def test_an_environment_of_ones_own(control: Control) -> None:
    """It is as the server was started, but that its clock stands; the answer says what to point a buyer at."""
    status, made = await control.ask("POST", ALL, {"name": "job-4711", "seed": 7, "start": "2026-03-28T23:00:00Z"})
    assert (status, made["environment"], made["seed"]) == (201, "job-4711", 7)
    assert made["url"] == f"{control.supplier}/job-4711/api2"
    assert made["clock"] == {"now": "2026-03-28T23:00:00.000Z", "mode": "frozen", "rate": 0.0}
    assert made["idle_seconds"] == 3600.0
    assert await control.report(environment="job-4711") == 201
    assert await control.get(f"{ALL}/job-4711/tickets") != {"tickets": []}
    assert (await control.get(ALL))["environments"] == ["one", "two", "job-4711"]


async def test_a_name_that_is_free(control: Control) -> None:
    """One is made up where none is said, and never one that is taken, or was."""
    await control.post(ALL, {"name": "env-2"})
    names = [(await control.post(ALL, {}))["environment"] for _ in range(2)]
    assert names == ["env-1", "env-3"]
    assert (await control.ask("DELETE", f"{ALL}/env-3"))[0] == 204
    status, headers, _ = await control.send("POST", ALL)
    assert (status, headers["Location"]) == (201, f"{ALL}/env-4")


async def test_a_name_that_is_taken(control: Control) -> None:
    """409, and the one that has it is left as it is."""
    await control.report()
    status, problem = await control.ask("POST", ALL, {"name": "one"})
    assert (status, problem["detail"]) == (409, "an environment is called 'one' already; delete or reset it")
    assert (await control.get(ONE))["counts"]["tickets"] == 1


async def test_switches_inventory_and_scenarios_are_laid_over_the_servers(control: Control) -> None:
    """What is not said stays: the default life starts work after two hours here, and accepts after one minute."""
    product = next(iter(control.environments.template.inventory.products))
    mine = {"buyer": "SPDEV1", "address": "10002491172", "product": product}
    document = {
        "name": "own",
        "settings": {"reference_format": "X{:04d}", "default_life": {"accept_after": "PT1M"}},
        "inventory": {"services": {"MINE-1": mine}},
        "scenarios": {"led.yaml": SCENARIO},
    }
    await control.post(ALL, document)
    own = control.environments.get("own")
    assert own is not None
    plan = own.blueprint
    assert (plan.settings.reference_format, plan.settings.validate_sent) == ("X{:04d}", False)
    assert plan.settings.default_life.accept_after.total_seconds() == 60
    assert plan.settings.default_life.start_after.total_seconds() == 7200
    assert {"MINE-1", "S21709"} <= plan.inventory.services.keys()
    assert [one["name"] for one in (await control.get(f"{ALL}/own/scenarios"))["scenarios"]] == ["led"]
    assert (await control.get(f"{ONE}/scenarios"))["scenarios"] == []
    assert await control.report("LED-1", "own") == 201
    (ticket,) = (await control.get(f"{ALL}/own/tickets"))["tickets"]
    assert (ticket["status"], ticket["maintainerFaultReference"]) == ("accepted", "X53224")


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        (
            {"name": "a/b"},
            [
                (
                    "name",
                    "expected up to 63 letters, digits, dots, dashes and underscores, found 'a/b'",
                )
            ],
        ),
        ({"nmae": "a"}, [("nmae", "unknown field `nmae` — did you mean `name`?")]),
        ({"seed": -1, "clock": "stopped"}, [("seed", None), ("clock", None)]),
        ({"settings": {"envelop": "soap"}}, [("settings.envelop", None)]),
        ({"settings": {"diary": {"capacity": "many"}}}, [("settings.diary.capacity", None)]),
        ({"notify": "ftp://x"}, [("notify", None)]),
        ({"start": "yesterday"}, [("start", None)]),
        ({"idle_seconds": 0}, [("idle_seconds", None)]),
        ({"inventory": {"services": {"S": {"buyer": "NOBODY", "address": "1", "product": "x"}}}}, None),
        ({"scenarios": {"bad.yaml": "scenario: 1\nnme: x\n"}}, None),
        ({"scenarios": {"a.yaml": SCENARIO, "b.yaml": SCENARIO}}, [("scenarios", None)]),
        ({"scenarios": {"a\nb": SCENARIO}}, [("scenarios", None)]),
    ],
    ids=[
        "name",
        "unknown",
        "two",
        "switch",
        "group",
        "url",
        "start",
        "idle",
        "dangling",
        "scenario",
        "twins",
        "file-name",
    ],
)
async def test_what_makes_no_sense_makes_no_environment(
    control: Control, document: dict[str, Any], errors: list[tuple[str, str | None]] | None
) -> None:
    """422, with every error and its place; the list of environments is as it was."""
    status, problem = await control.ask("POST", ALL, document)
    assert status == 422
    told = [(one["field"], one["error"]) for one in problem["errors"]]
    if errors is None:
        assert len(told) > 1
    else:
        assert [field for field, _ in errors] == [field for field, _ in told]
        assert [
            (said, error) for (_, said), (_, error) in zip(errors, told, strict=True) if said not in {None, error}
        ] == []
    assert (await control.get(ALL))["environments"] == ["one", "two"]


async def test_a_mistake_in_a_scenario_is_told_with_its_place(control: Control) -> None:
    """As ``run`` would tell it."""
    broken = SCENARIO.replace("supplier: accept", "supplier: acept")
    _, problem = await control.ask("POST", ALL, {"scenarios": {"led.yaml": broken}})
    (error,) = problem["errors"]
    assert error["field"] == "scenarios.led.yaml"
    assert error["error"].startswith("led.yaml:8:")


async def test_one_that_is_removed_is_gone(control: Control) -> None:
    """For buyers too; a new one of its name begins anew."""
    await control.post(ALL, {"name": "mine"})
    await control.report(environment="mine")
    assert await control.ask("DELETE", f"{ALL}/mine") == (204, {})
    assert (await control.ask("GET", f"{ALL}/mine"))[0] == 404
    assert (await control.ask("DELETE", f"{ALL}/mine"))[0] == 404
    assert await control.report(environment="mine") == 404
    assert (await control.post(ALL, {"name": "mine"}))["counts"]["journal"] == 0


async def test_one_that_is_left_alone_is_removed(control: Control) -> None:
    """A job that died leaves nothing for ever; whoever comes back is told why."""
    await control.post(ALL, {"name": "short", "idle_seconds": 0.3})
    await control.post(ALL, {"name": "long"})
    async with asyncio.timeout(10):
        while "short" in (await control.get(ALL))["environments"]:
            await asyncio.sleep(0.05)
    _, problem = await control.ask("GET", f"{ALL}/short")
    assert problem["detail"] == (
        "no environment is called 'short': it was removed after 0.3 real seconds without a request"
    )
    assert (await control.get(ALL))["environments"] == ["one", "two", "long"]


async def test_who_is_used_is_not_left_alone(control: Control) -> None:
    """By the buyer's port or by the control API."""
    await control.post(ALL, {"name": "used", "idle_seconds": 10})
    used = control.environments.get("used")
    assert used is not None

    async def look(seconds: float) -> bool:
        used._touched -= seconds  # noqa: SLF001 - as if so much time had passed
        await control.environments.remove_left_alone()
        return control.environments.get("used") is not None

    assert await look(9)
    assert await control.report(environment="used") == 201
    assert await look(9)
    await control.get(f"{ALL}/used/clock")
    assert await look(9)
    assert not await look(2)


async def test_there_are_only_so_many(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then some must go first."""
    monkeypatch.setattr("simulator.server.control.environments.MOST_ENVIRONMENTS", 3)
    await control.post(ALL, {})
    status, problem = await control.ask("POST", ALL, {})
    assert (status, problem["detail"]) == (
        409,
        "there are 3 environments already; delete those that are done with",
    )
    await control.ask("DELETE", f"{ALL}/env-1")
    assert (await control.ask("POST", ALL, {}))[0] == 201
