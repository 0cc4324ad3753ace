"""A YAML text becomes plain values with positions, and each thing wrong with it is told where it stands."""

from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from simulator.wire import document
from simulator.wire.document import (
    DocumentError,
    Position,
    Problem,
    dotted,
    look_over,
    nearest,
    read,
    shown,
    suggest,
    validate,
)


def _refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        read(text, name="a.yaml")
    return str(caught.value)


# Reading


def test_scalars_stay_text() -> None:
    """What YAML 1.1 takes for a time, a truth, a number or a date is left to the field that receives it."""
    found = read("time: 12:30\nanswer: no\nnumber: 0x10\nday: 2026-03-02\nlist: [1, on]", name="a.yaml")
    assert found.value == {
        "time": "12:30",
        "answer": "no",
        "number": "0x10",
        "day": "2026-03-02",
        "list": ["1", "on"],
    }


def test_nothing_is_none_unless_it_is_quoted_or_tagged_as_text() -> None:
    """A plain null has no letters; the same letters in quotes are somebody's text."""
    found = read("a:\nb: ~\nc: null\nd: '~'\ne: \"\"\nf: !!str null\ng: !!null ''", name="a.yaml")
    assert found.value == {"a": None, "b": None, "c": None, "d": "~", "e": "", "f": "null", "g": None}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~", "\ufeff"])
def test_an_empty_text_is_an_empty_mapping(text: str) -> None:
    """A file in which everything is commented out is as good as one with nothing in it."""
    assert read(text, name="a.yaml").value == {}


def test_bytes_are_utf_8_with_or_without_a_mark() -> None:
    """Editors on Windows begin a file with a byte order mark, which moves no column."""
    found = read("\ufeffné: ü".encode(), name="a.yaml")
    assert (found.value, found.position(("né",))) == ({"né": "ü"}, Position(1, 1))


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ((), (1, 1)),
        (("diary",), (1, 1)),
        (("diary", "hold"), (3, 3)),
        (("steps",), (4, 1)),
        (("steps", 1), (6, 5)),
        (("steps", 1, "say"), (6, 12)),
        (("steps", 1, "missing", "deeper"), (6, 5)),
        (("missing",), (1, 1)),
    ],
)
def test_each_path_has_a_position(path: tuple[str | int, ...], position: tuple[int, int]) -> None:
    """An entry stands where its key stands, an item where it begins, and what is missing where it would be."""
    found = read("diary:\n  capacity: 4\n  hold: P1D\nsteps:\n  - a\n  - {é: b, say: c}\n", name="a.yaml")
    assert position == found.position(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "a.yaml:3:1: `a` stands here again, after line 1"),
        ("a: {b: 1, b: 2}", "a.yaml:1:11: `b` stands here again, after line 1"),
        ("a: &here 1", "a.yaml:1:4: `here`: anchors and aliases are not read; write the value out"),
        ("a: *here", "a.yaml:1:4: `here`: anchors and aliases are not read; write the value out"),
        ("a: !secret x", "a.yaml:1:4: the tag `!secret`; values take their type from where they stand"),
        ("a: ! x", "a.yaml:1:4: the tag `!`; values take their type from where they stand"),
        ("a: !!python/name:os.system x", "a.yaml:1:4: the tag `tag:yaml.org,2002:python/name:os.system`; values take"),
        ("? [a, b]\n: c", "a.yaml:1:3: a key must be text"),
        ("~: c", "a.yaml:1:1: a key must be text"),
        ("a: b\n---\nc: d", "a.yaml:2:1: a second document; only one is read"),
        ("é: \x07", "a.yaml:1:4: the character U+0007 is not allowed in YAML"),
        ("a: \ud800", "a.yaml:1:4: not UTF-8"),
        ("é: 1\nbé: ÿ".encode("latin-1"), "a.yaml:1:1: not UTF-8"),
        (b"a: 1\nb: \xff", "a.yaml:2:4: not UTF-8"),
        ("[" * 33, "a.yaml:1:33: nested more than 32 deep"),
        ("[" * 1_000_000, "a.yaml:1:33: nested more than 32 deep"),
        ("a\n" * 524_289, "a.yaml:1:1: longer than 1048576 bytes"),
        ("é" * 524_289, "a.yaml:1:1: longer than 1048576 bytes"),
        ("- a\n" * 50_000, "a.yaml:50000:3: more than 50000 values"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_refused_is_told_with_its_place(text: str | bytes, message: str) -> None:
    """Each refusal is one line: the name, line and column from 1, and what is wrong."""
    found = _refusal(text)
    assert [message] == [found[: len(message)]]


AFTER = "nothing can follow here: a quoted text or a bracket has ended before it"
INDENTED = "this line does not go on with what stands above; see how far it is indented"
NO_KEY = "no key can stand here; see how far this line is indented, and whether the line above lacks its `:`"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\n\tc: d", "2:1: a tab; YAML is indented by spaces"),
        ("a:\n\t- b", "2:1: a tab; YAML is indented by spaces"),
        ("a: 'b\nc: d\n", "1:4: the quotation mark is not closed"),
        ('a: "b', "1:4: the quotation mark is not closed"),
        ("a: 'it's b'", f"1:8: {AFTER}; for an apostrophe within '…' write two"),
        ('a: "b" c', f"1:8: {AFTER}"),
        ("{}}", f"1:3: {AFTER}"),
        ("a: b: c", "1:5: a second `: ` in one line; put a text that has one into quotes"),
        ("a: b\n  c: d", f"2:4: {NO_KEY}"),
        ("a b\nc: d", f"2:2: {NO_KEY}"),
        ("a:\n  - b: c\n   d: e", f"3:4: {INDENTED}"),
        ("a:\n  - b: c\n- d: e", f"3:1: {INDENTED}"),
        ("a: b\nc\nd: e", "2:1: expected `key: value`"),
        ("a: [b\nc: d", "2:2: expected `,` or `]`: a bracket of line 1 is still open here"),
        ("a:\n  {b: c\nd: e", "3:2: expected `,` or `}`: a bracket of line 2 is still open here"),
        ("\ufeffa: @b", "1:4: a text can't begin with `@`; put it into quotes"),
        ("a: *b*", "1:4: a text can't begin with `*`; put it into quotes"),
        ('a: "\\d"', "1:5: a backslash in double quotes begins an escape; write two, or use single quotes"),
        ("a: {b, : c}", "1:8: a value is missing here"),
        ("a: - b", "1:4: a list begins on a line of its own"),
        ("%YAML 2.0\n---\na: b", "1:1: found incompatible YAML document"),
        ("a: !<b", "1:7: did not find the expected '>', while scanning a tag"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_yaml_is_told_in_words_for_people(text: str, message: str) -> None:
    """What to do, rather than what the parser was about; where it has no plainer words, its own."""
    assert _refusal(text) == f"a.yaml:{message}"


def test_the_limits_themselves_are_allowed() -> None:
    """32 lists inside each other and 49,999 items, the list being one more value, are still read."""
    read("[" * 32 + "]" * 32, name="a.yaml")
    assert read("- a\n" * 49_999, name="a.yaml").value == ["a"] * 49_999


def test_all_problems_of_a_text_come_at_once_and_on_a_line_each() -> None:
    """Whoever mends a file wants to run it once more, not five times."""
    with pytest.raises(DocumentError) as caught:
        read('a: &x 1\n"b\\nc": 1\n"b\\nc": *x\n', name="a.yaml")
    assert caught.value.problems == [
        Problem(1, 4, "`x`: anchors and aliases are not read; write the value out"),
        Problem(3, 1, "`'b\\nc'` stands here again, after line 2"),
        Problem(3, 9, "`x`: anchors and aliases are not read; write the value out"),
    ]
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("a: 1\na: 2\nb: 3", {"a": "1", "b": "3"}, [Problem(2, 1, "`a` stands here again, after line 1")]),
        (
            "a: &x 1\nb: !y z",
            {"a": "1", "b": "z"},
            [
                Problem(1, 4, "`x`: anchors and aliases are not read; write the value out"),
                Problem(2, 4, "the tag `!y`; values take their type from where they stand"),
            ],
        ),
        ("", {}, []),
    ],
)
def test_a_text_may_be_looked_over_in_spite_of_problems(text: str, value: object, told: list[Problem]) -> None:
    """Whoever has more to say of it says all at once; of a key that stands there twice the first value counts."""
    document, problems = look_over(text, name="a.yaml")
    assert document is not None
    assert (document.value, problems) == (value, told)


