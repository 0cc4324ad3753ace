"""One connection of a port: aiohttp's protocol, with words of our own, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import StreamReader, web
from aiohttp.http import HttpProcessingError

from simulator.server.malformed import LONGEST_OPENING, answer_to

if TYPE_CHECKING:
    from simulator.runtime.tls.client import Client
    from simulator.server.door import Door

CUTTING_SECONDS = 0.25
"""How long a request may take to end that is cut off when the server stops."""
LAST_WORDS_SECONDS = 2.0
"""How long a sender of what is no HTTP may take to read what it is told."""
_log = logging.getLogger(__name__)


class Connection(web.RequestHandler):
    """Reads requests and lets them be answered, one after the other."""

    __slots__ = (
        "_admitted",
        "_client",
        "_door",
        "_half_closed",
        "_idle",
        "_last_words",
        "_opening",
        "_request",
        "_stopping",
    )

    def __init__(self, door: Door, **settings: Any) -> None:  # noqa: ANN401 - aiohttp's own
        super().__init__(door, **settings)
        self._door = door
        self._admitted = False
        self._client: Client | None = None
        self._half_closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_words: asyncio.TimerHandle | None = None
        self._opening = b""
        self._request: web.BaseRequest | None = None
        self._stopping = False

    @property
    def opening(self) -> bytes:
        """How the connection began."""
        return self._opening

    @property
    def ending(self) -> bool:
        """Whether the request that has begun is the last one here."""
        return self._stopping or (self._half_closed and not self._messages)

    @property
    def client(self) -> Client | None:
        """Who is at the other end, by its certificate, even if it has gone by now; ``None`` without TLS."""
        return self._client

    def admit(self) -> bool:
        """Take a place for this connection, if there is one; it is kept until the connection ends."""
        if not self._admitted:
            self._admitted = self._door.crowd.take("connections")
        return self._admitted

    def release(self) -> None:
        """Give it back."""
        if self._admitted:
            self._admitted = False
            self._door.crowd.leave("connections")

    def begin(self, request: web.BaseRequest) -> None:
        """A request is about to be answered."""
        self._request = request
        self._idle.clear()
        self._cut_off_what_broke()

    def end(self) -> None:
        """It has been answered, or was given up."""
        self._request = None
        self._idle.set()
        if self.ending:
            super().close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a connection in, if there is a place."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - narrows the type
        if not self.admit():
            transport.abort()
            return
        transport.set_write_buffer_limits(high=0)  # what is flushed has left us, and can't be lost with the process
        super().connection_made(transport)
        self._client = transport.get_extra_info("client")
        _ = self.peername, self.sockname, self.ssl_context  # asked now, they are known even when the client has gone

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give its place back."""
        if self._last_words is not None:
            self._last_words.cancel()
        if self._admitted:
            self.release()
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come."""
        if len(self._opening) < LONGEST_OPENING:
            self._opening += data[: LONGEST_OPENING - len(self._opening)]
        super().data_received(data)
        self._cut_off_what_broke()

    def _cut_off_what_broke(self) -> None:
        """Nothing can stand behind a body that is still arriving but the parser's complaint of that body."""
        if self._request is not None and self._messages:
            _cut_off(self._request.content, "the body is no HTTP")

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio asks whether to leave the other half open
        """Answer what has begun, though its sender says that nothing more will come, or may have gone altogether."""
        if not self._door.half_open:
            return False
        if self._messages:
            _cut_off(self._messages[-1][1], "the connection ended")
        elif self._request is not None:
            _cut_off(self._request.content, "the connection ended")
        self._half_closed = True
        return bool(self._messages) or self._request is not None

    def close(self) -> None:
        """Begin nothing more; what has begun goes on, though it be still arriving."""
        self._stopping = True
        if self._request is None:
            super().close()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's own
        """Let what has begun end, as long as may be waited; then cut it off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout and max(0.0, timeout - 2 * CUTTING_SECONDS)):
                await self._idle.wait()
        await super().shutdown(CUTTING_SECONDS)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's words, in place of which are ours
    ) -> web.StreamResponse:
        """Answer what is no HTTP, in our words; whatever else comes here is a bug of ours, or a sender who has gone."""
        if isinstance(exc, ConnectionError):
            raise exc
        self.end()
        if not isinstance(exc, HttpProcessingError):
            _log.error("a request could not be answered (%d)", status, exc_info=exc)
            if request.writer.output_size > 0:
                raise ConnectionResetError("the answer has begun already")
        self._last_words = asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self._hang_up)
        if isinstance(exc, HttpProcessingError):
            return self._door.refuse(answer_to(exc, self._opening), self._opening)
        return self._door.last(500, "The simulator met a bug of its own; its log says more.")

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def _cut_off(content: StreamReader, why: str) -> None:
    if not content.is_eof() and content.exception() is None:
        content.set_exception(web.RequestPayloadError(why))
