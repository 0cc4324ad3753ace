"""Puts TLS over the connections of a port."""

import asyncio

from simulator.runtime.tls.connection import TlsProtocol
from simulator.runtime.tls.terms import Terms


class TlsCover:
    """Over each connection, on the terms that hold when it is made."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._shaking: set[TlsProtocol] = set()

    def over(self, http: asyncio.Protocol) -> asyncio.Protocol:
        """What TCP is to talk to, in front of HTTP."""
        return TlsProtocol(self._terms.context(), http, self._terms.refuse, self._shaking)

    def give_up(self) -> None:
        """End whatever has not come so far as to speak HTTP."""
        for protocol in tuple(self._shaking):
            protocol.abort()
