"""docs/lifecycle.md is what the code makes of it: the page, its diagrams, and an XML of every notification."""

import html
import re

import pytest
from lxml import etree

from docs.generator import page
from docs.generator.messages import pictured
from docs.generator.session import Session, SimulatorSaidNoError
from docs.generator.story import play
from simulator import resources
from simulator.cityfibre import ACTIONS, NOTIFICATIONS, SAMPLED, TRANSITIONS, VISIT_TRANSITIONS
from tests.rig import text_at

TEXT = page.PAGE.read_text("utf-8")
DETAILS = re.compile(r"<details>\n<summary><b>(.+?)</b></summary>\n(.*?)</details>", re.DOTALL)
XML = re.compile(r"^```xml\n(<\?xml .*?)\n```$", re.DOTALL | re.MULTILINE)


def schema(name: str) -> etree.XMLSchema:
    """One of the schemas, compiled."""
    return etree.XMLSchema(etree.parse(resources.schemas() / name))


def shown() -> list[tuple[str, etree._Element]]:
    """Name and message of each notification on the page, in order."""
    found = []
    for name, inside in DETAILS.findall(TEXT):
        (xml,) = XML.findall(inside)
        found.append((html.unescape(name), etree.fromstring(xml.encode())))
    return found


def told(**switches: object) -> list[tuple[str, str]]:
    """Name and XML of every notification of the session, in order."""
    return [(one.name, one.xml) for chapter in play(**switches) for step in chapter.steps for one in step.told]


def edges(diagram: str) -> set[tuple[str, str, str]]:
    """What a diagram draws: from, to, and the label, with the names that its aliases stand for."""
    names = {alias: name for name, alias in re.findall(r'state "(.+?)" as (\w+)', diagram)}
    drawn = re.findall(r"^ +(\[\*\]|\w+) --> (\[\*\]|\w+)(?:: (\S+))?$", diagram, re.MULTILINE)
    assert len(drawn) == len(set(drawn)) == diagram.count("-->")
    return {(names.get(one, one), names.get(other, other), label) for one, other, label in drawn}


def test_the_page_is_what_the_code_makes() -> None:
    """To the byte."""
    assert page.page().encode() == page.PAGE.read_bytes(), "docs/lifecycle.md is out of date: `make docs`"


def test_each_diagram_has_exactly_the_transitions() -> None:
    """The ticket's and the appointment's: each edge with its trigger, and beside them one way in and the ways out."""
    tickets, visits = re.findall(r"^```mermaid\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    ways = {(state, after, on) for state, away in TRANSITIONS.items() for on, after in away.items()}
    ends = {(state, "[*]", "") for state, away in TRANSITIONS.items() if not away}
    assert ways | ends | {("[*]", "pending", "")} == edges(tickets)
    assert len(ends) == 3
    ways_of_visits = {(state, after, on) for state, away in VISIT_TRANSITIONS.items() for on, after in away.items()}
    ends_of_visits = {(state, "[*]", "") for state, away in VISIT_TRANSITIONS.items() if not away}
    assert ways_of_visits | ends_of_visits | {("[*]", "booked", "")} == edges(visits)
    assert tickets.rindex("-->") < tickets.index("note right of resolved")  # elsewhere mermaid draws nothing at all


def test_every_notification_has_its_xml() -> None:
    """In the order of the table, each with the status that it leaves."""
    messages = shown()
    assert [one.name for one in NOTIFICATIONS] == [name for name, _ in messages]
    wrong = [
        (one.name, text_at(message, "faultDetails/status"))
        for one, (_, message) in zip(NOTIFICATIONS, messages, strict=True)
        if one.leaves is not None and text_at(message, "faultDetails/status") != one.leaves
    ]
    assert wrong == []


def test_every_xml_is_valid() -> None:
    """By our schema of notifications."""
    gate = schema("notification.xsd")
    for name, message in shown():
        gate.validate(message)
        assert list(gate.error_log) == [], name


def test_the_full_update_shows_all_that_one_can() -> None:
    """The session leads to a ticket that has everything."""
    message = dict(shown())["full-update"]
    (everything,) = [one.shows for one in NOTIFICATIONS if one.name == "full-update"]
    assert [name for name in everything if next(message.iter(name), None) is None] == []


def test_under_xsd_the_session_keeps_to_the_published_schema() -> None:
    """Every notification of the session, not only those on the page (R7)."""
    gate = schema("faultReport.xsd")
    messages = told(notification_schema="xsd")
    for name, xml in messages:
        gate.validate(etree.fromstring(xml.encode()))
        assert list(gate.error_log) == [], name
    assert {one.name for one in NOTIFICATIONS} == {name for name, _ in messages}


def test_verbatim_changes_what_has_a_sample_and_nothing_else() -> None:
    """The same session, kind by kind; the page says of each what becomes of it."""
    documented, verbatim = told(), told(notification_schema="verbatim")
    assert [name for name, _ in documented] == [name for name, _ in verbatim]
    pairs = zip(documented, verbatim, strict=True)
    assert set(SAMPLED) == {name for (name, one), (_, other) in pairs if one != other}
    silent = {name for name, inside in DETAILS.findall(TEXT) if "changes nothing" in inside}
    assert {one.name for one in NOTIFICATIONS} - set(SAMPLED) == silent


def test_the_session_makes_most_moves() -> None:
    """Those that it leaves out lead to notifications that it has by another way."""
    made = {step.cause for chapter in play() for step in chapter.steps if step.who == "supplier"}
    assert set(ACTIONS) - made == {"accept", "close", "cancel", "report-late-repair"}


def test_the_page_shows_the_message_that_the_session_sent() -> None:
    """The first of a kind that somebody caused, rather than the clock."""
    sent = [(one.name, one.xml) for _, _, one in pictured(play())]
    assert [(name, xml) for name, inside in DETAILS.findall(TEXT) for xml in XML.findall(inside)] == sent


def test_a_story_that_the_simulator_does_not_allow_fails() -> None:
    """A refusal, or a warning, is never written into the page as if nothing were wrong."""
    session = Session()
    session.chapter("A report that is closed before it is accepted", "REF-1")
    session.report("a fault of nobody's")
    with pytest.raises(SimulatorSaidNoError, match="close: a fault that is pending can't take close"):
        session.act("close")
    with pytest.raises(SimulatorSaidNoError, match="R26"):
        session.send("amendFaultReport", "a reason", {"faultDetails": {"statusReason": "mine"}})
    with pytest.raises(SimulatorSaidNoError, match="reference-unused"):
        session.report("once more")
