"""The gate before every connection to a buyer's endpoint: the address decides, whatever name led to it."""

import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import ResolveResult

from simulator.config import is_this_machine
from simulator.targets import THIS_MACHINE, refusal


class ForbiddenAddressError(OSError):
    """Nothing is sent to that address; the text says why, and what to do."""


class Gate(aiohttp.ThreadedResolver):
    """Lets connections through to addresses that may be sent to, and to this machine if ``here`` says that it is meant.

    aiohttp asks twice. ``resolve`` leaves out what a name must not lead to, so that the others are tried; ``open`` is
    asked just before every connection, and is the only one that is asked where the URL has an address and no name.
    """

    def __init__(self, *, here: bool) -> None:
        super().__init__()
        self._here = here

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name that may be sent to. Raises ForbiddenAddressError if it has none but others."""
        found = await super().resolve(host, port, family=family)
        reasons = [refusal(one["host"], here=self._here) for one in found]
        if all(reasons):
            raise ForbiddenAddressError(min(reasons))  # whichever record came first
        return [one for one, reason in zip(found, reasons, strict=True) if not reason]

    def open(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket to connect to that address. Raises ForbiddenAddressError."""
        family, kind, protocol, _, address = info
        reason = refusal(str(address[0]), here=self._here)
        if reason:
            raise ForbiddenAddressError(reason)
        return socket.socket(family, kind, protocol)


def names_this_machine(url: str) -> bool:
    """Whether a URL says by itself, whatever a name may be looked up as, that this machine is meant."""
    host = urlsplit(url).hostname or ""
    try:
        return is_this_machine(host) or refusal(host, here=False) == THIS_MACHINE
    except ValueError:  # a name
        return False
