"""Where a request comes from: the other end of its connection, or what proxies that are believed say of it."""

import re
from collections.abc import Sequence

from aiohttp import web

from simulator.wire.networks import Address, Network, address_of, among

FORWARDED = "X-Forwarded-For"
_SAID = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|(?P<host>[0-9.]+)(?::[0-9]{1,5})?|(?P<bare>[0-9A-Fa-f:.]+)"
)
"""One address; some proxies tell the port too."""
LONGEST_FORWARDED = 2_000
"""Characters of that header; a longer one is not believed."""


def client_address(request: web.BaseRequest, proxies: Sequence[Network]) -> Address | None:
    """The address of whoever has sent a request; ``None`` where a proxy that is believed did not make it out.

    Each proxy adds at the end whom it has the request from. So the last one who is no proxy of ours is the sender, and
    what stands before that may be anything.
    """
    address = address_of(request.remote or "")
    told = ",".join(request.headers.getall(FORWARDED, []))
    if address is None or not told or not among(address, proxies):
        return address
    if len(told) > LONGEST_FORWARDED:
        return None
    for said in reversed(told.split(",")):
        found = _SAID.fullmatch(said.strip(" \t"))
        address = address_of(found["v6"] or found["host"] or found["bare"]) if found else None
        if address is None or not among(address, proxies):
            break
    return address
