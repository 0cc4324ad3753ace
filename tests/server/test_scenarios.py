"""Scripts in ``serve``: which tickets they lead, what they hear, and how their files are read again."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulator.cityfibre import SupplierSettings
from tests.messages import Tree, request
from tests.rig import Simulator

NO_MOMENT = (
    "expected a duration such as PT2H, a time of a working day such as 12:30, or appointment-start, appointment-end, "
    "sla-deadline, found '1 hour'"
)
HELD = """
scenario: 1
name: held
description: Work stands still until the buyer amends.
match: {reference: HELD-, type: impaired  service}
parameters: {reason: Nobody was in}
cases:
  - {case: out, reason: Nobody was in}
  - {case: parts, reason: No parts}
steps:
  - buyer: queryAppointmentAvailability
  - buyer: addFaultReport
    with: {faultDetails: {type: Impaired Service}}
  - supplier: accept
  - wait: PT1H
  - supplier: put-on-hold
    reason: $reason
  - expect: amendFaultReport
    where: {comment: {value: {matches: tomorrow}}}
    within: PT48H
  - supplier: resume
"""
TOMORROW: Tree = {
    "comment": {"value": "They are in tomorrow.", "commentedBy": "buyer", "commentedTime": "2026-01-05T12:00:00Z"}
}


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with one scenario."""
    (tmp_path / "held.yaml").write_text(HELD)
    return tmp_path


@pytest.fixture
async def led(folder: Path) -> AsyncIterator[Simulator]:
    """A simulator that reads that folder."""
    one = await Simulator.start(SupplierSettings(), scenarios=folder)
    yield one
    await one.stop()


async def report(led: Simulator, reference: str, header: str = "") -> None:
    """The buyer reports a fault, perhaps with the header."""
    message = request("addFaultReport", {"buyerFaultReference": reference, "messageId": reference})
    answer = await led.post("addFaultReport", message, headers={"X-Scenario": header} if header else {})
    assert answer.status == 201


async def told(led: Simulator, kind: str) -> list[dict[str, Any]]:
    """What the journal has of a kind, without where it is from."""
    return [entry["data"] for entry in await led.journal(kind=kind)]


async def test_a_script_leads_a_ticket_that_matches_in_place_of_the_default_life(led: Simulator) -> None:
    """After a whole day it is still on hold, since the buyer has said nothing."""
    await report(led, "HELD-1")
    await led.advance("PT24H")
    assert led.endpoint.statuses == ["accepted", "on-hold"]
    (ticket,) = await led.tickets()
    assert (ticket["status"], ticket["statusReason"]) == ("on-hold", "Nobody was in")


async def test_a_ticket_that_does_not_match_lives_the_default_life(led: Simulator) -> None:
    """Another reference, or another type."""
    await report(led, "FREE-1")
    await led.advance("PT24H")
    assert led.endpoint.statuses == ["accepted", "in-progress", "resolved"]
    assert await told(led, "script-started") == []


async def test_the_step_that_awaits_the_buyer_ends_with_the_request_that_fits(led: Simulator) -> None:
    """An amend that says something else is answered, and waited past."""
    await report(led, "HELD-1")
    await led.advance("PT2H")
    for changes in ({"priorityLevel": "1"}, TOMORROW):
        amend = request(
            "amendFaultReport", {"buyerFaultReference": "HELD-1", "maintainerFaultReference": None}, changes
        )
        assert (await led.post("amendFaultReport", amend)).status == 200
        await led.advance()
    assert led.endpoint.statuses == ["accepted", "on-hold", "on-hold", "on-hold", "in-progress"]
    assert await told(led, "script-ended") == [{"scenario": "held"}]


async def test_a_step_that_waits_in_vain_fails_by_name(led: Simulator) -> None:
    """At its simulated deadline, with what came instead; the ticket stays as it is."""
    await report(led, "HELD-1")
    await led.advance("PT2H")
    amend = request("amendFaultReport", {"buyerFaultReference": "HELD-1", "maintainerFaultReference": None})
    await led.post("amendFaultReport", amend)
    await led.advance("PT47H")
    (failed,) = await led.journal(kind="script-failed")
    assert failed["at"] == "2026-01-07T10:00:00.000Z"
    assert failed["ticket"] == "~SPDEV1~HELD-1"
    assert failed["data"] == {
        "scenario": "held",
        "step": 5,
        "line": 18,
        "column": 5,
        "does": "expect amendFaultReport",
        "expected": "amendFaultReport with comment.value a text that matches 'tomorrow', taken, within PT48H",
        "found": "the nearest came at 2026-01-05T11:00:00.000Z: comment.value is not there, "
        "expected a text that matches 'tomorrow'",
    }
    assert (await led.tickets())[0]["status"] == "on-hold"


