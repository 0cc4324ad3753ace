"""What serve prints of environments that come and go: each line can be told from those of another."""

from datetime import UTC, datetime

from simulator.config import Config
from simulator.core.journal import Entry
from simulator.serving import _TimelineTeller
from simulator.timeline import Line

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_an_environment_of_ones_own_is_told_by_its_name() -> None:
    """Also where the server began with one alone, whose lines need none."""
    said: list[Line] = []
    teller = _TimelineTeller(Config(environments=("cfsit",)), said.append)
    for name in ("cfsit", "job-4711"):
        teller.show(name, [Entry(1, START, 0, "ticket-commented", "~SPDEV1~REF", {"value": "On our way."})])
    teller.close()
    assert said == [
        ("state", "Mon 05 Jan 09:00:00 ●  the supplier says: On our way."),
        ("state", "job-4711   Mon 05 Jan 09:00:00 ●  the supplier says: On our way."),
    ]
