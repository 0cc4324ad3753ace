"""What single values of a scenario may be: a moment to wait for, a duration, a name. Scalars come as text."""

import re
from contextlib import suppress
from datetime import time, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from simulator.cityfibre.action_parameters import LONGEST_REASON
from simulator.cityfibre.settings import Duration
from simulator.wire.complaints import nearest, shown
from simulator.wire.errors import shorten

LONGEST_NAME = 60
MOST_REAL_SECONDS = 3_600.0
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_A_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
_SECONDS: TypeAdapter[float] = TypeAdapter(Annotated[float, Field(gt=0, le=MOST_REAL_SECONDS)])
_REFERENCE = re.compile(r"\$([A-Za-z_][\w-]*)((?:\.[A-Za-z_]\w*)*)")

Mark = Literal["appointment-start", "appointment-end", "sla-deadline"]
MARKS: tuple[Mark, ...] = get_args(Mark)
"""Moments that a ticket knows itself."""
Moment = timedelta | time | Mark


def reference(value: str) -> tuple[str, str] | None:
    """The name and the path of a value that refers to another: ``$ticket.status``; ``None`` for any other text."""
    found = _REFERENCE.fullmatch(value)
    return (found[1], found[2].removeprefix(".")) if found else None


def plain(value: str) -> str:
    """A text as it is meant: a doubled dollar at its beginning is one that refers to nothing."""
    return value[1:] if value.startswith("$$") else value


def _read_moment(value: object) -> object:
    if isinstance(value, str):
        with suppress(ValidationError):
            return _A_DURATION.validate_python(value)
        if _TIME.fullmatch(value):
            return time.fromisoformat(value)
    if isinstance(value, timedelta | time) or value in MARKS:
        return value
    wanted = f"a duration such as PT2H, a time of a working day such as 12:30, or {', '.join(MARKS)}"
    message = f"expected {wanted}, found {shown(value)}{_moment_meant(value)}"
    raise ValueError(message)


def _moment_meant(value: object) -> str:
    """End a message on an unknown moment; in words about time, no other mark is looked for."""
    if not isinstance(value, str):
        return ""
    near = f"0{value}" if _TIME.fullmatch(f"0{value}") else nearest(value, MARKS)
    return f" — did you mean `{near}`?" if near else ""


def _read_real_seconds(value: object) -> object:
    """One message for all that may be wrong with it, in place of pydantic's four."""
    with suppress(ValidationError):
        return _SECONDS.validate_python(value)
    message = f"expected real seconds, more than 0 and at most {MOST_REAL_SECONDS:g}, found {shown(value)}"
    raise ValueError(message)


def _read_sentence(value: object) -> object:
    """One line for a list, however it is folded in the file; one without a word on what happens is of no use there."""
    if not isinstance(value, str):
        return value
    line = " ".join(value.split())
    if line.isprintable() and line:
        return line
    wanted = "a sentence in letters that can be printed" if line else "a sentence that says what happens"
    message = f"expected {wanted}, found {shown(value)}"
    raise ValueError(message)


def _check_name(value: str) -> str:
    if not re.fullmatch(f"[a-z0-9][a-z0-9-]{{0,{LONGEST_NAME - 1}}}", value):
        wanted = f"up to {LONGEST_NAME} small letters, digits and dashes, such as missed-visit"
        message = f"expected {wanted}, found {shorten(value)!r}"
        raise ValueError(message)
    return value


def _check_variable(value: str) -> str:
    if not re.fullmatch(f"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}", value):
        wanted = f"up to {LONGEST_NAME} small letters, digits and underscores, such as first_visit"
        message = f"expected {wanted}, found {shorten(value)!r}"
        raise ValueError(message)
    return value


WhenToGoOn = Annotated[
    Moment,
    BeforeValidator(_read_moment),
    WithJsonSchema({"type": "string", "examples": ["PT2H", "12:30", *MARKS]}),
]
Name = Annotated[str, AfterValidator(_check_name), Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9-]*$"})]
Variable = Annotated[str, AfterValidator(_check_variable)]
Sentence = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON), BeforeValidator(_read_sentence)]
RealSeconds = Annotated[float, Field(gt=0, le=MOST_REAL_SECONDS), BeforeValidator(_read_real_seconds)]
