"""Scenario files on disk: found below folders, read whole, refused one by one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.scenario.loader import ScenarioError, Source, load
from simulator.wire.document import LONGEST_TEXT

MOST_FILES = 1_000
SUFFIXES = (".yaml", ".yml")


class ScenariosError(Exception):
    """Files that can't be used: one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def find(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, and those below the folders that are named, in order and each once.

    Raises:
        ScenariosError: a path is not there, a folder holds no scenario, or there are too many.
    """
    problems: list[str] = []
    found: dict[Path, None] = {}
    for path in paths:
        try:
            below = _below(path) if path.is_dir() else [path]
            if not path.exists():
                problems.append(f"{path}: there is no such file or folder")
            elif not below:
                problems.append(f"{path}: no scenario is below this folder (its files end in {' or '.join(SUFFIXES)})")
        except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
            problems.append(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}")
            continue
        found |= dict.fromkeys(below)
    if len(found) > MOST_FILES:
        problems.append(f"{len(found)} scenarios; at most {MOST_FILES} are read at once")
    if problems:
        raise ScenariosError(problems)
    return list(found)


def read_text(path: Path) -> bytes:
    """A file's bytes, one more than are allowed at the most.

    Raises:
        ScenariosError: it can't be read.
    """
    try:
        with path.open("rb") as opened:
            return opened.read(LONGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        raise ScenariosError([f"{path}: can't be read: {getattr(error, 'strerror', None) or error}"]) from None


def read_all(paths: Iterable[Path]) -> list[Source]:
    """Every scenario of the files and folders that are named.

    Raises:
        ScenariosError: with every problem of every file.
    """
    sources: list[Source] = []
    problems: list[str] = []
    for path in find(paths):
        try:
            sources.append(load(read_text(path), str(path)))
        except ScenariosError as error:
            problems += error.problems
        except ScenarioError as error:
            problems += str(error).splitlines()
    problems += twins(sources)
    if problems:
        raise ScenariosError(problems)
    return sources


@dataclass(frozen=True, slots=True)
class Looked:
    """What a second look has found, by file name.

    ``changed`` are the texts of files that are new or have changed, ``removed`` those that are gone, ``refused`` those
    that can't be used, with a line for each problem. ``sources`` are all that are in force then.
    """

    changed: Mapping[str, str]
    removed: list[str]
    refused: Mapping[str, list[str]]
    sources: tuple[Source, ...]


def look_again(path: Path, known: Mapping[str, Source]) -> Looked:
    """Look at the files again. One that can't be used is refused whole, and what was known of it stays.

    Raises:
        ScenariosError: there is nothing at that path.
    """
    changed: dict[str, str] = {}
    refused: dict[str, list[str]] = {}
    kept: dict[str, Source] = {}
    files = find([path])
    for file in files:
        name = str(file)
        try:
            text = read_text(file)
            source = load(text, name)
        except (ScenariosError, ScenarioError) as error:
            refused[name] = str(error).splitlines()
        else:
            other = next((one for one in kept.values() if one.scenario.name == source.scenario.name), None)
            if other is not None:
                refused[name] = list(twins([other, source]))
                continue
            kept[name] = source
            if name not in known or known[name].document != source.document:
                changed[name] = text.decode()
    stay = {name: known[name] for name in refused if name in known}
    removed = [name for name in known if name not in kept and name not in stay]
    return Looked(changed, removed, refused, tuple(dict(sorted({**kept, **stay}.items())).values()))


def twins(sources: Iterable[Source]) -> Iterator[str]:
    """A complaint for each scenario that is called as another is."""
    first: dict[str, Source] = {}
    for source in sources:
        name = source.scenario.name
        other = first.setdefault(name, source)
        if other is not source:
            line, column = source.document.position(("name",))
            yield f"{source.document.name}:{line}:{column}: name: {other.document.name} is called `{name}` too"


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
