"""Delivery of notifications: one POST to the buyer's endpoint, and what came back, in words that every run repeats."""

import asyncio

import aiohttp

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer

LONGEST_ANSWER = 64 * 1024
"""Bytes read of an acknowledgement."""
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MOST_CONNECTIONS = 64


class Courier:
    """Carries notifications to one endpoint. Open it inside the event loop, close it at the end."""

    def __init__(self, endpoint: str | None) -> None:
        self._endpoint = endpoint
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, deliver: Deliver) -> DeliveryAnswer:
        """Make one attempt. Never raises: a failure is an answer too, without host, port or duration."""
        if self._endpoint is None:
            return DeliveryAnswer(None, failure="no endpoint is configured")
        headers = {"Content-Type": deliver.content_type}
        if deliver.content_type.startswith("text/xml"):
            headers["SOAPAction"] = '""'
        try:
            session = self._open()
            async with session.post(
                self._endpoint, data=deliver.body, headers=headers, allow_redirects=False
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
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return DeliveryAnswer(None, failure=f"the endpoint gave no answer ({type(error).__name__})")

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
            connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False)
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
