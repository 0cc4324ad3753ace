"""Verification of the control API (``docs/control-api.md``): what was expected has come, and what else has.

How it is looked for is ``verifying``, which is loaded when somebody asks: it takes 15 ms that a start would wait.
"""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.runtime.environments import Environments
from simulator.server.control.pictures import MOST_ENTRIES
from simulator.server.control.problems import json_response
from simulator.server.control.requests import Digits, environment_of, query_of
from simulator.server.control.route import ENVIRONMENT, Route


class ExpectedPicture(TypedDict):
    """An expectation in words, and the messages that it has taken, by their seqs: ``count`` in all, a thousand told."""

    expected: str
    count: int
    matched: list[int]


class VerifiedPicture(TypedDict):
    """All that was expected holds. ``last`` is how far the journal was looked at: the ``after`` of the next one."""

    verified: bool
    expectations: list[ExpectedPicture]
    last: int


class DifferencePicture(TypedDict):
    """What was expected at one place, and what is there."""

    field: str
    expected: str
    found: str


class NearPicture(TypedDict):
    """A message that nearly fits."""

    seq: int
    at: str
    ticket: str
    differences: list[DifferencePicture]


class JudgedPicture(ExpectedPicture):
    """The same, where not all holds. ``open`` says that a further message, or time that passes, may change it."""

    held: bool
    open: bool
    why: str
    nearest: list[NearPicture]


class MessagePicture(TypedDict):
    """A message that nobody has expected. Requests have a status, and the rule that refused them."""

    seq: int
    at: str
    ticket: str
    kind: Literal["operation", "notification"]
    name: str
    status: int | None
    refused_by: str | None


class UnmatchedPicture(TypedDict):
    """A page of them, oldest first. ``last`` is what to ask for next as ``after``."""

    last: int
    messages: list[MessagePicture]


class UnmatchedPage(BaseModel):
    """Which of them: those behind ``after``, ``limit`` at the most."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Digits] = Field(0, ge=0, le=2**53, description="only messages with a higher seq")
    limit: Annotated[int, Digits] = Field(MOST_ENTRIES, ge=0, le=MOST_ENTRIES, description="how many at the most")


def verification() -> Any:  # noqa: ANN401 - a model, loaded here
    """The model that a verification is read by."""
    from simulator.verification.expectation import Verification  # noqa: PLC0415 - as said above

    return Verification


class VerifyRoutes:
    """The handlers of ``/control/v1/environments/{env}/verify`` and ``…/unmatched``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        verify, unmatched = f"{ENVIRONMENT}/verify", f"{ENVIRONMENT}/unmatched"
        return [
            Route("POST", verify, self.verify, VerifiedPicture, body=verification, problems=(409, 429)),
            Route("GET", unmatched, self.show_unmatched, UnmatchedPicture, query=UnmatchedPage, problems=(409,)),
        ]

    async def verify(self, request: web.Request) -> web.Response:
        """Look for what is expected in all that came, and wait for it; a 409 says what is not so, and why."""
        from simulator.server.control.verifying import verified  # noqa: PLC0415 - as said above

        return json_response(await verified(request, environment_of(request, self._environments)))

    async def show_unmatched(self, request: web.Request) -> web.Response:
        """Requests and notifications that no expectation of a verification that held has taken."""
        from simulator.server.control.verifying import unmatched  # noqa: PLC0415 - as said above

        page = query_of(UnmatchedPage, request)
        return json_response(await unmatched(environment_of(request, self._environments), page.after, page.limit))
