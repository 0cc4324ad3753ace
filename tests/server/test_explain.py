"""Explanations over HTTP: they say what a real request then gets, to the byte, and leave no trace of themselves."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator.cityfibre import OPERATIONS, RULES
from simulator.cityfibre.rules import Rule
from simulator.server.control.explain import SEE
from tests.conftest import Start
from tests.messages import FIRST_REFERENCE, Tree, add, amend, merged, request
from tests.rejections import CASES, Case
from tests.rig import Answer, Simulator, in_soap, message_in, text_at
from tests.server.test_broken_messages import BROKEN, Broken
from tests.situations import Prepare, nothing, reported, reserve, resolved

Json = dict[str, Any]
both_ways = pytest.mark.parametrize("soap", [False, True], ids=["bare", "soap"])
ANSWERS = {"request-answered", "request-refused"}
OF_ITS_OWN = {*ANSWERS, "conformance-warning", "timer-set", "timer-cancelled"}
"""Kinds of entries that an explanation tells elsewhere than in its piece of the journal."""


async def ask(simulator: Simulator, body: str | bytes, **query: str) -> Answer:
    """Ask for an explanation, whatever its answer is."""
    url = f"{simulator.control_url}/explain?{urlencode(query)}"
    return await simulator.send("POST", url, body, {"Content-Type": "application/octet-stream"})


async def explain(simulator: Simulator, body: str | bytes, **query: str) -> Json:
    """Have a message explained; nothing has changed by it."""
    await simulator.advance()  # what was under way has ended
    state, seq, shown = simulator.state(), simulator.last_seq, await simulator.tickets()
    answer = await ask(simulator, body, **query)
    assert (answer.status, answer.content_type) == (200, "application/json; charset=utf-8")
    assert (state, seq, shown) == (simulator.state(), simulator.last_seq, await simulator.tickets())
    told: Json = json.loads(answer.body)
    return told


async def explain_and_post(
    simulator: Simulator, address: str, message: str | bytes, *, soap: bool = False, **query: str
) -> tuple[Json, list[Json]]:
    """Have a message explained, then post it: the answer is the one that was told. What was told, and the journal."""
    sent = in_soap(message) if soap and isinstance(message, str) else message
    told = await explain(simulator, sent, **query)
    seq = simulator.last_seq
    answer = await simulator.post(address, message, soap=soap, headers={"Content-Type": told["content_type"]})
    assert told["answer"] == {
        "status": answer.status,
        "content_type": answer.content_type,
        "body": answer.body.decode(),
    }
    entries = await simulator.journal(after=seq)
    return told, [entry for entry in entries if entry["cause"] == seq + 1]


def check_then(told: Json, entries: list[Json]) -> None:
    """What was told would follow is what the journal has."""
    of_request = [
        {"kind": entry["kind"], "ticket": entry["ticket"], "data": without_body(entry["data"])}
        for entry in entries
        if entry["kind"] not in OF_ITS_OWN
    ]
    warned = [entry["data"] for entry in entries if entry["kind"] == "conformance-warning"]
    assert of_request == told["then"]["journal"]
    assert warned == told["warnings"]
    for kind, name in (("timer-set", "timers_set"), ("timer-cancelled", "timers_cancelled")):
        assert [entry["data"] for entry in entries if entry["kind"] == kind] == told["then"][name]
    made = [
        (entry["data"]["message_id"], entry["data"]["body"]) for entry in entries if entry["kind"] == "notification"
    ]
    assert made == [(one["message_id"], one["body"]) for one in told["then"]["notifications"]]


def without_body(data: Json) -> Json:
    return {name: value for name, value in data.items() if name != "body"}


def outcomes(told: Json) -> dict[str, str]:
    """What has come of each rule."""
    return {rule["id"]: rule["outcome"] for rule in told["rules"]}


# -- the answer that is told is the answer that comes


@both_ways
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_refusal_is_told_as_it_then_comes(start: Start, case: Case, soap: bool) -> None:  # noqa: FBT001
    """Every rule of every operation: the same bytes, rule, reason, line and path as the journal then has."""
    simulator = await start(**case.switches)
    prepared = await case.prepare(simulator)
    message = request(case.operation, merged(case.changes, prepared))
    told, entries = await explain_and_post(simulator, case.operation, message, soap=soap)
    assert (told["operation"], told["style"]) == (case.operation, "soap" if soap else "bare")
    assert (told["verdict"], told["refused_by"]) == ("refused", case.rule)
    (deciding,) = [rule for rule in told["rules"] if rule["decides"]]
    assert (deciding["id"], deciding["outcome"], deciding["reason"]) == (case.rule, "failed", case.reason)
    refused = entries[-1]["data"]
    assert (refused["line"], refused["path"]) == (deciding["line"], deciding["path"])
    before = [rule["outcome"] for rule in told["rules"][: told["rules"].index(deciding)]]
    assert set(before) <= {"passed"}
    check_then(told, entries)


GOOD: tuple[tuple[str, Tree, Prepare], ...] = (
    ("addFaultReport", {}, nothing),
    ("addFaultReport", {"buyerFaultReference": "REF-2"}, reported),
    ("amendFaultReport", {"priorityLevel": "1"}, reported),
    ("amendFaultReport", {"faultDetails": {"status": "cancelled"}}, reported),
    ("resolveResponse", {}, resolved),
    ("resolveResponse", {"resolveAccepted": "false"}, resolved),
    ("requestFaultReportUpdate", {}, reported),
    ("queryAppointmentAvailability", {}, nothing),
    ("reserveAppointment", {}, nothing),
)


@both_ways
@pytest.mark.parametrize(("operation", "changes", "prepare"), GOOD)
async def test_what_is_taken_is_told_as_it_then_comes(
    simulator: Simulator,
    operation: str,
    changes: Tree,
    prepare: Prepare,
    soap: bool,  # noqa: FBT001
) -> None:
    """Each operation: the same bytes, ids that are drawn included, and what follows in journal, timers and messages."""
    await prepare(simulator)
    told, entries = await explain_and_post(simulator, operation, request(operation, changes), soap=soap)
    assert (told["verdict"], told["refused_by"]) == ("taken", None)
    assert set(outcomes(told).values()) == {"passed"}
    assert not any(rule["decides"] for rule in told["rules"])
    check_then(told, entries)


async def test_every_operation_is_told_good(simulator: Simulator) -> None:
    """The table above leaves none out."""
    assert {operation for operation, _, _ in GOOD} == set(OPERATIONS)
    assert (await explain(simulator, add()))["verdict"] == "taken"


async def test_an_explanation_may_be_asked_for_again_and_again(simulator: Simulator) -> None:
    """The id that an answer draws, and a key that is reserved, are those of the next real request."""
    reservation = request("reserveAppointment")
    first, second = await explain(simulator, reservation), await explain(simulator, reservation)
    assert first == second
    told, _ = await explain_and_post(simulator, "reserveAppointment", reservation)
    assert told == first
    assert (await explain(simulator, reservation))["answer"] != first["answer"]


async def test_an_explanation_counts_refused_requests_too(simulator: Simulator) -> None:
    """An answer's id is drawn from the number of its request, refused ones counted."""
    await simulator.post("queryAppointmentAvailability", "<broken")
    told, _ = await explain_and_post(simulator, "queryAppointmentAvailability", request("queryAppointmentAvailability"))
    assert told["verdict"] == "taken"


