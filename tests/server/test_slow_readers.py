"""A buyer that does not read its answers."""

import asyncio
import socket

import pytest

from simulator.server import flushing
from tests.messages import request
from tests.rig import Simulator


async def test_who_does_not_read_its_answers_does_not_hold_the_clock(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request stays half answered for a while; then the connection is closed, and an advance goes on."""
    monkeypatch.setattr(flushing, "FLUSH_SECONDS", 0.3)
    body = request("queryAppointmentAvailability").encode()
    head = f"POST /{simulator.environment.name}/api2/queryAppointmentAvailability HTTP/1.1\r\nHost: x\r\n"
    one = f"{head}Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.settimeout(0)
        await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", simulator.port))
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(deaf, one * 3000))
        async with asyncio.timeout(10):
            unsettled = 0
            while unsettled < 5:
                await asyncio.sleep(0.02)
                unsettled = 0 if simulator.environment.driver.settled else unsettled + 1
            told = await simulator.advance("PT1H")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert told["now"] == "2026-01-05T10:00:00.000Z"
