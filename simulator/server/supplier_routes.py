"""The supplier's port: ``/{environment}/api2/{operation}``. Bytes are read here and handed on; nothing is judged.

A file that a report announced is put to ``/{environment}/api2/attachments/{key}``: see ``file_routes``.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

from aiohttp import web

from simulator import resources
from simulator.cityfibre import callers
from simulator.core.effects import Reply
from simulator.core.engine import EnvironmentFailedError
from simulator.core.inputs import Caller, FileReceived, RequestReceived
from simulator.runtime.environments import Environment, Environments
from simulator.runtime.metrics import ATTACHMENTS, DOWNLOAD, Metrics, Seen
from simulator.server import file_routes
from simulator.server.bodies import read_message
from simulator.server.crowd import is_read
from simulator.server.door import NAME, crowded
from simulator.server.entrance import Entrance
from simulator.server.flushing import flush

LONGEST_NAME = 128
"""Characters kept of a path's part or a header."""
LONGEST_SCENARIO = 1_000
"""Characters kept of the header X-Scenario."""
TEXT = "text/plain; charset=utf-8"

DOWNLOADS = {"faultReport.txt": "faultReport.xsd", "changeLog.txt": "changeLog.txt"}
"""What the supplier offers to GET, and which of our files it is."""

_ORIGIN = re.compile("^https?://[^/]*", re.IGNORECASE)

_log = logging.getLogger(__name__)


class SupplierRoutes:
    """Answers every request on the supplier's port."""

    def __init__(self, environments: Environments, metrics: Metrics, entrance: Entrance) -> None:
        self._environments = environments
        self._metrics = metrics
        self._entrance = entrance

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; whatever goes wrong, the answer is ours."""
        with self._metrics.request() as seen:
            try:
                response = await self._route(request, seen)
            except (asyncio.CancelledError, ConnectionError):
                raise
            except Exception:  # noqa: BLE001 - our own bug, whatever it is, gets an answer too
                _log.exception("a request could not be answered")
                response = text(500, "The simulator met a bug of its own; its log says more.")
            seen.status = response.status
            return response

    async def _route(self, request: web.BaseRequest, seen: Seen) -> web.StreamResponse:
        # The raw target: the parsed one raises on some hostile input.
        path = _ORIGIN.sub("", request.raw_path).partition("?")[0]
        match [unquote(part, errors="replace") for part in path.split("/")]:
            case ["", name, "api2", operation]:
                environment, key = self._environments.get(name), None
            case ["", name, "api2", file_routes.FOLDER, key]:
                environment, operation = self._environments.get(name), ""
            case _:
                reason = "Not found. Post to /{environment}/api2/{operation}, with nothing behind it"
                return self._not_found(path, reason)
        if environment is None:
            return self._not_found(path, "No environment of that name")
        return await self._enter(request, environment, operation, key, seen)

    async def _enter(
        self, request: web.BaseRequest, environment: Environment, operation: str, key: str | None, seen: Seen
    ) -> web.StreamResponse:
        """Find out who calls, read what is sent, and hand it to its environment."""
        seen.posted_to(operation)
        if key is not None:
            seen.operation = ATTACHMENTS
        elif operation in DOWNLOADS:
            seen.operation = DOWNLOAD
        caller = self._entrance.caller(request, environment, seen.operation)
        stopped = callers.stopped(caller)
        if not stopped:
            environment.touch()
        if key is not None:
            return await _take_file(request, environment, clean(key), caller, seen)
        if operation in DOWNLOADS:
            return _download(request.method, DOWNLOADS[operation], caller)
        body, trouble = (b"", None) if stopped else await read_message(request)
        if self._environments.get(environment.name) is not environment:
            return self._not_found(request.raw_path, "The environment was removed while the message came")
        if not stopped:
            environment.touch()
        received = RequestReceived(
            operation=clean(operation),
            body=body,
            method=clean(request.method),
            content_type=clean(request.headers.get("Content-Type", "")),
            content_encoding=clean(request.headers.get("Content-Encoding", "")),
            trouble=trouble,
            scenario=clean(request.headers.get("X-Scenario", ""), LONGEST_SCENARIO),
            caller=caller,
        )
        return await _answer(request, environment, received, seen)

    def _not_found(self, path: str, reason: str) -> web.Response:
        """No environment has this in its journal, so the log tells it."""
        known = ", ".join(self._environments.names)
        _log.warning("404 %s: %s; environments here: %s", clean(path), reason, known)
        return text(404, f"{reason}; environments here: {known}.")


def _download(method: str, name: str, caller: Caller | None) -> web.Response:
    """A file of ours, for whoever may come in."""
    stopped = callers.stopped(caller)
    if stopped:
        status, _, reason = stopped
        return text(status, reason[:1].upper() + reason[1:])
    if method in {"GET", "HEAD"}:
        return text(200, (resources.schemas() / name).read_text("utf-8"))
    refused = text(405, "This is a file; GET it.")
    refused.headers["Allow"] = "GET, HEAD"
    return refused


def clean(text: str, longest: int = LONGEST_NAME) -> str:
    """Text of the head of a request as the journal can keep it: bounded, on one line, and without stray bytes."""
    kept = text[:longest].encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in kept)


async def _take_file(
    request: web.BaseRequest, environment: Environment, key: str, caller: Caller | None, seen: Seen
) -> web.StreamResponse:
    """Store a file, and let it stay where the environment takes it."""
    files = environment.files
    received, stored = await file_routes.take(request, environment, key, clean(request.method), caller)
    if files.cleared:  # by a reset or a removal while it came
        files.drop(stored)
        return text(404, "The environment was reset or removed while the file came; nothing was stored.")

    def settle(reply: Reply) -> None:
        if reply.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
            files.keep(stored, key)

    try:
        return await _answer(request, environment, received, seen, settle)
    finally:
        files.drop(stored)  # nothing is left there of one that stays


async def _answer(
    request: web.BaseRequest,
    environment: Environment,
    received: RequestReceived | FileReceived,
    seen: Seen,
    settle: Callable[[Reply], None] | None = None,
) -> web.StreamResponse:
    """Hand a request to its environment, flush the reply, and only then let its consequences start."""
    driver, closing = environment.driver, environment.closing
    seen.read()
    if not is_read(request):
        return crowded(text, "answering")
    try:
        receipt = driver.receive(received)
    except EnvironmentFailedError as error:
        return text(503, f"The environment {environment.name} has failed ({error}); reset it by the control API.")
    seen.status = receipt.reply.status
    try:
        if settle is not None:
            settle(receipt.reply)
        response = _response(receipt.reply, request, environment)
        if received.trouble or not request.content.at_eof() or closing.is_set():
            response.force_close()
        return await flush(response, request, receipt.reply.manner, closing)
    finally:
        driver.flushed(receipt)


def _response(reply: Reply, request: web.BaseRequest, environment: Environment) -> web.Response:
    headers = {"Content-Type": reply.content_type, "Server": NAME}
    if reply.retry_after is not None:
        headers["Retry-After"] = str(reply.retry_after)
    if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "PUT" if f"/{file_routes.FOLDER}/" in request.raw_path else "POST"
    body = file_routes.with_urls(reply.body, request, environment)
    return web.Response(status=reply.status or 503, body=body, headers=headers)


def text(status: int, words: str) -> web.Response:
    """An answer in plain text, to what is no message of an operation."""
    return web.Response(status=status, body=f"{words.rstrip()}\n".encode(), headers={"Content-Type": TEXT})