async def test_a_file_is_offered_at_the_suppliers_port(simulator: Simulator) -> None:
    """The answer's url is the one that a buyer is told who comes by that address."""
    await reported(simulator)
    changes: Tree = {"attachments": {"attachment": {"filename": "a.jpg"}}}
    told, _ = await explain_and_post(simulator, "amendFaultReport", amend(changes))
    url = text_at(message_in(told["answer"]["body"].encode()), "attachments/attachment/url")
    assert (url or "").startswith(f"{simulator.url}/attachments/")


@pytest.mark.parametrize("envelope", ["mirror", "soap", "bare", "sampled"])
@both_ways
async def test_the_switches_hold(start: Start, envelope: str, soap: bool) -> None:  # noqa: FBT001
    """R1 and R3: how the answer is wrapped, and under which status."""
    simulator = await start(envelope=envelope, http_status="always-200")
    for message in (add(), add({"serviceAffected": "S99999"}), add({"messageId": None}), "<addFaultReport>"):
        told, _ = await explain_and_post(simulator, "addFaultReport", message, soap=soap)
        assert told["operation"] == "addFaultReport"


# -- what is broken, and what is hostile


@pytest.mark.parametrize("operation", ["addFaultReport", "reserveAppointment"])
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
async def test_a_broken_message_is_told_with_its_place(simulator: Simulator, broken: Broken, operation: str) -> None:
    """By the same rule, line and path as the journal then has; no rule is asked, and what was not come to is null."""
    told, entries = await explain_and_post(simulator, operation, broken.body, operation=operation)
    assert (told["verdict"], told["refused_by"]) == ("refused", broken.rule)
    (failed,) = [check for check in told["xml"] if check["passed"] is False]
    refused = entries[-1]["data"]
    assert (failed["check"], failed["reason"]) == (broken.rule, refused["reason"])
    assert (failed["line"] or 0, failed["column"] or 0, failed["path"] or "") == (
        refused["line"],
        refused["column"],
        refused["path"],
    )
    assert all(check["passed"] is True for check in told["transport"])
    assert told["schema"]["passed"] is None
    assert {rule["reason"] for rule in told["rules"]} == {"the message can't be read"}
    assert set(outcomes(told).values()) == {"not-run"}


