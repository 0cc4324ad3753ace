"""Whether a message is the one that a step waits for; and if not, in what it differs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Self

import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.scenario.message import ELEMENTS, Fields, Path, is_matcher, paths
from simulator.wire.binding import collapse
from simulator.wire.complaints import explain

LONGEST_PATTERN = 200
_BOOLEANS = {"1": "true", "0": "false"}
"""The other spelling that xs:boolean has."""


@lru_cache(16_384)  # more than a file can hold: in each of its cases each is looked at again
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - the library has no types
    """A pattern of RE2: whatever it is, a search takes no longer than the text is long. Python's own may take ages."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _check_pattern(value: str) -> str:
    try:
        _compiled(value)
    except re2.error as error:
        told = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"not a regular expression (RE2): {told}") from None
    return value


class Matcher(BaseModel):
    """How a text must be, where it need not be one text exactly. All that is said must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matches: Annotated[str, Field(max_length=LONGEST_PATTERN), AfterValidator(_check_pattern)] | None = Field(
        None, description="a regular expression (RE2) that is found somewhere in the text"
    )
    one_of: tuple[str, ...] | None = Field(None, min_length=1, description="the texts of which it must be one")
    present: bool | None = Field(None, description="whether there is such an element at all, and not a blank one")
    not_: str | None = Field(None, alias="not", description="a text that it must not be")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            message = "expected one of matches, one_of, present, not"
            raise ValueError(message)
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                message = f"`{name.strip('_')}` says nothing; leave it out, or say `present`"
                raise ValueError(message)
        return self

    def fits(self, texts: list[str]) -> bool:
        """Whether one of the texts at a place is as it must be."""
        if self.present is not None and any(texts) != self.present:
            return False
        wanted = (self.matches, self.one_of, self.not_)
        return all(one is None for one in wanted) or any(self._fits_one(text) for text in texts)

    def _fits_one(self, text: str) -> bool:
        if self.matches is not None and not _compiled(self.matches).search(text):
            return False
        known = self.one_of is None or any(_same(text, one) for one in self.one_of)
        return known and (self.not_ is None or not _same(text, self.not_))

    def __str__(self) -> str:
        told = []
        if self.present is not None:
            told.append("something" if self.present else "nothing")
        if self.matches is not None:
            told.append(f"a text that matches {self.matches!r}")
        if self.one_of is not None:
            told.append(f"one of {', '.join(map(repr, self.one_of))}")
        if self.not_ is not None:
            told.append(f"anything but {self.not_!r}")
        return " and ".join(told)


def _same(text: str, wanted: str) -> bool:
    """Whether a message's text is the one that is wanted, white space and the spelling of a boolean aside."""
    wanted = collapse(wanted)
    return text == wanted or {_BOOLEANS.get(text, text)} == {_BOOLEANS.get(wanted, wanted)} & {"true", "false"}


@dataclass(frozen=True, slots=True)
class Unfit:
    """What was to be a matcher, and is none once the values that it refers to are put in: nothing fits it."""

    reason: str

    def fits(self, _texts: list[str]) -> bool:
        """Whether one of the texts is as it must be."""
        return False

    def __str__(self) -> str:
        return f"a matcher that can be used ({self.reason})"


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected at one place of a message, and what is there."""

    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.field} is {self.found}, expected {self.expected}"


def differences(wanted: Mapping[str, Any], fields: Fields) -> list[Difference]:
    """In what a message differs from a mapping that gives each element its place."""
    return _compare(wanted, fields.texts)


def differences_by_name(wanted: Mapping[str, Any], fields: Fields) -> list[Difference]:
    """The same, for a mapping that names elements wherever they stand in the message."""

    def first(path: Path) -> list[str]:
        found = fields.value(path)
        return [] if found is None else [found if isinstance(found, str) else ELEMENTS]

    return _compare(wanted, first)


def differences_anywhere(wanted: Mapping[str, Any], fields: Fields) -> list[Difference]:
    """The same; where several elements have that name, one of them must be as it says, and not just the first."""
    return _compare(wanted, fields.texts_anywhere)


def _compare(wanted: Mapping[str, Any], texts_at: Callable[[Path], list[str]]) -> list[Difference]:
    different: list[Difference] = []
    for path, value in paths(wanted):
        texts = texts_at(path)
        matcher = _matcher(value)
        if not matcher.fits(texts):
            found = ", ".join(map(repr, texts)) if any(texts) else "not there" if not texts else "blank"
            different.append(Difference(".".join(path), in_words(value), found))
    return different


def _matcher(value: object) -> Matcher | Unfit:
    if isinstance(value, dict) and is_matcher(value):
        try:
            return Matcher.model_validate(value)
        except ValidationError as error:
            return Unfit("; ".join(message for _, message in explain(Matcher, value, error, noun="matcher")))
    if value is None or value in ({}, ""):
        return Matcher(present=False)
    return Matcher(one_of=(str(value),))


def in_words(value: object) -> str:
    """How a text must be, for people."""
    return repr(value) if isinstance(value, str) and value else str(_matcher(value))
