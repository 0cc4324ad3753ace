"""Delivery of notifications: one POST to the buyer's endpoint, and what came back, in words that every run repeats."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer

LONGEST_ANSWER = 64 * 1024
"""Bytes read of an acknowledgement."""
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MOST_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a buyer's notifications go: a URL, headers to send along, and what TLS needs beyond the usual."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None


class Courier:
    """Carries notifications to their endpoints. Open it inside the event loop, close it at the end."""

    def __init__(self, endpoint: Endpoint | None, of_buyers: Mapping[str, Endpoint | None]) -> None:
        """``of_buyers`` are the endpoints that single buyers have, by their names; all others have ``endpoint``."""
        self._endpoint = endpoint
        self._of_buyers = dict(of_buyers)
        self._session: aiohttp.ClientSession | None = None
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)

    async def deliver(self, deliver: Deliver) -> DeliveryAnswer:
        """Make one attempt. Never raises: a failure is an answer too, without host, port or duration."""
        endpoint = self._of_buyers.get(deliver.buyer, self._endpoint)
        if endpoint is None:
            return DeliveryAnswer(None, failure="no endpoint is configured")
        async with self._turns:  # waiting for a turn does not count as the endpoint's time
            return await self._attempt(endpoint, deliver)

    def send_to(self, buyer: str, endpoint: Endpoint | None) -> None:
        """From the next attempt on, this buyer's notifications go there, or nowhere."""
        self._of_buyers[buyer] = endpoint

    async def _attempt(self, endpoint: Endpoint, deliver: Deliver) -> DeliveryAnswer:
        headers = {**endpoint.headers, "Content-Type": deliver.content_type, "Accept-Encoding": "identity"}
        if deliver.content_type.startswith("text/xml"):
            headers["SOAPAction"] = '""'
        try:
            session = self._open()
            async with session.post(
                endpoint.url,
                data=deliver.body,
                headers=headers,
                allow_redirects=False,
                ssl=endpoint.tls if endpoint.tls is not None else True,
            ) as response:
                return DeliveryAnswer(response.status, await _read(response))
        except asyncio.CancelledError:
            raise
        except TimeoutError:
            return DeliveryAnswer(None, failure="the endpoint did not answer in time")
        except aiohttp.ClientConnectorDNSError:
            return DeliveryAnswer(None, failure="the endpoint's host is not known")
        except aiohttp.ClientSSLError:
            return DeliveryAnswer(None, failure="no TLS connection could be made with the endpoint")
        except aiohttp.ClientConnectorError:
            return DeliveryAnswer(None, failure="nothing listens at the endpoint")
        except (aiohttp.ServerConnectionError, aiohttp.ClientOSError, aiohttp.ClientPayloadError):
            return DeliveryAnswer(None, failure="the endpoint closed the connection before its answer was whole")
        except (aiohttp.ClientError, OSError, ValueError):
            return DeliveryAnswer(None, failure="the endpoint gave no answer that could be read")

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
            # One connection for each attempt: on a kept one, an endpoint's own time limit would lose notifications.
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, up to the limit; the rest is left on the wire."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            response.close()
            break
    return bytes(body[:LONGEST_ANSWER])
