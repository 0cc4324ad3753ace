"""A port's door: what aiohttp reads is looked at before anybody answers it, and every answer is flushed in time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import HttpVersion10, HttpVersion11, web

from simulator.server.connection import Connection
from simulator.server.crowd import CROWDED, PLACE, RETRY_AFTER, Crowd, Place, Where
from simulator.server.flushing import FLUSH_SECONDS
from simulator.server.malformed import Answer, shown

NAME = "cityfibre-simulator"
"""Says the header Server."""
LARGEST_LENGTH = 2**53
"""Bytes that a body may announce: the parser takes the largest number that there is for none."""
_CONTINUE = "100-continue"
_log = logging.getLogger(__name__)

Say = Callable[[int, str], web.Response]
"""How a port puts an answer that is its own: plain text, or a problem document."""
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Cover(Protocol):
    """Has connections under TLS."""

    def over(self, http: asyncio.Protocol) -> asyncio.Protocol:
        """What TCP is to talk to, in front of HTTP."""

    def give_up(self) -> None:
        """End whatever has not come so far as to speak HTTP."""


class Door(web.Server):
    """aiohttp's server, with connections of our own."""

    half_open = True
    """Whether one who has said that nothing more will come is still answered. Nobody tells it from one who has gone."""

    def __init__(
        self,
        handler: Handler,
        crowd: Crowd,
        say: Say,
        cover: Cover | None = None,
        **settings: Any,  # noqa: ANN401 - aiohttp's
    ) -> None:
        """``settings`` are those of aiohttp's server and of its connections; ``cover`` has these under TLS."""
        factory = settings.pop("request_factory", None)
        super().__init__(self._serve, **settings)
        self.crowd = crowd
        self.say = say
        self._cover = cover
        self._settings = {**settings, "loop": asyncio.get_running_loop()}
        self._handler = handler
        self._make = factory or self.request_factory
        self.request_factory = self._begin

    def __call__(self) -> asyncio.Protocol:  # type: ignore[override]  # which is all that a listening socket asks for
        """A protocol for a new connection."""
        http = Connection(self, **self._settings)
        return http if self._cover is None else self._cover.over(http)

    def pre_shutdown(self) -> None:
        """Nobody who has not come so far as to speak HTTP is waited for."""
        if self._cover is not None:
            self._cover.give_up()
        super().pre_shutdown()

    def _begin(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:  # noqa: ANN401 - aiohttp's
        spoken = message.version in {HttpVersion10, HttpVersion11}
        request = self._make(
            message if spoken else message._replace(version=HttpVersion11), payload, protocol, writer, task
        )
        request[_SPOKEN] = spoken
        protocol.begin(request)
        return request

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)  # noqa: S101 - narrows the type: they are made above
        try:
            with Place(self.crowd) as place:
                request[PLACE] = place
                response: web.StreamResponse
                response = self._unfit(request, connection) or self._crowded(request) or await self._handler(request)
                if connection.ending and not response.prepared:
                    response.force_close()
                await _flush(response, request)
                return response
        finally:
            connection.end()

    def _unfit(self, request: web.BaseRequest, connection: Connection) -> web.Response | None:
        answer: Answer
        if not request[_SPOKEN]:
            answer = Answer(505, "HTTP of this version is not spoken here; send HTTP/1.1")
        elif request.version >= HttpVersion11 and _expects_more(request):
            answer = Answer(417, f"only Expect: {_CONTINUE} can be met; send no other")
        elif (request.content_length or 0) > LARGEST_LENGTH:
            answer = Answer(413, "Content-Length is larger than any body that is taken")
        else:
            return None
        return self.refuse(answer, connection.opening)

    def _crowded(self, request: web.BaseRequest) -> web.Response | None:
        where: Where = "answering" if request.content.is_eof() else "arriving"
        return None if request[PLACE].move(where) else crowded(self.say, where)

    def refuse(self, answer: Answer, opening: bytes) -> web.Response:
        """Say why something is not looked at, count it, and tell the log in one line; the connection ends with it."""
        self.crowd.turn_away("malformed")
        _log.warning("%s port: %d: %s; the connection began %s", self.crowd.port, *answer, shown(opening))
        return self.last(*answer)

    def last(self, status: int, words: str) -> web.Response:
        """An answer behind which the connection is closed."""
        response = self.say(status, words)
        response.headers["Server"] = NAME
        response.force_close()
        return response


class _DoorOfWaiters(Door):
    """One whose handlers wait, and end when their client has gone."""

    half_open = False


class DoorRunner(web.AppRunner):
    """Runs an application behind a door."""

    __slots__ = ("_crowd", "_say")

    def __init__(self, app: web.Application, crowd: Crowd, say: Say, **settings: Any) -> None:  # noqa: ANN401 - aiohttp's
        super().__init__(app, **settings)
        self._crowd = crowd
        self._say = say

    async def _make_server(self) -> web.Server:
        """The door, with the handler and the requests of the server that the application makes."""
        plain = await super()._make_server()
        settings = {**self._kwargs, "request_factory": plain.request_factory}
        return _DoorOfWaiters(plain.request_handler, self._crowd, self._say, **settings)


_SPOKEN = web.RequestKey("spoken", bool)
"""Whether a request's version of HTTP is spoken here."""


def crowded(say: Say, where: Where) -> web.Response:
    """What is told to a request that found no place; who has not sent its body yet is not to send it."""
    response = say(503, CROWDED[where])
    response.headers["Retry-After"] = str(RETRY_AFTER)
    if where == "arriving":
        response.force_close()
    return response


def _expects_more(request: web.BaseRequest) -> bool:
    return any(one.strip().lower() != _CONTINUE for one in request.headers.getall("Expect", []))


async def _flush(response: web.StreamResponse, request: web.BaseRequest) -> None:
    """Send what has not been sent by whoever answered; one who does not read it does not stay.

    A file sends itself, and only once.
    """
    if isinstance(response, web.FileResponse):
        return
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            if not response.prepared:
                response.headers.setdefault("Server", NAME)
            await response.prepare(request)
            await response.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from None
