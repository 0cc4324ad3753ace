"""Delivery of notifications: one POST to the buyer's endpoint, and what came back, in words that every run repeats."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer
from simulator.runtime.delivery_failures import failure
from simulator.runtime.gate import Gate, names_this_machine

LONGEST_ANSWER = 64 * 1024
"""Bytes read of an acknowledgement."""
CONNECT_SECONDS = 5.0
"""To look up the host's name, to connect, and for TLS to be agreed upon, together."""
TOTAL_SECONDS = 15.0
"""For the whole attempt; a notification that is sent slowly has so much more as it takes."""
BODY_SECONDS = 10.0
"""For the body of the answer, once its status has come."""
MOST_CONNECTIONS = 256
MOST_TO_ONE = 64
"""Connections to one endpoint: one that is silent does not hold up the others."""
MOST_PIECES = 20
"""Of a notification that is sent slowly."""
LONGEST_RETRY_AFTER = 7 * 24 * 3600
"""Seconds."""

TIMES = logging.getLogger("simulator.delivery")
"""Told how long each attempt took in truth, which no journal may know; only who asks for it hears of it."""
_BODY_TOO_SLOW = "the body of the endpoint's answer did not come whole in time"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a buyer's notifications go: a URL, headers to send along, and what TLS needs beyond the usual."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None


def _tell(deliver: Deliver, answer: DeliveryAnswer, seconds: float) -> None:
    about = {"ticket": deliver.lane, "delivery": deliver.delivery, "attempt": deliver.attempt, "status": answer.status}
    TIMES.info("delivery-attempt", extra={"facts": {**about, "real_seconds": round(seconds, 6)}})


class Courier:
    """Carries notifications to their endpoints. Open it inside the event loop, close it at the end."""

    def __init__(self, endpoint: Endpoint | None, of_buyers: Mapping[str, Endpoint | None]) -> None:
        """``of_buyers`` are the endpoints that single buyers have, by their names; all others have ``endpoint``."""
        self._endpoint = endpoint
        self._of_buyers = dict(of_buyers)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)
        self._turns_at: dict[str, asyncio.Semaphore] = {}

    async def deliver(self, deliver: Deliver) -> DeliveryAnswer:
        """Make one attempt. Never raises: a failure is an answer too, without host, port or duration."""
        while (endpoint := self._of(deliver.buyer)) is not None:
            its_own = self._turns_at.setdefault(endpoint.url, asyncio.Semaphore(MOST_TO_ONE))
            async with its_own, self._turns:  # waiting for a turn does not count as the endpoint's time
                if self._of(deliver.buyer) is not endpoint:
                    continue  # the buyer has another meanwhile
                began = time.monotonic()
                answer = await self._attempt(endpoint, deliver)
            _tell(deliver, answer, time.monotonic() - began)
            return answer
        return DeliveryAnswer(None, failure="no endpoint is configured")

    def _of(self, buyer: str) -> Endpoint | None:
        return self._of_buyers.get(buyer, self._endpoint)

    def send_to(self, buyer: str, endpoint: Endpoint | None) -> None:
        """From the next attempt on, this buyer's notifications go there, or nowhere."""
        self._of_buyers[buyer] = endpoint

    async def _attempt(self, endpoint: Endpoint, deliver: Deliver) -> DeliveryAnswer:
        try:
            return await self._post(endpoint, deliver)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return DeliveryAnswer(None, failure=failure(error, endpoint.url))

    async def _post(self, endpoint: Endpoint, deliver: Deliver) -> DeliveryAnswer:
        headers = {**endpoint.headers, "Content-Type": deliver.content_type, "Accept-Encoding": "identity"}
        if deliver.content_type.startswith("text/xml"):
            headers["SOAPAction"] = '""'
        body: bytes | AsyncIterator[bytes] = deliver.body
        seconds = deliver.over_milliseconds / 1000
        if seconds and deliver.body:
            headers["Content-Length"] = str(len(deliver.body))
            body = _slowly(deliver.body, seconds)
        async with self._session(endpoint).post(
            endpoint.url,
            data=body,
            headers=headers,
            allow_redirects=False,
            ssl=endpoint.tls if endpoint.tls is not None else True,
            timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS + seconds, connect=CONNECT_SECONDS),
        ) as response:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    answer = await _read(response)
            except TimeoutError:  # the whole attempt's limit may be reached here too
                return DeliveryAnswer(None, failure=_BODY_TOO_SLOW)
            return DeliveryAnswer(response.status, answer, retry_after=_retry_after(response))

    async def close(self) -> None:
        """Close every connection."""
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    def _session(self, endpoint: Endpoint) -> aiohttp.ClientSession:
        """One for endpoints on this machine and one for all others, each with its gate. No proxy is asked for."""
        here = names_this_machine(endpoint.url)
        if here not in self._sessions:
            gate = Gate(here=here)
            # One connection for each attempt: on a kept one, an endpoint's own time limit would lose notifications.
            connector = aiohttp.TCPConnector(limit=0, force_close=True, resolver=gate, socket_factory=gate.open)
            self._sessions[here] = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._sessions[here]


async def _slowly(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """The body in pieces; the last goes out when the time is over. None follows the endpoint's answer."""
    length = -(-len(body) // MOST_PIECES)
    pieces = [body[start : start + length] for start in range(0, len(body), length)]
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        yield piece


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, up to the limit; the rest is left on the wire."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            response.close()
            break
    return bytes(body[:LONGEST_ANSWER])


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    """For how many seconds a refusal asks to be left alone (RFC 9110, 10.2.3); ``None`` if it does not say, or wrongly.

    An instant is reckoned from the answer's own ``Date``: our clock is another in every run.
    """
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        digits = asked.lstrip("0")[:10] or "0"  # ten are more than the limit
        return min(int(digits), LONGEST_RETRY_AFTER)
    then, now = _instant(asked), _instant(response.headers.get("Date", ""))
    if then is None or now is None or then < now:
        return None
    return min(int((then - now).total_seconds()), LONGEST_RETRY_AFTER)


def _instant(text: str) -> datetime | None:
    """An HTTP date."""
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
