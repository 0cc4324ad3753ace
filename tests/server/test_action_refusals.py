"""The supplier's own moves over the control API: how one is refused, and that nothing changes."""

import json

import pytest

from simulator.cityfibre import ACTIONS
from tests.rig import Simulator
from tests.situations import reported
from tests.steering import act, send, visited

CODES = "FR, FNR, HAZ, NA, NAPUV, ASQ, NDT, UNF, MBORC, FTA or SREQ"


async def test_a_move_that_the_state_does_not_allow(simulator: Simulator) -> None:
    """409 with the state, the action and what is allowed; nothing has changed, the journal neither."""
    await reported(simulator)
    before, seq = simulator.state(), simulator.last_seq
    answer = await send(simulator, b'{"action": "resume"}')
    assert (answer.status, answer.content_type) == (409, "application/problem+json; charset=utf-8")
    problem = json.loads(answer.body)
    assert {name: problem[name] for name in ("detail", "action", "state", "appointment")} == {
        "detail": "a fault that is accepted can't take resume",
        "action": "resume",
        "state": "accepted",
        "appointment": None,
    }
    assert problem["allowed"][:3] == ["open", "start", "put-on-hold"]
    assert (simulator.state(), simulator.last_seq) == (before, seq)


async def test_an_appointment_that_is_not_there_or_over(simulator: Simulator) -> None:
    """The reason names it."""
    await reported(simulator)
    answer = await send(simulator, b'{"action": "confirm-appointment"}')
    assert (answer.status, json.loads(answer.body)["detail"]) == (
        409,
        "the fault has no appointment; the buyer books one by an amend with a reserved key",
    )
    await simulator.control("POST", "/reset")
    await visited(simulator)
    await act(simulator, "cancel-appointment")
    answer = await send(simulator, b'{"action": "confirm-appointment"}')
    problem = json.loads(answer.body)
    assert (answer.status, problem["appointment"]) == (409, "cancelled")
    assert (
        problem["detail"]
        == "its appointment is cancelled already; the buyer books another by an amend with another key"
    )


@pytest.mark.parametrize("ref", ["CS9999999", "~SPDEV1~NOBODY", "~", "nonsense"])
async def test_an_unknown_ticket(simulator: Simulator, ref: str) -> None:
    """404, and nothing has changed."""
    await reported(simulator)
    before, seq = simulator.state(), simulator.last_seq
    assert (await send(simulator, b'{"action": "start"}', ref)).status == 404
    assert (simulator.state(), simulator.last_seq) == (before, seq)


BAD = {
    "no-json": (b"{", ["Invalid JSON: EOF while parsing an object at line 1 column 1"]),
    "no-object": (b'["resume"]', ["expected a JSON object"]),
    "not-utf-8": (b'{"action": "\xff"}', ["Invalid JSON: invalid unicode code point at line 1 column 13"]),
    "no-action": (b"{}", [f"action: expected one of {', '.join(ACTIONS)}"]),
    "unknown": (b'{"action": "resum"}', [f"action: expected one of {', '.join(ACTIONS)} — did you mean `resume`?"]),
    "reopen": (b'{"action": "reopen"}', [f"action: expected one of {', '.join(ACTIONS)} — did you mean `open`?"]),
    "no-text": (b'{"action": 5}', [f"action: expected one of {', '.join(ACTIONS)}"]),
    "two-errors": (
        b'{"action": "put-on-hold", "reason": 5, "why": "x"}',
        ["reason: expected text, found 5", "why: unknown field `why` — expected exclusion_reason, reason"],
    ),
    "too-long": (
        b'{"action": "put-on-hold", "exclusion_reason": "WEATHER"}',
        ["exclusion_reason: expected at most 5 characters, found 'WEATHER'"],
    ),
    "no-reason": (b'{"action": "reject"}', ["reason: `reason` is missing"]),
    "blank": (b'{"action": "comment", "value": "  "}', ["value: expected something other than white space"]),
    "control-character": (
        b'{"action": "comment", "value": "a\\u0000b"}',
        ["value: control characters, and those that turn the direction of writing, are not taken"],
    ),
    "lone-surrogate": (
        b'{"action": "comment", "value": "a\\ud800b"}',
        ["Invalid JSON: unexpected end of hex escape at line 1 column 40"],
    ),
    "closure-code": (
        b'{"action": "complete-appointment", "closure_code": "XX"}',
        [f"closure_code: expected {CODES}, found 'XX'"],
    ),
    "deep": (b'{"action": ' + b"[" * 5000, ["Invalid JSON: recursion limit exceeded at line 1 column 212"]),
}


@pytest.mark.parametrize(("body", "errors"), BAD.values(), ids=BAD.keys())
async def test_a_document_that_is_not_as_expected(simulator: Simulator, body: bytes, errors: list[str]) -> None:
    """422 with every error; nothing has changed."""
    await visited(simulator)
    before, seq = simulator.state(), simulator.last_seq
    answer = await send(simulator, body)
    assert answer.status == 422, answer.body
    told = [f"{one['field']}: {one['error']}".removeprefix(": ") for one in json.loads(answer.body)["errors"]]
    assert sorted(told) == sorted(errors)
    assert (simulator.state(), simulator.last_seq) == (before, seq)


async def test_a_bug_of_ours_in_a_move(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """500, in words; nothing has changed, and the next move is made."""
    await reported(simulator)
    before = simulator.state()
    simulator.bugs_expected = True
    with monkeypatch.context() as broken:
        broken.setattr("simulator.cityfibre.actions.format_instant", lambda _instant: 1 // 0)
        answer = await send(simulator, b'{"action": "comment", "value": "On our way."}')
    assert (answer.status, simulator.state()) == (500, before)
    assert "a bug of its own" in json.loads(answer.body)["detail"]
    assert [entry["data"]["error"].partition(":")[0] for entry in await simulator.journal(kind="bug")] == [
        "ZeroDivisionError"
    ]
    await act(simulator, "comment", value="On our way.")
