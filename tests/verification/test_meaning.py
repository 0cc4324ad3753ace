"""What can't be expected: every mistake is told, at its place, before anything is looked at."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.verification.expectation import Verification, spread
from simulator.verification.meaning import complaints
from simulator.wire.complaints import dotted

ADD = {"operation": "addFaultReport"}
ACCEPTED = {"notification": "accepted"}


def told(*expect: dict[str, Any]) -> list[tuple[str, str]]:
    verification = Verification.model_validate({"expect": expect})
    return [(dotted(path), message) for path, message in complaints(verification)]


@pytest.mark.parametrize(
    "expectation",
    [
        ADD,
        ACCEPTED,
        {**ADD, "status": 201, "refused_by": None, "at_least": 1, "at_most": 1},
        {**ADD, "refused_by": "tlos-key", "exactly": 0},
        {**ADD, "refused_by": "xml-limit"},
        {**ADD, "refused_by": "body-too-big"},
        {**ADD, "at_most": 0},
        {**ADD, "never_within": "PT1H"},
        {**ACCEPTED, "delivered": False},
        {**ADD, "fields": {"faultDetails.type": "x", "faultDetails": {"status": {"not": "y"}}, "priorityLevel": 2}},
        {**ADD, "fields": {"addFaultReport.priorityLevel": "2", "siteAccessContactDetails.phone": None}},
        {**ACCEPTED, "fields": {"updates": {"update": [{"description": "a"}, {"description": "b"}]}}},
        {**ACCEPTED, "fields": {"update.updatedBy": {"one_of": ["seller"]}, "appointments": {"present": False}}},
        {"operation": "reserveAppointment", "fields": {"appointmentSlot.appointmentDate": "2026-01-07"}},
        {
            **ADD,
            "xpath": [{"select": "//a[x:b and (child::text()) or contains(., 'p:q()')]", "namespaces": {"x": "u"}}],
        },
    ],
    ids=repr,
)
def test_what_may_be_expected(expectation: dict[str, Any]) -> None:
    """Nothing is said against it."""
    assert told(expectation) == []


@pytest.mark.parametrize(
    ("expectation", "place", "message"),
    [
        ({}, "", "say either `operation` or `notification`"),
        ({**ADD, **ACCEPTED}, "", "say either `operation` or `notification`"),
        (
            {**ACCEPTED, "status": 200},
            ".status",
            "only the answer to a request has a status; a notification is `delivered` or not",
        ),
        (
            {**ACCEPTED, "refused_by": None},
            ".refused_by",
            "only a request is refused by a rule; a notification is `delivered` or not",
        ),
        (
            {**ADD, "delivered": True},
            ".delivered",
            "only a notification is delivered; a request is answered with a `status`",
        ),
        ({**ADD, "exactly": 1, "at_most": 2}, ".exactly", "say either `exactly`, or `at_least` and `at_most`"),
        ({**ADD, "at_least": 3, "at_most": 2}, ".at_most", "expected at least 3, as `at_least` says, found 2"),
        (
            {**ADD, "never_within": "PT1H", "exactly": 0},
            ".exactly",
            "what never comes is not counted; leave it out, or `never_within`",
        ),
        (
            {**ACCEPTED, "never_within": "PT1H", "delivered": True},
            ".delivered",
            "what never comes is not delivered; leave it out, or `never_within`",
        ),
        (
            {**ADD, "never_within": "PT0S"},
            ".never_within",
            "expected more than PT0S: a span without length says nothing",
        ),
        (
            {**ADD, "refused_by": "tlos-keys"},
            ".refused_by",
            "no rule of addFaultReport is called `tlos-keys` — did you mean `tlos-key`?",
        ),
        (
            {**ADD, "fields": {"faultDetails": {"typ": "x"}}},
            ".fields.faultDetails.typ",
            "no element of addFaultReport is called `typ` — did you mean `type`?",
        ),
        (
            {**ADD, "fields": {"faultDetails.serviceAffected": "x"}},
            ".fields.faultDetails.serviceAffected",
            "addFaultReport has no faultDetails.serviceAffected; it has serviceAffected",
        ),
        (
            {**ADD, "fields": {"faultDetails.type": "x", "faultDetails": {"type": "y"}}},
            ".fields.faultDetails.type",
            "it is said twice",
        ),
        (
            {**ADD, "fields": {"faultDetails": "x", "faultDetails.type": "y"}},
            ".fields.faultDetails.type",
            "it is said twice",
        ),
        (
            {**ADD, "fields": {"priorityLevel": {"one_of": "2"}}},
            ".fields.priorityLevel.one_of",
            "expected a list, found '2'",
        ),
        (
            {**ADD, "fields": {"priorityLevel": {"matches": "("}}},
            ".fields.priorityLevel.matches",
            "not a regular expression (RE2): missing ): (",
        ),
        ({**ADD, "fields": {"apiVersion": 1.0}}, ".fields.apiVersion", "expected a text, found 1.0"),
        (
            {**ADD, "fields": {"apiVersion": []}},
            ".fields.apiVersion",
            "expected at least one, found an empty list; null stands for no such element",
        ),
        ({**ADD, "xpath": [{"select": "a["}]}, ".xpath[0].select", "not an XPath: Invalid expression"),
        ({**ADD, "xpath": [{"select": "$a"}]}, ".xpath[0].select", "can't be evaluated: Undefined variable"),
        ({**ADD, "xpath": [{"select": "//a[x:b]"}]}, ".xpath[0].select", "the prefix `x` is not in namespaces"),
        (
            {**ADD, "xpath": [{"select": "//a"}, {"select": "//a[contain(., 'b')]"}]},
            ".xpath[1].select",
            "XPath 1.0 has no function `contain` — did you mean `contains`?",
        ),
        (
            {**ADD, "xpath": [{"select": "//a", "namespaces": {"": "u"}}]},
            ".xpath[0].select",
            "not an XPath: empty namespace prefix is not supported in XPath",
        ),
    ],
    ids=repr,
)
def test_what_can_not_be_expected(expectation: dict[str, Any], place: str, message: str) -> None:
    """The second of two expectations is wrong, and its place is told."""
    assert told(ADD, expectation) == [(f"expect[1]{place}", message)]


def test_every_mistake_is_told_at_once() -> None:
    """Of several expectations, and of one."""
    wrong = {**ADD, "delivered": True, "exactly": 1, "at_least": 1, "refused_by": "x", "xpath": [{"select": "a["}]}
    places = [place for place, _ in told(wrong, {})]
    assert places == [
        "expect[0].delivered",
        "expect[0].exactly",
        "expect[0].refused_by",
        "expect[0].xpath[0].select",
        "expect[1]",
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"expect": []},
        {"expect": [ADD] * 51},
        {"expect": [{"operation": "addfaultreport"}]},
        {"expect": [{"notification": "accept"}]},
        {"expect": [{**ADD, "equals": "x"}]},
        {"expect": [{**ADD, "at_least": 0}]},
        {"expect": [{**ADD, "at_most": -1}]},
        {"expect": [{**ADD, "never_within": 60}]},
        {"expect": [{**ADD, "xpath": [{"select": "a" * 501}]}]},
        {"expect": [{**ADD, "xpath": [{"select": "a"}] * 21}]},
        {"expect": [{**ADD, "xpath": [{"select": "a", "equals": "b"}]}]},
        {"expect": [{**ADD, "xpath": [{"select": "a", "matches": "("}]}]},
        {"expect": [ADD], "timeout": 60.1},
        {"expect": [ADD], "timeout": float("nan")},
        {"expect": [ADD], "after": -1},
        {"expect": [ADD], "until": "x"},
    ],
)
def test_the_models_take_nothing_else(document: dict[str, Any]) -> None:
    """Unknown words, wrong types, and more than is allowed."""
    with pytest.raises(ValidationError):
        Verification.model_validate(document)


def test_fields_are_spread_as_scenarios_have_them() -> None:
    """Dots make mappings, what JSON counts becomes a text, matchers stay as they are."""
    spread_out = spread(
        {"a.b": 1, "a": {"c.d": True, "e": None}, "f": [{"g.h": "x"}, {"g.h": False}], "i": {"present": True}}
    )
    assert spread_out == {
        "a": {"b": "1", "c": {"d": "true"}, "e": None},
        "f": [{"g": {"h": "x"}}, {"g": {"h": "false"}}],
        "i": {"present": True},
    }


@pytest.mark.parametrize(
    ("counts", "least", "most"),
    [
        ({}, 1, None),
        ({"at_least": 2}, 2, None),
        ({"at_most": 3}, 0, 3),
        ({"at_least": 2, "at_most": 3}, 2, 3),
        ({"exactly": 2}, 2, 2),
        ({"exactly": 0}, 0, 0),
    ],
    ids=repr,
)
def test_how_many(counts: dict[str, int], least: int, most: int | None) -> None:
    """One at least, where nothing is said; none at least, where only too many are spoken of."""
    (expectation,) = Verification.model_validate({"expect": [{**ADD, **counts}]}).expect
    assert (least, most) == (expectation.least, expectation.most)
