"""Who may come in: asked before anything but the head of a request is read (contract §1, the rows of 401 and 403)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.config import Config
from simulator.core.inputs import Caller
from simulator.server.client_address import client_address
from simulator.server.connection import Connection
from simulator.wire.networks import Network, among

if TYPE_CHECKING:
    from simulator.runtime.environments import Environment
    from simulator.runtime.tls.terms import Terms

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entrance:
    """How the supplier's port is kept: which proxies are believed, and on which terms of TLS, if on any."""

    proxies: Sequence[Network] = ()
    terms: Terms | None = None

    def caller(self, request: web.BaseRequest, environment: Environment, operation: str) -> Caller | None:
        """Who calls, or why it may not come in; ``None`` where that is asked of nobody."""
        agreed = environment.blueprint.settings.source_addresses
        if agreed:
            address = client_address(request, self.proxies)
            if address is None or not among(address, agreed):
                told = address or f"whoever the proxy {request.remote} speaks for"
                _log.warning("403: %s is not among the source_addresses of %s", told, environment.name)
                return Caller(stopped="address-not-agreed")
        if self.terms is None:
            return None
        from simulator.runtime.tls.identity import caller_of  # noqa: PLC0415 - 40 ms that only TLS pays

        connection = request.protocol
        assert isinstance(connection, Connection)  # noqa: S101 - narrows the type: the port makes no others
        assert connection.client is not None  # noqa: S101 - the same: under TLS there is always one
        return caller_of(connection.client, self.terms, environment, operation)


def entrance_of(config: Config) -> Entrance:
    """How the settings would have the port kept.

    Raises:
        ConfigError: a certificate, a key or a list of revocations can't be used.
    """
    if config.tls == "off":
        return Entrance(config.trusted_proxies)
    from simulator.runtime.tls.terms import terms_of  # noqa: PLC0415 - as above

    return Entrance(config.trusted_proxies, terms_of(config))
