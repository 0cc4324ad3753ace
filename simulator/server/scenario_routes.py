"""The scenarios of the control API (``docs/control-api.md``): which there are, how far they are, and files anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.core.inputs import Steered
from simulator.runtime.environments import Environment, Environments
from simulator.server.control_requests import environment_of, steer
from simulator.server.problems import Problem, json_response

if TYPE_CHECKING:
    from simulator.scenario.loader import Source
    from simulator.scenario.progress import Progress


class ScenarioRoutes:
    """The handlers below ``/control/v1/environments/{env}/scenarios``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[web.RouteDef]:
        """Every route."""
        one = "/control/v1/environments/{env}/scenarios"
        return [web.get(one, self.list_scenarios), web.post(f"{one}/reload", self.reload)]

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
            raise Problem(409, "this environment has no scenarios; start with --scenarios DIR")
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
        told = {"loaded": list(looked.changed), "removed": [name for name in known if name not in looked.sources]}
        if looked.refused:
            lines = [line for problems in looked.refused.values() for line in problems]
            raise Problem(422, "; ".join(lines), **told, refused=dict(looked.refused))
        return json_response({**told, **_picture(environment)})


def _picture(environment: Environment) -> dict[str, object]:
    if environment.scripts is None:
        return {"scenarios": [], "running": []}
    books = environment.supplier.books
    return {
        "scenarios": [_source_picture(one) for one in environment.scripts.sources(books).values()],
        "running": [_progress_picture(one) for one in environment.scripts.copies(books)],
    }


def _source_picture(source: Source) -> dict[str, object]:
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


def _progress_picture(progress: Progress) -> dict[str, object]:
    position = progress.script.positions[progress.step]
    about = {"scenario": progress.script.scenario.name, "case": progress.script.case or None}
    at_hand = {"step": progress.step, "line": position.line, "does": str(progress.at_hand)}
    return {"ticket": progress.ticket or None, **about, **at_hand}
