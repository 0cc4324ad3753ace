"""The environments of the control API (``docs/control-api.md``): make, look at, begin anew and remove them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.cityfibre.inventory import Changes, Inventory, changed, dangling
from simulator.cityfibre.settings import SupplierSettings
from simulator.config import FASTEST, check_environment, check_url, read_instant
from simulator.core.ids import HIGHEST_SEED
from simulator.runtime.driver import Mode
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.addresses import url_of
from simulator.server.control.pictures import EnvironmentPicture, environment_picture
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import checked, environment_of, object_of, wrong
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.wire.complaints import dotted

if TYPE_CHECKING:
    from simulator.scenario.loader import Source

ALL = "/control/v1/environments"
MOST_ENVIRONMENTS = 500
LARGEST_NEW = 4 * 1024 * 1024
"""Bytes of what a new environment is made from: scenarios and an inventory may be long."""
MOST_SCENARIOS = 200
IDLE_SECONDS = 3_600.0
LONGEST_IDLE_SECONDS = 7 * 24 * 3_600.0


class NewEnvironment(BaseModel):
    """What an environment is made from. What is left out is as the server was started, but that its clock stands."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, AfterValidator(check_environment)] | None = Field(
        None, description="the first part of its path; one that is free, unless said"
    )
    seed: int | None = Field(None, ge=0, le=HIGHEST_SEED, description="what counted and drawn values start from")
    start: Annotated[datetime, BeforeValidator(read_instant)] | None = Field(
        None, description="the simulated clock's first instant; UTC where no zone is given"
    )
    clock: Mode = Field("frozen", description="how simulated time moves")
    rate: float | None = Field(
        None, gt=0, le=FASTEST, allow_inf_nan=False, description="simulated seconds in a real one"
    )
    notify: Annotated[str, AfterValidator(check_url)] | None = Field(
        default_factory=lambda: None,  # no default that a client might send: null stands for nobody
        description="the endpoint for notifications; null for nobody, the server's unless said",
    )
    settings: SupplierSettings = Field(
        default_factory=SupplierSettings,
        description="switches of the contract that are to be otherwise than the server's",
    )
    inventory: Changes = Field(
        default_factory=Changes, description="entries that are added to the server's, or take the place of equal ones"
    )
    scenarios: dict[str, str] | None = Field(
        None, max_length=MOST_SCENARIOS, description="scenario files, by name: their YAML, in the order of their names"
    )
    idle_seconds: float = Field(
        IDLE_SECONDS, gt=0, le=LONGEST_IDLE_SECONDS, description="real seconds without a request until it is removed"
    )


class EnvironmentsPicture(TypedDict):
    """The names of all environments, in the order in which they were made."""

    environments: list[str]


class EnvironmentRoutes:
    """The handlers of ``/control/v1/environments`` and ``/control/v1/environments/{env}``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        return [
            Route("GET", ALL, self.list_environments, EnvironmentsPicture),
            Route(
                "POST", ALL, self.make_environment, EnvironmentPicture, body=NewEnvironment, status=201, problems=(409,)
            ),
            Route("GET", ENVIRONMENT, self.show_environment, EnvironmentPicture),
            Route("DELETE", ENVIRONMENT, self.remove_environment, None, status=204),
            Route("POST", f"{ENVIRONMENT}/reset", self.reset_environment, EnvironmentPicture),
        ]

    async def list_environments(self, _request: web.Request) -> web.Response:
        """The names of all environments."""
        return json_response({"environments": self._environments.names})

    async def make_environment(self, request: web.Request) -> web.Response:
        """Make an environment of one's own."""
        document = await object_of(request, LARGEST_NEW)
        wanted = checked(NewEnvironment, document)
        scripts = await asyncio.to_thread(_scripts, wanted.scenarios)
        blueprint = _blueprint(wanted, self._environments, scripts)  # nothing awaits from here on
        if self._environments.get(blueprint.name) is not None:
            raise Problem(409, f"an environment is called {blueprint.name!r} already; delete or reset it")
        if len(self._environments) >= MOST_ENVIRONMENTS:
            raise Problem(409, f"there are {MOST_ENVIRONMENTS} environments already; delete those that are done with")
        environment = Environment(blueprint)
        self._environments.add(environment)
        picture = environment_picture(environment, url_of(blueprint.name, request))
        return json_response(picture, status=201, headers={"Location": f"{ALL}/{blueprint.name}"})

    async def show_environment(self, request: web.Request) -> web.Response:
        """Clock, counts and next timers."""
        environment = environment_of(request, self._environments)
        return json_response(environment_picture(environment, url_of(environment.name, request)))

    async def remove_environment(self, request: web.Request) -> web.Response:
        """Remove an environment with all that is in it."""
        await self._environments.remove(environment_of(request, self._environments).name)
        return web.Response(status=204)

    async def reset_environment(self, request: web.Request) -> web.Response:
        """Begin the environment anew."""
        environment = environment_of(request, self._environments)
        await environment.reset()
        return json_response(environment_picture(environment, url_of(environment.name, request)))


def _blueprint(wanted: NewEnvironment, environments: Environments, scripts: tuple[Source, ...] | None) -> Blueprint:
    """The server's own plan, and what is wanted otherwise."""
    plan, said = environments.template, wanted.model_fields_set
    settings = _merged(plan.settings.model_dump(), wanted.settings.model_dump(exclude_unset=True))
    return replace(
        plan,
        name=wanted.name or environments.free_name(),
        settings=SupplierSettings.model_validate(settings),
        inventory=_inventory(plan.inventory, wanted.inventory),
        seed=plan.seed if wanted.seed is None else wanted.seed,
        mode=wanted.clock,
        rate=wanted.rate or plan.rate,
        start=wanted.start or plan.start,
        notify=wanted.notify if "notify" in said else plan.notify,
        scripts=plan.scripts if scripts is None else scripts,
        scripts_from=plan.scripts_from if scripts is None else None,
        idle_seconds=wanted.idle_seconds,
    )


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others laid over them, group by group."""
    return {
        **below,
        **{name: _merged(below[name], value) if isinstance(value, dict) else value for name, value in above.items()},
    }


def _inventory(known: Inventory, changes: Changes) -> Inventory:
    inventory = changed(known, changes)
    if lacking := dangling(changes, inventory):
        raise wrong((f"inventory.{dotted(path)}", message) for path, message in lacking)
    return inventory


def _scripts(files: Mapping[str, str] | None) -> tuple[Source, ...] | None:
    """The scenarios of some texts; every mistake of each is told."""
    if files is None:
        return None
    from simulator.runtime.scenario_files import twins  # noqa: PLC0415 - 40 ms that only who has scenarios pays
    from simulator.scenario.loader import ScenarioError, load  # noqa: PLC0415 - the same

    sources: list[Source] = []
    problems: list[tuple[str, str]] = []
    for name in sorted(files):
        if not name.isprintable():
            problems.append(("scenarios", "a scenario's file is named in letters that can be printed"))
            continue
        try:
            sources.append(load(files[name], name))
        except ScenarioError as error:
            problems += [(f"scenarios.{name}", line) for line in str(error).splitlines()]
    problems += [("scenarios", line) for line in twins(sources)]
    if problems:
        raise wrong(problems)
    return tuple(sources)
