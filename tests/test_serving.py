"""What serve prints of environments that come and go, and what it prepares for once it is ready."""

import asyncio
import os
import signal
import threading
from datetime import UTC, datetime

import pytest

from simulator import serving
from simulator.cityfibre import inventory, reception
from simulator.config import Config
from simulator.core.journal import Entry
from simulator.server.addresses import Addresses
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


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        (
            {"tls_trust": "ours.pem", "tls_key": "ours.key"},
            [("warning", "tls       off, so tls_key, tls_trust do nothing: --tls required turns it on")],
        ),
        (
            {"tls": "optional", "tls_trust": "ours.pem"},
            [("quiet", "tls       certificates optional; refused: http://c/control/v1/tls-refusals")],
        ),
    ],
)
def test_what_is_said_of_tls(settings: dict[str, str], expected: list[Line]) -> None:
    """Nothing where nobody asks for it; whether it is on; and what does nothing, for it is off."""
    said: list[Line] = []
    teller = _TimelineTeller(Config.model_validate(settings), said.append)
    teller.greet(Addresses("https://s", "http://c"))
    teller.close()
    assert [line for line in said if line[1].startswith("tls ")] == expected


async def test_what_refusals_need_is_loaded_in_a_thread_that_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the loop, for it has a thread, nor the end: it is a daemon, and a signal ends us while it still works."""
    begun: list[threading.Thread] = []
    works = threading.Event()

    def prepare() -> None:
        begun.append(threading.current_thread())
        works.wait(30)

    monkeypatch.setattr(serving, "PREPARING_SECONDS", 0.05)
    monkeypatch.setattr(reception, "prepare", prepare)
    config = Config(port=0, control_port=0)
    serve = asyncio.create_task(serving._serve(config, inventory.default(), None, lambda _: None))  # noqa: SLF001
    try:
        async with asyncio.timeout(10):
            while not begun:
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)
            await serve
        assert [True] == [one.is_alive() and one.daemon and one is not threading.main_thread() for one in begun]
    finally:
        works.set()
