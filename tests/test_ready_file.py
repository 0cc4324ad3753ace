"""The ready file: whole when it is there, and gone when it is not to be believed."""

import json
import os
from pathlib import Path

import pytest

from simulator import ready_file


def test_it_names_the_addresses_and_the_process(tmp_path: Path) -> None:
    """And nothing else is left beside it."""
    path = tmp_path / "ready.json"
    ready_file.write(path, notify="http://127.0.0.1:9000/notifications")
    assert json.loads(path.read_text()) == {"notify": "http://127.0.0.1:9000/notifications", "pid": os.getpid()}
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_removed_if_it_is_there(tmp_path: Path) -> None:
    """Twice is no error, and none is none."""
    path = tmp_path / "ready.json"
    path.write_text("{}")
    ready_file.remove(path)
    ready_file.remove(path)
    ready_file.remove(None)
    assert not path.exists()


@pytest.mark.parametrize("name", ["nowhere/ready.json", "\0"], ids=["folder", "name"])
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    """With the path, as people gave it."""
    with pytest.raises(OSError, match="can't be written"):
        ready_file.write(tmp_path / name, notify="")
    assert list(tmp_path.iterdir()) == []
