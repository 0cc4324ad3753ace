"""The endpoint itself: it listens on one port, takes a POST at any path, and answers as it was told.

For tests and programs too: open it on a free port, be called with each notification, close it.
"""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestHandler

from simulator.listening.answers import Answer, acknowledged, as_told, in_words
from simulator.listening.attempts import Attempts
from simulator.listening.failing import NEVER, Failing
from simulator.listening.forwarding import Forwarder
from simulator.listening.handshakes import Handshakes, Refused
from simulator.listening.notification import NoNotificationError, Notification, read_notification
from simulator.ports import why_not
from simulator.wire.reader import LONGEST_BODY

LOOPBACK = "127.0.0.1"
PATH = "/notifications"
"""The path that is named to people; any other does as well."""
MOST_CONNECTIONS = 200
"""With one more for each that is forwarded, this keeps below what systems let a process open."""
HEAD_SECONDS = 10.0
"""How long a connection may be open before its first request has a whole head."""
BODY_SECONDS = 20.0
KEEP_ALIVE_SECONDS = 15.0
LINGERING_SECONDS = 2.0
SILENT_SECONDS = 300.0
"""How long a sender that is given no answer is kept, if it waits."""
SHUTDOWN_SECONDS = 1.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
_OUR_OWN = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "accept-encoding"}
)
"""Headers that belong to a connection: each has its own. All others are passed on."""

