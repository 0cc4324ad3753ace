"""A YAML text becomes plain values with positions, and each thing wrong with it is told where it stands."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire import document
from simulator.wire.document import DocumentError, Position, Problem, look_over, read


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
