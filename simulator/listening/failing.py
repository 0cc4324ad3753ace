"""How the endpoint is to fail, and at which notifications: the same in every run and in every process."""

import hashlib
import re
from dataclasses import dataclass
from types import MappingProxyType

WAYS = MappingProxyType(
    {
        "refuse": "HTTP 200 with responseCode 400 and an errorMessage",
        "reset": "the connection is reset, without an answer",
        "silent": "no answer at all",
        "empty": "HTTP 200 without a body",
        "broken": "HTTP 200 with an acknowledgement that is not well-formed",
        "close": "the connection is closed after the head of an answer",
    }
)
"""The ways to fail that have a name. Any other is an HTTP status."""
LOWEST_STATUS, HIGHEST_STATUS = 300, 599
LONGEST_RETRY_AFTER = 604_800
"""Seconds that the header Retry-After may ask for: seven days."""
_DIGEST_BYTES = 8
_HIGHEST_DRAWN: float = 2.0**64


@dataclass(frozen=True, slots=True)
class Failing:
    """What the endpoint was told.

    ``how`` is one of the ``WAYS``, a status, or empty: then it never fails. ``first`` attempts of each message fail, or
    all; each with a ``probability``, or surely; ``only`` those that tell one of these states, or any.

    Raises:
        ValueError: there is no such way, or the others do not go with it.
    """

    how: str = ""
    first: int | None = None
    probability: float | None = None
    seed: int = 1
    only: frozenset[str] = frozenset()
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.how and self.how not in WAYS and self.status is None:
            raise ValueError(
                f"--fail: expected a status from {LOWEST_STATUS} to {HIGHEST_STATUS}, or {', '.join(WAYS)}"
            )
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise ValueError("--probability: expected a number from 0 to 1")
        if not self.how and (self.first is not None or self.probability is not None or self.only):
            raise ValueError("--first, --probability and --only say when to fail: say how, with --fail")
        if self.retry_after is not None and self.status is None:
            raise ValueError("--retry-after goes with a status: --fail 503, for example")
        if self.retry_after is not None and not 0 <= self.retry_after <= LONGEST_RETRY_AFTER:
            raise ValueError(f"--retry-after: expected 0 to {LONGEST_RETRY_AFTER} seconds")

    @property
    def status(self) -> int | None:
        """The HTTP status to answer, where that is how it fails."""
        if not re.fullmatch("[0-9]{3}", self.how):
            return None
        return int(self.how) if LOWEST_STATUS <= int(self.how) <= HIGHEST_STATUS else None

    def fails(self, message_id: str, attempt: int, state: str) -> bool:
        """Whether this attempt, counted from 1, of this message about a ticket in this state is to fail."""
        if not self.how or (self.only and state not in self.only):
            return False
        if self.first is not None and attempt > self.first:
            return False
        return self.probability is None or draw(self.seed, message_id, attempt) < self.probability


NEVER = Failing()


def draw(seed: int, message_id: str, attempt: int) -> float:
    """A number from 0 up to 1, without 1, that depends on nothing else."""
    digest = hashlib.sha256(f"{seed}\n{attempt}\n{message_id}".encode()).digest()
    return int.from_bytes(digest[:_DIGEST_BYTES], "big") / _HIGHEST_DRAWN
