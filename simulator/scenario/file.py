"""A scenario's file as a whole: what it is called, what is given, whom it leads, its parameters, cases and steps."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from simulator.cityfibre.action_parameters import Instant
from simulator.cityfibre.inventory import Changes
from simulator.cityfibre.settings import SupplierSettings
from simulator.core.ids import HIGHEST_SEED
from simulator.core.instants import EARLIEST, LATEST, format_instant
from simulator.scenario.buyer_steps import Part
from simulator.scenario.steps import Step
from simulator.scenario.values import Name, Sentence, Variable

MOST_STEPS = 200
MOST_CASES = 200
MOST_PARAMETERS = 50
MOST_TAGS = 20

Scalar = str | None
ParameterTable = Annotated[dict[Variable, Scalar], Field(max_length=MOST_PARAMETERS)]
CaseTable = Annotated[tuple[dict[str, Scalar], ...], Field(max_length=MOST_CASES)]


def _check_start(value: datetime) -> datetime:
    if EARLIEST <= value <= LATEST:
        return value
    message = f"expected an instant from {EARLIEST:%Y} to {LATEST:%Y}, found {format_instant(value)}"
    raise ValueError(message)


class Given(Part):
    """What holds in the environment of a run. In `serve` it does not: there the environment is yours."""

    settings: SupplierSettings = Field(SupplierSettings(), description="switches, as in the settings file")
    inventory: Changes = Field(Changes(), description="more buyers, addresses, products and services, or others")


class Match(Part):
    """Which new tickets the script takes in `serve`: all that is named must fit."""

    buyer: str | None = Field(None, description="buyerIdentifier")
    service: str | None = Field(None, description="serviceAffected")
    type: str | None = Field(None, description="the fault's type; case and white space do not matter")
    priority: str | None = Field(None, description="priorityLevel")
    reference: str | None = Field(None, description="the beginning of buyerFaultReference")
    description: str | None = Field(None, description="a part of the fault's description")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(value is None for _, value in self):
            message = "name something to match by; without `match`, only the header X-Scenario starts the scenario"
            raise ValueError(message)
        return self


class Scenario(Part):
    """A scenario, with the parameters of one of its cases put in."""

    scenario: Literal["1"] = Field(description="the version of this language: 1")
    name: Name = Field(description="unique among the files of a run; small letters, digits and dashes")
    description: Sentence = Field(description="what happens, in a sentence: `cityfibre-simulator scenarios` lists it")
    tags: Annotated[tuple[Name, ...], Field(max_length=MOST_TAGS)] = Field((), description="words to choose runs by")
    seed: int | None = Field(
        None, ge=0, le=HIGHEST_SEED, description="the seed of a run; without, that of the settings"
    )
    start: Annotated[Instant, AfterValidator(_check_start)] | None = Field(
        None, description="the simulated instant at which a run begins"
    )
    given: Given = Field(Given(), description="settings and inventory of a run; `serve` does not heed them")
    match: Match | None = Field(None, description="which new tickets it takes in `serve`")
    parameters: ParameterTable = Field({}, description="names with their defaults; below, `$name` is put in")
    cases: CaseTable = Field((), description="a table of parameters, with a run for each row; `case` names the row")
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)] = Field(description="the script")
