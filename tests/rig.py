"""What the tests drive: a simulator that serves on free ports, and a buyer's endpoint that notes what it is told."""

import json
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web
from lxml import etree

from simulator.cityfibre import SupplierSettings, inventory
from simulator.cityfibre.inventory import Inventory
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.runtime.scenario_files import read_all
from simulator.server.app import Server

ENVIRONMENT = "cfsit"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday morning, winter time."""
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_MEDIA_TYPES = {False: "application/xml", True: "text/xml; charset=utf-8"}


def in_soap(message: str) -> str:
    """A message in the envelope that the supplier's text shows."""
    return f'<soap:Envelope xmlns:soap="{SOAP}">\n<soap:Body>\n{message}\n</soap:Body>\n</soap:Envelope>'


def name_of(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def message_in(body: bytes) -> etree._Element:
    """The message of a body, bare or in an envelope."""
    root = etree.fromstring(body)
    if root.tag == f"{{{SOAP}}}Envelope":
        assert [child.tag for child in root] == [f"{{{SOAP}}}Body"]
        assert len(root[0]) == 1
        return root[0][0]
    return root


def text_at(element: etree._Element, path: str) -> str | None:
    """The text at a path of names without their namespaces; ``None`` where there is no such element."""
    for step in path.split("/"):
        found = next((child for child in element if name_of(child) == step), None)
        if found is None:
            return None
        element = found
    return element.text or ""


def child_at(element: etree._Element, name: str) -> etree._Element:
    """The one child of that name."""
    (found,) = [child for child in element if name_of(child) == name]
    return found


def children(element: etree._Element) -> dict[str, str]:
    """Names and texts of an element's children, in order."""
    return {name_of(child): child.text or "" for child in element}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def root(self) -> etree._Element:
        """The outermost element."""
        return etree.fromstring(self.body)

    @property
    def message(self) -> etree._Element:
        """The message, out of its envelope if it came in one."""
        return message_in(self.body)

    @property
    def name(self) -> str:
        """The name of the message."""
        return name_of(self.message)

    def text(self, path: str) -> str | None:
        """The text at a path in the message."""
        return text_at(self.message, path)

    @property
    def fault(self) -> tuple[str | None, str | None, str | None]:
        """Code, rule and message of a fault, bare or a true one of SOAP 1.1 (R5)."""
        fault = self.message
        if fault.tag == "fault":
            assert list(children(fault)) == ["faultcode", "faultmessage", "detail"]
            rule = (text_at(fault, "detail") or "").partition(":")[0]
            return text_at(fault, "faultcode"), rule, text_at(fault, "faultmessage")
        assert fault.tag == f"{{{SOAP}}}Fault"
        assert list(children(fault)) == ["faultcode", "faultstring", "detail"]
        code = (text_at(fault, "faultcode") or "").removeprefix("soap:")
        return code, text_at(fault, "detail/rule"), text_at(fault, "faultstring")


class Endpoint:
    """A buyer's endpoint: it keeps every notification, and acknowledges it as the supplier's samples do."""

    def __init__(self) -> None:
        self.received: list[etree._Element] = []
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.status = 200
        self.when_told: Callable[[], Awaitable[None]] | None = None
        self.answer = (
            "<receivedNotifyFaultReportUpdate><messageId>{message_id}</messageId>"
            "<responseCode>200</responseCode></receivedNotifyFaultReportUpdate>"
        )
        self._runner: web.ServerRunner | None = None

    async def listen(self) -> str:
        """Begin to listen; the URL is returned."""
        self._runner = web.ServerRunner(web.Server(self._notified, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/notifications"

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _notified(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        message = message_in(body)
        self.bodies.append(body)
        self.headers.append({**request.headers, "method": request.method})
        self.received.append(message)
        if self.when_told is not None:
            await self.when_told()
        told = self.answer.replace("{message_id}", text_at(message, "messageId") or "")
        return web.Response(status=self.status, text=told, content_type="application/xml")

    @property
    def statuses(self) -> list[str | None]:
        """The ticket's status in each notification, in the order in which they came."""
        return [text_at(message, "faultDetails/status") for message in self.received]


class Simulator:
    """One environment, served over HTTP; :meth:`state` looks behind the wire to prove that nothing changed."""

    def __init__(self, environment: Environment, endpoint: Endpoint) -> None:
        """Make it inside the event loop; :meth:`start` does all that is needed."""
        self.environment = environment
        self.endpoint = endpoint
        self.bugs_expected = False
        self.url = ""
        self.control_url = ""
        self._server = Server(Environments([environment]))
        self._session = aiohttp.ClientSession()
        self.crowds = self._server.crowds

    @classmethod
    async def start(
        cls, settings: SupplierSettings, known: Inventory | None = None, seed: int = 1, scenarios: Path | None = None
    ) -> Self:
        """Serve an environment whose clock stands at ``START`` until it is told to move."""
        endpoint = Endpoint()
        blueprint = Blueprint(
            name=ENVIRONMENT,
            settings=settings,
            inventory=known or inventory.default(),
            seed=seed,
            mode="frozen",
            rate=0.0,
            start=START,
            notify=await endpoint.listen(),
            scripts=None if scenarios is None else tuple(read_all([scenarios])),
            scripts_from=scenarios,
        )
        one = cls(Environment(blueprint), endpoint)
        addresses = await one._server.start("127.0.0.1", 0, 0)
        one.url = f"{addresses.supplier}/{ENVIRONMENT}/api2"
        one.control_url = f"{addresses.control}/control/v1/environments/{ENVIRONMENT}"
        return one

    async def stop(self) -> None:
        """Stop, and fail where a bug was met that nobody expected."""
        await self._session.close()
        await self._server.stop()
        await self.endpoint.close()
        bugs = [entry.data["error"] for entry in self.environment.engine.journal if entry.kind == "bug"]
        assert self.bugs_expected or bugs == []

    @property
    def port(self) -> int:
        """The supplier's port."""
        return int(self.url.split(":")[2].partition("/")[0])

    async def post(
        self, operation: str, message: str | bytes, *, soap: bool = False, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a message to an operation, bare or in an envelope."""
        body = in_soap(message) if soap and isinstance(message, str) else message
        sent = {"Content-Type": _MEDIA_TYPES[soap], **(headers or {})}
        return await self.send("POST", f"{self.url}/{operation}", body, sent)

    async def send(
        self, method: str, url: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send any request at all."""
        data = body.encode() if isinstance(body, str) else body
        async with self._session.request(method, url, data=data, headers=headers, skip_auto_headers=_SKIP) as response:
            content_type = response.headers.get("Content-Type", "")
            return Answer(response.status, content_type, await response.read(), dict(response.headers))

    async def control(self, method: str, path: str, document: object = None) -> Any:  # noqa: ANN401 - any JSON
        """Ask the control API, whose answer must be a good one."""
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        answer = await self.send(method, f"{self.control_url}{path}", body, headers)
        assert answer.status in {200, 201}, answer.body.decode()
        return json.loads(answer.body)

    async def advance(self, by: str = "PT0S") -> dict[str, Any]:
        """Move the clock; all is quiet when this returns. Without a duration it only waits for the quiet."""
        told: dict[str, Any] = await self.control("POST", "/clock/advance", {"by": by})
        return told

    async def tickets(self) -> list[dict[str, Any]]:
        """Every ticket as the control API shows it."""
        listed: list[dict[str, Any]] = (await self.control("GET", "/tickets"))["tickets"]
        return listed

    async def journal(self, after: int = 0, kind: str = "") -> list[dict[str, Any]]:
        """The entries behind a seq; those of one kind, where it is named."""
        entries: list[dict[str, Any]] = (await self.control("GET", f"/journal?after={after}"))["entries"]
        return [entry for entry in entries if kind in {"", entry["kind"]}]

    async def warnings(self, after: int = 0) -> list[tuple[str, str]]:
        """Ruling and field of each conformance warning."""
        entries = await self.journal(after, "conformance-warning")
        return [(entry["data"]["ruling"], entry["data"]["field"]) for entry in entries]

    @property
    def last_seq(self) -> int:
        """The number of the journal's last entry."""
        return self.environment.engine.journal.next_seq - 1

    def state(self) -> object:
        """All that a request could change but the journal: books, timers, deliveries."""
        engine = self.environment.engine
        waiting = engine.schedule.upcoming(1000)
        return deepcopy((self.environment.supplier.books, waiting, engine.outbox.under_way, engine.outbox.waiting))

    async def one_refusal(self, seq: int, state: object) -> dict[str, Any]:
        """Nothing changed but the journal, which grew by a request and its refusal; what that says is returned."""
        await self.advance()
        assert state == self.state()
        received, refused = await self.journal(after=seq)
        assert (received["kind"], refused["kind"]) == ("request-received", "request-refused")
        assert refused["cause"] == received["seq"]
        data: dict[str, Any] = refused["data"]
        return data


_SKIP = ("Content-Type",)
