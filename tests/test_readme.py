"""The README tells the truth: its report gets the answer and the notification that it shows."""

import json
import re
from pathlib import Path

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.core.engine import Engine
from simulator.core.inputs import RequestReceived, Steered
from simulator.runtime.environments import DEFAULT_START

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text("utf-8")


def test_its_answer_and_notification_are_what_is_sent() -> None:
    """To the byte: a frozen clock at its default start, seed 1."""
    answer, notification = re.findall(r"```xml\n(.*?)```", README, re.DOTALL)
    engine = Engine(CityFibre(SupplierSettings(), inventory.default(), 1), has_endpoint=True)
    report = (TOP / "tests" / "examples" / "add_fault_report.xml").read_bytes()
    reply = engine.handle(
        RequestReceived("addFaultReport", report, content_type="application/xml"), DEFAULT_START
    ).reply
    assert reply is not None
    assert (reply.status, reply.body.decode()) == (201, answer)
    followed = engine.fire_next(DEFAULT_START)
    assert followed is not None
    assert [deliver.body.decode() for deliver in followed.deliveries] == [notification]


def test_its_total_loss_of_service_is_taken() -> None:
    """The three files, posted in this order to a fresh simulator; the key is the one that is reserved."""
    engine = Engine(CityFibre(SupplierSettings(), inventory.default(), 1), has_endpoint=True)
    posted = re.findall(r"^\$ post (\w+) (\S+)$", README, re.MULTILINE)
    statuses = []
    for operation, name in posted:
        message = (TOP / "tests" / "examples" / name).read_bytes()
        reply = engine.handle(RequestReceived(operation, message, content_type="text/xml"), DEFAULT_START).reply
        assert reply is not None
        assert b"Rejected>" not in reply.body
        statuses.append((operation, reply.status))
    assert statuses == [("queryAppointmentAvailability", 200), ("reserveAppointment", 200), ("addFaultReport", 201)]
    _its_moves_are_possible(engine)


def _its_moves_are_possible(engine: Engine) -> None:
    """On the ticket of that report, in this order; each tells the buyer something."""
    engine.fire_next(DEFAULT_START)
    moves = re.findall(r"^\$ act (\S+) '(.+)'$", README, re.MULTILINE)
    told = []
    for reference, document in moves:
        parameters = json.loads(document)
        outcome = engine.handle(Steered(parameters.pop("action"), reference, parameters), DEFAULT_START)
        assert outcome.refusal is None
        told.append([entry.data["notification"] for entry in engine.journal if entry.kind == "notification"][-1])
    assert told == ["appointment-missed", "on-hold"]


def test_its_links_lead_somewhere() -> None:
    """No link to a file that is not there."""
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert len(links) > 5
    assert [link for link in links if not (TOP / link).exists()] == []


def test_its_first_screen_has_the_two_commands() -> None:
    """Both stand in the first thirty lines, and make knows them."""
    first = "\n".join(README.splitlines()[:30])
    makefile = (TOP / "Makefile").read_text("utf-8")
    for target in ("demo", "test"):
        assert f"$ make {target} " in first
        assert re.search(f"^{target}:", makefile, re.MULTILINE)