MANY = "".join("<a " + " ".join(f'b{n}=""' for n in range(50)) + "/>" for _ in range(41))
HOSTILE: tuple[tuple[str, str | bytes, str], ...] = (
    ("empty", b"", "xml-not-well-formed"),
    ("binary", bytes(range(256)) * 100, "xml-not-well-formed"),
    ("doctype", '<!DOCTYPE a [<!ENTITY a "a"><!ENTITY b "&a;&a;">]>\n<addFaultReport>&b;<', "xml-limit"),
    ("300-kb", "<addFaultReport>" + "a" * 300_000 + "</addFaultReport>", "body-too-big"),
    ("300-kb-of-binary", b"\x00\xff" * 150_000, "body-too-big"),
    ("deep", "<addFaultReport>" + "<a>" * 80_000, "xml-limit"),
    ("2000-attributes", f"<addFaultReport>{MANY}</addFaultReport>", "xml-limit"),
    ("2000-attributes-on-one", "<addFaultReport " + " ".join(f'b{n}=""' for n in range(2_000)) + "/>", "xml-limit"),
    ("many-breaches", "<addFaultReport>" + "<a/>" * 19_000 + "</addFaultReport>", "xsd"),
    ("in-a-deep-header", in_soap(add()).replace("<soap:Body>", "<soap:Header>" + "<a>" * 60_000, 1), "xml-limit"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "body", "rule"), HOSTILE, ids=[name for name, _, _ in HOSTILE])
async def test_a_hostile_body_is_explained_like_any_other(
    simulator: Simulator, caplog: pytest.LogCaptureFixture, name: str, body: str | bytes, rule: str
) -> None:
    """Its answer is the real one, nothing changes, and nothing is in the log."""
    told, _ = await explain_and_post(simulator, "addFaultReport", body, operation="addFaultReport")
    assert (told["refused_by"], name) == (rule, name)
    assert [record.message for record in caplog.records] == []


