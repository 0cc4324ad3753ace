"""A client of the control API, as a buyer's test in any language would have one: plain HTTP and JSON."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from simulator.cityfibre import SupplierSettings, inventory
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.addresses import Addresses
from simulator.server.app import Server
from simulator.server.entrance import Entrance
from tests.messages import Tree, request

REPORT = (Path(__file__).parent / "examples" / "add_fault_report.xml").read_bytes()
ALL = "/control/v1/environments"
ONE, TWO = f"{ALL}/one", f"{ALL}/two"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
Json = dict[str, Any]


class Control:
    """Speaks to a server with two environments, ``one`` and ``two``, whose clocks stand."""

    def __init__(
        self, session: aiohttp.ClientSession, addresses: Addresses, environments: Environments, server: Server
    ) -> None:
        self.session = session
        self.supplier = addresses.supplier
        self.control = addresses.control
        self.environments = environments
        self.stop = server.stop
        self.crowds = server.crowds

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send any request at all to the control port."""
        skip = ("Content-Type",)
        async with self.session.request(
            method, f"{self.control}{path}", data=body, headers=headers, skip_auto_headers=skip
        ) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    async def ask(self, method: str, path: str, document: object = None) -> tuple[int, Json]:
        """Send JSON, or nothing; what comes back is JSON too, or nothing."""
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        status, _, answer = await self.send(method, path, body, headers)
        return status, json.loads(answer) if answer else {}

    async def say(self, path: str, body: bytes) -> tuple[int, Json]:
        """Post bytes that are said to be JSON."""
        status, _, answer = await self.send("POST", path, body, {"Content-Type": "application/json"})
        return status, json.loads(answer)

    async def get(self, path: str) -> Json:
        """A good answer to a question."""
        status, answer = await self.ask("GET", path)
        assert status == 200, answer
        return answer

    async def post(self, path: str, document: object = None) -> Json:
        """A good answer to a command."""
        status, answer = await self.ask("POST", path, document)
        assert status in {200, 201}, answer
        return answer

    async def message(self, operation: str, *changes: Tree) -> int:
        """Post a message to ``one``, written as a buyer does; the status is returned."""
        url = f"{self.supplier}/one/api2/{operation}"
        body = request(operation, *changes).encode()
        async with self.session.post(url, data=body, headers={"Content-Type": "application/xml"}) as answer:
            await answer.read()
            return answer.status

    async def report(self, reference: str = "MY-FAULT-1", environment: str = "one") -> int:
        """Post a report that every rule lets through."""
        body = REPORT.replace(b"MY-FAULT-1", reference.encode()).replace(b"SP-00001", reference.encode())
        url = f"{self.supplier}/{environment}/api2/addFaultReport"
        async with self.session.post(url, data=body, headers={"Content-Type": "application/xml"}) as answer:
            await answer.read()
            return answer.status


@asynccontextmanager
async def served(
    token: str = "",
    notify: str | None = None,
    entrance: Entrance | None = None,
    **switches: Any,  # noqa: ANN401 - of many types
) -> AsyncIterator[Control]:
    """A server of that kind, until it is done with."""
    settings = SupplierSettings.model_validate({"validate_sent": True, **switches})

    def environment(name: str) -> Environment:
        return Environment(Blueprint(name, settings, inventory.default(), 1, "frozen", 1.0, START, notify))

    environments = Environments([environment("one"), environment("two")])
    server = Server(environments, token, entrance)
    addresses = await server.start("127.0.0.1", 0, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Control(session, addresses, environments, server)
    finally:
        await server.stop()
