"""The steps of a scenario, as typed models. With ``file`` and ``buyer_steps`` this is the whole language."""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, create_model, model_validator

from simulator.cityfibre.actions import ACTIONS
from simulator.cityfibre.faults import FAULTS, Fault
from simulator.cityfibre.notifications import NOTIFICATIONS
from simulator.cityfibre.ticket import State
from simulator.cityfibre.visits import CLOSURE_CODES, VisitState
from simulator.core.instants import format_duration
from simulator.scenario.buyer_steps import BuyerStep, ExpectStep, Message, Part
from simulator.scenario.values import WhenToGoOn
from simulator.wire.complaints import suggest

MOST_WORKING_DAYS = 60
if TYPE_CHECKING:
    NotificationName = str
    ClosureCode = str
    FaultName = str
else:
    NotificationName = Literal[tuple(one.name for one in NOTIFICATIONS)]
    ClosureCode = Literal[tuple(CLOSURE_CODES)]
    FaultName = Literal[tuple(FAULTS)]


class SupplierStep(Part):
    """The supplier makes a move on the ticket: one of its actions, with what that takes beside it."""

    supplier: str

    def __str__(self) -> str:
        return f"supplier {self.supplier}"


def _of_action(name: str) -> type[SupplierStep]:
    """The step of one action: the action's own parameters, and the word ``supplier`` before them."""
    parameters = ACTIONS[name].parameters
    title = "".join(word.capitalize() for word in name.split("-"))
    make: Any = create_model  # its types do not know of two bases
    made: type[SupplierStep] = make(
        f"Supplier{title}",
        __base__=(SupplierStep, parameters),
        __doc__=parameters.__doc__,
        supplier=(Literal[name], Field(description="the action")),
    )
    return made


SUPPLIER_STEPS: Mapping[str, type[SupplierStep]] = MappingProxyType({name: _of_action(name) for name in ACTIONS})
"""The step of each action."""


class WaitStep(Part):
    """Time passes: for a duration, until a time of a working day, or until a moment that the ticket knows."""

    wait: WhenToGoOn = Field(
        description="a duration (`PT2H`), a local time of a working day (`12:30`), `appointment-start`, "
        "`appointment-end` or `sla-deadline`"
    )
    working_days: int = Field(
        0,
        ge=0,
        le=MOST_WORKING_DAYS,
        description="beside a time: how many working days after today; 0 is the next time that it is so late",
    )

    def __str__(self) -> str:
        if isinstance(self.wait, timedelta):
            return f"wait {format_duration(self.wait)}"
        days = f" on working day {self.working_days}" if self.working_days else ""
        return f"wait {self.wait:%H:%M}{days}" if isinstance(self.wait, time) else f"wait {self.wait}"

    @model_validator(mode="after")
    def _days_beside_a_time(self) -> Self:
        if self.working_days and (isinstance(self.wait, timedelta | str)):
            message = "working_days belongs beside a time, such as 12:30"
            raise ValueError(message)
        return self


class Sla(Part):
    """How the ticket's SLA stands."""

    exceeded: bool | None = Field(None, description="whether its deadline has passed")
    paused: bool | None = Field(None, description="whether its clock stands")


class Expected(Part):
    """What must be so; only what is named is looked at."""

    state: State | None = Field(None, description="the ticket's state")
    reason: str | None = Field(None, description="its statusReason")
    appointment: VisitState | None = Field(None, description="the state of its newest appointment")
    closure_code: ClosureCode | None = Field(
        None, description="the code that its newest appointment was completed with"
    )
    sla: Sla = Field(Sla(), description="its SLA")
    notifications: dict[NotificationName, Annotated[int, Field(ge=0)]] = Field(
        {}, description="how often each of these was made for the buyer"
    )
    notification: Message = Field(
        {}, description="elements of the latest notification: a text, nothing (`~`), or a matcher"
    )
    injected: dict[FaultName, Annotated[int, Field(ge=0)]] = Field(
        {}, description="how often each of these faults, set by the script's steps, was injected"
    )
    tickets: int | None = Field(None, ge=0, description="how many faults have been reported and taken in this run")

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        for name in self.model_fields_set:
            if getattr(self, name) in (None, {}, Sla()):
                message = f"{name} says nothing; name what must be so, or leave it out"
                raise ValueError(message)
        if not self.model_fields_set:
            message = "a check looks at something; expected one of " + ", ".join(type(self).model_fields)
            raise ValueError(message)
        return self


