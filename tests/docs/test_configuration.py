"""docs/configuration.md lists every setting as it is: its names, what it takes, its default, its meaning."""

import json
import re
from pathlib import Path
from typing import Any

from simulator.config import FILE_VARIABLE, PATHS, Config, SettingPath, flag_name, load, rows, variable_name

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "configuration.md").read_text("utf-8")
HEADER = "| setting | flag | variable | takes | default | meaning |"
IN_WORDS = {
    "host": "an address or a name",
    "control_host": "an address or a name",
    "control_token": "at least 8 characters",
    "notify": "an http or https URL",
    "start": "an instant",
    "environments": "names with commas",
    "inventory_file": "a path",
    "ready_file": "a path",
    "scenarios": "a path",
    "certs": "a path",
    "tls_certificate": "a path",
    "tls_key": "a path",
    "tls_trust": "a path",
    "tls_crl": "a path",
    "notify_trust": "a path",
    "notify_certificate": "a path",
    "notify_key": "a path",
    "trusted_proxies": "networks with commas, or `none`",
    "source_addresses": "networks with commas, or `none`",
    "reference_format": "a format of one number",
    "delivery": "durations with commas, or `none`",
}
"""What no schema says in a word."""


def told() -> list[str]:
    """The rows of the page's tables of settings, in order."""
    lines = iter(PAGE.splitlines())
    found = []
    for line in lines:
        if line == HEADER:
            next(lines)
            for row in lines:
                if not row.startswith("|"):
                    break
                found.append(row)
    return found


def schema_of(path: SettingPath) -> dict[str, Any]:
    """What the model says of a setting, with the groups on the way looked up."""
    schema = Config.model_json_schema()
    at: dict[str, Any] = schema
    for name in path:
        at = at["properties"][name]
        if "$ref" in at:
            at = schema["$defs"][at["$ref"].rpartition("/")[2]]
    return at


def takes(path: SettingPath) -> str:
    """The values of a setting, in a few words."""
    it = schema_of(path)
    match it:
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "boolean"}:
            return "`true`, `false`"
        case {"format": "duration"}:
            return "a duration"
        case {"minimum": least, "maximum": most}:
            return f"{least} to {most}"
        case {"exclusiveMinimum": below, "maximum": most}:
            return f"above {below}, up to {most}"
    return IN_WORDS[path[0]]


def expected() -> list[str]:
    """Each row as the code has it."""
    defaults = {name: value for name, value, _ in rows(load({}, {}))}
    made = []
    for path in PATHS:
        name = ".".join(path)
        value = defaults[name]
        shown = (
            ",".join(value) or "none"
            if isinstance(value, list)
            else value
            if isinstance(value, str)
            else json.dumps(value)
        )
        default = "–" if value is None else f"`{shown}`"
        names = f"`{name}` | `{flag_name(path)}` | `{variable_name(path)}`"
        made.append(f"| {names} | {takes(path)} | {default} | {schema_of(path)['description']} |")
    return made


def test_every_setting_is_told_as_it_is() -> None:
    """Row for row. Where this fails, the left side shows the rows to put into the page."""
    assert expected() == told()


def test_the_file_of_the_example_is_taken(tmp_path: Path) -> None:
    """The YAML on the page, as it stands there."""
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(example) == 1
    file = tmp_path / "simulator.yaml"
    file.write_text(example[0], "utf-8")
    given = {row.name: row.value for row in rows(load({}, {}, file)) if row.source != "default"}
    assert given == {
        "clock": "frozen",
        "environments": ["cfsit", "job-4711"],
        "http_status": "always-200",
        "notify": "http://localhost:9000/notifications",
        "default_life.start_after": "PT30M",
        "diary.capacity": 1,
    }


def test_the_variable_that_names_the_file_is_told() -> None:
    """The one variable that is no setting."""
    assert f"`{FILE_VARIABLE}`" in PAGE
