"""How an answer gets on the wire: at once, or in the manner of a fault that was injected."""

import asyncio
import socket
import struct
from contextlib import suppress

from aiohttp import web

from simulator.core.effects import Manner

FLUSH_SECONDS = 10.0
"""How long a buyer may take to read an answer."""
MOST_PIECES = 20
"""Pieces in which a body comes that is to come slowly."""
_AT_ONCE_AND_HARD = struct.pack("ii", 1, 0)


async def flush(
    response: web.Response, request: web.BaseRequest, manner: Manner, closing: asyncio.Event
) -> web.StreamResponse:
    """Send an answer; the response that has gone out is returned. Once ``closing`` is set, nobody is kept waiting.

    Raises:
        ConnectionResetError: the connection was reset: in place of the answer, or because nobody read it in time.
    """
    if manner.wait_milliseconds:
        await _wait(manner.wait_milliseconds / 1000, closing)
    if manner.reset:
        _reset(request)
        raise ConnectionResetError
    sent: web.StreamResponse = response
    try:
        async with asyncio.timeout(FLUSH_SECONDS + manner.over_milliseconds / 1000):
            if not manner.over_milliseconds or request.method == "HEAD":
                await response.prepare(request)
                await response.write_eof()
            else:
                sent = await _trickle(response, request, manner.over_milliseconds, closing)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()  # who does not read its answers must not hold the clock
        raise ConnectionResetError from None
    return sent


async def _trickle(
    response: web.Response, request: web.BaseRequest, milliseconds: int, closing: asyncio.Event
) -> web.StreamResponse:
    """The body in pieces, under a right Content-Length: the first at once, the last when the time is over."""
    body = bytes(response.body or b"")  # type: ignore[arg-type]  # it was made of bytes
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.content_length = len(body)
    if response.keep_alive is False:
        slow.force_close()
    await slow.prepare(request)
    size = max(1, -(-len(body) // MOST_PIECES))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    for number, piece in enumerate(pieces):
        if number:
            await _wait(milliseconds / 1000 / max(1, len(pieces) - 1), closing)
        await slow.write(piece)
    await slow.write_eof()
    return slow


async def _wait(seconds: float, closing: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()


def _reset(request: web.BaseRequest) -> None:
    """A true reset: the kernel says RST, and drops what was still to be sent."""
    transport = request.transport
    if transport is None:
        return  # the buyer has gone first
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE_AND_HARD)
    transport.abort()
