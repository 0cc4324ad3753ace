"""What a message must have in it: texts, nothing, matchers; and in what words a difference is told."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from simulator.scenario.matching import Difference, Matcher, differences, differences_by_name, in_words
from simulator.scenario.message import Fields, fields_of

MESSAGE = fields_of(b"""<report>
  <priorityLevel> 2 </priorityLevel>
  <blank> </blank>
  <comment><value>Two   words</value></comment>
  <updates>
    <update><description>first</description></update>
    <update><description>second</description></update>
    <update><description/></update>
  </updates>
  <resolveAccepted>1</resolveAccepted>
  <triageComplete>false</triageComplete>
  <nbsp>a\xc2\xa0b</nbsp>
</report>""")


def told(wanted: Mapping[str, Any], fields: Fields = MESSAGE) -> list[str]:
    """In what the message differs, in words."""
    return [str(one) for one in differences(wanted, fields)]


# Texts and nothing


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"priorityLevel": "2"},
        {"priorityLevel": " 2\n"},
        {"comment": {"value": "Two words"}},
        {"comment": {"value": "Two\n  words "}},
        {"updates": {"update": {"description": "first"}}},
        {"updates": {"update": {"description": "second"}}},
        {"updates": {"update": [{"description": "second"}, {"description": "first"}]}},
        {"resolveAccepted": "true"},
        {"resolveAccepted": "1"},
        {"triageComplete": "0"},
        {"triageComplete": "false"},
        {"nbsp": "a\u00a0b"},
        {"absent": None},
        {"absent": ""},
        {"absent": {}},
        {"blank": None},
        {"blank": ""},
        {"blank": " "},
        {"comment": {"absent": None}},
        {"priorityLevel": "2", "comment": {"value": "Two words"}, "absent": None},
    ],
    ids=repr,
)
def test_a_text_is_there_or_nothing_is(wanted: Mapping[str, Any]) -> None:
    """White space collapses, a boolean has two spellings, one of several fits, and what is blank is nothing."""
    assert told(wanted) == []


@pytest.mark.parametrize(
    ("wanted", "difference"),
    [
        ({"priorityLevel": "1"}, "priorityLevel is '2', expected '1'"),
        ({"priorityLevel": "22"}, "priorityLevel is '2', expected '22'"),
        ({"priorityLevel": None}, "priorityLevel is '2', expected nothing"),
        ({"priorityLevel": ""}, "priorityLevel is '2', expected nothing"),
        ({"priorityLevel": {}}, "priorityLevel is '2', expected nothing"),
        ({"blank": "x"}, "blank is blank, expected 'x'"),
        ({"absent": "x"}, "absent is not there, expected 'x'"),
        ({"absent": " "}, "absent is not there, expected ' '"),
        ({"comment": {"value": "two words"}}, "comment.value is 'Two words', expected 'two words'"),
        ({"value": "Two words"}, "value is not there, expected 'Two words'"),
        (
            {"updates": {"update": {"description": "third"}}},
            "updates.update.description is 'first', 'second', '', expected 'third'",
        ),
        (
            {"updates": {"update": {"description": None}}},
            "updates.update.description is 'first', 'second', '', expected nothing",
        ),
        ({"resolveAccepted": "false"}, "resolveAccepted is '1', expected 'false'"),
        ({"resolveAccepted": "TRUE"}, "resolveAccepted is '1', expected 'TRUE'"),
        ({"nbsp": "a b"}, "nbsp is 'a\\xa0b', expected 'a b'"),
        ({"comment": None}, "comment is 'elements', expected nothing"),
        ({"comment": "Two words"}, "comment is 'elements', expected 'Two words'"),
    ],
    ids=repr,
)
def test_another_text_is_told_with_what_is_there(wanted: Mapping[str, Any], difference: str) -> None:
    """All the texts that are there, or that it is blank, or not there at all."""
    assert told(wanted) == [difference]


def test_all_differences_are_told_in_the_order_of_the_mapping() -> None:
    """And what fits is not."""
    wanted = {
        "priorityLevel": "1",
        "comment": {"value": "Two words", "commentedBy": "buyer"},
        "updates": {"update": [{"description": "first"}, {"description": "third"}]},
    }
    assert differences(wanted, MESSAGE) == [
        Difference("priorityLevel", "'1'", "'2'"),
        Difference("comment.commentedBy", "'buyer'", "not there"),
        Difference("updates.update.description", "'third'", "'first', 'second', ''"),
    ]


def test_a_message_that_can_not_be_read_has_nothing() -> None:
    """So it fits where nothing is wanted."""
    assert told({"priorityLevel": None}, Fields(None)) == []
    assert told({"priorityLevel": "2"}, Fields(None)) == ["priorityLevel is not there, expected '2'"]


# Matchers


@pytest.mark.parametrize(
    "matcher",
    [
        {"matches": "ord"},
        {"matches": "^Two words$"},
        {"matches": "(?i)two"},
        {"one_of": ["One word", "Two words"]},
        {"one_of": ["Two   words"]},
        {"present": True},
        {"not": "Three words"},
        {"matches": "^Two", "not": "Two", "present": True, "one_of": ["Two words", "Two"]},
    ],
    ids=repr,
)
def test_a_matcher_says_how_a_text_must_be(matcher: Mapping[str, Any]) -> None:
    """All that it says holds."""
    assert told({"comment": {"value": matcher}}) == []


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        ({"matches": "^words"}, "a text that matches '^words'"),
        ({"one_of": ["One", "Two"]}, "one of 'One', 'Two'"),
        ({"present": False}, "nothing"),
        ({"not": "Two words"}, "anything but 'Two words'"),
        ({"not": " Two  words"}, "anything but ' Two  words'"),
        ({"matches": "Two", "not": "Two words"}, "a text that matches 'Two' and anything but 'Two words'"),
        (
            {"present": False, "matches": "a", "one_of": ["a"], "not": "b"},
            "nothing and a text that matches 'a' and one of 'a' and anything but 'b'",
        ),
    ],
    ids=repr,
)
def test_a_matcher_that_does_not_fit_is_told_in_words(matcher: Mapping[str, Any], expected: str) -> None:
    """With the text that is there."""
    assert told({"comment": {"value": matcher}}) == [f"comment.value is 'Two words', expected {expected}"]


@pytest.mark.parametrize(
    ("matcher", "absent", "blank", "repeated", "elements"),
    [
        ({"matches": "^$"}, False, True, True, False),
        ({"matches": "second"}, False, False, True, False),
        ({"one_of": ["", "second"]}, False, True, True, False),
        ({"not": "first"}, False, True, True, True),
        ({"not": ""}, False, False, True, True),
        ({"present": True}, False, False, True, True),
        ({"present": False}, True, True, False, False),
        ({"present": True, "not": "second"}, False, False, True, True),
    ],
    ids=repr,
)
def test_a_matcher_looks_at_what_is_there(
    matcher: Mapping[str, Any],
    absent: bool,  # noqa: FBT001 - a column of a table
    blank: bool,  # noqa: FBT001
    repeated: bool,  # noqa: FBT001
    elements: bool,  # noqa: FBT001
) -> None:
    """What is absent has no text, what is blank has an empty one; of a repeated element one must fit."""
    fits = [
        not told(wanted)
        for wanted in (
            {"absent": matcher},
            {"blank": matcher},
            {"updates": {"update": {"description": matcher}}},
            {"comment": matcher},
        )
    ]
    assert fits == [absent, blank, repeated, elements]


@pytest.mark.parametrize(
    ("matcher", "fits"),
    [
        ({"one_of": ["true"]}, True),
        ({"one_of": ["1"]}, True),
        ({"one_of": ["false", "0"]}, False),
        ({"not": "true"}, False),
        ({"not": "0"}, True),
        ({"matches": "true"}, False),
    ],
    ids=repr,
)
def test_a_boolean_has_two_spellings(matcher: Mapping[str, Any], fits: bool) -> None:  # noqa: FBT001 - as above
    """A pattern looks at the one that was sent."""
    assert fits == (told({"resolveAccepted": matcher}) == [])


@pytest.mark.parametrize(
    ("matcher", "why"),
    [
        ({}, "expected one of matches, one_of, present, not"),
        ({"not": None}, "`not` says nothing; leave it out, or say `present`"),
        ({"matches": None, "not": "a"}, "`matches` says nothing; leave it out, or say `present`"),
        ({"matches": "(a"}, "not a regular expression (RE2): missing ): (a"),
        ({"matches": "a{1001}"}, "not a regular expression (RE2): invalid repetition size: {1001}"),
        ({"matches": "(?=a)"}, "not a regular expression (RE2): invalid perl operator: (?="),
    ],
    ids=repr,
)
def test_a_matcher_that_says_nothing_of_use_is_refused(matcher: Mapping[str, Any], why: str) -> None:
    """When the file is loaded."""
    with pytest.raises(ValidationError) as raised:
        Matcher.model_validate(matcher)
    assert raised.value.errors()[0]["msg"] == f"Value error, {why}"


@pytest.mark.parametrize("matcher", [{"matches": "a" * 201}, {"one_of": []}, {"one_of": "a"}, {"is": "a"}], ids=repr)
def test_a_matcher_has_limits_and_no_other_keys(matcher: Mapping[str, Any]) -> None:
    """A pattern of 200 characters is enough."""
    with pytest.raises(ValidationError):
        Matcher.model_validate(matcher)
    assert Matcher(matches="a" * 200).fits(["a" * 200])


@pytest.mark.parametrize(
    ("matcher", "why"),
    [
        ({"not": None}, "`not` says nothing; leave it out, or say `present`"),
        (
            {"matches": "50% (of"},
            "matches: not a regular expression (RE2): missing ): 50% (of",
        ),
        ({"not": {"day": "Monday"}}, "not: expected text, found a mapping"),
        ({"one_of": ["a", None]}, "one_of[1]: expected text, found nothing"),
    ],
    ids=repr,
)
def test_what_is_no_matcher_once_values_are_put_in_fits_nothing(matcher: Mapping[str, Any], why: str) -> None:
    """A step that refers to such a value fails, and says why; nothing breaks."""
    expected = f"a matcher that can be used ({why})"
    assert told({"priorityLevel": matcher}) == [f"priorityLevel is '2', expected {expected}"]
    assert told({"absent": matcher}) == [f"absent is not there, expected {expected}"]
    assert in_words(matcher) == expected


# By name alone


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"value": "Two words"}, []),
        ({"description": "first"}, []),
        ({"description": "second"}, ["description is 'first', expected 'second'"]),
        ({"comment": {"present": True}}, []),
        ({"comment": None}, ["comment is 'elements', expected nothing"]),
        ({"absent": None, "blank": None}, []),
        ({"absent": {"not": "x"}}, ["absent is not there, expected anything but 'x'"]),
        ({"report": {"present": True}}, []),
        ({"resolveAccepted": "true", "value": {"matches": "^Two"}}, []),
    ],
    ids=repr,
)
def test_fields_of_an_answer_are_named_alone(wanted: Mapping[str, Any], found: list[str]) -> None:
    """The first element of that name counts, wherever it stands."""
    assert found == [str(one) for one in differences_by_name(wanted, MESSAGE)]


def test_what_is_wanted_is_told_in_words() -> None:
    """A text in quotation marks, nothing, or what the matcher says."""
    values: list[object] = ["Two words", "", None, {}, {"one_of": ["a", "b"]}]
    assert [in_words(one) for one in values] == ["'Two words'", "nothing", "nothing", "nothing", "one of 'a', 'b'"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*b?$c", "a*a*a*a*a*a*a*b"])
def test_no_pattern_takes_ages(pattern: str) -> None:
    """Whatever a buyer writes: a search takes no longer than the text is long."""
    began = time.perf_counter()
    Matcher(matches=pattern).fits(["a" * 200_000 + "!"])
    assert time.perf_counter() - began < 1
