"""What an explanation says of a request's parts, and that it costs nothing, leaves nothing and reads a body once."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator.cityfibre import OPERATIONS, RULES, CityFibre, SupplierSettings, inventory, reception
from simulator.cityfibre.books import Books, Draft
from simulator.cityfibre.explaining import BUILDS_ON, Explanation, operation_of
from simulator.cityfibre.rules import Finding, rule
from simulator.core.engine import Engine
from simulator.core.inputs import RequestReceived, Steered
from simulator.scenario.loader import load
from simulator.scenario.scripts import RUN, Scripts
from simulator.wire.schema import Schema
from tests.drafts import NOW
from tests.messages import Tree, add, amend, request, resolve
from tests.rig import in_soap

SCRIPT = """
scenario: 1
name: led
description: The buyer amends, in time or never.
match: {reference: LED-}
steps:
  - buyer: addFaultReport
  - supplier: accept
  - buyer: amendFaultReport
    within: PT48H
"""


def supplier(**switches: Any) -> CityFibre:  # noqa: ANN401 - switches have many types
    """One that nobody has asked anything yet."""
    return CityFibre(SupplierSettings.model_validate({"validate_sent": True, **switches}), inventory.default(), 1)


def posted(operation: str, body: str | bytes, **head: Any) -> RequestReceived:  # noqa: ANN401 - fields have many types
    """A request as it comes in."""
    text = body.encode() if isinstance(body, str) else body
    return RequestReceived(operation, text, **{"content_type": "application/xml", **head})


def explain_add(*changes: Tree, **switches: Any) -> Explanation:  # noqa: ANN401 - as above
    """What would become of a report."""
    return supplier(**switches).explain(posted("addFaultReport", add(*changes)), NOW)


def outcomes(explanation: Explanation) -> list[tuple[str, str, bool]]:
    """Each rule that has not passed, and whether it decides."""
    return [(one.rule.id, one.outcome, one.decides) for one in explanation.rules if one.outcome != "passed"]


# -- the rules


def test_a_rule_builds_on_rules_that_are_asked_before_it() -> None:
    """In every operation that has it; a name that no rule has would be a slip."""
    assert set(BUILDS_ON) <= set(RULES)
    for operation in OPERATIONS.values():
        ids = [one.id for one in operation.rules]
        for name in ids:
            needed = BUILDS_ON.get(name, ())
            assert [one for one in needed if one not in ids[: ids.index(name)]] == [], (operation.name, name)


def test_every_rule_says_what_it_demands() -> None:
    """A sentence, on one line, from its docstring."""
    for operation in OPERATIONS.values():
        told = supplier().explain(posted(operation.name, request(operation.name)), NOW)
        assert [one.rule.id for one in told.rules] == [one.id for one in operation.rules]
        assert [one.rule.id for one in told.rules if not re.fullmatch(r"\S[^\n]+\.", one.says)] == []


def test_rules_that_do_not_build_on_the_one_that_fails_are_asked_too() -> None:
    """A wrong service and a key that no such fault may have; whether the key is usable nobody can say."""
    told = explain_add({"serviceAffected": "S99999", "appointment": {"appointmentReservationKey": "KEY"}})
    assert told.refused_by == "service-known"
    assert outcomes(told) == [
        ("service-known", "failed", True),
        ("tlos-key", "failed", False),
        ("key-usable", "not-run", False),
    ]


def test_of_a_strangers_service_nothing_is_said() -> None:
    """It would be wrong with that buyer, and right once the buyer is spelt right."""
    told = explain_add({"buyerIdentifier": "NOBODY"})
    assert outcomes(told) == [
        ("buyer-known", "failed", True),
        ("reference-unused", "not-run", False),
        ("service-known", "not-run", False),
        ("parent-known", "not-run", False),
        ("key-usable", "not-run", False),
    ]
    assert {one.reason for one in told.rules if one.rule.id in {"service-known", "parent-known"}} == {
        "it builds on buyer-known, which has not passed"
    }


def test_of_a_ticket_that_is_not_there_no_state_is_asked() -> None:
    """And a response that says neither yes nor no is told so all the same."""
    message = resolve({"resolveAccepted": None})
    told = supplier().explain(posted("resolveResponse", message), NOW)
    assert outcomes(told) == [
        ("ticket-known", "failed", True),
        ("ticket-resolved", "not-run", False),
        ("answer-given", "failed", False),
    ]
    assert (told.rules[-1].reason, told.rules[-1].place.path) == ("Say true or false", "/resolveResponse")


def test_a_slot_that_is_not_offered_is_not_called_full() -> None:
    """The rule would say so, since nobody is free on a Sunday."""
    slot = {"appointmentDate": "2026-01-11"}
    told = supplier().explain(
        posted("reserveAppointment", request("reserveAppointment", {"appointmentSlot": slot})), NOW
    )
    assert outcomes(told) == [("slot-offered", "failed", True), ("slot-free", "not-run", False)]


def test_each_rule_has_a_draft_of_its_own() -> None:
    """What one warns of is warned of once, as a buyer's request is."""
    told = explain_add({"messageId": "M" * 37, "serviceAffected": "S99999"}, inventory="any")
    assert [note.data["ruling"] for note in told.warnings] == ["R10", "§2.4"]


