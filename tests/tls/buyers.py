"""Buyers that speak TLS by the standard library: what each was answered, or with which alert it was turned away."""

import asyncio
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.config import Config
from simulator.runtime.tls.terms import terms_of
from simulator.server.entrance import Entrance
from tests.control import REPORT, Control, served

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
ELSEWHERE = "CI" not in os.environ
NO_CURL, NO_OPENSSL = (ELSEWHERE and not shutil.which(name) for name in ("curl", "openssl"))
needs_curl = pytest.mark.skipif(NO_CURL, reason="no curl on this machine; CI installs it and must not skip this")
needs_openssl = pytest.mark.skipif(
    NO_OPENSSL, reason="no openssl on this machine; CI installs it and must not skip this"
)
SECONDS = 5.0
"""How long to wait for what must come."""


@asynccontextmanager
async def served_under_tls(certs: Path, tls: str, **switches: Any) -> AsyncIterator[Control]:  # noqa: ANN401 - as served
    """A server whose supplier's port asks for certificates."""
    entrance = Entrance(terms=terms_of(Config.model_validate({"tls": tls, "certs": certs})))
    async with served(entrance=entrance, **switches) as control:
        yield control


def context_of(certs: Path, client: str = "", version: str = "") -> ssl.SSLContext:
    """What a buyer brings: trust in the set's authority, and the certificate of that path in the set, if any."""
    context = ssl.create_default_context(cafile=str(certs / "ca.pem"))
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # or a weak key would be refused at home already
    if client:
        context.load_cert_chain(certs / f"{client}.pem", certs / f"{client}.key")
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status and body of an answer; or the alert of TLS, in OpenSSL's words."""

    status: int = 0
    body: str = ""
    alert: str = ""


class Buyer:
    """One connection under TLS, kept for several requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, control: Control, context: ssl.SSLContext) -> "Buyer":
        """Shake hands."""
        port = int(control.supplier.rpartition(":")[2])
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost"))

    async def report(self, reference: str = "MY-FAULT-1") -> Outcome:
        """Post a report of SPDEV1's that every rule lets through."""
        body = REPORT.replace(b"MY-FAULT-1", reference.encode()).replace(b"SP-00001", reference.encode())
        return await self.send("POST", "/one/api2/addFaultReport", body)

    async def send(self, method: str, path: str, body: bytes = b"") -> Outcome:
        """Send a request and read its answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\n"
        await self.begin(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self.answer()

    async def begin(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> Outcome:
        """Read one answer."""
        async with asyncio.timeout(SECONDS):
            told = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            headers = dict(line.lower().split(": ", 1) for line in told.strip().split("\r\n")[1:])
            answer = await self._reader.readexactly(int(headers["content-length"]))
        return Outcome(int(told.split()[1]), answer.decode())

    async def statuses(self, pieces: Iterable[bytes], answers: int = 1, wait: float = 0.0) -> list[int]:
        """Send pieces, each by itself; the statuses of the answers, which are read after so many seconds."""
        for piece in pieces:
            await self.begin(piece)
            await asyncio.sleep(0)
        await asyncio.sleep(wait)
        return [(await self.answer()).status for _ in range(answers)]

    def abort(self) -> None:
        """Be gone at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


async def report_once(control: Control, context: ssl.SSLContext) -> Outcome:
    """Connect, report, hang up. With TLS 1.3 the alert comes only after the buyer has begun to speak."""
    try:
        buyer = await Buyer.connect(control, context)
    except ssl.SSLError as error:
        return Outcome(alert=error.reason or "")
    try:
        return await buyer.report()
    except ssl.SSLError as error:
        return Outcome(alert=error.reason or "")
    finally:
        with suppress(ssl.SSLError):
            await buyer.close()


async def run(*command: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run a program beside the server; its exit code and what it has said."""
    done = await asyncio.to_thread(subprocess.run, command, input=stdin, capture_output=True, timeout=20, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
