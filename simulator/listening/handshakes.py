"""TLS of the endpoint: hands are shaken before HTTP begins, so that whoever gets no connection is told of.

asyncio's own servers tell nobody of a handshake that fails.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import cast

MOST_HANDSHAKES = 200
"""Handshakes at once; whoever would begin one more is hung up on."""
HANDSHAKE_SECONDS = 10.0

Refused = Callable[[str], None]
"""Hears why no TLS connection was made."""

_HUNG_UP = "the sender hung up; it may not trust this endpoint's certificate: name it the set's ca.pem"
_NOT_TRUSTED = "the sender does not take this endpoint's certificate: name it the set's ca.pem, and call a host of it"
_BY_REASON: Mapping[str, str] = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the sender showed no certificate",
    "HTTP_REQUEST": "the sender speaks plain HTTP: use https",
    "WRONG_VERSION_NUMBER": "what came is no TLS",
    "UNSUPPORTED_PROTOCOL": "the sender speaks no version of TLS from 1.2 on",
    "NO_SHARED_CIPHER": "the sender offers no cipher that is taken here",
}
_UNKNOWN = "no authority of the set has issued the sender's certificate, or an intermediate one is not sent with it"
_BY_VERDICT: Mapping[int, str] = {
    2: _UNKNOWN,
    9: "the sender's certificate, or that of an authority above it, is not yet valid",
    10: "the sender's certificate, or that of an authority above it, has expired",
    12: "the set's ca.crl has expired: make the set anew",
    18: "the sender's certificate is signed by itself",
    19: _UNKNOWN,
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: "the sender's certificate, or that of an authority above it, is revoked",
    26: "the sender's certificate, or that of an authority above it, is not meant for clients",
}
"""By OpenSSL's number (X509_V_ERR_…)."""


def why(error: Exception) -> str:
    """Why there is no TLS connection, in words that say what to do."""
    match error:
        case ssl.SSLCertVerificationError():
            return _BY_VERDICT.get(error.verify_code, "the sender's certificate does not hold")
        case ssl.SSLError() if (error.reason or "") in _BY_REASON:
            return _BY_REASON[error.reason]
        case ssl.SSLError():
            return _NOT_TRUSTED if "ALERT" in (error.reason or "") else "it is broken"
        case TimeoutError() | ConnectionAbortedError():  # the latter is asyncio's word for it
            return f"it was not over after {HANDSHAKE_SECONDS:g} seconds"
    return _HUNG_UP


class Handshakes:
    """All that are under way."""

    def __init__(self, context: ssl.SSLContext, http: Callable[[], asyncio.Protocol], refused: Refused) -> None:
        """``http`` makes what serves a connection once TLS is agreed upon."""
        self._context = context
        self._http = http
        self._refused = refused
        self._under_way: set[asyncio.Task[None]] = set()

    def meet(self) -> asyncio.Protocol:
        """What a new connection talks to first."""
        return _Front(self._begin)

    def close(self) -> None:
        """End those that are under way."""
        for task in self._under_way:
            task.cancel()

    def _begin(self, front: _Front, tcp: asyncio.Transport) -> None:
        if len(self._under_way) >= MOST_HANDSHAKES:
            tcp.abort()
            return
        task = asyncio.get_running_loop().create_task(self._shake_hands(front, tcp))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _shake_hands(self, front: _Front, tcp: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            tls = await loop.start_tls(
                tcp, front, self._context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except OSError as error:  # of TLS, of the connection, or of time
            self._refused(why(error))
            return
        if tls is None:  # it was lost as it began
            self._refused(_HUNG_UP)
            return
        front.hand_over(tls, self._http())


class _Front(asyncio.Protocol):
    """Keeps what comes in the instant between the handshake's end and HTTP's beginning."""

    def __init__(self, begin: Callable[[_Front, asyncio.Transport], None]) -> None:
        self._begin = begin
        self._early = bytearray()
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP's connection; nothing is read from it but by TLS."""
        tcp = cast("asyncio.Transport", transport)
        tcp.pause_reading()
        self._begin(self, tcp)

    def data_received(self, data: bytes) -> None:
        """The first bytes of HTTP."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio has it
        """Before HTTP has heard of it."""
        self._lost = True

    def hand_over(self, tls: asyncio.Transport, http: asyncio.Protocol) -> None:
        """Let HTTP begin."""
        if self._lost:
            return
        tls.set_protocol(http)
        http.connection_made(tls)
        if self._early:
            http.data_received(bytes(self._early))
