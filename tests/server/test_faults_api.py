"""Faults over the control API: what is refused changes nothing, and what is set is shown as it is."""

from typing import Any

import pytest

from tests.control import ONE, Control

FAULTS = f"{ONE}/faults"


@pytest.mark.parametrize(
    ("document", "field", "error"),
    [
        ({}, "fault", "expected one of latency, slow-answer, reset-before-commit"),
        ({"fault": "lattency"}, "fault", "did you mean `latency`?"),
        ({"fault": ["drop"]}, "fault", "expected one of latency"),
        ({"fault": "drop", "ticket": 7}, "ticket", "expected a text"),
        ({"fault": "drop", "on": "resolvd"}, "on[0]", "found 'resolvd' — did you mean `resolved`?"),
        ({"fault": "drop", "nth": 0}, "nth", "expected at least 1, found 0"),
        ({"fault": "drop", "after": "closed"}, "after", "unknown field"),
        ({"fault": "delay"}, "by", "missing"),
        ({"fault": "delay", "by": 60}, "by", "expected an ISO 8601 duration such as PT30M, PT48H or P3D"),
        ({"fault": "wrong-content-type", "content_type": "a/b\r\nX: y"}, "content_type", ""),
    ],
)
async def test_what_is_no_fault_is_told_and_changes_nothing(
    control: Control, document: dict[str, Any], field: str, error: str
) -> None:
    """422, by field; nothing is set, and nothing is journalled."""
    status, problem = await control.ask("POST", FAULTS, document)
    assert status == 422
    assert [one["field"] for one in problem["errors"]] == [field]
    assert error in problem["errors"][0]["error"]
    assert await control.get(FAULTS) == {"faults": []}
    assert (await control.get(ONE))["counts"]["journal"] == 0


@pytest.mark.parametrize("number", ["1", "0", "-1", "1_0", "x", "\u0661", "9" * 30])
async def test_a_fault_that_is_not_there(control: Control, number: str) -> None:
    """404, however it is spelt."""
    assert (await control.ask("DELETE", f"{FAULTS}/{number}"))[0] == 404
    assert (await control.get(ONE))["counts"]["journal"] == 0


async def test_a_ticket_of_the_suppliers_reference_must_be_there(control: Control) -> None:
    """Of the buyer's it may be yet to come."""
    assert (await control.ask("POST", FAULTS, {"fault": "drop", "ticket": "CS0000001"}))[0] == 404
    assert await control.get(FAULTS) == {"faults": []}
    told = await control.post(FAULTS, {"fault": "drop", "ticket": "~SPDEV1~YET-TO-COME"})
    assert (told["ticket"], told["times"], told["over"]) == ("~SPDEV1~YET-TO-COME", 1, False)


@pytest.mark.parametrize("path", ["deliveries/redeliver", "dead-letters/redeliver", "buyers/SPDEV1/pause"])
async def test_a_command_that_takes_nothing_is_given_nothing(control: Control, path: str) -> None:
    """422, by name; nothing happens."""
    status, problem = await control.ask("POST", f"{ONE}/{path}", {"all": True})
    assert (status, problem["errors"]) == (422, [{"field": "all", "error": "unknown field: nothing is taken"}])
    assert (await control.get(ONE))["counts"]["journal"] == 0
