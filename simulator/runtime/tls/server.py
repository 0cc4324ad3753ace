"""aiohttp's server, with TLS in front of each of its connections."""

import asyncio
from typing import Any
from weakref import WeakSet

from aiohttp import web

from simulator.runtime.tls.connection import TlsProtocol
from simulator.runtime.tls.terms import Terms


class TlsServer(web.Server):
    """Makes the protocols of connections, as aiohttp's own does, each behind a handshake."""

    def __init__(self, terms: Terms, handler: Any, **options: Any) -> None:  # noqa: ANN401 - as aiohttp has them
        super().__init__(handler, **options)
        self._terms = terms
        self._connections_under_tls: WeakSet[TlsProtocol] = WeakSet()

    def __call__(self) -> asyncio.Protocol:  # type: ignore[override]  # which is all that a listening socket asks for
        """For one more connection, on the terms that hold now."""
        protocol = TlsProtocol(self._terms.context(), super().__call__(), self._terms.refuse)
        self._connections_under_tls.add(protocol)
        return protocol

    def pre_shutdown(self) -> None:
        """Nobody who is still shaking hands is waited for."""
        for protocol in self._connections_under_tls:
            protocol.give_up()
        super().pre_shutdown()
