"""Bodies of requests on the supplier's port: how their senders are invited to send them, and how they are read."""

import asyncio

from aiohttp import HttpVersion11, web

from simulator.core.inputs import Trouble
from simulator.wire.reader import LONGEST_BODY

LONGEST_BEGINNING = 2 * 1024
"""Bytes kept of a body that could not be read whole: enough to see what it was to become."""
BODY_SECONDS = 10.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


async def invite(request: web.BaseRequest) -> None:
    """Tell a sender who waits for it (``Expect: 100-continue``) to go on."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0  # what came before the answer is no part of it


async def read_message(request: web.BaseRequest) -> tuple[bytes, Trouble | None]:
    """The whole body; or its beginning, and why the rest could not be had."""
    body = bytearray()
    await invite(request)
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
