"""What an XPath selects in a message, as texts, and when that is what it must be."""

import time
from typing import Any

import pytest
from lxml import etree

from simulator.verification.selecting import Selection, SelectionError, compiled, selected

ALA = "http://www.niccstandards.org.uk/ala_1.0.xsd"
MESSAGE = etree.fromstring(
    f"""<report xmlns:a="{ALA}" lang="en">
  <status> in  progress </status>
  <blank> </blank>
  <a:slot><a:day>2026-01-07</a:day><a:start>08:00</a:start></a:slot>
  <update>first</update><update>second</update>
</report>"""
)


def of(select: str, **more: Any) -> list[str]:  # noqa: ANN401 - any JSON
    selection = Selection.model_validate({"select": select, "namespaces": {"x": ALA}, **more})
    return selected(selection, compiled(selection), MESSAGE)


@pytest.mark.parametrize(
    ("select", "texts"),
    [
        ("status", ["in progress"]),
        ("/report/status", ["in progress"]),
        ("//update", ["first", "second"]),
        ("//absent", []),
        ("blank", [""]),
        ("x:slot", ["2026-01-0708:00"]),
        ("//x:day/text()", ["2026-01-07"]),
        ("@lang", ["en"]),
        ("count(//update)", ["2"]),
        ("count(//update) div 4", ["0.5"]),
        ("1 div 0", ["Infinity"]),
        ("number('x')", ["NaN"]),
        ("string(//update[2])", ["second"]),
        ("//update = 'second'", ["true"]),
        ("//update = 'third'", ["false"]),
        ("namespace::a", [ALA]),
        ("..", []),
    ],
)
def test_what_is_selected(select: str, texts: list[str]) -> None:
    """Nodes, attributes, numbers, strings and truths, all of them as texts."""
    assert of(select, one_of=["any"]) == texts


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        ({"select": "//update"}, True),
        ({"select": "//absent"}, False),
        ({"select": "blank"}, False),
        ({"select": "count(//update) = 2"}, True),
        ({"select": "count(//update) = 3"}, False),
        ({"select": "count(//update) = 3", "present": False}, True),
        ({"select": "count(//update) = 3", "one_of": ["false"]}, True),
        ({"select": "//absent", "present": False}, True),
        ({"select": "//update", "one_of": ["second"]}, True),
        ({"select": "//update", "one_of": ["third"]}, False),
        ({"select": "status", "matches": "^in .*ess$"}, True),
        ({"select": "status", "not": "in progress"}, False),
    ],
    ids=repr,
)
def test_how_it_must_be(selection: dict[str, Any], fits: bool) -> None:  # noqa: FBT001 - pytest hands it over
    """Without a matcher something must be there, and a truth must be true."""
    one = Selection.model_validate(selection)
    assert fits == one.must_be.fits(selected(one, compiled(one), MESSAGE))


@pytest.mark.parametrize("select", ["re:test('a', 'b')", "x:f()", "document('file:///etc/passwd')", "id(1, 2)"])
def test_no_function_leads_out_of_the_message(select: str) -> None:
    """Neither regular expressions of EXSLT nor other documents can be had."""
    with pytest.raises(SelectionError):
        of(select, namespaces={"x": ALA, "re": "http://exslt.org/regular-expressions"})


def test_an_error_that_only_a_message_brings_to_light_is_told() -> None:
    """Whether a function is called rightly, libxml2 finds out when it comes by it."""
    selection = Selection(select="//update[contains('a')]")
    with pytest.raises(SelectionError, match="can't be evaluated: Invalid number of arguments"):
        selected(selection, compiled(selection), MESSAGE)


@pytest.mark.parametrize(
    "select", ["//a//b//c", "count(//*[count(//*[count(//*)>0])>0])", "descendant::a/following::b//c"]
)
def test_an_xpath_that_would_look_everywhere_again_and_again_is_refused(select: str) -> None:
    """Each such step multiplies the time that it takes by the elements of the message."""
    with pytest.raises(SelectionError, match="more than 2 steps that look everywhere"):
        of(select)


def test_two_such_steps_take_no_time_on_the_largest_message() -> None:
    """And on a larger one none is taken at all."""
    selection = Selection(select="count(//*[count(//*) > 0])")
    largest = etree.fromstring("<a>" + "<b/>" * 999 + "</a>")
    began = time.perf_counter()
    assert selected(selection, compiled(selection), largest) == ["1000"]
    assert time.perf_counter() - began < 1
    etree.SubElement(largest, "b")
    with pytest.raises(SelectionError, match="more than 1000 elements"):
        selected(selection, compiled(selection), largest)
