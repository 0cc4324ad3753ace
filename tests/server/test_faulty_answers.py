"""Faults of requests, seen at the buyer's end of a socket: each as it arrives there, or does not."""

import asyncio

import pytest
from lxml import etree

from tests.faulty import SECONDS, exchange, injected, set_fault, there
from tests.messages import Tree, add
from tests.rig import Simulator, message_in, name_of, text_at

# -- turned away: nothing has happened


@pytest.mark.parametrize(
    ("kind", "said", "status", "retry_after"),
    [
        ("too-many-requests", {}, 429, "30"),
        ("too-many-requests", {"retry_after": 0}, 429, "0"),
        ("unavailable", {"retry_after": 7}, 503, "7"),
        ("server-error", {}, 500, None),
        ("outage", {"lasts": "PT1H"}, 503, "3600"),
    ],
)
async def test_a_request_is_turned_away(
    simulator: Simulator, kind: str, said: Tree, status: int, retry_after: str | None
) -> None:
    """By a fault that says so, in the form of the request; there is no ticket, and the next one is taken."""
    await set_fault(simulator, kind, **said)
    state = simulator.state()
    answer = await exchange(simulator, add())
    assert (status, retry_after) == (answer.status, answer.header("Retry-After"))
    fault = message_in(answer.body)
    assert ("fault", "Server", kind) == (fault.tag, text_at(fault, "faultcode"), text_at(fault, "detail"))
    assert [(1, kind, "addFaultReport")] == await injected(simulator)
    (refused,) = await simulator.journal(kind="request-refused")
    assert (kind, status, "~SPDEV1~REF-1") == (refused["data"]["rule"], refused["data"]["status"], refused["ticket"])
    assert [] == await there(simulator)
    assert repr(state).partition("faults=")[0] == repr(simulator.state()).partition("faults=")[0]
    await simulator.advance("PT1H")
    assert 201 == (await exchange(simulator, add())).status
    assert ["~SPDEV1~REF-1"] == await there(simulator)


async def test_a_fault_is_enveloped_as_the_request_was(simulator: Simulator) -> None:
    """A SOAP stack gets a true fault."""
    await set_fault(simulator, "unavailable")
    answer = await simulator.post("addFaultReport", add(), soap=True)
    assert (503, ("Server", "unavailable", "The service is not available")) == (answer.status, answer.fault)


async def test_the_connection_is_reset_before_anything_happens(simulator: Simulator) -> None:
    """A true RST, without a byte; there is no ticket."""
    await set_fault(simulator, "reset-before-commit")
    answer = await exchange(simulator, add())
    assert (True, b"") == (answer.reset, answer.raw)
    assert [] == await there(simulator)
    (refused,) = await simulator.journal(kind="request-refused")
    assert ("reset-before-commit", 0, "") == tuple(refused["data"][name] for name in ("rule", "status", "body"))


async def test_the_connection_is_reset_after_the_commit(simulator: Simulator) -> None:
    """The ticket is there, and its answer is lost: to send the report again is to be told of a duplicate."""
    await set_fault(simulator, "reset-after-commit")
    answer = await exchange(simulator, add())
    assert (True, b"") == (answer.reset, answer.raw)
    await simulator.advance()
    assert ["~SPDEV1~REF-1"] == await there(simulator)
    assert ["accepted"] == simulator.endpoint.statuses
    again = await exchange(simulator, add())
    assert (400, False) == (again.status, again.reset)
    assert b"buyerFaultReference" in again.body


# -- answers that arrive marred: all has happened


async def test_an_answer_without_a_body(simulator: Simulator) -> None:
    """Its status and its media type are the good one's."""
    await set_fault(simulator, "empty-answer")
    answer = await exchange(simulator, add())
    assert (201, b"", "0") == (answer.status, answer.body, answer.header("Content-Length"))
    assert "application/xml; charset=utf-8" == answer.header("Content-Type")
    assert ["~SPDEV1~REF-1"] == await there(simulator)


@pytest.mark.parametrize(
    ("kind", "said_by_the_parser"),
    [("truncated-answer", "EndTag|Premature end|expected"), ("malformed-answer", "mismatch")],
)
async def test_an_answer_that_is_no_xml(simulator: Simulator, kind: str, said_by_the_parser: str) -> None:
    """HTTP is whole, and the XML is not; the journal has the answer as it was made."""
    await set_fault(simulator, kind)
    answer = await exchange(simulator, add())
    assert (201, str(len(answer.body))) == (answer.status, answer.header("Content-Length"))
    with pytest.raises(etree.XMLSyntaxError, match=said_by_the_parser):
        etree.fromstring(answer.body)
    (answered,) = await simulator.journal(kind="request-answered")
    assert "receivedFaultReport" == name_of(message_in(answered["data"]["body"].encode()))
    assert answer.body[:60].decode() == answered["data"]["body"][:60]
    assert ["~SPDEV1~REF-1"] == await there(simulator)


async def test_an_answer_that_comes_late(simulator: Simulator) -> None:
    """The first byte after the real milliseconds; simulated time stands meanwhile."""
    await set_fault(simulator, "latency", milliseconds=300)
    answer = await exchange(simulator, add())
    assert 201 == answer.status
    assert 0.3 <= answer.pieces[0][0] < SECONDS
    late, advanced = await asyncio.gather(
        exchange(simulator, add({"buyerFaultReference": "REF-2"})), simulator.advance("PT1H")
    )
    assert (201, "2026-01-05T10:00:00.000Z") == (late.status, advanced["now"])


async def test_time_waits_for_an_answer_that_is_late(simulator: Simulator) -> None:
    """An advance settles: it does not move before the answer is on its way."""
    await set_fault(simulator, "latency", milliseconds=300)
    asking = asyncio.create_task(exchange(simulator, add()))
    await asyncio.sleep(0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await simulator.advance("PT1H")
    assert loop.time() - began >= 0.15
    assert 201 == (await asking).status
    assert ["accepted"] == simulator.endpoint.statuses


async def test_an_answer_in_small_pieces(simulator: Simulator) -> None:
    """Whole in the end, and under a right length."""
    await set_fault(simulator, "slow-answer", milliseconds=400)
    answer = await exchange(simulator, add())
    assert (201, str(len(answer.body))) == (answer.status, answer.header("Content-Length"))
    assert "receivedFaultReport" == name_of(message_in(answer.body))
    assert len(answer.pieces) >= 10
    assert 0.35 <= answer.pieces[-1][0] - answer.pieces[0][0] < SECONDS


async def test_a_slow_answer_keeps_to_what_was_said_of_the_connection(simulator: Simulator) -> None:
    """Who asks for it to be closed is told that it will be."""
    await set_fault(simulator, "slow-answer", milliseconds=40)
    answer = await exchange(simulator, add())
    assert (answer.status, answer.header("Connection")) == (201, "close")


async def test_nobody_is_kept_waiting_by_a_reset(simulator: Simulator) -> None:
    """An answer that is late on purpose goes out at once when its environment ends."""
    await set_fault(simulator, "latency", milliseconds=60_000)
    asking = asyncio.create_task(exchange(simulator, add()))
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await simulator.control("POST", "/reset")
    assert (await asking).status == 201
    assert asyncio.get_running_loop().time() - began < 1
    assert await there(simulator) == []


async def test_nor_by_a_server_that_stops(simulator: Simulator) -> None:
    """Nor is it kept up by it."""
    await set_fault(simulator, "latency", milliseconds=60_000)
    asking = asyncio.create_task(exchange(simulator, add()))
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await simulator.stop()
    assert (await asking).status == 201
    assert asyncio.get_running_loop().time() - began < 3
