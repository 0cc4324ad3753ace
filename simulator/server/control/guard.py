"""Who may use the control port: programs that know the token, or that run on this machine. Web pages elsewhere may not.

A page that a developer's browser happens to show can send requests to this machine: straight away (a drive-by), or by a
name of its own that it lets stand for 127.0.0.1 (rebinding). The first kind names its origin, the second its host.
"""

import base64
import binascii
import hmac
import re

from aiohttp import web

from simulator.config import is_this_machine
from simulator.server.control.problems import Problem

_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_OPEN = frozenset({"/health/live", "/health/ready"})
"""What whoever started the process may ask without the token."""
_SAFE_METHODS = frozenset({"GET", "HEAD"})


class Guard:
    """Lets a request pass, or says why not. Without a ``token`` whoever is on this machine may do anything."""

    def __init__(self, token: str = "") -> None:
        self._token = token.encode()

    def check(self, request: web.Request) -> None:
        """Raise a problem where a request may not pass. Nothing of it has been read but its head."""
        if not request.raw_path.startswith("/"):
            raise Problem(400, "send the path alone as the target of a request")
        hosts = request.headers.getall("Host", [])
        host = hosts[0] if len(hosts) == 1 else ""
        named = _AUTHORITY.fullmatch(host)
        if named is None:
            raise Problem(400, "send one Host header, with the host and the port of the control API")
        self._check_origin(request, host)
        if self._token:
            if request.path not in _OPEN and not self._knows_token(request.headers.get("Authorization", "")):
                raise Problem(401, "send the control token: Authorization: Bearer TOKEN, or as the password of Basic")
        elif not is_this_machine(named[1]):
            detail = f"the control API is called {host[:80]!r}; call it localhost or 127.0.0.1, or set a control token"
            raise Problem(421, detail)

    def _check_origin(self, request: web.Request, host: str) -> None:
        """What a browser says of the page that sends a request; programs say nothing of the kind."""
        for origin in request.headers.getall("Origin", []):
            if origin.partition("://")[2] != host:
                raise Problem(403, f"a page of {origin[:80]!r} may not use the control API")
        site = request.headers.get("Sec-Fetch-Site", "none")
        visit = request.method in _SAFE_METHODS and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if site not in {"none", "same-origin"} and not visit:
            raise Problem(403, "a page of another site may not use the control API")

    def _knows_token(self, credentials: str) -> bool:
        """In constant time, as far as the token goes."""
        scheme, _, given = credentials.partition(" ")
        told = given.strip().encode("utf-8", "surrogateescape")
        match scheme.lower():
            case "bearer":
                return hmac.compare_digest(told, self._token)
            case "basic":
                return hmac.compare_digest(_password(told), self._token)
            case _:
                return False


def _password(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
