"""What became of a request, for whoever is told of it."""

from dataclasses import dataclass

from simulator.core.effects import Reply


@dataclass(frozen=True, slots=True)
class Received:
    """The reply, whether the draft holds, and where it does not, the rule that refused and why."""

    reply: Reply
    good: bool
    ticket: str = ""
    rule: str = ""
    reason: str = ""
