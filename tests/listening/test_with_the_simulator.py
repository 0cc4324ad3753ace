"""Whatever the simulator pushes can be read, and what we answer to it is taken: through both, over real HTTP."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import ClientSession

from docs.generator.story import play
from simulator.cityfibre import NOTIFICATIONS, SupplierSettings, inventory
from simulator.listening.endpoint import Arrival, Endpoint
from simulator.listening.failing import Failing
from simulator.listening.notification import read_notification
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Server

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REPORT = (Path(__file__).parents[1] / "examples" / "add_fault_report.xml").read_bytes()
SWITCHES = tuple(itertools.product(("documented", "xsd", "verbatim"), ("bare", "soap")))


@pytest.mark.parametrize(("notification_schema", "notification_envelope"), SWITCHES, ids="-".join)
def test_every_kind_of_notification_is_read(notification_schema: str, notification_envelope: str) -> None:
    """A session in which all occur, under each switch; each has what an acknowledgement repeats."""
    story = play(notification_schema=notification_schema, notification_envelope=notification_envelope)
    told = [one for chapter in story for step in chapter.steps for one in step.told]
    assert {one.name for one in told} == {one.name for one in NOTIFICATIONS}
    for one in told:
        notification = read_notification(one.xml.encode())
        assert notification.style == notification_envelope
        assert notification.message_id.startswith("CF-")
        assert notification.sent_at.startswith("2026-01-")
        assert notification.status in {"accepted", "rejected", "open", "in-progress", "on-hold"} | {
            "resolved",
            "closed",
            "cancelled",
            "re-opened",
        }


async def session_with(failing: Failing, envelope: str = "bare") -> tuple[list[str], list[tuple[str, str]]]:
    """The states that a listener was told in a day of a ticket's life, and what the simulator's journal makes of it."""
    arrivals: list[Arrival] = []
    ear = Endpoint(arrivals.append, failing=failing)
    settings = SupplierSettings.model_validate({"notification_envelope": envelope})
    blueprint = Blueprint("cfsit", settings, inventory.default(), 1, "frozen", 1.0, START, await ear.open())
    environment = Environment(blueprint)
    server = Server(Environments([environment]))
    addresses = await server.start("127.0.0.1", 0, 0)
    async with ClientSession() as session, post(session, addresses.supplier) as response:
        assert response.status == 201
    await environment.driver.advance(START + timedelta(hours=24))
    await server.stop()
    await ear.close()
    kinds = {"notification-delivered", "notification-refused", "notification-failed", "conformance-warning"}
    ends = [
        (entry.kind, str(entry.data.get("reason", entry.data.get("warning", ""))))
        for entry in environment.engine.journal
        if entry.kind in kinds
    ]
    return [one.notification.status for one in arrivals if one.notification is not None], ends


def post(session: ClientSession, supplier: str) -> "aiohttp.client._RequestContextManager":
    """A report."""
    headers = {"Content-Type": "application/xml"}
    return session.post(f"{supplier}/cfsit/api2/addFaultReport", data=REPORT, headers=headers)


@pytest.mark.parametrize("envelope", ["bare", "soap"])
async def test_an_acknowledgement_delivers_without_a_warning(envelope: str) -> None:
    """The simulator has nothing against ours (R9, R34)."""
    states, ends = await session_with(Failing(), envelope)
    assert states == ["accepted", "in-progress", "resolved"]
    assert ends == [("notification-delivered", "")] * 3


async def test_a_refusal_is_one() -> None:
    """Only where it was told to refuse."""
    states, ends = await session_with(Failing("refuse", only=frozenset({"in-progress"})))
    assert states == ["accepted", "in-progress", "resolved"]
    assert ends == [
        ("notification-delivered", ""),
        ("notification-refused", "the endpoint answered responseCode 400: Refused as told (--fail refuse)"),
        ("notification-delivered", ""),
    ]


async def test_a_broken_acknowledgement_is_warned_of() -> None:
    """It delivers all the same (R9)."""
    _, ends = await session_with(Failing("broken", first=1, only=frozenset({"accepted"})))
    assert sorted(kind for kind, _ in ends) == ["conformance-warning", *["notification-delivered"] * 3]
