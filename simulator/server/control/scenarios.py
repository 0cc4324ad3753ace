"""The scenarios of the control API (``docs/control-api.md``): which there are, how far they are, and files anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web
from typing_extensions import TypedDict

from simulator.core.inputs import Steered
from simulator.runtime.environments import Environment, Environments
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import environment_of, steer
from simulator.server.control.route import ENVIRONMENT, Route

if TYPE_CHECKING:
    from simulator.scenario.loader import Source
    from simulator.scenario.progress import Progress


class SourcePicture(TypedDict):
    """A scenario: one that leads the tickets that ``match`` fits, or that ask for it by name."""

    name: str
    description: str
    tags: list[str]
    file: str
    cases: list[str]
    parameters: dict[str, Any]
    match: dict[str, Any] | None


class ProgressPicture(TypedDict):
    """A script at work, and the step at hand: its index, its line in the file, and what it does."""

    ticket: str | None
    scenario: str
    case: str | None
    step: int
    line: int
    does: str


class ScenariosPicture(TypedDict):
    """The scenarios in force, and the scripts at work."""

    scenarios: list[SourcePicture]
    running: list[ProgressPicture]


class ReloadedPicture(ScenariosPicture):
    """The same, after a second look at the files, and which of them have changed or gone."""

    loaded: list[str]
    removed: list[str]


class ScenarioRoutes:
    """The handlers below ``/control/v1/environments/{env}/scenarios``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        one = f"{ENVIRONMENT}/scenarios"
        return [
            Route("GET", one, self.list_scenarios, ScenariosPicture),
            Route("POST", f"{one}/reload", self.reload, ReloadedPicture, problems=(409, 422, 503)),
        ]

    async def list_scenarios(self, request: web.Request) -> web.Response:
        """The scenarios in force, and the copies that are at work."""
        environment = environment_of(request, self._environments)
        return json_response(_picture(environment))

    async def reload(self, request: web.Request) -> web.Response:
        """Look at the files again; one that can't be used is refused whole, and the old one stays."""
        from simulator.runtime.scenario_files import ScenariosError, look_again  # noqa: PLC0415 - only who has any pays
        from simulator.scenario.scripts import LOAD  # noqa: PLC0415 - the same

        environment = environment_of(request, self._environments)
        path = environment.blueprint.scripts_from
        if environment.scripts is None or path is None:
            raise Problem(409, "no scenarios of this environment were read from files; start with --scenarios DIR")
        known = environment.scripts.sources(environment.supplier.books)
        try:
            looked = await asyncio.to_thread(look_again, path, known)
        except ScenariosError as error:
            raise Problem(409, str(error)) from None
        if looked.changed or list(looked.sources) != list(known):
            parameters = {"files": dict(looked.changed), "names": list(looked.sources)}
            outcome = steer(environment, Steered(LOAD, "", parameters))
            if outcome.refusal is not None:
                raise Problem(409, outcome.refusal.reason)
            environment.take_scripts(tuple(looked.sources.values()))
        loaded, removed = list(looked.changed), [name for name in known if name not in looked.sources]
        if looked.refused:
            lines = [line for problems in looked.refused.values() for line in problems]
            raise Problem(422, "; ".join(lines), loaded=loaded, removed=removed, refused=dict(looked.refused))
        picture: ReloadedPicture = {"loaded": loaded, "removed": removed, **_picture(environment)}
        return json_response(picture)


def _picture(environment: Environment) -> ScenariosPicture:
    if environment.scripts is None:
        return {"scenarios": [], "running": []}
    books = environment.supplier.books
    return {
        "scenarios": [_source_picture(one) for one in environment.scripts.sources(books).values()],
        "running": [_progress_picture(one) for one in environment.scripts.copies(books)],
    }


def _source_picture(source: Source) -> SourcePicture:
    scenario = source.scenario
    return {
        "name": scenario.name,
        "description": scenario.description,
        "tags": list(scenario.tags),
        "file": source.document.name,
        "cases": [one.case for one in source.scripts if one.case],
        "parameters": dict(source.scripts[0].parameters),
        "match": scenario.match.model_dump(exclude_none=True) if scenario.match else None,
    }


def _progress_picture(progress: Progress) -> ProgressPicture:
    position = progress.script.positions[progress.step]
    return {
        "ticket": progress.ticket or None,
        "scenario": progress.script.scenario.name,
        "case": progress.script.case or None,
        "step": progress.step,
        "line": position.line,
        "does": str(progress.at_hand),
    }
