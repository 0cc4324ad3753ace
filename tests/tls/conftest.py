"""One development set in a folder, as ``certs init`` makes it, for all tests of TLS."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.certificates.development_set import Asked, files
from simulator.certificates.writing import write


@pytest.fixture(scope="session")
def made() -> Mapping[str, bytes]:
    """The files by their paths."""
    return files(Asked(("SPDEV1", "SPDEV2"), (), 825, "changeit"), datetime.now(UTC))


@pytest.fixture
def certs(made: Mapping[str, bytes], tmp_path: Path) -> Path:
    """They lie here; a test may change them."""
    folder = tmp_path / "certs"
    write(folder, made, replace=False)
    return folder
