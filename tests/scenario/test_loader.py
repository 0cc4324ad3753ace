"""Files become scripts: a case each, with parameters put in; and whatever a file holds, it is read or refused."""

import json
import random
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.scenario.buyer_steps import BuyerStep
from simulator.scenario.loader import ScenarioError, Source, load
from simulator.scenario.steps import SupplierStep, WaitStep
from simulator.wire import document

TEXT = """
scenario: 1
name: delayed
description: Work begins late.
tags: [life]
seed: 3
start: 2026-03-02T09:00:00Z
given:
  settings: {http_status: $answers}
  inventory: {buyers: {OURS: {name: Ourselves}}}
match: {service: $service}
parameters: {service: S21709, delay: PT2H, why: '$$5 short', answers: documented, left_out: ~}
cases:
  - {case: soon, delay: 12:30}
  - {service: S30001, answers: always-200}
steps:
  - buyer: addFaultReport
    with: {serviceAffected: $service, priorityLevel: $left_out}
    as: report
  - supplier: accept
  - wait: $delay
  - supplier: put-on-hold
    reason: $why
  - expect: amendFaultReport
    where: {comment: {value: {not: $report.messageId}}}
  - check: {state: on-hold, notification: {faultDetails: {status: {one_of: [on-hold]}}}}
"""

WORDS = [
    "scenario",
    "name",
    "steps",
    "cases",
    "case",
    "parameters",
    "given",
    "match",
    "buyer",
    "supplier",
    "expect",
    "wait",
    "check",
    "with",
    "where",
    "answer",
    "as",
    "matches",
    "settings",
    "a",
]


HEAD = "scenario: 1\nname: plain\ndescription: Little happens.\n"


def test_there_is_a_script_for_each_case() -> None:
    """Each with its own values in the typed steps; a row without a name is called by its number."""
    source = load(TEXT, "delayed.yaml")
    assert [one.name for one in source.scripts] == ["delayed[soon]", "delayed[2]"]
    told = []
    for script in source.scripts:
        report, _, wait, hold = script.steps[:4]
        assert isinstance(report, BuyerStep)
        assert isinstance(wait, WaitStep)
        assert isinstance(hold, SupplierStep)
        assert report.with_["priorityLevel"] is None
        told.append((report.with_["serviceAffected"], str(wait), script.scenario.given.settings.http_status))
    assert told == [("S21709", "wait 12:30", "documented"), ("S30001", "wait PT2H", "always-200")]


def test_scalars_take_their_type_from_their_field() -> None:
    """YAML alone would read 750, false and 1 here."""
    text = TEXT.replace("tags: [life]", "tags: [no]").replace("name: Ourselves", "name: 12:30")
    (script, _) = load(text, "delayed.yaml").scripts
    assert script.scenario.tags == ("no",)
    assert script.scenario.given.inventory.buyers["OURS"].name == "12:30"
    assert script.scenario.scenario == "1"


def test_each_step_knows_its_place() -> None:
    """Line and column of its first word."""
    (script, _) = load(TEXT, "delayed.yaml").scripts
    assert [tuple(one) for one in script.positions] == [(17, 5), (20, 5), (21, 5), (22, 5), (24, 5), (26, 5)]


def test_a_script_knows_what_it_waits_for_and_what_all_cases_share() -> None:
    """The last step of each operation; the tables as they stand in the file, of whichever case it is."""
    source = load(TEXT.encode(), "delayed.yaml")
    assert [one.awaits for one in source.scripts] == [{"addFaultReport": 0, "amendFaultReport": 4}] * 2
    assert source.scripts[0].file == "delayed.yaml"
    assert source.scripts[1].scenario.parameters["delay"] == "PT2H"
    assert source.scripts[1].scenario.cases == (
        {"case": "soon", "delay": "12:30"},
        {"service": "S30001", "answers": "always-200"},
    )
    assert source.scenario is source.scripts[0].scenario


def test_without_a_table_there_is_one_script_without_a_case() -> None:
    """An empty table is none."""
    for table in ("", "cases: []\n"):
        (script,) = load(f"{HEAD}{table}steps: [buyer: addFaultReport]", "plain.yaml").scripts
        assert (script.name, script.case, script.parameters) == ("plain", "", {})


# Parameters from outside


def test_parameters_may_be_set_from_outside() -> None:
    """For a case, or for the first; what is not named stays."""
    source = load(TEXT, "delayed.yaml")
    script = source.script("2", {"delay": "P1D"})
    assert (script.name, str(script.steps[2])) == ("delayed[2]", "wait PT24H")
    assert script.parameters == {**source.scripts[1].parameters, "delay": "P1D"}
    assert (script.positions, script.awaits, script.file) == (
        source.scripts[1].positions,
        source.scripts[1].awaits,
        "delayed.yaml",
    )
    assert script.scenario.cases == source.scenario.cases


def test_a_case_may_be_asked_for_by_its_name_or_number() -> None:
    """It is the very script that was read; without a name it is the first."""
    source = load(TEXT, "delayed.yaml")
    assert source.script("soon") is source.scripts[0]
    assert source.script("2") is source.scripts[1]
    assert source.script() is source.scripts[0]
    assert source.script("2", {}) is source.scripts[1]


def test_a_parameter_may_be_set_to_nothing_or_to_a_dollar() -> None:
    """Nothing leaves an element out; two dollars are one."""
    report = "buyer: addFaultReport, with: {priorityLevel: $level, comment: {value: $why}}"
    text = f"{HEAD}parameters: {{level: 2, why: Dear}}\nsteps: [{{{report}}}]"
    (step,) = load(text, "plain.yaml").script("", {"level": None, "why": "$$9"}).steps
    assert isinstance(step, BuyerStep)
    assert step.with_ == {"priorityLevel": None, "comment": {"value": "$$9"}}, "the interpreter makes one dollar of two"


