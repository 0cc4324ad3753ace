"""What may be expected, as typed models: requests that a buyer sends, and notifications that it is told by."""

from collections.abc import Mapping
from functools import reduce
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.settings import Duration
from simulator.scenario.message import is_matcher, merged
from simulator.verification.selecting import Selection

MOST_EXPECTATIONS = 50
MOST_SELECTIONS = 20
"""XPaths of one expectation."""
MOST_COUNTED = 1_000_000
"""Messages that one expectation may count."""
MOST_SECONDS = 60.0
"""Real seconds that a verification may wait."""
Kind = Literal["operation", "notification"]
Fields = dict[str, Any]
"""Elements by name or by a path with dots, down to texts and matchers; null stands for no such element."""
_OPERATIONS = tuple(OPERATIONS)
_NOTIFICATIONS = tuple(one.name for one in NOTIFICATIONS)
_Count = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
_STRICT = ConfigDict(frozen=True, extra="forbid")
_EXAMPLE: JsonValue = {"expect": [{"operation": "addFaultReport", "fields": {"serviceAffected": {"matches": "^S"}}}]}


class Expectation(BaseModel):
    """Messages that must have come, how they must be, and how many. Only what is named is looked at."""

    model_config = _STRICT

    operation: Literal[_OPERATIONS] | None = Field(None, description="a request that the buyer has sent")  # type: ignore[valid-type]
    notification: Literal[_NOTIFICATIONS] | None = Field(None, description="one that the buyer was to be told by")  # type: ignore[valid-type]
    ticket: str | None = Field(None, description="of this ticket only, by either of its names")
    status: int | None = Field(None, ge=100, le=599, description="HTTP status of the answer to a request")
    refused_by: str | None = Field(None, description="the rule that has refused a request; null: it was taken")
    delivered: bool | None = Field(
        None, description="whether the buyer has taken a notification; false: it has not so far"
    )
    fields: Fields = Field({}, description="elements of the message, wherever they stand in it")
    xpath: Annotated[tuple[Selection, ...], Field(max_length=MOST_SELECTIONS)] = Field(
        (), description="what XPaths must select in the message"
    )
    exactly: _Count | None = Field(None, description="how many must have come so far, neither more nor less")
    at_least: Annotated[int, Field(ge=1, le=MOST_COUNTED)] | None = Field(
        None, description="how many must have come; 1 where nothing is said"
    )
    at_most: _Count | None = Field(None, description="how many may have come so far")
    never_within: Duration | None = Field(
        None, description="none may come for so long, in simulated time from the beginning of the window"
    )

    @property
    def kind(self) -> Kind:
        """Which kind of message it is about."""
        return "operation" if self.operation is not None else "notification"

    @property
    def name(self) -> str:
        """The name of the operation or of the notification."""
        return str(self.operation or self.notification)

    @property
    def least(self) -> int:
        """How many must have come. Who says nothing but what is too many may do without any."""
        if self.exactly is not None:
            return self.exactly
        return self.at_least or int(self.at_most is None)

    @property
    def most(self) -> int | None:
        """How many may have come."""
        return self.at_most if self.exactly is None else self.exactly

    @property
    def demands_taken(self) -> bool:
        """Whether a request must have been taken: it says that no rule has refused it."""
        return self.refused_by is None and "refused_by" in self.model_fields_set


class Verification(BaseModel):
    """Expectations, which are looked for in all that came after an entry of the journal."""

    model_config = ConfigDict(**_STRICT, json_schema_extra={"examples": [_EXAMPLE]})

    expect: Annotated[list[Expectation], Field(min_length=1, max_length=MOST_EXPECTATIONS)] = Field(
        description="what must be so"
    )
    in_order: bool = Field(default=False, description="the messages of each come after those of the one before it")
    after: int = Field(0, ge=0, le=2**53, description="only messages with a higher seq in the journal")
    timeout: Annotated[float, Field(ge=0, le=MOST_SECONDS, allow_inf_nan=False)] = Field(
        0.0, description="real seconds to wait until it holds"
    )


def spread(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as scenarios have them: each dotted name taken apart, each value of JSON a text."""
    result: dict[str, Any] = {}
    for name, value in fields.items():
        nested: Any = reduce(lambda below, part: {part: below}, reversed(name.split(".")), _as_text(value))
        result = merged(result, nested)
    return result


def _as_text(value: object) -> object:
    """A value as a message spells it."""
    if isinstance(value, dict):
        return value if is_matcher(value) else spread(value)
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value
