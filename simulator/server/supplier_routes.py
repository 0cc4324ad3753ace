"""The supplier's port: ``/{environment}/api2/{operation}``. Bytes are read here and handed on; nothing is judged."""

import asyncio
import logging
import re
from http import HTTPStatus
from urllib.parse import unquote

from aiohttp import HttpVersion11, web

from simulator import resources
from simulator.core.effects import Reply
from simulator.core.engine import EnvironmentFailedError
from simulator.core.inputs import RequestReceived, Trouble
from simulator.runtime.environments import Environment, Environments
from simulator.wire.reader import LONGEST_BODY

LONGEST_BEGINNING = 2 * 1024
"""Bytes kept of a body that could not be read whole: enough to see what it was to become."""
BODY_SECONDS = 10.0
FLUSH_SECONDS = 10.0
"""How long a buyer may take to read an answer."""
LONGEST_NAME = 128
"""Characters kept of a path's part or a header."""
TEXT = "text/plain; charset=utf-8"

DOWNLOADS = {"faultReport.txt": "faultReport.xsd", "changeLog.txt": "changeLog.txt"}
"""What the supplier offers to GET, and which of our files it is."""

_ORIGIN = re.compile("^https?://[^/]*", re.IGNORECASE)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = logging.getLogger(__name__)


class SupplierRoutes:
    """Answers every request on the supplier's port."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; whatever goes wrong, the answer is ours."""
        try:
            return await self._route(request)
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:  # noqa: BLE001 - our own bug, whatever it is, gets an answer too
            _log.exception("a request could not be answered")
            return _text(500, "The simulator met a bug of its own; its log says more.")

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        # The raw target: the parsed one raises on some hostile input.
        path = _ORIGIN.sub("", request.raw_path).partition("?")[0]
        match [unquote(part, errors="replace") for part in path.split("/")]:
            case ["", name, "api2", operation]:
                environment = self._environments.get(name)
            case _:
                return self._not_found(
                    path, "Not found. Post to /{environment}/api2/{operation}, with nothing behind it"
                )
        if environment is None:
            return self._not_found(path, "No environment of that name")
        if operation in DOWNLOADS:
            return _download(request.method, DOWNLOADS[operation])
        body, trouble = await _read(request)
        received = RequestReceived(
            operation=_clean(operation),
            body=body,
            method=_clean(request.method),
            content_type=_clean(request.headers.get("Content-Type", "")),
            content_encoding=_clean(request.headers.get("Content-Encoding", "")),
            trouble=trouble,
        )
        return await _answer(request, environment, received)

    def _not_found(self, path: str, reason: str) -> web.Response:
        """No environment has this in its journal, so the log tells it."""
        known = ", ".join(self._environments.names)
        _log.warning("404 %s: %s; environments here: %s", _clean(path), reason, known)
        return _text(404, f"{reason}; environments here: {known}.")


def _download(method: str, name: str) -> web.Response:
    if method in {"GET", "HEAD"}:
        return _text(200, (resources.schemas() / name).read_text("utf-8"))
    refused = _text(405, "This is a file; GET it.")
    refused.headers["Allow"] = "GET, HEAD"
    return refused


def _clean(text: str) -> str:
    """Text of the head of a request as the journal can keep it: bounded, on one line, and without stray bytes."""
    kept = text[:LONGEST_NAME].encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in kept)


async def _read(request: web.BaseRequest) -> tuple[bytes, Trouble | None]:
    """The whole body; or its beginning, and why the rest could not be had."""
    body = bytearray()
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0  # what came before the answer is no part of it
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LONGEST_BODY:
                    return bytes(body[:LONGEST_BEGINNING]), "body-too-big"
    except TimeoutError:
        return bytes(body[:LONGEST_BEGINNING]), "body-too-slow"
    except (web.RequestPayloadError, ConnectionError):
        return bytes(body[:LONGEST_BEGINNING]), "body-cut-off"
    return bytes(body), None


async def _answer(request: web.BaseRequest, environment: Environment, received: RequestReceived) -> web.StreamResponse:
    """Hand a request to its environment, flush the reply, and only then let its consequences start."""
    driver = environment.driver
    try:
        receipt = driver.receive(received)
    except EnvironmentFailedError as error:
        return _text(503, f"The environment {environment.name} has failed ({error}); reset it by the control API.")
    try:
        response = _response(receipt.reply)
        if received.trouble:
            response.force_close()
        async with asyncio.timeout(FLUSH_SECONDS):
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()  # who does not read its answers must not hold the clock
        raise ConnectionResetError from None
    finally:
        driver.flushed(receipt)
    return response


def _response(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.content_type}
    if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST"
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=f"{text.rstrip()}\n".encode(), headers={"Content-Type": TEXT})
