"""One connection: an answer has left us before the next one begins, whether it is read or not."""

import asyncio
import socket

import pytest

from simulator.server.connection import Connection
from tests.rig import Simulator


async def test_what_has_not_left_us_is_one_answer_at_most(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buyer who reads nothing has one answer of 16 kB waiting, and not as many as a buffer takes."""
    transports: list[asyncio.Transport] = []
    made = Connection.connection_made

    def note(self: Connection, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transports.append(transport)
        made(self, transport)

    monkeypatch.setattr(Connection, "connection_made", note)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, ("127.0.0.1", simulator.port))
        while not transports:
            await asyncio.sleep(0.01)
        transports[0].get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await loop.sock_sendall(deaf, b"GET /cfsit/api2/faultReport.txt HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        async with asyncio.timeout(5):
            while not transports[0].get_write_buffer_size():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert 0 < transports[0].get_write_buffer_size() < 16_384
        transports[0].abort()
