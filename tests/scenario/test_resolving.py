"""Values that refer to others: parameters are put in when a file is loaded, what steps produced while it runs."""

from typing import Any

import pytest

from simulator.cityfibre.ticket import State
from simulator.cityfibre.visits import Visit
from simulator.scenario.resolving import (
    TICKET_VALUES,
    literal,
    misleading,
    put_in,
    references,
    references_in,
    resolved,
)
from simulator.wire.document import Value
from tests.drafts import ticket_of

FILE: dict[str, Any] = {
    "scenario": "1",
    "name": "$a",
    "description": "$a",
    "tags": ["$a"],
    "parameters": {"a": "$b", "b": "x"},
    "cases": [{"a": "$b"}],
    "given": {"settings": {"limits": "$a"}},
    "match": {"service": "$b"},
    "steps": [
        {"buyer": "addFaultReport", "with": {"comment": {"value": "$a"}, "priorityLevel": "$empty"}, "as": "said"},
        {"supplier": "put-on-hold", "reason": "$$a"},
        {"supplier": "comment", "value": "$said.status"},
        {"wait": "$a.b"},
        {"expect": "amendFaultReport", "where": {"updates": ["$b", "$c", "$5 $a", None]}},
    ],
}


# Parameters


def test_parameters_are_put_in_below_what_the_script_is_made_of() -> None:
    """As they are, nothing too; what is about the file itself, and what refers to no parameter, stays."""
    before = repr(FILE)
    put = put_in(FILE, {"a": "$$5", "b": "12:30", "empty": None})
    assert put == {
        **FILE,
        "given": {"settings": {"limits": "$$5"}},
        "match": {"service": "12:30"},
        "steps": [
            {"buyer": "addFaultReport", "with": {"comment": {"value": "$$5"}, "priorityLevel": None}, "as": "said"},
            {"supplier": "put-on-hold", "reason": "$$a"},
            {"supplier": "comment", "value": "$said.status"},
            {"wait": "$a.b"},
            {"expect": "amendFaultReport", "where": {"updates": ["12:30", "$c", "$5 $a", None]}},
        ],
    }
    assert before == repr(FILE)


@pytest.mark.parametrize("value", ["$a", ["$a"], None])
def test_nothing_is_put_into_what_is_no_file(value: Value) -> None:
    """The model says what is wrong with it."""
    assert value == put_in(value, {"a": "x"})


def test_references_of_a_file_have_their_places() -> None:
    """Every text that begins with one dollar, sound or not."""
    assert list(references(FILE)) == [
        (("given", "settings", "limits"), "$a"),
        (("match", "service"), "$b"),
        (("steps", 0, "with", "comment", "value"), "$a"),
        (("steps", 0, "with", "priorityLevel"), "$empty"),
        (("steps", 2, "value"), "$said.status"),
        (("steps", 3, "wait"), "$a.b"),
        (("steps", 4, "where", "updates", 0), "$b"),
        (("steps", 4, "where", "updates", 1), "$c"),
        (("steps", 4, "where", "updates", 2), "$5 $a"),
    ]
    assert list(references("$a")) == []
    assert list(references(["$a"])) == []


# What misleads


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$a", ""),
        ("$said.status", ""),
        ("$said.appointment.appointmentDate", ""),
        ("$ticket.status", ""),
        ("$a.b", "the parameter `a` has nothing inside; write `$a`"),
        ("$said", "`$said` is a whole answer; name a field of it, `$said.status`"),
        ("$own.status", "`$own` is the answer to this step itself; it can be used in later ones"),
        ("$later.status", "`$later` is named by steps[3], which comes later"),
        ("$ticket", "`$ticket` is the whole ticket; name a field of it, `$ticket.status`"),
        ("$ticket.stauts", "a ticket has no `stauts` — did you mean `status`?"),
        ("$siad.status", "`$siad` is no parameter, and no earlier step's `as` — did you mean `said`?"),
        ("$latr", "`$latr` is no parameter, and no earlier step's `as` — expected a, said, ticket"),
        ("$5", "`$5` refers to nothing; write `$$5` for a text with a dollar"),
        ("$ticket.", "`$ticket.` refers to nothing; write `$$ticket.` for a text with a dollar"),
        ("${a}", "write `$a`, without braces"),
        ("${said.status}", "write `$said.status`, without braces"),
        ("${a or b}", "`${a or b}` refers to nothing; write `$${a or b}` for a text with a dollar"),
    ],
)
def test_a_value_refers_to_what_is_there_before_it(text: str, told: str) -> None:
    """A parameter, a field of an earlier step's answer, or a field of the ticket."""
    value: Value = {"steps": [{}, {}, {"reason": text}]}
    found = list(misleading(value, {"a"}, {"said": 0, "own": 2, "later": 3}))
    assert found == ([(("steps", 2, "reason"), f"steps[2].reason: {told}")] if told else [])


