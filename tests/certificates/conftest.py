"""One development set, made once, for all tests of certificates."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from simulator.certificates.development_set import Asked, files

NOW = datetime.now(UTC)


@pytest.fixture(scope="session")
def made() -> Mapping[str, bytes]:
    """The files of a set for two buyers, by their paths; made now, since OpenSSL's handshakes live in real time."""
    return files(Asked(("SPDEV1", "SPDEV2"), ("simulator.test",), 825, "changeit"), NOW)
