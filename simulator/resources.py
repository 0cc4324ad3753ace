"""Finds the files that come with the simulator: its schemas and its scenario library.

In a checkout, and so in an editable install, they are the folders ``schemas/`` and ``scenarios/`` beside the package.
A wheel carries both inside it, in ``_data/`` (see ``pyproject.toml``).
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def schemas() -> Path:
    """The folder of XML schemas.

    Raises RuntimeError where the installation is incomplete.
    """
    return _folder("schemas")


def scenarios() -> Path:
    """The folder of the scenario library.

    Raises RuntimeError where the installation is incomplete.
    """
    return _folder("scenarios")


def _folder(name: str) -> Path:
    # Beside an installed package lie other people's packages, and one may well be called "schemas": the folder beside
    # ours counts only where our own pyproject.toml lies there too.
    carried, beside = _PACKAGE / "_data" / name, _PACKAGE.parent / name
    if carried.is_dir():
        return carried
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    raise RuntimeError(f"The simulator's {name} are missing: neither {carried} nor {beside} is there. Install it anew.")