class CheckStep(Part):
    """Something must be so at this moment."""

    check: Expected = Field(description="what must be so")

    def __str__(self) -> str:
        return "check"


class FaultStep(Part):
    """Something goes wrong on purpose from here on: with the buyer's requests, or with what it is sent."""

    fault: str

    def __str__(self) -> str:
        return f"fault {self.fault}"

    def injected(self) -> Fault:
        """The fault itself, without the word that the step begins with."""
        return FAULTS[self.fault].model_validate(self.model_dump(mode="json", exclude={"fault"}, exclude_unset=True))


def _of_fault(kind: str) -> type[FaultStep]:
    """The step of one fault: what the control API takes for it, and the word ``fault`` before that."""
    model = FAULTS[kind]
    title = "".join(word.capitalize() for word in kind.split("-"))
    make: Any = create_model  # its types do not know of two bases
    made: type[FaultStep] = make(
        f"Fault{title}",
        __base__=(FaultStep, model),
        __doc__=model.__doc__,
        fault=(Literal[kind], Field(description="the fault")),
    )
    return made


FAULT_STEPS: Mapping[str, type[FaultStep]] = MappingProxyType({kind: _of_fault(kind) for kind in FAULTS})
"""The step of each fault."""


KINDS: Mapping[str, str] = MappingProxyType(
    {
        "buyer": "a buyer step",
        "supplier": "a supplier step",
        "expect": "an expect step",
        "wait": "a wait step",
        "check": "a check step",
        "fault": "a fault step",
    }
)
"""The word that a step begins with, and what such a step is called."""


def _kind_of(step: object) -> str | None:
    if isinstance(step, dict):
        return next((name for word, name in KINDS.items() if word in step), None)
    return next((KINDS[word] for word in KINDS if hasattr(step, word)), None)


def _check_kind(step: object) -> object:
    """A step is a mapping with exactly one of the words, or the person who wrote it wants to know what to write."""
    if not isinstance(step, dict):
        if isinstance(step, str) and step in ACTIONS:
            raise ValueError(f"write `supplier: {step}`")
        if isinstance(step, str) and step in FAULTS:
            raise ValueError(f"write `fault: {step}`")
        raise ValueError(f"expected a step that begins with {', '.join(KINDS)}")  # noqa: TRY004 - the same
    words = [word for word in step if word in KINDS]
    if len(words) > 1:
        raise ValueError(f"a step does one thing: write `{words[0]}` and `{words[1]}` as two steps, each with its dash")
    if not words:
        action = next((word for word in step if word in ACTIONS), None)
        if action:
            raise ValueError(f"write `supplier: {action}`, and what it takes below it")
        first = str(next(iter(step), ""))
        raise ValueError(f"no step begins with `{first}`{suggest(first, KINDS)}")
    return step


def _any_of(steps: Iterable[type[Part]], word: str) -> Any:  # noqa: ANN401 - a type made at run time
    union: Any = None
    for step in steps:
        union = step if union is None else union | step
    return Annotated[union, Discriminator(word)]


AnyStep = BuyerStep | SupplierStep | ExpectStep | WaitStep | CheckStep | FaultStep
if TYPE_CHECKING:
    Step = AnyStep
else:
    Step = Annotated[
        Annotated[BuyerStep, Tag(KINDS["buyer"])]
        | Annotated[_any_of(SUPPLIER_STEPS.values(), "supplier"), Tag(KINDS["supplier"])]
        | Annotated[ExpectStep, Tag(KINDS["expect"])]
        | Annotated[WaitStep, Tag(KINDS["wait"])]
        | Annotated[CheckStep, Tag(KINDS["check"])]
        | Annotated[_any_of(FAULT_STEPS.values(), "fault"), Tag(KINDS["fault"])],
        Discriminator(_kind_of),
        BeforeValidator(_check_kind),
    ]
    """One step: the word that it begins with says which kind it is."""
