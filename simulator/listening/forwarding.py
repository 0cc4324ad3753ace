"""Handing a notification on to an endpoint that is there already, and its answer back."""

from collections.abc import Mapping
from dataclasses import replace

import aiohttp

from simulator.cityfibre.acknowledgement import judge
from simulator.core.inputs import DeliveryAnswer
from simulator.listening.answers import Answer, in_words

FORWARD_SECONDS = 14.0
"""Real seconds for the endpoint's whole answer: one less than the simulator waits for ours."""
CONNECT_SECONDS = 5.0
LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are handed back: as many as the simulator reads."""
_HANDED_BACK = ("Content-Type", "Content-Encoding", "Retry-After")


class Forwarder:
    """Posts the same bytes to one URL. Open it inside the event loop, close it at the end."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=FORWARD_SECONDS, sock_connect=CONNECT_SECONDS),
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Content-Type",),
        )

    async def post(self, body: bytes, headers: Mapping[str, str], message_id: str) -> Answer:
        """Hand it on. Never raises: an endpoint that can't be had, or answers too much, is a 502 with the reason."""
        try:
            async with self._session.post(
                self._url, data=body, headers={**headers, "Accept-Encoding": "identity"}, allow_redirects=False
            ) as response:
                said = await _read(response)
                if said is None:
                    return _bad_gateway(f"its answer is longer than {LONGEST_ANSWER} bytes")
                kept = {name: response.headers[name] for name in _HANDED_BACK if name in response.headers}
                return _judged(Answer(response.status, said, kept), message_id)
        except TimeoutError:
            return _bad_gateway("it did not answer in time")
        except aiohttp.ClientConnectorDNSError:
            return _bad_gateway("its host is not known")
        except aiohttp.ClientSSLError:
            return _bad_gateway("no TLS connection could be made with it")
        except aiohttp.ClientConnectorError:
            return _bad_gateway("nothing listens there")
        except (aiohttp.ServerConnectionError, aiohttp.ClientOSError, aiohttp.ClientPayloadError):
            return _bad_gateway("it closed the connection before its answer was whole")
        except (aiohttp.ClientError, OSError, ValueError):
            return _bad_gateway("it gave no answer that could be read")

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The body; ``None`` where it is too long."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            response.close()
            return None
    return bytes(body)


def _judged(answer: Answer, message_id: str) -> Answer:
    """The answer with what it amounts to in words: a refusal's reason, and what we would warn of (R9, R34)."""
    judgement = judge(DeliveryAnswer(answer.status, answer.body), message_id)
    refusal = [judgement.reason] if judgement.verdict == "refused" else []
    warnings = [f"{ruling}, {warning}" for ruling, warning in judgement.warnings]
    told = "; ".join([f"{answer.status}, as the endpoint answered", *refusal, *warnings])
    return replace(answer, told=told, good=judgement.verdict == "delivered" and not warnings)


def _bad_gateway(why: str) -> Answer:
    return in_words(502, f"The endpoint of --forward-to could not be used: {why}", f"502: the endpoint, {why}")
