"""Where settings come from: flags, variables, a file, defaults; the first that speaks is heard."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ValidationError

from simulator.cityfibre.settings import SupplierSettings
from simulator.config.model import Config
from simulator.config.values import without_query
from simulator.wire.complaints import explain, suggest
from simulator.wire.document import LONGEST_TEXT, Document, DocumentError, read

PREFIX = "CITYFIBRE_SIM_"
FILE_VARIABLE = PREFIX + "CONFIG"
"""Names the file where no ``--config`` does."""

SettingPath: TypeAlias = tuple[str, ...]


class ConfigError(Exception):
    """Settings that cannot be used: one line for each problem, each naming its source and what is expected there."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def _paths(model: type[BaseModel], above: SettingPath = ()) -> Iterator[SettingPath]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _paths(field.annotation, (*above, name))
        else:
            yield (*above, name)


PATHS = tuple(sorted(_paths(Config), key=lambda path: path[0] in SupplierSettings.model_fields))
"""Every setting: the process's own, then the switches of the contract."""
_DEFAULTS = Config().model_dump(mode="json")
_GROUPS = frozenset(path[:end] for path in PATHS for end in range(1, len(path)))
_OF_TLS = (
    "certs",
    "notify_certificate",
    "notify_key",
    "notify_trust",
    "tls_certificate",
    "tls_crl",
    "tls_key",
    "tls_trust",
)
_FILES = frozenset((name,) for name in ("inventory_file", "ready_file", "scenarios", *_OF_TLS))


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and for each dotted name where its value comes from."""

    config: Config
    sources: Mapping[str, str]


class Row(NamedTuple):
    """One setting, for people to read; the value is as JSON has it."""

    name: str
    value: Any
    source: str


class _Given(NamedTuple):
    value: object
    source: str


def flag_name(path: SettingPath) -> str:
    """How a setting is called on the command line."""
    return "--" + "-".join(path).replace("_", "-")


def variable_name(path: SettingPath) -> str:
    """How a setting is called in the environment of the process."""
    return PREFIX + "__".join(path).upper()


def wanted(path: SettingPath) -> tuple[str, str]:
    """What a setting takes, in a word, and what it means, with its default: for people who ask for help."""
    model: type[BaseModel] = Config
    for group in path[:-1]:
        inner = model.model_fields[group].annotation
        assert isinstance(inner, type)  # noqa: S101 - narrows the type: PATHS only leads through models
        model = inner
    field = model.model_fields[path[-1]]
    words = [str(one) for one in get_args(field.annotation)] if get_origin(field.annotation) is Literal else []
    value = _at(_DEFAULTS, path)
    shown = "" if value is None else f"  [{', '.join(value) if isinstance(value, list) else value}]"
    return "|".join(words) or "VALUE", f"{field.description or ''}{shown}"


def load(flags: Mapping[str, object], environ: Mapping[str, str], file: Path | None = None) -> Loaded:
    """Put the settings together.

    ``flags`` are by dotted name, or nested; ``None`` and ``()`` stand for a flag that was not given. An empty variable
    counts as not set: so do compose files hand on what their host lacks. A path in the file is relative to the file.
    Raises ConfigError with every problem of every source.
    """
    problems: list[str] = []
    named = file or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    given = _from_file(named, problems) if named else {}
    given |= _from_variables(environ, problems)
    given |= _from_flags(flags)
    for path in sorted(_GROUPS & given.keys()):
        problems.append(f"{_place(path, given)}: {'.'.join(path)} is a group of settings, and takes no value itself")
        del given[path]
    values = _nest(given)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        complaints = explain(Config, values, error)
        problems.extend(f"{_place(path, given)}: {message}" for path, message in complaints)
        raise ConfigError(problems) from None
    if problems:
        raise ConfigError(problems)
    return Loaded(config, {".".join(path): _source(path, given) for path in PATHS})


def rows(loaded: Loaded) -> list[Row]:
    """Every setting in its order, with its value and where that comes from."""
    values = loaded.config.model_dump(mode="json")
    if values["notify"] is not None:
        values["notify"] = without_query(values["notify"])
    return [Row(name, _at(values, tuple(name.split("."))), source) for name, source in loaded.sources.items()]


def _from_flags(flags: Mapping[str, object]) -> dict[SettingPath, _Given]:
    spoken = {tuple(".".join(path).split(".")): value for path, value in _leaves(flags) if value not in (None, ())}
    return {path: _Given(value, f"flag {flag_name(path)}") for path, value in spoken.items()}


def _from_file(file: Path, problems: list[str]) -> dict[SettingPath, _Given]:
    try:
        with file.open("rb") as opened:
            document = read(opened.read(LONGEST_TEXT + 1), name=str(file))
    except DocumentError as error:
        problems.extend(str(error).splitlines())
        return {}
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        problems.append(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}")
        return {}
    if not isinstance(document.value, dict):
        problems.append(f"{file}:1:1: expected settings with their values, such as `port: 41223`")
        return {}
    return {path: _from_document(path, value, document, file) for path, value in _leaves(document.value)}


def _from_document(path: SettingPath, value: object, document: Document, file: Path) -> _Given:
    line, column = document.position(path)
    if path in _FILES and isinstance(value, str):
        value = file.parent / value
    return _Given(value, f"file {file}:{line}:{column}")


def _from_variables(environ: Mapping[str, str], problems: list[str]) -> dict[SettingPath, _Given]:
    ours = {name: text for name, text in environ.items() if name.startswith(PREFIX) and name != FILE_VARIABLE}
    if not ours:
        return {}
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict  # noqa: PLC0415 - see below

    # pydantic-settings takes 25 ms to load (9 beside aiohttp): only who sets a variable pays. It nests the values;
    # converting them, and weighing them against flags and file, is done for all sources at once.
    class Variables(Config, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=PREFIX, env_nested_delimiter="__", enable_decoding=False, defer_build=True
        )

    source = EnvSettingsSource(Variables)
    source.env_vars = {name.lower(): text for name, text in ours.items() if text}  # in place of os.environ
    found = {path: _Given(value, f"variable {variable_name(path)}") for path, value in _leaves(source())}
    known = {variable_name(path) for path in (*PATHS, *_GROUPS, *found)} | {FILE_VARIABLE}
    unknown = sorted(ours.keys() - known)
    problems.extend(f"variable {name}: there is no such setting{suggest(name.upper(), known)}" for name in unknown)
    return found


def _leaves(values: Mapping[str, object], above: SettingPath = ()) -> Iterator[tuple[SettingPath, object]]:
    for name, value in values.items():
        path = (*above, name)
        if path not in _GROUPS:
            yield path, value
        elif isinstance(value, dict):
            yield from _leaves(value, path)
        elif value is not None:  # a group whose members are all commented out is as good as absent
            yield path, value


def _nest(given: Mapping[SettingPath, _Given]) -> dict[str, object]:
    values: dict[str, object] = {}
    for path in given:
        inner = values
        for part in path[:-1]:
            below = inner.setdefault(part, {})
            inner = below if isinstance(below, dict) else {}
        inner[path[-1]] = given[path].value
    return values


def _at(values: Mapping[str, Any], path: SettingPath) -> Any:  # noqa: ANN401  JSON
    value: Any = values
    for part in path:
        value = value[part]
    return value


def _place(path: tuple[str | int, ...], given: Mapping[SettingPath, _Given]) -> str:
    """The source as an error names it; a place in a file as compilers do."""
    return _source(path, given).removeprefix("file ")


def _source(path: tuple[str | int, ...], given: Mapping[SettingPath, _Given]) -> str:
    """Where the setting at or above ``path`` was given."""
    for end in range(len(path), 0, -1):
        if path[:end] in given:
            return given[path[:end]].source  # type: ignore[index]
    return "default"
