"""Who was refused on account of TLS or a certificate (``docs/control-api.md``): the usual server tells nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from simulator.core.instants import format_instant, whole_milliseconds
from simulator.runtime.environments import Environments
from simulator.server.control.problems import json_response
from simulator.server.control.requests import Digits, query_of
from simulator.server.control.route import Route
from simulator.server.entrance import Entrance

if TYPE_CHECKING:
    from simulator.runtime.tls.refusals import Refused

ENTRANCE = web.AppKey("entrance", Entrance)
"""How the supplier's port is kept, for the application that is the control API."""
MOST_REFUSALS = 1_000
"""In one answer."""


class CertificatePicture(TypedDict):
    """A certificate that a client has shown; the instants are its own, the fingerprint is by SHA-256.

    ``names`` are the first few of ``names_in_all``. An instant that can't be read is empty.
    """

    subject: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: str
    not_after: str
    names: list[str]
    names_in_all: int


class TlsRefusalPicture(TypedDict):
    """One refusal. ``at`` is real time. ``environment`` and ``operation`` are those of a request that was refused."""

    number: int
    at: str
    stage: Literal["handshake", "request"]
    reason: str
    words: str
    address: str
    version: str
    certificate: CertificatePicture | None
    environment: str
    operation: str


class TlsRefusalsPicture(TypedDict):
    """How many there were since the server was started, by their reasons, and the last of them, the newest first.

    ``problems`` say which files have changed and can't be used, so that old ones are still in force.
    """

    tls: Literal["off", "optional", "required"]
    problems: list[str]
    number: int
    by_reason: dict[str, int]
    refusals: list[TlsRefusalPicture]


class WhichRefusals(BaseModel):
    """Which refusals are wanted."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, description="only those for this reason")
    limit: Annotated[int, Digits] = Field(100, ge=1, le=MOST_REFUSALS, description="how many at most")


class TlsRoutes:
    """The handler of ``/control/v1/tls-refusals``."""

    def __init__(self, _environments: Environments) -> None:
        pass

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("GET", "/control/v1/tls-refusals", self.list_refusals, TlsRefusalsPicture, query=WhichRefusals)]

    async def list_refusals(self, request: web.Request) -> web.Response:
        """Who was refused in a handshake, or with a request on account of a certificate, and why."""
        wanted = query_of(WhichRefusals, request)
        terms = request.app[ENTRANCE].terms
        kept = [one for one in terms.refusals if wanted.reason in {None, one.failure.reason}] if terms else []
        picture: TlsRefusalsPicture = {
            "tls": terms.demand if terms else "off",
            "problems": list(terms.problems) if terms else [],
            "number": terms.refusals.number if terms else 0,
            "by_reason": dict(terms.refusals.counts) if terms else {},
            "refusals": [_picture(one) for one in reversed(kept[-wanted.limit :])],
        }
        return json_response(picture)


def _picture(refused: Refused) -> TlsRefusalPicture:
    certificate: Any = refused.certificate
    return {
        "number": refused.number,
        "at": format_instant(whole_milliseconds(refused.at)),
        "stage": refused.stage,
        "reason": refused.failure.reason,
        "words": refused.failure.words,
        "address": refused.address,
        "version": refused.version,
        "certificate": certificate,
        "environment": refused.environment,
        "operation": refused.operation,
    }
