"""A YAML text becomes plain values with positions, and each thing wrong with it is told where it stands."""

from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from simulator.wire import document
from simulator.wire.document import DocumentError, Position, Problem, read, validate


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
        ("a: b\n\tc: d", "a.yaml:2:1: found a tab character that violates indentation, while scanning a plain scalar"),
        ("a: 'b", "a.yaml:1:6: found unexpected end of stream, while scanning a quoted scalar"),
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


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    delivery: int = 0
    within: float = Field(1.0, alias="within-real")
    names: list[str] = []
    steps: list[Annotated[_Wait | _Send, Field(discriminator="step")]] = []
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
        ("qqq: 3", "2:1: unknown key `qqq` — expected by_name, delivery, either, name, names, steps, within-real"),
        ("steps: [{step: wait, seconds: 1, secs: 2}]", "2:34: unknown key `steps[0].secs` — did you mean `seconds`?"),
        ("steps: [{step: wait, seconds: 1, acton: 2}]", "2:34: unknown key `steps[0].acton` — expected seconds, step"),
        ("steps: [{step: send, acton: accept}]", "2:9: `steps[0].action` is missing"),
        (
            "by_name: {x: {step: send, action: accept, lod: 1}}",
            "2:43: unknown key `by_name.x.lod` — did you mean `loud`?",
        ),
        ("either: {step: wait, seconds: 1, second: 2}", "2:34: unknown key `either.second` — did you mean `seconds`?"),
        ("steps: [{step: wiat}]", "2:10: steps[0].step: expected wait, send, found 'wiat' — did you mean `wait`?"),
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
