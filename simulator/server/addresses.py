"""Where a server listens, and what the base URL of an environment is for whoever asks."""

from dataclasses import dataclass
from ipaddress import ip_address

from aiohttp import web
from yarl import URL


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a server listens, as base URLs."""

    supplier: str
    control: str


SUPPLIER = web.AppKey("supplier", str)
"""The base URL of the supplier's port, for the application that is the control API."""


def url_of(name: str, request: web.Request) -> str:
    """What a buyer's system is to be pointed at, in place of the supplier's own address.

    Where the server listens on every address, the buyer is told the one by which the control API was reached.
    """
    base = URL(request.app[SUPPLIER])
    if base.host is not None and ip_address(base.host).is_unspecified:
        host = request.headers["Host"]
        base = base.with_host(URL(f"http://{host}").host or base.host)
    return f"{base.origin()}/{name}/api2"
