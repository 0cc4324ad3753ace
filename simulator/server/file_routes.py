"""Files on the supplier's port: ``PUT /{environment}/api2/attachments/{key}``, and the urls that answers name."""

import asyncio
import logging
import re

from aiohttp import web

from simulator.cityfibre import callers
from simulator.cityfibre.attachments import SCHEME
from simulator.core.inputs import Caller, FileReceived
from simulator.runtime.environments import Environment
from simulator.runtime.files import Stored
from simulator.server.bodies import invite

FOLDER = "attachments"
"""Stands in the path where an operation's name would."""
FILE_SECONDS = 60.0
"""Real seconds for a file to arrive."""
_log = logging.getLogger(__name__)
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_URL = b"<url>" + SCHEME.encode()


async def take(
    request: web.BaseRequest, environment: Environment, key: str, method: str, caller: Caller | None
) -> tuple[FileReceived, Stored]:
    """Store the body under no name yet. One that nobody awaits, or whose sender may not put it, is not read at all."""
    ticket = environment.supplier.books.of_file(key)
    if method != "PUT" or ticket is None or callers.stopped(caller) or callers.of_another(caller, ticket.buyer):
        return FileReceived(key, method=method, caller=caller), Stored(None)
    try:
        await invite(request)
        async with asyncio.timeout(FILE_SECONDS):
            most = environment.blueprint.settings.attachments.most_bytes
            stored = await environment.files.take(request.content.iter_any(), most)
    except TimeoutError:
        stored = Stored(None, trouble="body-too-slow")
    except (web.RequestPayloadError, ConnectionError):
        stored = Stored(None, trouble="body-cut-off")
    except OSError:
        _log.exception("a file could not be stored")
        stored = Stored(None, trouble="no-room")
    return FileReceived(key, stored.size, stored.sha256, method, stored.trouble, caller), stored


def with_urls(body: bytes, request: web.BaseRequest, environment: Environment) -> bytes:
    """An answer with the address by which its buyer reached us, in place of the journal's short one.

    A Host header that is no host is not repeated: the address of the socket takes its place.
    """
    if _URL not in body:
        return body
    host = request.headers.get("Host", "")
    if not _HOST.fullmatch(host) and request.transport is not None:
        address = request.transport.get_extra_info("sockname")
        host = f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"
    base = f"<url>{request.scheme}://{host}/{environment.name}/api2/{FOLDER}/"
    return body.replace(_URL, base.encode())