async def test_a_body_that_is_too_big_is_not_looked_into(simulator: Simulator) -> None:
    """Only its beginning is there, by which its operation is known."""
    told = await explain(simulator, add({"comment": {"value": "x" * 300_000}}))
    assert (told["operation"], told["refused_by"]) == ("addFaultReport", "body-too-big")
    assert {check["passed"] for check in told["xml"]} == {None}
    assert set(outcomes(told).values()) == {"not-run"}


async def test_a_breach_of_the_xsd_is_told_with_value_and_what_is_allowed(simulator: Simulator) -> None:
    """Every violation, and the file that has the schema."""
    message = add({"messageId": None, "faultDetails": {"faultStartTime": "yesterday"}})
    told, _ = await explain_and_post(simulator, "addFaultReport", message)
    assert (told["verdict"], told["refused_by"]) == ("refused", "xsd")
    assert told["schema"] == {
        "file": "faultReport.xsd",
        "passed": False,
        "violations": [
            {
                "line": 1,
                "path": "/addFaultReport",
                "value": None,
                "reason": "the required element messageId is missing",
                "allowed": None,
            },
            {
                "line": 21,
                "path": "/addFaultReport/faultDetails/faultStartTime",
                "value": "yesterday",
                "reason": "'yesterday' is not a value of the type dateTime",
                "allowed": "a date and time, such as 2026-01-05T09:00:00Z",
            },
        ],
    }
    assert {rule["reason"] for rule in told["rules"]} == {"the message breaks its XSD"}


# -- where it is posted to, and how


@pytest.mark.parametrize("operation", OPERATIONS)
@both_ways
async def test_the_operation_is_guessed_by_the_message(simulator: Simulator, operation: str, soap: bool) -> None:  # noqa: FBT001
    """Bare or in its envelope; how it is known is told."""
    message = request(operation)
    told = await explain(simulator, in_soap(message) if soap else message)
    assert told["operation"] == operation
    assert told["found"] == f"the message's element is {OPERATIONS[operation].request_element}"


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\x00", b"<report/>", in_soap("<report/>").encode()])
async def test_an_operation_that_cannot_be_guessed_is_told_so(simulator: Simulator, body: bytes) -> None:
    """All are listed, and the answer is that of an address without one; the body is looked at all the same."""
    told, _ = await explain_and_post(simulator, "", body)
    assert (told["operation"], told["refused_by"], told["rules"]) == (None, "operation-unknown", [])
    assert told["found"] == (
        "not found: the body begins as no operation's message; add ?operation= and one of addFaultReport, "
        "amendFaultReport, resolveResponse, requestFaultReportUpdate, queryAppointmentAvailability, reserveAppointment"
    )
    assert told["schema"] == {"file": None, "passed": None, "violations": []}
    readable = body.startswith(b"<")
    assert ({"xml-not-well-formed": True} if readable else {"xml-not-well-formed": False}) == {
        check["check"]: check["passed"] for check in told["xml"][:1]
    }


async def test_the_query_may_name_another_operation(simulator: Simulator) -> None:
    """The message is then another's."""
    told, _ = await explain_and_post(simulator, "amendFaultReport", add(), operation="amendFaultReport")
    assert (told["operation"], told["found"]) == ("amendFaultReport", "the query names it")
    assert told["schema"]["violations"][0]["reason"] == "not a message for amendFaultReport"


async def test_a_content_type_that_is_refused(simulator: Simulator) -> None:
    """The check says so and decides; what else there is to say is said too."""
    told, _ = await explain_and_post(
        simulator, "addFaultReport", add({"serviceAffected": "S99999"}), content_type="application/json"
    )
    assert (told["refused_by"], told["answer"]["status"]) == ("media-type", 415)
    (failed,) = [check for check in told["transport"] if not check["passed"]]
    reason = "found application/json; send Content-Type: application/xml, or text/xml for SOAP"
    assert (failed["check"], failed["reason"]) == ("media-type", reason)
    assert outcomes(told)["service-known"] == "failed"
    assert not any(rule["decides"] for rule in told["rules"])


