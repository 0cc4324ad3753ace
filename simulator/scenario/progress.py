"""How far a copy of a script has come: a value that is replaced whole, and kept in the supplier's books."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator.scenario.buyer_steps import OfTheBuyer
from simulator.scenario.loader import Script
from simulator.scenario.steps import AnyStep

MOST_UNCLAIMED = 20
"""Requests that a copy remembers, although no step waited for them; then the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that has been answered."""

    at: datetime
    operation: str
    body: bytes
    status: int
    refused_by: str
    reason: str
    answer: bytes
    ticket: str


ALONE = "run"
"""What the one copy is called that has an environment for itself; others are called by their ticket's address."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One copy of a script.

    ``step`` is the index of the step at hand. ``ticket`` is the address of the ticket that it leads, once there is one.
    A copy that is ``alone`` has the environment for itself: it hears every request. ``opening`` says that the request
    that made the ticket is still being answered. ``patience`` is for how many real seconds the auto clock stands where
    a step that awaits the buyer says nothing of that; 0 is for no step at all. ``answers`` are by the names that steps
    gave them; ``unclaimed`` are requests that no step has waited for yet.
    """

    script: Script
    step: int
    ticket: str = ""
    alone: bool = False
    opening: bool = False
    patience: float | None = None
    answers: Mapping[str, bytes] = field(default_factory=dict)
    unclaimed: tuple[Heard, ...] = ()

    @property
    def copy(self) -> str:
        """What this copy is called."""
        return ALONE if self.alone else self.ticket

    def patience_with(self, step: OfTheBuyer) -> float:
        """For how many real seconds the auto clock stands while this step awaits the buyer."""
        own = "within_real" in step.model_fields_set or step.forbids
        return step.patience if self.patience is None or (self.patience and own) else self.patience

    @property
    def at_hand(self) -> AnyStep | None:
        """The step at hand; ``None`` when all are done."""
        return self.script.steps[self.step] if self.step < len(self.script.steps) else None
