"""The file by which whoever started a process learns that it answers, and where."""

import json
import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, **addresses: str) -> None:
    """Write it whole, with the process's id: whoever waits for it never reads half of it.

    Raises:
        OSError: it can't be written.
    """
    beside = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        beside.write_text(json.dumps({**addresses, "pid": os.getpid()}) + "\n", "utf-8")
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)
        raise OSError(f"{path}: can't be written: {getattr(error, 'strerror', None) or error}") from None


def remove(path: Path | None) -> None:
    """Take it away, if there is one: one that an earlier run left would be believed.

    Raises:
        OSError: it can't be removed.
    """
    if path is None:
        return
    try:
        path.unlink(missing_ok=True)
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        raise OSError(f"{path}: can't be written: {getattr(error, 'strerror', None) or error}") from None