async def test_a_content_type_that_is_missing_is_warned_of(simulator: Simulator) -> None:
    """An empty one stands for none."""
    told = await explain(simulator, add(), content_type="")
    assert (told["verdict"], told["content_type"]) == ("taken", "")
    assert told["warnings"] == [{"ruling": "§1", "field": "Content-Type", "warning": "missing; taken for XML"}]


@pytest.mark.parametrize(
    ("query", "field", "error"),
    [
        ({"operation": "addFaultreport"}, "operation", "did you mean `addFaultReport`?"),
        ({"content_type": "text/xml\r\nX: y"}, "content_type", "characters that can be printed"),
        ({"content_type": "x" * 129}, "content_type", "at most 128 characters"),
        ({"op": "addFaultReport"}, "op", "unknown parameter `op`"),
    ],
)
async def test_a_query_that_is_wrong(simulator: Simulator, query: dict[str, str], field: str, error: str) -> None:
    """A problem says which parameter, and what was expected."""
    answer = await ask(simulator, add(), **query)
    problem = json.loads(answer.body)
    assert (answer.status, answer.content_type) == (422, "application/problem+json; charset=utf-8")
    assert [one["field"] for one in problem["errors"]] == [field]
    assert error in problem["detail"]


# -- what else is told


async def test_the_ticket_that_a_message_speaks_of_is_shown(simulator: Simulator) -> None:
    """As it is now, and not as it would become."""
    await resolved(simulator)
    told = await explain(simulator, request("resolveResponse"))
    assert told["ticket"] == {"ticket": "~SPDEV1~REF-1", "status": "resolved"}
    assert [one["data"]["to"] for one in told["then"]["journal"] if one["kind"] == "ticket-changed"] == ["closed"]
    assert (await explain(simulator, request("resolveResponse", {"buyerFaultReference": "NO"})))["ticket"] is None


async def test_what_follows_from_a_report_is_told(simulator: Simulator) -> None:
    """The ticket, and the timer that accepts it; what the timer leads to is no part of it."""
    told = await explain(simulator, add())
    assert told["now"] == "2026-01-05T09:00:00.000Z"
    assert told["then"] == {
        "journal": [
            {
                "kind": "ticket-added",
                "ticket": "~SPDEV1~REF-1",
                "data": {"service": "S21709", "type": "Impaired Service"},
            }
        ],
        "notifications": [],
        "timers_set": [{"due": "2026-01-05T09:00:00.000Z", "timer": "accept", "subject": "~SPDEV1~REF-1"}],
        "timers_cancelled": [],
    }


async def test_a_timer_that_should_have_fired_already_is_told_as_due_now(start: Start) -> None:
    """An amend to a higher priority moves the deadline of the repair into the past."""
    simulator = await start(default_life={"up_to": "accepted"})
    await reported(simulator)
    await simulator.advance("PT25H")
    told, entries = await explain_and_post(simulator, "amendFaultReport", amend({"priorityLevel": "1"}))
    due = {"due": "2026-01-06T10:00:00.000Z", "timer": "sla-deadline", "subject": "~SPDEV1~REF-1"}
    assert told["then"]["timers_set"] == [due]
    check_then(told, entries)


async def test_a_rule_is_told_with_its_source(simulator: Simulator) -> None:
    """What it demands, the place in the supplier's text and in ours, and the element that breaks it."""
    told = await explain(simulator, add({"serviceAffected": "S99999"}))
    assert [rule for rule in told["rules"] if rule["decides"]] == [
        {
            "id": "service-known",
            "source": "§2.4",
            "see": "docs/conformance.md#2-the-rules-that-reject",
            "status": 400,
            "says": "serviceAffected is a live service of this buyer.",
            "outcome": "failed",
            "decides": True,
            "field": "serviceAffected",
            "reason": (
                "No service of this buyer with that identifier; list it in the inventory, or start with --inventory any"
            ),
            "line": 17,
            "path": "/addFaultReport/serviceAffected",
        }
    ]