_log = logging.getLogger(__name__)
_QUIET = logging.getLogger("simulator.listening.http")
_QUIET.setLevel(logging.CRITICAL)  # HTTP that can't be parsed is answered 400 by aiohttp, and is no bug of ours


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it came. ``attempt`` counts from 1; without a ``notification``, ``trouble`` says why."""

    body: bytes
    notification: Notification | None = None
    attempt: int = 0
    trouble: str = ""
    content_type: str = ""


Came = Callable[[Arrival], None]
Answered = Callable[[Arrival, Answer], None]


class ListenError(OSError):
    """The address could not be listened on."""


def _tell_nobody(*_told: object) -> None:
    pass


class Endpoint:
    """A buyer's endpoint for notifications.

    ``came`` is called with each request before it is answered, ``answered`` with what it is given, and ``refused`` with
    why a sender got no TLS connection. None of them may block.
    """

    def __init__(
        self,
        came: Came,
        answered: Answered = _tell_nobody,
        *,
        failing: Failing = NEVER,
        forward_to: str = "",
        tls: ssl.SSLContext | None = None,
        refused: Refused = _tell_nobody,
    ) -> None:
        self._came = came
        self._answered = answered
        self._failing = failing
        self._forward_to = forward_to
        self._handshakes = Handshakes(tls, self._connected, refused) if tls is not None else None
        self._attempts = Attempts()
        self._unheard: dict[RequestHandler, asyncio.TimerHandle] = {}
        self._listener: asyncio.Server | None = None
        self._forwarder: Forwarder | None = None

    def fail(self, failing: Failing) -> None:
        """From the next notification on, fail like this; with ``NEVER`` no longer. Attempts go on being counted."""
        self._failing = failing

    async def open(self, host: str = LOOPBACK, port: int = 0) -> str:
        """Listen; 0 takes a free port. The URL to send notifications to is returned.

        Raises:
            ListenError: the port is in use, or may not be had.
        """
        self._closing = asyncio.Event()
        self._server = web.Server(
            self._handle,
            handler_cancellation=True,
            access_log=None,
            logger=_QUIET,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            auto_decompress=False,
        )
        first = self._handshakes.meet if self._handshakes is not None else self._connected
        try:
            self._listener = await asyncio.get_running_loop().create_server(first, host, port)
        except (OSError, OverflowError, ValueError) as error:
            raise ListenError(f"can't listen on {host}:{port} (--port): {why_not(error)}") from None
        if self._forward_to:
            self._forwarder = Forwarder(self._forward_to)
        bound = self._listener.sockets[0].getsockname()
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        scheme = "http" if self._handshakes is None else "https"
        return f"{scheme}://{shown}:{bound[1]}{PATH}"

    async def close(self) -> None:
        """Listen no more; what has begun may end, for a moment."""
        if self._listener is None:
            return
        self._closing.set()
        self._listener.close()
        if self._handshakes is not None:
            self._handshakes.close()
        for timer in self._unheard.values():
            timer.cancel()
        self._unheard.clear()
        await asyncio.sleep(0)  # what has come begins to be handled
        self._server.pre_shutdown()
        await self._server.shutdown(SHUTDOWN_SECONDS)
        if self._forwarder is not None:
            await self._forwarder.close()

    def _connected(self) -> asyncio.Protocol:
        """What serves a new connection, whose first request must come soon."""
        if len(self._server.connections) >= MOST_CONNECTIONS:
            arrival = Arrival(b"", trouble=f"there are {MOST_CONNECTIONS} connections already")
            self._came(arrival)
            self._answered(arrival, Answer(503, told="503"))
            return _Busy()
        connection = self._server()
        loop = asyncio.get_running_loop()
        self._unheard[connection] = loop.call_later(HEAD_SECONDS, self._give_up, connection)
        return connection

    def _give_up(self, connection: RequestHandler) -> None:
        del self._unheard[connection]
        connection.force_close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if timer := self._unheard.pop(request.protocol, None):
            timer.cancel()
        try:
            arrival, answer = await self._answer(request)
            self._answered(arrival, answer)
            return await self._send(request, answer)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - our own bug, or the callback's, gets an answer too
            _log.exception("a notification could not be answered")
            return _response(in_words(500, "The listener met a bug of its own; it has printed more."))

    async def _answer(self, request: web.BaseRequest) -> tuple[Arrival, Answer]:
        """What came, and what to say to it."""
        if request.method != "POST":
            trouble = f"the method is {request.method[:20]}"
            return self._no_notification(405, b"", trouble, Allow="POST")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return self._no_notification(415, b"", "the body is compressed")
        try:
            body = await _read(request)
        except TimeoutError:
            return self._no_notification(408, b"", f"the body was not whole after {BODY_SECONDS:g} seconds")
        except web.RequestPayloadError:
            return self._no_notification(400, b"", "the body was cut off")
        except asyncio.CancelledError:
            self._came(Arrival(b"", trouble="the body was cut off"))
            raise
        if len(body) > LONGEST_BODY:
            return self._no_notification(413, b"", f"the body has more than {LONGEST_BODY} bytes")
        try:
            notification = read_notification(body)
        except NoNotificationError as error:
            return self._no_notification(400, body, str(error))
        attempt = self._attempts.count(request.raw_path, notification.message_id, body)
        arrival = Arrival(body, notification, attempt, content_type=request.headers.get("Content-Type", ""))
        self._came(arrival)
        return arrival, await self._answer_to(request, notification, arrival)

    async def _answer_to(self, request: web.BaseRequest, notification: Notification, arrival: Arrival) -> Answer:
        if self._failing.fails(notification.message_id, arrival.attempt, notification.status):
            return as_told(self._failing, notification)
        if self._forwarder is None:
            return acknowledged(notification)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OUR_OWN}
        try:
            return await self._forwarder.post(arrival.body, headers, notification.message_id)
        except asyncio.CancelledError:
            why = "listening has ended" if self._closing.is_set() else "the sender did not wait for it"
            self._answered(arrival, Answer(0, told=f"nothing: {why}"))
            raise

    def _no_notification(self, status: int, body: bytes, trouble: str, **headers: str) -> tuple[Arrival, Answer]:
        arrival = Arrival(body, trouble=trouble)
        self._came(arrival)
        return arrival, in_words(status, f"This is no notification: {trouble}", f"{status}, and why", **headers)

    async def _send(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        """Do to the connection what the answer says."""
        response = _response(answer)
        transport = request.transport
        if transport is None or answer.deed == "answer":
            return response
        match answer.deed:
            case "silent":
                with suppress(TimeoutError):
                    async with asyncio.timeout(SILENT_SECONDS):
                        await self._closing.wait()
            case "close":
                transport.write(_head(answer))
            case "reset":
                connected = transport.get_extra_info("socket")
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                transport.abort()
        transport.close()
        return response  # which no longer finds a connection to go out by


class _Busy(asyncio.Protocol):
    """Serves a connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so, and close it."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - narrows the type
        transport.write(_BUSY)
        transport.close()


async def _read(request: web.BaseRequest) -> bytes:
    """The whole body, or as much of it as shows that it is too big. Who waits to be invited is."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(_CONTINUE)
        request.writer.output_size = 0  # what came before the answer is no part of it
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LONGEST_BODY:
                break
    return bytes(body)


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def _head(answer: Answer) -> bytes:
    """The head of an answer whose body is not to come."""
    lines = [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, f"Content-Length: {len(answer.body)}", "", ""]).encode()
