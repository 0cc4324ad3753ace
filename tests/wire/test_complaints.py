"""What a model refuses is told in plain words: the place, what was expected and found, and which name was meant."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from simulator.wire.complaints import dotted, nearest, shown, suggest
from simulator.wire.document import DocumentError, read, validate


class _Wait(BaseModel):
    model_config = ConfigDict(extra="forbid")
    step: Literal["wait"]
    seconds: int = Field(ge=0, le=60)


class _Send(BaseModel):
    model_config = ConfigDict(extra="forbid")
    step: Literal["send"]
    action: Literal["accept", "reject"]
    loud: bool = False


class _Many(BaseModel):
    model_config = ConfigDict(extra="forbid")
    step: Literal["many"]
    many: bool = False
    word: Literal["a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "i9", "j10", "k11", "l12", "thirteen"]


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    delivery: int = 0
    within: float = Field(1.0, alias="within-real")
    names: list[str] = []
    steps: list[Annotated[_Wait | _Send | _Many, Field(discriminator="step")]] = []
    one: _Wait | None = None
    either: _Wait | list[str] | None = None
    by_name: dict[str, _Send] = {}


def _complaints(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        validate(_Script, read(text, name="s.yaml"), noun="key")
    return str(caught.value).splitlines()


def test_a_good_document_becomes_the_model() -> None:
    """Text is converted by the field that receives it."""
    script = validate(
        _Script, read("name: 12:30\ndelivery: 3\nsteps: [{step: send, action: accept, loud: yes}]", name="s")
    )
    assert script == _Script(name="12:30", delivery=3, steps=[_Send(step="send", action="accept", loud=True)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("delivry: 3", "2:1: unknown key `delivry` — did you mean `delivery`?"),
        ("within_real: 3", "2:1: unknown key `within_real` — did you mean `within-real`?"),
        ("qqq: 3", "2:1: unknown key `qqq` — expected by_name, delivery, either, name, names, one, steps, within-real"),
        ("step: 3", "2:1: unknown key `step` — did you mean `steps`?"),
        ("seconds: 3", "2:1: unknown key `seconds`; it stands in `one`"),
        ("one: {step: wait, seconds: 1, name: x}", "2:31: unknown key `one.name` — expected seconds, step"),
        ("steps: [{step: wait, seconds: 1, secs: 2}]", "2:34: unknown key `steps[0].secs` — did you mean `seconds`?"),
        ("steps: [{step: wait, seconds: 1, acton: 2}]", "2:34: unknown key `steps[0].acton` — expected seconds, step"),
        ("steps: [{step: send, acton: accept}]", "2:9: `steps[0].action` is missing"),
        (
            "by_name: {x: {step: send, action: accept, lod: 1}}",
            "2:43: unknown key `by_name.x.lod` — did you mean `loud`?",
        ),
        ("either: {step: wait, seconds: 1, second: 2}", "2:34: unknown key `either.second` — did you mean `seconds`?"),
        (
            "steps: [{step: wiat}]",
            "2:10: steps[0].step: expected wait, send, many, found 'wiat' — did you mean `wait`?",
        ),
        ("steps: [{step: }]", "2:10: steps[0].step: expected wait, send, many, found nothing"),
        ("steps: [{step: [wait]}]", "2:10: steps[0].step: expected wait, send, many, found a list"),
        ("steps: [{step: many, many: x, word: a1}]", "2:22: steps[0].many: expected true or false, found 'x'"),
        ("steps: [{step: many, many: yes}]", "2:9: `steps[0].word` is missing"),
        ("steps: [{step: many, word: thirten}]", "2:22: steps[0].word: found 'thirten' — did you mean `thirteen`?"),
        (
            "steps: [{step: many, word: x}]",
            (
                "2:22: steps[0].word: found 'x' — expected one of "
                "a1, b2, c3, d4, e5, f6, g7, h8, i9, j10, k11, l12, thirteen"
            ),
        ),
        ("steps: [{seconds: 1}]", "2:9: steps[0]: expected a mapping with step, found a mapping"),
        (
            "steps: [{step: send, action: acept}]",
            "2:22: steps[0].action: expected accept or reject, found 'acept' — did you mean `accept`?",
        ),
        ("steps: [{step: wait, seconds: 61}]", "2:22: steps[0].seconds: expected at most 60, found '61'"),
        ("steps: [{step: wait, seconds: -1}]", "2:22: steps[0].seconds: expected at least 0, found '-1'"),
        ("steps: x", "2:1: steps: expected a list, found 'x'"),
        ("delivery: soon", "2:1: delivery: expected a whole number, found 'soon'"),
        ("delivery:", "2:1: delivery: expected a whole number, found nothing"),
        ("within-real: soon", "2:1: within-real: expected a number, found 'soon'"),
        ("names: [a, [b]]", "2:12: names[1]: expected text, found a list"),
        (
            "by_name: {x: {step: send, action: accept, loud: loudly}}",
            "2:43: by_name.x.loud: expected true or false, found 'loudly'",
        ),
        ("by_name: [a]", "2:1: by_name: expected a mapping, found a list"),
        ("by_name: {x: y}", "2:11: by_name.x: expected a mapping, found 'y'"),
        (f"delivery: {'x' * 99}", f"2:1: delivery: expected a whole number, found '{'x' * 59}…"),
    ],
    ids=lambda value: value[:40],
)
def test_what_a_model_refuses_is_said_plainly(text: str, message: str) -> None:
    """The place, the path, what is expected there and what was found; a near name where a name is unknown."""
    assert f"s.yaml:{message}" in _complaints(f"name: a\n{text}")


def test_a_missing_entry_is_told_at_the_mapping_that_lacks_it() -> None:
    """Nothing stands where the entry would, so its surroundings are shown."""
    assert _complaints("delivery: 3") == ["s.yaml:1:1: `name` is missing"]


def test_all_complaints_come_at_once_in_the_order_of_the_file() -> None:
    """Pydantic lists unknown names last; people read from the top."""
    assert _complaints("naem: a\nsteps:\n  - {step: wait, seconds: long}\ndelivery: x") == [
        "s.yaml:1:1: `name` is missing",
        "s.yaml:1:1: unknown key `naem` — did you mean `name`?",
        "s.yaml:3:18: steps[0].seconds: expected a whole number, found 'long'",
        "s.yaml:4:1: delivery: expected a whole number, found 'x'",
    ]


# Names and values in messages


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("acept", ["accept", "reject"], "accept"),
        ("ACCEPT", ["accept", "reject"], "accept"),
        ("put_on_hold", ["put-on-hold", "resume"], "put-on-hold"),
        ("in progress", ["in-progress", "on-hold"], "in-progress"),
        ("hold", ["put-on-hold", "accept"], "put-on-hold"),
        ("complete", ["comment", "complete-appointment"], "complete-appointment"),
        ("reserve", ["reserveAppointment", "resolveResponse"], "reserveAppointment"),
        ("limit", ["limits", "limit-of-rows"], "limits"),
        ("visit", ["fail-visit", "miss-visit"], "miss-visit"),
        ("visit", ["confirm-the-visit", "complete-the-visit"], None),
        ("explode", ["accept", "reject"], None),
        ("", ["accept"], None),
        ("accept" * 10_000, ["accept"], None),
    ],
)
def test_the_name_that_is_meant_is_spelt_alike_or_has_the_word(name: str, known: list[str], meant: str | None) -> None:
    """Capitals and joints aside; what is much alike comes before what has the word, and that before a likeness."""
    assert meant == nearest(name, known)


def test_a_few_known_names_are_listed_and_many_are_not() -> None:
    """Where none is near; there may be none at all."""
    assert suggest("zz", ["b", "a"]) == " — expected a, b"
    assert suggest("zz", []) == " — expected nothing"
    assert suggest("zz", [f"name{number}" for number in range(13)]) == ""


def test_what_a_message_repeats_stays_on_one_line_and_short() -> None:
    """A value, and a key in a path."""
    values: list[object] = ["a\nb", None, {}, [1], ()]
    assert [shown(one) for one in values] == [
        "'a\\nb'",
        "nothing",
        "a mapping",
        "a list",
        "a list",
    ]
    assert shown("x" * 100) == "'" + "x" * 59 + "…"
    assert dotted(("steps", 2, "a\nb", "wait")) == "steps[2].'a\\nb'.wait"
    assert dotted(("x" * 200,)) == "x" * 120 + "…"
