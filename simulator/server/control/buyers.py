"""The buyers of the control API (``docs/control-api.md``): where each one's notifications go, and how."""

import re
import ssl
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Self

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from typing_extensions import TypedDict

from simulator.cityfibre.supplier import PAUSE, REACH
from simulator.config import check_url, without_query
from simulator.core.inputs import Steered
from simulator.runtime.delivery import Endpoint
from simulator.runtime.environments import Environment, Environments
from simulator.runtime.own_certificate import why_unusable
from simulator.server.control.problems import Problem, json_response
from simulator.server.control.requests import checked, environment_of, nothing_in, object_of, steer, wrong
from simulator.server.control.route import ENVIRONMENT, Route
from simulator.wire.complaints import suggest

MOST_HEADERS = 20
LONGEST_HEADER = 4_096
LONGEST_PEM = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset(
    {"accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host"}
    | {"soapaction", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the message or to the connection, and so are not a buyer's to choose."""


def _check_headers(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name[:60]!r} is no header that can be added")
        text = value.get_secret_value()
        if len(text) > LONGEST_HEADER or not text.isascii() or not text.isprintable():
            raise ValueError(f"{name}: expected at most {LONGEST_HEADER} characters of ASCII, on one line")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("a header is named twice")
    return headers


_Pem = Annotated[str, Field(max_length=LONGEST_PEM)]


class ClientCertificate(BaseModel):
    """What the simulator shows of itself where the endpoint asks: certificate (and chain) and key, in PEM."""

    model_config = ConfigDict(extra="forbid")

    certificate: _Pem
    key: Annotated[SecretStr, Field(max_length=LONGEST_PEM)]


class BuyerEndpoint(BaseModel):
    """Where a buyer's notifications go, and what goes with them; ``endpoint`` null for nowhere."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[str, AfterValidator(check_url)] | None = Field(description="an http or https URL")
    headers: Annotated[dict[str, SecretStr], Field(max_length=MOST_HEADERS), AfterValidator(_check_headers)] = Field(
        default_factory=dict, description="headers to send along, such as Authorization; their values are never shown"
    )
    client_certificate: ClientCertificate | None = Field(None, description="for an endpoint that asks for one")
    trust: _Pem | None = Field(None, description="certificates in PEM that sign the endpoint's own")

    @model_validator(mode="after")
    def _fits_the_endpoint(self) -> Self:
        of_tls = self.client_certificate is not None or self.trust is not None
        if of_tls and not (self.endpoint or "").lower().startswith("https:"):
            message = "client_certificate and trust are for an https endpoint"
            raise ValueError(message)
        return self


class BuyerPicture(TypedDict):
    """Where a buyer's notifications go. Of headers the names are told, and of certificates that there are some."""

    buyer: str
    endpoint: str | None
    headers: list[str]
    tls: bool


class BuyersPicture(TypedDict):
    """``notify`` is where notifications go of buyers without an endpoint of their own; ``paused`` are sent none."""

    notify: str | None
    paused: list[str]
    buyers: list[BuyerPicture]


class PausedPicture(TypedDict):
    """Whether deliveries to a buyer stand still, and how many tickets' next ones wait for it to be resumed."""

    buyer: str
    paused: bool
    waiting: int


class BuyerRoutes:
    """The handlers below ``/control/v1/environments/{env}/buyers``."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Every route."""
        buyers = f"{ENVIRONMENT}/buyers"
        one = f"{buyers}/{{buyer}}"
        return [
            Route("GET", buyers, self.list_buyers, BuyersPicture),
            Route("PUT", one, self.connect_buyer, BuyerPicture, body=BuyerEndpoint, problems=(503,)),
            Route("POST", f"{one}/pause", self.pause_buyer, PausedPicture, problems=(503,)),
            Route("POST", f"{one}/resume", self.resume_buyer, PausedPicture, problems=(503,)),
        ]

    async def list_buyers(self, request: web.Request) -> web.Response:
        """Where notifications go: by default, and of buyers that have an endpoint of their own."""
        environment = environment_of(request, self._environments)
        plan = environment.blueprint
        picture: BuyersPicture = {
            "notify": without_query(plan.notify) if plan.notify else None,
            "paused": environment.engine.outbox.paused,
            "buyers": [_picture(buyer, endpoint) for buyer, endpoint in plan.buyers.items()],
        }
        return json_response(picture)

    async def connect_buyer(self, request: web.Request) -> web.Response:
        """Let a buyer's notifications go to an endpoint of its own, from the next attempt on, and after a reset too."""
        document = await object_of(request, 4 * LONGEST_PEM)
        environment = environment_of(request, self._environments)
        buyer = _known(request.match_info["buyer"], environment)
        wanted = checked(BuyerEndpoint, document)
        endpoint = _endpoint(wanted)
        if environment.reaches(buyer) != (endpoint is not None):
            steer(environment, Steered(REACH, "", {"buyer": buyer, "reachable": endpoint is not None}))
        environment.connect(buyer, endpoint)
        return json_response(_picture(buyer, endpoint))

    async def pause_buyer(self, request: web.Request) -> web.Response:
        """Begin no deliveries to this buyer; what is due waits, whatever time it is, and those under way go on."""
        return await self._pause(request, paused=True)

    async def resume_buyer(self, request: web.Request) -> web.Response:
        """Go on: what has waited goes out at once, each ticket's in its order."""
        return await self._pause(request, paused=False)

    async def _pause(self, request: web.Request, *, paused: bool) -> web.Response:
        await nothing_in(request)
        environment = environment_of(request, self._environments)
        buyer = _known(request.match_info["buyer"], environment)
        if environment.engine.outbox.is_paused(buyer) != paused:
            steer(environment, Steered(PAUSE, "", {"buyer": buyer, "paused": paused}))
        waiting = sum(one.stage == "paused" and one.deliver.buyer == buyer for one in environment.engine.outbox)
        return json_response({"buyer": buyer, "paused": paused, "waiting": waiting})


def _known(buyer: str, environment: Environment) -> str:
    plan = environment.blueprint
    if buyer in plan.inventory.buyers or plan.settings.inventory == "any":
        return buyer
    meant = suggest(buyer[:60], plan.inventory.buyers)
    raise Problem(404, f"no buyer of the inventory is called {buyer[:60]!r}{meant}")


def _endpoint(wanted: BuyerEndpoint) -> Endpoint | None:
    if wanted.endpoint is None:
        return None
    headers = {name: value.get_secret_value() for name, value in wanted.headers.items()}
    return Endpoint(wanted.endpoint, headers, _tls(wanted))


def _tls(wanted: BuyerEndpoint) -> ssl.SSLContext | None:
    """What TLS needs beyond the usual. The standard library reads keys from files only; ours is gone at once."""
    if wanted.trust is None and wanted.client_certificate is None:
        return None
    context = ssl.create_default_context()
    if wanted.trust is not None:
        try:
            context.load_verify_locations(cadata=wanted.trust)
        except (ssl.SSLError, ValueError, TypeError):  # the last for what is not ASCII
            raise wrong([("trust", "expected one certificate or more, in PEM")]) from None
    own = wanted.client_certificate
    if own is not None:
        with NamedTemporaryFile("w", suffix=".pem", delete=False) as file:  # which nobody else may read
            file.write(f"{own.certificate}\n{own.key.get_secret_value()}\n")
        try:
            context.load_cert_chain(file.name, password="")  # one that is encrypted is refused
        except OSError as error:  # an ssl.SSLError is one
            part, words = why_unusable(Path(file.name), Path(file.name), error)
            expected = "expected a certificate and the key that belongs to it, in PEM and not encrypted"
            raise wrong([("client_certificate", f"{expected}; its {part}: {words}")]) from None
        finally:
            with suppress(OSError):
                Path(file.name).unlink()
    return context


def _picture(buyer: str, endpoint: Endpoint | None) -> BuyerPicture:
    return {
        "buyer": buyer,
        "endpoint": without_query(endpoint.url) if endpoint else None,
        "headers": list(endpoint.headers) if endpoint else [],
        "tls": endpoint is not None and endpoint.tls is not None,
    }