@pytest.mark.parametrize("text", ["a: *x", "[a]: b", "a: [", b"\xff"])
def test_a_text_of_which_values_are_lost_is_not_looked_over(text: str | bytes) -> None:
    """Nothing that is not there is to be complained of: an alias, a key, the rest of the text."""
    document, problems = look_over(text, name="a.yaml")
    assert document is None
    assert len(problems) == 1


def test_a_flood_of_problems_is_counted_rather_than_printed() -> None:
    """A hundred lines tell enough."""
    printed = _refusal("a: 1\n" * 151).splitlines()
    assert (len(printed), printed[-1]) == (101, "a.yaml: and 50 more")


def test_the_parser_in_python_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml, values and places are the same."""
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    found = read("a: [b, ~]\nc: {d: e}", name="a.yaml")
    assert (found.value, found.position(("c", "d"))) == ({"a": ["b", None], "c": {"d": "e"}}, (2, 5))
    assert read("\ufeffa: b", name="a.yaml").position(("a",)) == (1, 1)
    assert _refusal("a: 1\na: &x 2") == (
        "a.yaml:2:1: `a` stands here again, after line 1\n"
        "a.yaml:2:4: `x`: anchors and aliases are not read; write the value out"
    )


@given(st.text() | st.binary() | st.text("[]{}:,-&*!|>'\"#%? \n\tab"))
def test_no_text_ends_in_any_other_error(text: str | bytes) -> None:
    """Whatever is fed in, it is read or refused with a place inside it."""
    problems = [Problem(1, 1, "read without any")]
    try:
        read(text, name="a.yaml")
    except DocumentError as error:
        problems = error.problems
    assert problems
    assert all(line >= 1 and column >= 1 for line, column, _ in problems)


# Explaining


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