@pytest.mark.parametrize(
    ("case", "parameters", "told"),
    [
        ("late", {}, ["13:1: there is no case `late`; cases: soon, 2"]),
        ("1", {}, ["13:1: there is no case `1`; cases: soon, 2"]),
        ("late", {"dely": "PT1H"}, ["13:1: there is no case `late`; cases: soon, 2"]),
        ("", {"dely": "PT1H"}, ["12:1: there is no parameter `dely` — did you mean `delay`?"]),
        (
            "2",
            {"case": "soon"},
            ["12:1: there is no parameter `case` — expected answers, delay, left_out, service, why"],
        ),
        (
            "",
            {"delay": "$ticket.status", "why": "$5"},
            [
                (
                    "12:31: parameters.delay: a parameter is text and can't refer to `$ticket.status`; "
                    "write `$$ticket.status` for one with a dollar"
                ),
                "12:44: parameters.why: a parameter is text and can't refer to `$5`; write `$$5` for one with a dollar",
            ],
        ),
        (
            "",
            {"answers": "never", "service": "\a"},
            [
                "9:14: given.settings.http_status: expected documented or always-200, found 'never' (case soon)",
                "18:12: steps[0].with.serviceAffected: the character U+0007 is not allowed in a message (case soon)",
            ],
        ),
        (
            "2",
            {"delay": "soon"},
            [
                (
                    "21:5: steps[2].wait: expected a duration such as PT2H, a time of a working day such as 12:30, or "
                    "appointment-start, appointment-end, sla-deadline, found 'soon' (case 2)"
                )
            ],
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_can_not_be_set_is_told(case: str, parameters: dict[str, str | None], told: list[str]) -> None:
    """Everything at once, where the value would stand; what was read before stays as it was."""
    source = load(TEXT, "delayed.yaml")
    before = source.scripts
    with pytest.raises(ScenarioError) as raised:
        source.script(case, parameters)
    assert str(raised.value).splitlines() == [f"delayed.yaml:{line}" for line in told]
    assert source.scripts is before
    assert source.script() is before[0]


def test_of_many_cases_the_one_that_is_meant_is_told() -> None:
    """And not all of them."""
    rows = "".join(f"  - {{case: {name}-visit}}\n" for name in "abcdefghijklm")
    source = load(f"{HEAD}parameters: {{a: x}}\ncases:\n{rows}steps: [buyer: addFaultReport]", "many.yaml")
    with pytest.raises(ScenarioError) as raised:
        source.script("m_visit")
    assert str(raised.value) == "many.yaml:5:1: there is no case `m_visit` — did you mean `m-visit`?"


# Whatever a file holds


def read(text: str | bytes) -> None:
    """A text is a scenario or it is not; nothing but a ScenarioError ever says that it is none."""
    with suppress(ScenarioError):
        assert isinstance(load(text, "fuzz.yaml"), Source)


@given(st.integers(0, 2**32))
@settings(max_examples=500, derandomize=True, deadline=None)
def test_a_text_that_was_damaged_is_read_or_refused(seed: int) -> None:
    """Letters lost, doubled and changed; lines swapped; words of the language put in other places."""
    dice = random.Random(seed)
    words = TEXT.split()
    text = TEXT
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        text = dice.choice(
            [
                text[:at] + text[at + dice.randint(1, 8) :],
                text[:at] + dice.choice("$~{}[]:,-'\"#&*!|> \n\t0x") + text[at:],
                text[:at] + dice.choice(words) + text[at:],
                text.replace(dice.choice(words), dice.choice(words)),
                text.replace(dice.choice(words), "$" + dice.choice(["ticket.status", "report.x", "delay", "nothing"])),
            ]
        )
    read(text)


@given(
    st.recursive(
        st.sampled_from(["1", "$a", "$$", "$ticket", "$ticket.status", "x", "~", "PT1H", "accept", "''"]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda ones: f"[{', '.join(ones)}]"),
            st.dictionaries(
                st.sampled_from(WORDS),
                inner,
                max_size=4,
            ).map(lambda ones: "{" + ", ".join(f"{key}: {value}" for key, value in ones.items()) + "}"),
        ),
        max_leaves=20,
    )
)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_any_structure_is_read_or_refused(text: str) -> None:
    """Whatever stands where."""
    read(text)
    read(TEXT.replace("where: {comment: {value: {not: $report.messageId}}}", f"where: {{comment: {text}}}"))
    read(TEXT.replace("{state: on-hold,", f"{{state: {text},"))


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any part of a file
    """The path of every value in another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, below in inner for path in ((*above, key), *places(below, (*above, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any part of a file
    """What stands there."""
    for key in path:
        value = value[key]
    return value


@given(st.integers(0, 2**32))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_a_structure_that_was_damaged_is_read_or_refused(seed: int) -> None:
    """Values lost, moved, put into lists and mappings, and put under other keys."""
    dice = random.Random(seed)
    value: Any = document.read(TEXT, name="fuzz.yaml").value
    for _ in range(dice.randint(1, 3)):
        *above, key = dice.choice(places(value))
        holder, other = at(value, tuple(above)), deepcopy(at(value, dice.choice(places(value))))
        change = dice.choice(["drop", "move", "word", "list", "mapping", "key", "nothing"])
        if change == "drop":
            del holder[key]
        elif change == "key" and isinstance(holder, dict):
            holder[dice.choice(WORDS)] = holder.pop(key)
        else:
            changes = {"move": other, "list": [holder[key]], "mapping": {dice.choice(WORDS): holder[key]}}
            holder[key] = changes.get(change, None if change == "nothing" else dice.choice(WORDS))
    read(json.dumps(value))  # which is YAML