async def test_each_ticket_has_a_copy_of_its_own(led: Simulator) -> None:
    """Two tickets of one script, an hour apart, do not meet."""
    await report(led, "HELD-1")
    await led.advance("PT30M")
    await report(led, "HELD-2")
    await led.advance("PT30M")
    document = await led.control("GET", "/scenarios")
    assert document["running"] == [
        {
            "ticket": "~SPDEV1~HELD-1",
            "scenario": "held",
            "case": "out",
            "step": 5,
            "line": 18,
            "does": "expect amendFaultReport",
        },
        {"ticket": "~SPDEV1~HELD-2", "scenario": "held", "case": "out", "step": 3, "line": 15, "does": "wait PT1H"},
    ]


async def test_a_header_asks_for_a_scenario_a_case_and_parameters(led: Simulator) -> None:
    """Whatever the ticket's reference; a value may be quoted."""
    await report(led, "FREE-1", "held; case=parts")
    await report(led, "FREE-2", 'held; reason="Gate locked; dog"')
    await led.advance("PT2H")
    assert [one["statusReason"] for one in await led.tickets()] == ["No parts", "Gate locked; dog"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("heldd", "X-Scenario: there is no scenario 'heldd'"),
        ("held; case=pars", "X-Scenario: there is no case `pars`; cases: out, parts"),
        ("held; reson=x", "X-Scenario: there is no parameter `reson` — did you mean `reason`?"),
        (";;;=", "X-Scenario: there is no scenario ''"),
        ("held; x*=b; x*0=c", "X-Scenario: there is no scenario 'held; x*=b; x*0=c'"),
    ],
)
async def test_a_header_that_asks_in_vain_is_told(led: Simulator, header: str, reason: str) -> None:
    """The report is taken all the same, and lives the default life."""
    await report(led, "FREE-1", header)
    await led.advance("PT3H")
    refused = await told(led, "script-refused")
    assert refused == [{"reason": reason}]
    assert (await led.tickets())[0]["status"] == "in-progress"


async def test_without_scenarios_a_header_is_told_of(simulator: Simulator) -> None:
    """Somebody forgot the folder."""
    await report(simulator, "FREE-1", "held")
    assert await told(simulator, "script-refused") == [
        {"reason": "X-Scenario: this environment has no scenarios; start with --scenarios DIR"}
    ]
    assert await simulator.control("GET", "/scenarios") == {"scenarios": [], "running": []}
    answer = await simulator.send("POST", f"{simulator.control_url}/scenarios/reload")
    assert (answer.status, json.loads(answer.body)["detail"]) == (
        409,
        "no scenarios of this environment were read from files; start with --scenarios DIR",
    )


async def test_files_are_read_again_on_demand(led: Simulator, folder: Path) -> None:
    """What has changed holds for the next ticket; one at work goes on as it began; a reset keeps what was read last."""
    await report(led, "HELD-1")
    (folder / "held.yaml").write_text(HELD.replace("Nobody was in", "Locked"))
    (folder / "more.yaml").write_text(HELD.replace("name: held", "name: more").replace("HELD-", "MORE-"))
    document = await led.control("POST", "/scenarios/reload")
    assert document["loaded"] == [str(folder / "held.yaml"), str(folder / "more.yaml")]
    await report(led, "HELD-2")
    await report(led, "MORE-1")
    await led.advance("PT2H")
    assert [one["statusReason"] for one in await led.tickets()] == ["Nobody was in", "Locked", "Nobody was in"]
    (folder / "more.yaml").unlink()
    document = await led.control("POST", "/scenarios/reload")
    assert (document["loaded"], document["removed"]) == ([], [str(folder / "more.yaml")])
    await led.control("POST", "/reset")
    await report(led, "HELD-1")
    await led.advance("PT2H")
    assert [one["statusReason"] for one in await led.tickets()] == ["Locked"]