def test_outside_of_the_steps_there_are_parameters_alone() -> None:
    """Nothing has happened yet when settings, inventory and match are read."""
    value: Value = {"seed": "$a", "start": "$ticket.status", "match": {"service": "$said.status"}}
    assert [message for _, message in misleading(value, {"a"}, {"said": 0})] == [
        "start: there is no ticket yet",
        "match.service: `$said` is named by steps[0], which comes later",
    ]


def test_where_parameters_can_not_be_read_none_is_missing() -> None:
    """That they can't is told already; what is wrong in any case is told too."""
    value: Value = {"steps": [{"reason": "$a", "value": "$ticket.x", "wait": "$b.c"}]}
    assert [path for path, _ in misleading(value, None, {})] == [("steps", 0, "value")]


@pytest.mark.parametrize("text", ["x", "$$x", "a $x", "", None])
def test_a_parameter_is_text(text: str | None) -> None:
    """Or nothing."""
    assert list(literal(("parameters", "a"), text)) == []


@pytest.mark.parametrize("text", ["$x", "$5", "$ticket.status"])
def test_a_parameter_that_would_refer_to_something_is_refused(text: str) -> None:
    """It would be looked up only when the script runs, where nobody has looked whether it is there."""
    told = f"cases[0].a: a parameter is text and can't refer to `{text}`; write `${text}` for one with a dollar"
    assert list(literal(("cases", 0, "a"), text)) == [(("cases", 0, "a"), told)]


# While a script runs


def test_references_are_looked_up_while_a_script_runs() -> None:
    """At any depth; a doubled dollar is one, other values stay, and nothing may be found."""
    known: dict[str, Any] = {"$ticket.status": "accepted", "$held.slot": {"day": "Monday"}, "$held.absent": None}
    asked: list[str] = []

    def look_up(text: str) -> Any:  # noqa: ANN401 - a text, or elements
        asked.append(text)
        return known[text]

    value = {
        "a": "$ticket.status",
        "b": {"c": "$held.slot", "d": ["$held.absent", "$$5", "$5"]},
        "e": None,
        "f": 3,
        "g": ("$$", "x"),
    }
    assert resolved(value, look_up) == {
        "a": "accepted",
        "b": {"c": {"day": "Monday"}, "d": [None, "$5", "$5"]},
        "e": None,
        "f": 3,
        "g": ["$", "x"],
    }
    assert asked == ["$ticket.status", "$held.slot", "$held.absent"]


def test_what_is_looked_up_is_not_looked_into_again() -> None:
    """A buyer that writes a dollar refers to nothing."""
    assert resolved({"a": "$report.reason"}, lambda _: "$ticket.status") == {"a": "$ticket.status"}


def test_the_references_in_a_value_are_told_in_order() -> None:
    """Whole ones; those in lists and tuples too."""
    value = {"a": "$x.y", "b": [{"c": "$z"}, "$$x", ("$ticket.status", None, 3)], "d": "costs $5"}
    assert list(references_in(value)) == ["$x.y", "$z", "$ticket.status"]


def test_a_ticket_is_told_in_the_nouns_of_the_messages() -> None:
    """What has no value yet is empty."""
    ticket = ticket_of(State.ON_HOLD, maintainer_reference="CS0053224", status_reason="Nobody was in")
    visited = ticket_of(State.PENDING, visits=[Visit("KEY-1", "2026-01-07", "08:00", "13:00")])
    expected = {
        "buyerIdentifier": ("SPDEV1", "SPDEV1"),
        "buyerFaultReference": ("REF-1", "REF-1"),
        "maintainerFaultReference": ("CS0053224", ""),
        "serviceAffected": ("S21709", "S21709"),
        "status": ("on-hold", "pending"),
        "statusReason": ("Nobody was in", ""),
        "appointmentReservationKey": ("", "KEY-1"),
    }
    assert expected == {name: (find(ticket), find(visited)) for name, find in TICKET_VALUES.items()}
