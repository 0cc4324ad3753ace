"""One delivery to an endpoint that is a bare socket: it sees what comes, and when, and whether anybody came at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer
from simulator.runtime.delivery import Courier, Endpoint

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Socket:
    """Where it listens, and how many connections there were."""

    port: int = 0
    connections: int = 0


def deliver(content_type: str = "application/xml; charset=utf-8", over_milliseconds: int = 0) -> Deliver:
    return Deliver(
        delivery=1,
        lane="~SPDEV1~A",
        buyer="SPDEV1",
        notification="accepted",
        message_id="CF-00001",
        content_type=content_type,
        body=b"<notifyFaultReportUpdate/>",
        over_milliseconds=over_milliseconds,
    )


async def delivered(url: str, notification: Deliver | None = None) -> DeliveryAnswer:
    """The answer to one attempt."""
    courier = Courier(Endpoint(url), {})
    try:
        return await courier.deliver(notification or deliver())
    finally:
        await courier.close()


@asynccontextmanager
async def listening(play: Play, host: str = "127.0.0.1", tls: SSLContext | None = None) -> AsyncIterator[Socket]:
    """A socket whose connections are played by ``play`` and closed after it."""
    there = Socket()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there.connections += 1
        try:
            await play(reader, writer)
        except ConnectionError:
            pass  # it went before we were done
        finally:
            writer.close()

    server = await asyncio.start_server(meet, host, 0, ssl=tls)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()


async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read a whole request and say that all is well."""
    await read_whole(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<taken/>")
    await writer.drain()


async def read_whole(reader: asyncio.StreamReader) -> bytes:
    """The head of a request, after its body has come too."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return head
