"""One TLS connection: between TCP and HTTP, so that whatever is refused is told, with its reason and its certificate.

asyncio's own TLS shows neither a certificate that was refused nor, where it ends a handshake, the alert to the client.
pyOpenSSL does both: here it is given bytes and asked for bytes, and has no socket of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol, cast

from OpenSSL import SSL

from simulator.runtime.tls.client import Client
from simulator.runtime.tls.handshakes import BEFORE_ANY_VERSION, HUNG_UP, PLAIN_HTTP, TOO_SLOW, Failure, why

HANDSHAKE_SECONDS = 10.0
"""How long a client may take until the handshake is done."""
PARTING_SECONDS = 2.0
"""How long a client that was refused may take to hang up: were it cut off, it might not see the alert."""
_AT_ONCE = 64 * 1024
"""Bytes moved out of OpenSSL in a row."""
_USE_HTTPS = b"This port speaks TLS: use https, with a client certificate.\n"
_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_USE_HTTPS), _USE_HTTPS)
)

_NOWHERE = asyncio.Transport()
"""Stands for TCP's transport until there is one."""

Tell = Callable[[Client, Failure], None]
"""Hears of each client with which no connection was agreed upon, and why."""


class Http(Protocol):
    """What TlsProtocol asks of HTTP's protocol, beside what every protocol has: a place for its connection."""

    def admit(self) -> bool:
        """Take one; ``False`` where there is none."""

    def release(self) -> None:
        """Give it back."""

    def eof_received(self) -> bool:
        """The client will send no more; whether it is still to be answered."""


class Shaking:
    """The connections of a port that have not come so far as to speak HTTP: who is too many is turned away."""

    def __init__(self, most: int, turned_away: Callable[[], None]) -> None:
        self._most = most
        self._turned_away = turned_away
        self._all: dict[TlsProtocol, None] = {}

    def enter(self, newcomer: TlsProtocol) -> bool:
        """Let one in; where there is no room, in the place of the oldest that has said nothing yet."""
        if len(self._all) >= self._most:
            self._turned_away()
            idle = next((one for one in self._all if not one.begun), None)
            if idle is None:
                return False
            self.leave(idle)
            idle.abort()
        self._all[newcomer] = None
        return True

    def leave(self, one: TlsProtocol) -> None:
        """It speaks HTTP now, or has ended."""
        self._all.pop(one, None)

    def end(self) -> None:
        """End them all."""
        for one in tuple(self._all):
            one.abort()


