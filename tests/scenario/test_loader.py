"""Files become scripts: a case each, with parameters put in; and whatever a file holds, it is read or refused."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.scenario.loader import ScenarioError, Source, load
from simulator.scenario.steps import BuyerStep, SupplierStep, WaitStep

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


def test_parameters_may_be_set_from_outside() -> None:
    """For a case, or for the first; what is not named stays."""
    source = load(TEXT, "delayed.yaml")
    script = source.script("2", {"delay": "P1D"})
    assert (script.name, str(script.steps[2])) == ("delayed[2]", "wait PT24H")
    assert script.parameters == {**source.scripts[1].parameters, "delay": "P1D"}
    assert source.script() is source.scripts[0]


@pytest.mark.parametrize(
    ("case", "parameters", "told"),
    [
        ("late", {}, "delayed.yaml:13:1: there is no case `late`; cases: soon, 2"),
        ("", {"dely": "PT1H"}, "delayed.yaml:12:1: there is no parameter `dely` — did you mean `delay`?"),
        (
            "",
            {"answers": "never"},
            "delayed.yaml:9:14: given.settings.http_status: expected documented or always-200, ",
        ),
    ],
)
def test_what_can_not_be_set_is_told(case: str, parameters: dict[str, str | None], told: str) -> None:
    """At its place in the file."""
    source = load(TEXT, "delayed.yaml")
    with pytest.raises(ScenarioError) as raised:
        source.script(case, parameters)
    assert str(raised.value).startswith(told)


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
@settings(max_examples=500, derandomize=True, deadline=None)
def test_any_structure_is_read_or_refused(text: str) -> None:
    """Whatever stands where."""
    read(text)
    read(TEXT.replace("where: {comment: {value: {not: $report.messageId}}}", f"where: {{comment: {text}}}"))
    read(TEXT.replace("{state: on-hold,", f"{{state: {text},"))