@rule("slip", 400, "§0")
def slips(_message: object, _draft: Draft) -> Finding:
    """A rule with a bug."""
    raise ZeroDivisionError


def test_a_rule_that_cannot_cope_with_what_is_refused_before_it_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A buyer's request would never have come to it."""
    operation = OPERATIONS["addFaultReport"]
    monkeypatch.setitem(OPERATIONS, "addFaultReport", replace(operation, rules=(*operation.rules, slips)))
    told = explain_add({"serviceAffected": "S99999"})
    (slipped,) = [one for one in told.rules if one.rule is slips]
    reason = "it can't cope with what is refused before it (ZeroDivisionError)"
    assert (slipped.outcome, slipped.reason) == ("not-run", reason)


def test_a_bug_that_a_buyer_would_meet_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not explained away; books and counters are as they were."""
    operation = OPERATIONS["addFaultReport"]
    monkeypatch.setitem(OPERATIONS, "addFaultReport", replace(operation, rules=(*operation.rules, slips)))
    one = supplier()
    with pytest.raises(ZeroDivisionError):
        one.explain(posted("addFaultReport", add()), NOW)
    assert one.books == Books()


def test_a_bug_that_nothing_before_it_excuses_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a buyer would not meet it, whose Content-Type is refused."""
    operation = OPERATIONS["addFaultReport"]
    monkeypatch.setitem(OPERATIONS, "addFaultReport", replace(operation, rules=(*operation.rules, slips)))
    with pytest.raises(ZeroDivisionError):
        supplier().explain(posted("addFaultReport", add(), content_type="text/plain"), NOW)


# -- the head and the body


def test_every_check_of_the_head_is_told() -> None:
    """Several may fail at once, and the first decides; the body is looked at all the same."""
    request = posted("addFaultReport", add(), method="PUT", content_encoding="gzip", content_type="text/plain")
    told = supplier().explain(request, NOW)
    assert [(one.rule, one.passed) for one in told.transport] == [
        ("operation-unknown", True),
        ("method", False),
        ("body-too-big", True),
        ("body-too-slow", True),
        ("body-cut-off", True),
        ("content-encoding", False),
        ("media-type", False),
    ]
    assert (told.refused_by, told.reply.status, told.valid) == ("method", 405, True)
    assert outcomes(told) == []


def test_a_body_that_is_not_whole_is_not_looked_at() -> None:
    """What is broken in it may be so only because the rest is missing."""
    told = supplier().explain(posted("addFaultReport", "<addFault", trouble="body-cut-off"), NOW)
    assert [(one.rule, one.reason) for one in told.transport if not one.passed] == [
        ("body-cut-off", "the connection ended before the body was whole")
    ]
    assert {one.passed for one in told.xml} == {None}
    assert {one.outcome for one in told.rules} == {"not-run"}


@pytest.mark.parametrize(
    ("body", "passed"),
    [
        ("<a>", [False, None, None, None, None]),
        ("<!DOCTYPE a><a/>", [None, False, None, None, None]),
        ('<Envelope xmlns="urn:x"/>', [True, True, False, None, None]),
        (in_soap(""), [True, True, True, False, None]),
        ("<a/>", [True, True, True, True, True]),
    ],
)
def test_a_check_of_the_body_that_was_not_come_to_is_no_pass(body: str, passed: list[bool | None]) -> None:
    """In the order: well-formed, limits, version of the envelope, envelope, headers that must be understood."""
    told = supplier().explain(posted("addFaultReport", body), NOW)
    assert [one.passed for one in told.xml] == passed
    assert [one.rule for one in told.xml] == [
        "xml-not-well-formed",
        "xml-limit",
        "envelope-version",
        "envelope",
        "envelope-must-understand",
    ]


