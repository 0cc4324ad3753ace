"""Single values of a scenario: moments, references, names. They come as text and say what they are."""

from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from simulator.scenario.values import (
    Name,
    RealSeconds,
    Sentence,
    Variable,
    WhenToGoOn,
    plain,
    reference,
)


def read(kind: Any, value: object) -> object:  # noqa: ANN401 - an annotated type is any object
    """A value as a field of that type reads it."""
    return TypeAdapter(kind).validate_python(value)


def refusal(kind: Any, value: object) -> str:  # noqa: ANN401 - as read
    """What is said of a value that is not taken."""
    with pytest.raises(ValidationError) as raised:
        read(kind, value)
    return str(raised.value.errors()[0]["msg"]).removeprefix("Value error, ")


# Moments


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("PT2H", timedelta(hours=2)),
        ("P3D", timedelta(days=3)),
        ("P1DT2H30M", timedelta(days=1, hours=2, minutes=30)),
        ("PT0.250S", timedelta(milliseconds=250)),
        ("PT0S", timedelta(0)),
        ("12:30", time(12, 30)),
        ("00:00", time(0, 0)),
        ("23:59", time(23, 59)),
        ("appointment-start", "appointment-start"),
        ("appointment-end", "appointment-end"),
        ("sla-deadline", "sla-deadline"),
    ],
)
def test_a_moment_is_a_duration_a_time_or_a_mark(text: str, moment: object) -> None:
    """What has been read already is taken too."""
    assert moment == read(WhenToGoOn, text)
    assert moment == read(WhenToGoOn, moment)


WANTED = (
    "expected a duration such as PT2H, a time of a working day such as 12:30, or "
    "appointment-start, appointment-end, sla-deadline, found"
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2h", "'2h'"),
        ("750", "'750'"),
        ("-PT1H", "'-PT1H'"),
        ("P1M", "'P1M'"),
        ("24:00", "'24:00'"),
        ("12:60", "'12:60'"),
        ("12:30:00", "'12:30:00'"),
        (" 12:30", "' 12:30'"),
        ("", "''"),
        (None, "nothing"),
        (["PT2H"], "a list"),
        ({"hours": "2"}, "a mapping"),
        (90, "90"),
        ("9:30", "'9:30' — did you mean `09:30`?"),
        ("appointment_end", "'appointment_end' — did you mean `appointment-end`?"),
        ("SLA deadline", "'SLA deadline' — did you mean `sla-deadline`?"),
        ("deadline", "'deadline' — did you mean `sla-deadline`?"),
        ("tomorrow " * 20, "'tomorrow tomorrow tomorrow tomorrow tomorrow tomorrow tomor…"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_moment_is_refused_with_an_example(value: object, found: str) -> None:
    """And with the moment that was meant, where one is near."""
    assert refusal(WhenToGoOn, value) == f"{WANTED} {found}"


# References


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$delay", ("delay", "")),
        ("$ticket.status", ("ticket", "status")),
        ("$held.appointment.appointmentDate", ("held", "appointment.appointmentDate")),
        ("$first_visit", ("first_visit", "")),
        ("$first-visit.day_1", ("first-visit", "day_1")),
        ("$_", ("_", "")),
        ("delay", None),
        ("$", None),
        ("$$delay", None),
        ("$5", None),
        ("$5 a day", None),
        ("$delay or more", None),
        ("${delay}", None),
        ("$ticket.", None),
        ("$ticket..status", None),
        ("$.status", None),
        ("$ticket.1", None),
        (" $delay", None),
        ("$delay\n", None),
        ("a $delay", None),
        ("", None),
    ],
)
def test_a_reference_is_a_whole_text(text: str, found: tuple[str, str] | None) -> None:
    """A dollar, a name, and names behind dots; anything else with a dollar is a text."""
    assert found == reference(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("$$5", "$5"), ("$$delay", "$delay"), ("$$", "$"), ("$$$x", "$$x"), ("a $$", "a $$"), ("$x", "$x"), ("", "")],
)
def test_a_doubled_dollar_is_one(text: str, meant: str) -> None:
    """At the beginning alone: elsewhere a dollar refers to nothing."""
    assert meant == plain(text)


# Names


@pytest.mark.parametrize("name", ["a", "0", "missed-visit", "2nd-try", "a-", "x" * 60])
def test_a_name_is_small_letters_digits_and_dashes(name: str) -> None:
    """It becomes part of file names and of references of faults."""
    assert read(Name, name) == name


@pytest.mark.parametrize("name", ["", "-a", "Missed", "missed_visit", "missed visit", "é", "a\n", "x" * 61, "../a"])
def test_another_name_is_refused(name: str) -> None:
    """With what it must be like."""
    wanted = "expected up to 60 small letters, digits and dashes, such as missed-visit, found "
    assert refusal(Name, name)[: len(wanted)] == wanted


@pytest.mark.parametrize("name", ["a", "service", "first_visit", "p2", "x" * 60])
def test_a_variable_is_small_letters_digits_and_underscores(name: str) -> None:
    """So that `$name` reads it, and a variable of the environment can have its name."""
    assert read(Variable, name) == name
    assert reference(f"${name}") == (name, "")


@pytest.mark.parametrize("name", ["", "1st", "_a", "Service", "first-visit", "a.b", "a b", "a\n", "x" * 61])
def test_another_variable_is_refused(name: str) -> None:
    """With what it must be like."""
    wanted = "expected up to 60 small letters, digits and underscores, such as first_visit, found "
    assert refusal(Variable, name)[: len(wanted)] == wanted


# Sentences and seconds


def test_a_sentence_says_something() -> None:
    """It is what the list of scenarios shows."""
    assert read(Sentence, "The line is slow.") == "The line is slow."
    assert read(Sentence, "x" * 1000) == "x" * 1000
    assert refusal(Sentence, "") == "expected a sentence that says what happens, found ''"
    assert refusal(Sentence, " \n") == "expected a sentence that says what happens, found ' \\n'"
    assert refusal(Sentence, "x" * 1001) == "String should have at most 1000 characters"
    assert refusal(Sentence, None) == "Input should be a valid string"


@pytest.mark.parametrize(("text", "seconds"), [("30", 30.0), ("0.5", 0.5), ("3600", 3600.0), (2.5, 2.5)])
def test_real_seconds_may_have_a_fraction(text: object, seconds: float) -> None:
    """Up to an hour."""
    assert read(RealSeconds, text) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "3600.1", "nan", "inf", "10s", "PT10S", "", None, ["1"]])
def test_other_real_seconds_are_refused_in_one_way(text: object) -> None:
    """Whatever is wrong with them."""
    wanted = "expected real seconds, more than 0 and at most 3600, found "
    assert refusal(RealSeconds, text)[: len(wanted)] == wanted
