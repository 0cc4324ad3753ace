"""Every setting of the process, from four places: flags, variables, a file, defaults; the first that speaks is heard.

A setting has one name everywhere: ``diary.capacity`` is ``--diary-capacity`` as a flag, ``diary: {capacity: 4}`` in the
file, and ``CITYFIBRE_SIM_DIARY__CAPACITY`` as a variable. The contract's switches stand beside the process's own.
"""

from simulator.config.model import FASTEST, HIGHEST_PORT, Config
from simulator.config.sources import (
    FILE_VARIABLE,
    PATHS,
    PREFIX,
    ConfigError,
    Loaded,
    Row,
    SettingPath,
    flag_name,
    load,
    rows,
    variable_name,
    wanted,
)
from simulator.config.values import (
    SHORTEST_TOKEN,
    check_environment,
    check_url,
    is_this_machine,
    read_instant,
    without_query,
)

__all__ = [
    "FASTEST",
    "FILE_VARIABLE",
    "HIGHEST_PORT",
    "PATHS",
    "PREFIX",
    "SHORTEST_TOKEN",
    "Config",
    "ConfigError",
    "Loaded",
    "Row",
    "SettingPath",
    "check_environment",
    "check_url",
    "flag_name",
    "is_this_machine",
    "load",
    "read_instant",
    "rows",
    "variable_name",
    "wanted",
    "without_query",
]