def test_the_place_in_the_docs_is_there() -> None:
    """The heading, and below it a table that has every rule."""
    file, _, anchor = SEE.partition("#")
    page = (Path(__file__).parents[2] / file).read_text("utf-8")
    assert anchor == "2-the-rules-that-reject"
    section = page.partition("\n## §2 The rules that reject\n")[2].partition("\n## ")[0]
    assert [name for name in RULES if f"\n| `{name}` |" not in section] == []


async def test_rules_behind_the_one_that_decides_are_looked_at_too(simulator: Simulator) -> None:
    """Three are broken at once: all are told, and one decides."""
    changes: Tree = {"serviceAffected": "S99999", "appointment": {"appointmentReservationKey": "KEY"}}
    told, _ = await explain_and_post(simulator, "addFaultReport", add(changes))
    assert {name: outcome for name, outcome in outcomes(told).items() if outcome != "passed"} == {
        "service-known": "failed",
        "tlos-key": "failed",
        "key-usable": "not-run",
    }
    assert [rule["id"] for rule in told["rules"] if rule["decides"]] == ["service-known"]
    assert told["rules"][-1]["reason"] == "it builds on service-known, which has not passed"


async def test_a_reserved_key_stays_reserved(simulator: Simulator) -> None:
    """An explained report spends it as little as an explained reservation holds a slot."""
    key = await reserve(simulator)
    outage: Tree = {"faultDetails": {"type": "Service Outage"}, "appointment": {"appointmentReservationKey": key}}
    assert (await explain(simulator, add(outage)))["verdict"] == "taken"
    told, entries = await explain_and_post(simulator, "addFaultReport", add(outage))
    assert told["then"]["timers_cancelled"] == [{"timer": "hold-expiry", "subject": key}]
    check_then(told, entries)


# -- when there is no explanation


async def test_an_unknown_environment_is_a_404(simulator: Simulator) -> None:
    """As on every route."""
    url = simulator.control_url.replace("/cfsit", "/nosuch")
    answer = await simulator.send("POST", f"{url}/explain", add(), {"Content-Type": "application/xml"})
    assert answer.status == 404


async def test_an_environment_that_has_failed_is_a_503(simulator: Simulator) -> None:
    """Its books can't be trusted: nothing is told of them."""
    simulator.environment.engine.failed = "ValueError: half-way"
    answer = await ask(simulator, add())
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    detail = json.loads(answer.body)["detail"]
    assert detail == "the environment has failed (ValueError: half-way); reset it"


async def test_a_bug_of_ours_is_a_500_and_changes_nothing(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that raises is met by an explanation as by a buyer; what it has begun is thrown away."""
    await reported(simulator)
    state, seq = simulator.state(), simulator.last_seq

    def broken(_self: Rule[Any], _message: object, _draft: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Rule, "rejects", broken)
    answer = await ask(simulator, amend({"maintainerFaultReference": FIRST_REFERENCE}))
    assert (answer.status, answer.content_type) == (500, "application/problem+json; charset=utf-8")
    assert (state, seq) == (simulator.state(), simulator.last_seq)


async def test_a_scenario_that_a_header_asks_for_takes_part(start: Start) -> None:
    """Without scenarios it is asked for in vain, which the journal would be told: as it then is."""
    simulator = await start()
    headers = {"Content-Type": "application/xml", "X-Scenario": "led"}
    answer = await simulator.send("POST", f"{simulator.control_url}/explain", add(), headers)
    told = [one["kind"] for one in json.loads(answer.body)["then"]["journal"]]
    assert "script-refused" in told
    assert await simulator.journal() == []
    await simulator.post("addFaultReport", add(), headers={"X-Scenario": "led"})
    assert "script-refused" in [entry["kind"] for entry in await simulator.journal()]
