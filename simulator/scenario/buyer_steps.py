"""The steps of the buyer, as typed models: what it sends, and what is expected of it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.settings import Duration
from simulator.core.instants import format_duration
from simulator.scenario.values import RealSeconds, Variable

PATIENCE = 30.0
"""Real seconds that the auto clock waits for a buyer, unless a step says otherwise."""
SHORT_PATIENCE = 1.0
"""The same, for what must never come."""

Message = dict[str, Any]
"""Elements of a message by name, one inside the other, down to texts; nothing (``~``) stands for no such element."""
if TYPE_CHECKING:
    OperationName = str
else:
    OperationName = Literal[tuple(OPERATIONS)]


class Part(BaseModel):
    """A part of a file: nothing unknown is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OfTheBuyer(Part):
    """What steps have in common that wait for a request of the buyer's."""

    status: int | None = Field(None, ge=100, le=599, description="HTTP status of the answer that it gets")
    refused_by: str | None = Field(None, description="the rule that refuses it, by its id; without, it must be taken")
    answer: Message = Field({}, description="fields of the answer, each by its element's name alone")
    within: Duration = Field(
        timedelta(hours=24), description="simulated time in which it must come; else the step fails"
    )
    within_real: RealSeconds = Field(
        PATIENCE, description="real seconds for which the auto clock stands still and waits for a real buyer"
    )
    as_: Variable | None = Field(
        None, alias="as", description="a name for the answer: later steps take its fields by `$name.field`"
    )

    @property
    def operation(self) -> str:
        """The operation that is waited for."""
        raise NotImplementedError

    @property
    def wanted(self) -> Message:
        """What the request must have in it."""
        raise NotImplementedError

    @property
    def until(self) -> timedelta:
        """How long it is waited for, in simulated time."""
        return self.within

    @property
    def forbids(self) -> bool:
        """Whether the request must not come."""
        return False

    @property
    def patience(self) -> float:
        """For how many real seconds."""
        return self.within_real


class BuyerStep(OfTheBuyer):
    """The buyer sends a request. `run` plays the buyer; with a real one, the step waits for that request from it."""

    buyer: OperationName = Field(description="the operation")
    with_: Message = Field(
        {},
        alias="with",
        description="elements of the request: the played buyer sends them, and a real one must have sent just these",
    )
    fill: Message = Field(
        {}, description="more elements: the played buyer sends them, and a real one may say something else"
    )
    body: str | None = Field(None, description="the whole request as text, in place of `with` and `fill`")
    envelope: Literal["bare", "soap"] = Field("bare", description="how it is sent; a real buyer may send it either way")

    @property
    def operation(self) -> str:
        """The operation that the buyer is to call."""
        return str(self.buyer)

    @property
    def wanted(self) -> Message:
        """What a real buyer's request must have in it."""
        return self.with_

    def __str__(self) -> str:
        return f"buyer {self.buyer}"

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if self.body is not None and (self.with_ or self.fill):
            message = "say either `body`, or `with` and `fill`"
            raise ValueError(message)
        return self


class ExpectStep(OfTheBuyer):
    """A real buyer is expected to send a request by itself; or never to, for a span of time."""

    expect: OperationName = Field(description="the operation")
    where: Message = Field({}, description="elements of the request: a text, nothing (`~`), or a matcher")
    never: Duration | None = Field(None, description="no such request may come for that long")

    @property
    def operation(self) -> str:
        """The operation that the buyer is, or is not, to call."""
        return str(self.expect)

    @property
    def wanted(self) -> Message:
        """What the request must have in it."""
        return self.where

    @property
    def until(self) -> timedelta:
        """How long it is waited for, in simulated time."""
        return self.within if self.never is None else self.never

    @property
    def forbids(self) -> bool:
        """Whether the request must not come."""
        return self.never is not None

    @property
    def patience(self) -> float:
        """For how many real seconds: what must not come is not waited for as long as what must."""
        return self.within_real if self.never is None or "within_real" in self.model_fields_set else SHORT_PATIENCE

    def __str__(self) -> str:
        return f"expect {self.expect}" + (f" never in {format_duration(self.never)}" if self.never is not None else "")

    @model_validator(mode="after")
    def _never_or_within(self) -> Self:
        if self.never is not None and "within" in self.model_fields_set:
            message = "say either `within` or `never`"
            raise ValueError(message)
        if self.never is not None and (self.as_ or self.answer or self.status):
            message = "what never comes has no answer: leave `as`, `answer` and `status` out"
            raise ValueError(message)
        return self
