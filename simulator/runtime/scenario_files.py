"""Scenario files on disk: found below folders, read whole, refused one by one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.scenario.loader import ScenarioError, Source, load
from simulator.wire.complaints import on_one_line
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
        ScenariosError: it can't be read, or its name can't be told in a line, nor in JSON.
    """
    if not str(path).isprintable():
        raise ScenariosError([f"{on_one_line(str(path))}: a scenario's file is named in letters that can be printed"])
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

    ``changed`` are the texts of files that are new or have changed, ``refused`` those that can't be used, with a line
    for each problem. ``sources`` are all that are in force then, in the order in which tickets are offered to them.
    """

    changed: Mapping[str, str]
    refused: Mapping[str, list[str]]
    sources: Mapping[str, Source]


def look_again(path: Path, known: Mapping[str, Source]) -> Looked:
    """Look at the files again. One that can't be used is refused whole, and what was known of it stays.

    Raises:
        ScenariosError: there is nothing at that path.
    """
    found: dict[str, tuple[bytes, Source]] = {}
    refused: dict[str, list[str]] = {}
    files = [str(file) for file in find([path])]
    for name in files:
        try:
            text = read_text(Path(name))
            found[name] = (text, load(text, name))
        except (ScenariosError, ScenarioError) as error:
            refused[on_one_line(name)] = str(error).splitlines()
    changed: dict[str, str] = {}
    sources: dict[str, Source] = {}
    by_name = {known[name].scenario.name: known[name] for name in refused if name in known}
    for name in files:
        text, source = found.get(name) or (b"", known.get(name))
        if source is None:
            continue
        other = by_name.setdefault(source.scenario.name, source)
        if other is not source:
            refused[name] = list(twins([other, source]))
            source = known.get(name)
            if source is None or by_name.setdefault(source.scenario.name, source) is not source:
                continue
        elif name in found and (name not in known or known[name].document != source.document):
            changed[name] = text.decode()
        sources[name] = source
    return Looked(changed, refused, sources)


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