class TlsProtocol(asyncio.Protocol):
    """What TCP talks to. HTTP hears of the connection once the handshake is done."""

    def __init__(self, context: SSL.Context, http: Any, tell: Tell, shaking: Shaking) -> None:  # noqa: ANN401 - see Http
        """``http`` is asyncio's protocol of HTTP, and an :class:`Http`."""
        self.client = Client()
        self.begun = False
        """Whether the client has said anything."""
        self._tls = SSL.Connection(context)
        self._tls.set_app_data(self.client)
        self._tls.set_accept_state()
        self.http = http
        self._tell = tell
        self._shaking = shaking
        self.tcp: asyncio.Transport = _NOWHERE
        self._agreed = self._over = self._heard_out = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected; it has so long to agree upon TLS."""
        self.tcp = cast("asyncio.Transport", transport)
        self.client.address = transport.get_extra_info("peername")[0]
        if not self.http.admit() or not self._shaking.enter(self):
            self.abort()
            return
        self._wait(HANDSHAKE_SECONDS, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Bytes have come: of the handshake, and then of HTTP in its cover."""
        if self._over or self._heard_out:
            return
        self.begun = True
        self._tls.bio_write(data)
        if self._agreed or self._shake_hands():
            self._read()

    def eof_received(self) -> bool:
        """The client will send no more; whether it is still to be answered, as without TLS."""
        return self._agreed and not self._over and bool(self.http.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._stop_waiting()
        self._shaking.leave(self)
        if self._agreed:
            self.http.connection_lost(exc)
        else:
            self.http.release()
            if self.begun and not self._over:
                self._tell(self.client, HUNG_UP)
        self._over = True

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        if self._agreed:
            self.http.pause_writing()

    def resume_writing(self) -> None:
        """It has read on."""
        if self._agreed:
            self.http.resume_writing()

    # -- the handshake

    def _shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done."""
        try:
            self._tls.do_handshake()
            self.client.take(self._tls)
        except SSL.WantReadError:
            self._flush()
            return False
        except SSL.Error as error:
            self._refuse(why(error, self.client.refusal))
            return False
        self._flush()
        if self.tcp.is_closing():  # what was flushed found nobody
            self._tell(self.client, HUNG_UP)
            self._over = True
            return False
        self._stop_waiting()
        self._shaking.leave(self)
        self._agreed = True
        self.client.version = self._tls.get_protocol_version_name()
        self.http.connection_made(TlsTransport(self))
        return True

    def _refuse(self, failure: Failure) -> None:
        """Let the client see why, as far as TLS can tell it, and wait for it to hang up."""
        self._over = True
        self._shaking.leave(self)
        if failure.reason not in BEFORE_ANY_VERSION:
            self.client.version = self._tls.get_protocol_version_name()
        self._flush()
        if failure is PLAIN_HTTP:
            self.tcp.write(_ANSWER)
        self._wait(PARTING_SECONDS, self.tcp.abort)
        with suppress(OSError):  # it has hung up already
            self.tcp.write_eof()
        self._tell(self.client, failure)

    def _too_slow(self) -> None:
        if self.begun:
            self._tell(self.client, TOO_SLOW)
        self.abort()

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    # -- what is read and written once it is done

    def _read(self) -> None:
        """Hand on whatever has come whole."""
        while not self._over:
            try:
                data = self._tls.recv(_AT_ONCE)
            except SSL.WantReadError:
                break
            except SSL.ZeroReturnError:  # the client has taken its leave, and may wait for an answer
                self._heard_out = True
                if not self.http.eof_received():
                    self.close()
                return
            except SSL.Error:
                self.abort()
                return
            self.http.data_received(data)
        self._flush()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes of HTTP."""
        if self._over or not data:
            return
        try:
            self._tls.sendall(bytes(data))
        except SSL.Error:
            self.abort()
        else:
            self._flush()

    def close(self) -> None:
        """Take leave, and end the connection once all is sent."""
        if not self._over:
            self._over = True
            with suppress(SSL.Error):
                self._tls.shutdown()
            self._flush()
        self.tcp.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._over = True
        self.tcp.abort()

    def _flush(self) -> None:
        """Send what OpenSSL has for the client."""
        with suppress(SSL.WantReadError):
            while data := self._tls.bio_read(_AT_ONCE):
                self.tcp.write(data)


class TlsTransport(asyncio.Transport):
    """What HTTP talks to: TCP's transport, but that all goes under TLS."""

    def __init__(self, protocol: TlsProtocol) -> None:
        super().__init__()
        self._tls = protocol
        self._tcp = protocol.tcp

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as asyncio has it
        """What TCP knows; who is there (``client``); and that it is https (aiohttp asks for ``sslcontext``)."""
        if name in {"client", "sslcontext"}:
            return self._tls.client
        return self._tcp.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes."""
        self._tls.write(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send pieces, as one."""
        self._tls.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """TLS ends both ways at once."""
        return False

    def close(self) -> None:
        """Take leave, and end the connection once all is sent."""
        self._tls.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._tls.abort()

    def is_closing(self) -> bool:
        """Whether it ends, or has."""
        return self._tcp.is_closing()

    def is_reading(self) -> bool:
        """Whether bytes are taken."""
        return self._tcp.is_reading()

    def pause_reading(self) -> None:
        """Take no more bytes for now."""
        self._tcp.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._tcp.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Bytes that wait to be sent."""
        return self._tcp.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """At how many waiting bytes writing is resumed, and paused."""
        return self._tcp.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set them."""
        self._tcp.set_write_buffer_limits(high, low)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Whoever reads."""
        protocol: asyncio.BaseProtocol = self._tls.http
        return protocol