# -- which operation


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        (add(), "addFaultReport"),
        (in_soap(resolve()), "resolveResponse"),
        (request("reserveAppointment"), "reserveAppointment"),
        ("<!-- <amendFaultReport/> -->\n<addFaultReport/>", "addFaultReport"),
        (f"<?xml version='1.0' encoding='UTF-16'?>{amend()}".encode("utf-16"), "amendFaultReport"),
        ("<x:addFaultReport>", "addFaultReport"),
        ("<addFaultReport>\n<apiVersion>1.0</apiVersio", "addFaultReport"),
        ("<!DOCTYPE addFaultReport SYSTEM 'file:///etc/passwd'><addFaultReport/>", "addFaultReport"),
        ("<Envelope><Header><addFaultReport/></Header><Body><amendFaultReport>", "amendFaultReport"),
        ("<Envelope><Body/></Envelope>", ""),
        ("<report><addFaultReport/></report>", ""),
        ("<addFaultReport", ""),
        ("<addfaultreport/>", ""),
        ('<?xml version="1.0" encoding="klingon"?><addFaultReport/>', ""),
        ("addFaultReport", ""),
        (b"\x00\xff\xfe<addFaultReport/>", ""),
        (b"", ""),
    ],
)
def test_the_operation_of_a_body(body: str | bytes, operation: str) -> None:
    """By the first element of the message, whatever comes behind it."""
    assert operation_of(body.encode() if isinstance(body, str) else body) == operation


def test_nothing_behind_a_document_type_is_looked_at() -> None:
    """It names the root; what it declares could grow without bound, and what follows could make it do so."""
    assert operation_of(b'<!DOCTYPE a [<!ENTITY x "y">]><addFaultReport a="&x;"/>') == ""


# -- what it costs, and what it leaves


def counting(monkeypatch: pytest.MonkeyPatch, target: object, name: str) -> list[str]:
    """Let each call of a function leave its name in a list."""
    calls: list[str] = []
    real: Callable[..., Any] = getattr(target, name)

    def counted(*arguments: object) -> object:
        calls.append(name)
        return real(*arguments)

    monkeypatch.setattr(target, name, counted)
    return calls


@pytest.mark.parametrize(
    "body",
    [add(), add({"messageId": None}), "<addFaultReport>" + "<a/>" * 19_000 + "</addFaultReport>", "<a>", b"\0"],
)
def test_a_body_is_read_once(monkeypatch: pytest.MonkeyPatch, body: str | bytes) -> None:
    """As a real request's is: parsed once, and held to its schema as often."""
    reads, bindings = counting(monkeypatch, reception, "read"), counting(monkeypatch, reception, "bind")
    gates, breaches = counting(monkeypatch, Schema, "valid"), counting(monkeypatch, Schema, "explain")
    every = (reads, bindings, gates, breaches)
    one = supplier(validate_sent=False)
    one.request(posted("addFaultReport", body), NOW)
    cost = [len(calls) for calls in every]
    one.explain(posted("addFaultReport", body), NOW)
    assert (cost[0], [len(calls) for calls in every]) == (1, [2 * count for count in cost])


def led() -> tuple[CityFibre, Engine]:
    """A supplier with a script for tickets whose reference begins with LED-."""
    one = CityFibre(SupplierSettings(), inventory.default(), 1, Scripts([load(SCRIPT, "led.yaml")]))
    return one, Engine(one, has_endpoint=False)


def test_a_script_that_would_lead_a_ticket_is_told_and_does_not_begin() -> None:
    """What it would wait for stands among the timers; no copy of it is left."""
    one, engine = led()
    report = posted("addFaultReport", add({"buyerFaultReference": "LED-1"}))
    told = one.explain(report, NOW)
    assert [note.kind for note in told.notes] == ["ticket-added", "script-started", "script-step"]
    assert [effect.timer.kind for effect in told.timers_set] == ["script"]
    assert (one.books, list(engine.journal)) == (Books(), [])
    engine.handle(report, NOW)
    assert list(one.books.scripts) == ["~SPDEV1~LED-1"]


def test_a_step_that_waits_for_the_buyer_waits_on() -> None:
    """The script hears of the request, in a draft that nobody keeps."""
    one, engine = led()
    engine.handle(posted("addFaultReport", add({"buyerFaultReference": "LED-1"})), NOW)
    while engine.fire_next(NOW) is not None:
        pass
    before, length = dict(one.books.scripts), len(engine.journal)
    change = posted("amendFaultReport", amend({"buyerFaultReference": "LED-1"}))
    told = one.explain(change, NOW)
    assert [note.kind for note in told.notes][-2:] == ["script-step", "script-ended"]
    assert (one.books.scripts, len(engine.journal)) == (before, length)
    engine.handle(change, NOW)
    assert one.books.scripts == {}


def test_a_refusal_that_a_lone_script_hears_is_not_remembered() -> None:
    """A scenario that has the environment for itself hears of every request, refused ones too; not of explanations."""
    one, engine = led()
    engine.handle(Steered(RUN, "", {"scenario": "led", "case": ""}), NOW)
    before = dict(one.books.scripts)
    refused = posted("addFaultReport", add({"buyerIdentifier": "NOBODY"}))
    assert one.explain(refused, NOW).refused_by == "buyer-known"
    assert one.books.scripts == before
    engine.handle(refused, NOW)
    assert one.books.scripts != before
