"""Puts TLS over the connections of a port."""

import asyncio
from collections.abc import Callable

from simulator.runtime.tls.connection import Shaking, TlsProtocol
from simulator.runtime.tls.terms import Terms


class TlsCover:
    """Over each connection, on the terms that hold when it is made."""

    def __init__(self, terms: Terms, most: int, turned_away: Callable[[], None]) -> None:
        """``most`` may shake hands at once; ``turned_away`` is called for each who is one too many."""
        self._terms = terms
        self._shaking = Shaking(most, turned_away)

    def over(self, http: asyncio.Protocol) -> asyncio.Protocol:
        """What TCP is to talk to, in front of HTTP."""
        return TlsProtocol(self._terms.context(), http, self._terms.refuse, self._shaking)

    def give_up(self) -> None:
        """End whatever has not come so far as to speak HTTP."""
        self._shaking.end()
