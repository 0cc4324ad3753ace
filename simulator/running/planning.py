"""Which runs there are to be, and what environment each is made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.cityfibre.inventory import Inventory, changed, dangling
from simulator.cityfibre.settings import SupplierSettings
from simulator.config import Loaded
from simulator.runtime.driver import Mode
from simulator.runtime.environments import Blueprint
from simulator.scenario.loader import ScenarioError, Script, Source
from simulator.scenario.message import merged
from simulator.wire.document import Problem


@dataclass(frozen=True, slots=True)
class Run:
    """One run that is to be: a script, and the file that it came from."""

    source: Source
    script: Script


def choose(sources: Iterable[Source], tags: Sequence[str], case: str) -> list[Run]:
    """The runs of the scenarios that have one of the tags; with ``case``, of that case alone."""
    return [
        Run(source, script)
        for source in sources
        if not tags or set(tags) & set(source.scenario.tags)
        for script in source.scripts
        if case in {"", script.case}
    ]


def blueprint(run: Run, loaded: Loaded, known: Inventory, *, name: str, mode: Mode, notify: str | None) -> Blueprint:
    """What the environment of a run is made from: the process's settings, and over them what the scenario has given.

    Raises:
        ScenarioError: its inventory refers to something that is not there.
    """
    config, scenario = loaded.config, run.script.scenario
    seed = own_seed(run.script, loaded)
    return Blueprint(
        name=name,
        settings=settings(_impatient(loaded), scenario.given.settings),
        inventory=inventory(run, known),
        seed=config.seed if seed is None else seed,
        mode=mode,
        rate=0.0,
        start=scenario.start or config.start,
        notify=notify,
        scripts=(run.source,),
    )


def _impatient(loaded: Loaded) -> SupplierSettings:
    """The process's settings. Who asks for no retries gets none: a notification that is not taken fails its run."""
    under = loaded.config.supplier()
    if loaded.sources["delivery.retry"] != "default":
        return under
    return under.model_copy(update={"delivery": under.delivery.model_copy(update={"retry": ()})})


def own_seed(script: Script, loaded: Loaded) -> int | None:
    """The seed that the scenario itself names, unless the process was given one."""
    return script.scenario.seed if loaded.sources["seed"] == "default" else None


def settings(under: SupplierSettings, given: SupplierSettings) -> SupplierSettings:
    """Settings, with those of a scenario in the place of what they name."""
    told: Mapping[str, object] = given.model_dump(exclude_unset=True)
    return SupplierSettings.model_validate(merged(under.model_dump(), told)) if told else under


def inventory(run: Run, known: Inventory) -> Inventory:
    """The inventory, with a scenario's own entries."""
    changes = run.script.scenario.given.inventory
    after = changed(known, changes)
    lacking = dangling(changes, after)
    if lacking:
        document = run.source.document
        at = ("given", "inventory")
        problems = [Problem(*document.position((*at, *path)), f"given.inventory.{said}") for path, said in lacking]
        raise ScenarioError(document.name, problems)
    return after