async def test_a_broken_file_is_refused_whole_and_the_old_one_stays(led: Simulator, folder: Path) -> None:
    """With every mistake; the other files are taken."""
    (folder / "held.yaml").write_text(HELD.replace("supplier: accept", "supplier: acept").replace("PT1H", "1 hour"))
    (folder / "twin.yaml").write_text(HELD.replace("HELD-", "TWIN-").replace("name: held", "name: twin"))
    answer = await led.send("POST", f"{led.control_url}/scenarios/reload")
    document = json.loads(answer.body)
    assert answer.status == 422
    assert document["loaded"] == [str(folder / "twin.yaml")]
    assert list(document["refused"]) == [str(folder / "held.yaml")]
    assert [line.partition(".yaml:")[2] for line in document["refused"][str(folder / "held.yaml")]] == [
        "14:5: steps[2].supplier: found 'acept' — did you mean `accept`?",
        f"15:5: steps[3].wait: {NO_MOMENT}",
    ]
    await report(led, "HELD-1")
    await led.advance("PT2H")
    assert (await led.tickets())[0]["status"] == "on-hold"


async def test_a_look_that_finds_nothing_new_changes_nothing(tmp_path: Path) -> None:
    """Nor which of two scripts leads, now or after a reset: `a/b` comes before `a-b`, as at the start."""
    (tmp_path / "a").mkdir()
    for path, name in (("a/b.yaml", "first"), ("a-b.yaml", "second")):
        (tmp_path / path).write_text(HELD.replace("name: held", f"name: {name}"))
    led = await Simulator.start(SupplierSettings(), scenarios=tmp_path)
    seq = led.last_seq
    assert (await led.control("POST", "/scenarios/reload"))["loaded"] == []
    assert led.last_seq == seq
    await led.control("POST", "/reset")
    await report(led, "HELD-1")
    assert [one["scenario"] for one in await told(led, "script-started")] == ["first"]
    await led.stop()


async def test_no_two_scenarios_of_one_name_are_in_force(led: Simulator, folder: Path) -> None:
    """While a broken one stays, another file can't take its name; once it is mended, neither."""
    (folder / "held.yaml").write_text("scenario: 1")
    (folder / "other.yaml").write_text(HELD.replace("HELD-", "OTHER-"))
    for text in ("scenario: 1", HELD):
        (folder / "held.yaml").write_text(text)
        answer = await led.send("POST", f"{led.control_url}/scenarios/reload")
        assert f"other.yaml:3:1: name: {folder / 'held.yaml'} is called `held` too" in json.loads(answer.body)["detail"]
        document = await led.control("GET", "/scenarios")
        assert [one["file"] for one in document["scenarios"]] == [str(folder / "held.yaml")]


async def test_a_file_whose_name_can_not_be_told_is_refused(led: Simulator, folder: Path) -> None:
    """It would be told in JSON, where there are no stray bytes; the journal can still be read."""
    (folder / os.fsdecode(b"\xff.yaml")).write_text(HELD.replace("name: held", "name: odd"))
    answer = await led.send("POST", f"{led.control_url}/scenarios/reload")
    assert answer.status == 422
    assert "is named in letters that can be printed" in json.loads(answer.body)["detail"]
    assert [one["name"] for one in (await led.control("GET", "/scenarios"))["scenarios"]] == ["held"]
    assert await led.journal() == []


async def test_a_visit_is_heard_of_by_its_address(folder: Path) -> None:
    """Appointment requests name no ticket: they concern the script of the service at that address."""
    (folder / "held.yaml").unlink()
    text = HELD.replace("expect: amendFaultReport", "expect: queryAppointmentAvailability")
    (folder / "visit.yaml").write_text(text.replace("    where: {comment: {value: {matches: tomorrow}}}\n", ""))
    led = await Simulator.start(SupplierSettings(), scenarios=folder)
    await report(led, "HELD-1")
    await led.advance("PT2H")
    await led.post(
        "queryAppointmentAvailability", request("queryAppointmentAvailability", {"addressKey": "990000000001"})
    )
    await led.advance()
    assert (await led.tickets())[0]["status"] == "on-hold"
    await led.post("queryAppointmentAvailability", request("queryAppointmentAvailability"))
    await led.advance()
    assert (await led.tickets())[0]["status"] == "in-progress"
    await led.stop()


async def test_a_scenario_without_a_report_leads_nothing(folder: Path) -> None:
    """It is told in the journal."""
    (folder / "held.yaml").write_text(
        "scenario: 1\nname: held\ndescription: No report.\nmatch: {reference: HELD-}\nsteps: [{check: {tickets: 0}}]"
    )
    led = await Simulator.start(SupplierSettings(), scenarios=folder)
    await report(led, "HELD-1")
    await led.advance()
    assert await told(led, "script-refused") == [{"reason": "held has no step in which the buyer reports a fault"}]
    assert led.endpoint.statuses == ["accepted"]
    await led.stop()
