"""Where a request comes from: the other end of its connection, or what proxies that are believed say of it."""

from collections.abc import Sequence

from aiohttp import web

from simulator.wire.networks import Address, Network, address_of, among

FORWARDED = "X-Forwarded-For"
LONGEST_FORWARDED = 2_000
"""Characters of that header; a longer one is not believed."""


def client_address(request: web.BaseRequest, proxies: Sequence[Network]) -> Address | None:
    """The address of whoever has sent a request; ``None`` where a proxy that is believed did not make it out.

    Each proxy adds at the end whom it has the request from. So the last one who is no proxy of ours is the sender, and
    what stands before that may be anything.
    """
    peer = request.get_extra_info("peername")
    address = address_of(peer[0]) if peer else None
    told = ",".join(request.headers.getall(FORWARDED, []))
    if address is None or not told or not among(address, proxies):
        return address
    if len(told) > LONGEST_FORWARDED:
        return None
    for said in reversed(told.split(",")):
        address = address_of(_without_port(said.strip()))
        if address is None or not among(address, proxies):
            break
    return address


def _without_port(said: str) -> str:
    """Some proxies tell the port too: ``192.0.2.1:5000``, ``[2001:db8::1]:5000``."""
    if said.startswith("["):
        return said[1:].partition("]")[0]
    host, colon, _ = said.rpartition(":")
    return host if colon and ":" not in host else said
