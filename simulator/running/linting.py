"""``lint``: what is odd about scenario files, as a run would find them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.cityfibre.inventory import Inventory
from simulator.config import Loaded
from simulator.running.planning import choose, inventory, settings
from simulator.runtime.scenario_files import read_all
from simulator.scenario.lint import lint, unused
from simulator.scenario.loader import Source
from simulator.wire.complaints import Complaint


def findings(paths: Iterable[Path], loaded: Loaded, known: Inventory) -> Iterator[str]:
    """A line for each finding, ``file:line:col: message``, in the order of the files.

    Raises:
        ScenariosError: a file can't be used at all.
        ScenarioError: its inventory refers to something that is not there.
    """
    for source in read_all(paths):
        document = source.document
        found = {(*document.position(path), message) for path, message in _of_source(source, loaded, known)}
        yield from (f"{document.name}:{line}:{column}: {message}" for line, column, message in sorted(found))


def _of_source(source: Source, loaded: Loaded, known: Inventory) -> Iterator[Complaint]:
    yield from unused(source)
    for run in choose([source], [], ""):
        held = settings(loaded.config.supplier(), run.script.scenario.given.settings)
        yield from lint(run.script, inventory(run, known), held)
