"""Faults of requests, seen at the buyer's end of a socket: each as it arrives there, or does not."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from lxml import etree

from tests.messages import Tree, add, amend, request
from tests.rig import Simulator, message_in, name_of, text_at
from tests.situations import reported

SECONDS = 5.0


@dataclass(slots=True)
class Exchange:
    """What came back over one connection: pieces with the seconds after which they came, and how it ended."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    reset: bool = False

    @property
    def raw(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.raw.split()[1])

    @property
    def body(self) -> bytes:
        """Its body."""
        return self.raw.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        """One of its headers."""
        for line in self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


async def exchange(simulator: Simulator, body: str, operation: str = "addFaultReport") -> Exchange:
    """Post a message over a connection of its own, and read what comes until its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    data = body.encode()
    head = f"POST /cfsit/api2/{operation} HTTP/1.1\r\nHost: a\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    found, loop = Exchange(), asyncio.get_running_loop()
    began = loop.time()
    writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    try:
        async with asyncio.timeout(SECONDS):
            while piece := await reader.read(65536):
                found.pieces.append((loop.time() - began, piece))
    except ConnectionResetError:
        found.reset = True
    writer.close()
    return found


async def set_fault(simulator: Simulator, kind: str, **said: object) -> None:
    """Let it go wrong from now on."""
    await simulator.control("POST", "/faults", {"fault": kind, **said})


async def injected(simulator: Simulator) -> list[tuple[int, str, str]]:
    """Every injection that the journal tells: number, kind and operation."""
    entries = await simulator.journal(kind="fault-injected")
    return [(entry["data"]["fault"], entry["data"]["kind"], entry["data"]["on"]) for entry in entries]


async def there(simulator: Simulator) -> list[str]:
    """The tickets that there are."""
    return [ticket["ticket"] for ticket in await simulator.tickets()]


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


# -- which request meets it


async def statuses(simulator: Simulator, count: int) -> list[int]:
    """Of reports, each with a reference of its own."""
    found = []
    for number in range(count):
        answer = await exchange(simulator, add({"buyerFaultReference": f"REF-{number}", "messageId": f"M-{number}"}))
        found.append(answer.status)
    return found


async def test_by_number_and_times(simulator: Simulator) -> None:
    """From the second on, twice."""
    await set_fault(simulator, "unavailable", nth=2, times=2)
    assert [201, 503, 503, 201] == await statuses(simulator, 4)
    (fault,) = (await simulator.control("GET", "/faults"))["faults"]
    assert (3, 2, True) == (fault["met"], fault["injected"], fault["over"])


async def test_by_chance_that_the_seed_draws(simulator: Simulator) -> None:
    """The same in every run; this is what seed 1 has for the first fault."""
    await set_fault(simulator, "unavailable", probability=0.5)
    drawn = await statuses(simulator, 12)
    assert [201, 201, 503, 201, 503, 503, 201, 201, 201, 201, 201, 503] == drawn


async def test_by_a_span_of_simulated_time(simulator: Simulator) -> None:
    """From an hour on, for an hour; every request in it, and none at its end."""
    await set_fault(simulator, "outage", starts_in="PT1H", lasts="PT1H")
    assert [201] == await statuses(simulator, 1)
    await simulator.advance("PT1H")
    early = [await exchange(simulator, amend(), "amendFaultReport") for _ in range(2)]
    await simulator.advance("PT59M59.5S")
    late = await exchange(simulator, request("reserveAppointment"), "reserveAppointment")
    await simulator.advance("PT0.5S")
    after = await exchange(simulator, request("reserveAppointment"), "reserveAppointment")
    assert [503, 503, 503, 200] == [one.status for one in (*early, late, after)]
    assert ["3600", "3600", "1", None] == [one.header("Retry-After") for one in (*early, late, after)]


async def test_by_operation_and_ticket(simulator: Simulator) -> None:
    """Others are neither met nor counted."""
    await reported(simulator)
    await reported(simulator, {"buyerFaultReference": "REF-2", "messageId": "MSG-2"})
    await set_fault(simulator, "server-error", on=["amendFaultReport", "resolveResponse"], ticket="~SPDEV1~REF-2")
    other, wanted = amend(), amend({"buyerFaultReference": "REF-2", "maintainerFaultReference": None})
    assert 200 == (await exchange(simulator, other, "amendFaultReport")).status
    assert 201 == (await exchange(simulator, add({"buyerFaultReference": "REF-3"}))).status
    assert 500 == (await exchange(simulator, wanted, "amendFaultReport")).status
    assert 200 == (await exchange(simulator, wanted, "amendFaultReport")).status
    (entry,) = await simulator.journal(kind="fault-injected")
    assert "~SPDEV1~REF-2" == entry["ticket"]


async def test_one_message_meets_one_fault(simulator: Simulator) -> None:
    """The one that was set first; the other has counted it all the same."""
    await set_fault(simulator, "unavailable")
    await set_fault(simulator, "server-error", times=2)
    assert [503, 500, 500, 201] == await statuses(simulator, 4)
    faults = (await simulator.control("GET", "/faults"))["faults"]
    assert [(1, 1), (3, 2)] == [(one["met"], one["injected"]) for one in faults]


async def test_a_request_that_a_rule_refuses_may_meet_a_fault_too(simulator: Simulator) -> None:
    """Its refusal is lost, or comes late; it stays a refusal."""
    await set_fault(simulator, "reset-after-commit", times=2)
    assert (await exchange(simulator, add({"serviceAffected": "NONE"}))).reset
    assert (await exchange(simulator, "<broken")).reset
    refused = await simulator.journal(kind="request-refused")
    assert ["service-known", "xml-not-well-formed"] == [entry["data"]["rule"] for entry in refused]
    assert 2 == len(await injected(simulator))


async def test_a_fault_that_was_removed_is_met_no_more(simulator: Simulator) -> None:
    """By its number, or all at once."""
    for _ in range(3):
        await set_fault(simulator, "unavailable", times=9)
    await simulator.control("DELETE", "/faults/1")
    assert [503] == await statuses(simulator, 1)
    await simulator.control("DELETE", "/faults")
    assert [201] == await statuses(simulator, 1)
    removed = await simulator.journal(kind="fault-removed")
    assert [1, 2, 3] == [entry["data"]["fault"] for entry in removed]


async def test_an_explanation_tells_the_fault_and_does_not_use_it_up(simulator: Simulator) -> None:
    """What would become of the request now."""
    await set_fault(simulator, "unavailable")
    for _ in range(2):
        answer = await simulator.send(
            "POST", f"{simulator.control_url}/explain", add(), {"Content-Type": "application/xml"}
        )
        explained = json.loads(answer.body)
        assert (503, "unavailable") == (explained["answer"]["status"], explained["refused_by"])
    assert [503, 201] == await statuses(simulator, 2)


async def test_only_messages_to_an_operation_meet_a_fault(simulator: Simulator) -> None:
    """No stranger uses it up."""
    await set_fault(simulator, "unavailable")
    assert (await exchange(simulator, add(), "noSuchOperation")).status == 404
    assert (await simulator.send("GET", f"{simulator.url}/addFaultReport")).status == 405
    assert await statuses(simulator, 2) == [503, 201]


@pytest.mark.parametrize("lasts", ["P365D", "P3660D", "PT8784H"])
async def test_a_fault_may_last_for_years(simulator: Simulator, lasts: str) -> None:
    """However its span is spelt."""
    await set_fault(simulator, "unavailable", lasts=lasts, starts_in="P366D")
    (fault,) = (await simulator.control("GET", "/faults"))["faults"]
    assert fault["begins"] == "2027-01-06T09:00:00.000Z"
    await simulator.advance("P366D")
    assert await statuses(simulator, 1) == [503]


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
