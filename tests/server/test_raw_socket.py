"""A buyer that speaks HTTP/1.1 by hand over a socket: what stacks really send, and what nobody should."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Self

import pytest

from tests.messages import add, request
from tests.rig import Simulator, message_in, name_of, text_at

SECONDS = 5.0
"""How long to wait for what must come."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection to the supplier's port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, simulator: Simulator) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", simulator.port))

    async def send(self, *pieces: bytes) -> None:
        """Send pieces one after the other, each in a packet of its own."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def response(self, *, without_body: bool = False) -> Response:
        """Read one response."""
        async with asyncio.timeout(SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status_line, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
            length = 0 if without_body else int(headers.get("content-length", "0"))
            return Response(int(status_line.split()[1]), headers, await self._reader.readexactly(length))

    async def rest(self) -> bytes:
        """What comes until the server closes."""
        async with asyncio.timeout(SECONDS):
            return await self._reader.read()

    def end(self) -> None:
        """Say that nothing more will be sent."""
        self._writer.write_eof()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


def post(body: bytes, *headers: str, target: str = "/cfsit/api2/addFaultReport", version: str = "1.1") -> bytes:
    """The bytes of a request; a Content-Length is added unless the headers say how long it is."""
    lines = [f"POST {target} HTTP/{version}", "Host: api-gw.example:41223", "Content-Type: application/xml", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def report(number: int) -> bytes:
    """A good report with a reference of its own."""
    return add({"messageId": f"MSG-{number}", "buyerFaultReference": f"REF-{number}"}).encode()


def chunked(body: bytes, size: int) -> Iterator[bytes]:
    """The body in chunks, with an extension to each and a trailer."""
    for at in range(0, len(body), size):
        chunk = body[at : at + size]
        yield f"{len(chunk):X};name=value\r\n".encode() + chunk + b"\r\n"
    yield b"0\r\nX-Trailer: seen\r\n\r\n"


@pytest.fixture
async def connection(simulator: Simulator) -> AsyncIterator[Connection]:
    """A connection to the simulator."""
    one = await Connection.open(simulator)
    yield one
    await one.close()


def outcome(response: Response) -> tuple[int, str | None]:
    """Status and the reference that an answer is about."""
    return response.status, text_at(message_in(response.body), "buyerFaultReference")


async def test_a_body_in_one_packet(connection: Connection) -> None:
    """The plain case."""
    await connection.send(post(report(1)))
    assert outcome(await connection.response()) == (201, "REF-1")


async def test_a_body_byte_by_byte(connection: Connection) -> None:
    """Head and body split wherever the network likes."""
    await connection.send(*(bytes([one]) for one in post(report(1))))
    assert outcome(await connection.response()) == (201, "REF-1")


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_a_chunked_body(connection: Connection, size: int) -> None:
    """Java's and .NET's clients stream without a length; extensions and trailers are ignored."""
    await connection.send(post(b"", "Transfer-Encoding: chunked"), *chunked(report(1), size))
    assert outcome(await connection.response()) == (201, "REF-1")


async def test_expect_100_continue(connection: Connection) -> None:
    """§5: .NET and Mono hold the body back until they are told to go on."""
    body = report(1)
    await connection.send(post(b"", "Expect: 100-continue", f"Content-Length: {len(body)}"))
    assert (await connection.response()).status == 100
    await connection.send(body)
    assert outcome(await connection.response()) == (201, "REF-1")


async def test_an_expectation_that_is_not_waited_for(connection: Connection) -> None:
    """A client may send the body at once, too."""
    await connection.send(post(report(1), "Expect: 100-continue"))
    response = await connection.response()
    final = await connection.response() if response.status == 100 else response
    assert outcome(final) == (201, "REF-1")


async def test_requests_in_a_pipeline_are_answered_in_order(simulator: Simulator, connection: Connection) -> None:
    """Three in one packet over one connection: good, refused, good."""
    await connection.send(post(report(1)) + post(report(1)) + post(report(2)))
    answers = [outcome(await connection.response()) for _ in range(3)]
    assert answers == [(201, "REF-1"), (400, "REF-1"), (201, "REF-2")]
    received = await simulator.journal(kind="request-received")
    assert [entry["ticket"] for entry in received] == ["~SPDEV1~REF-1", "~SPDEV1~REF-1", "~SPDEV1~REF-2"]


async def test_a_connection_is_kept_between_operations(connection: Connection) -> None:
    """Bare XML, then SOAP, then another operation."""
    await connection.send(post(report(1)))
    assert (await connection.response()).status == 201
    soap = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        + report(2)
        + b"</e:Body></e:Envelope>"
    )
    await connection.send(post(soap))
    assert (await connection.response()).headers["content-type"] == "text/xml; charset=utf-8"
    query = request("queryAppointmentAvailability").encode()
    await connection.send(post(query, target="/cfsit/api2/queryAppointmentAvailability"))
    answer = message_in((await connection.response()).body)
    assert name_of(answer) == "queryAppointmentAvailabilityResponse"


async def test_after_head_the_connection_is_in_step(connection: Connection) -> None:
    """A 405 without its body, and the next answer is the next request's."""
    await connection.send(post(b"").replace(b"POST", b"HEAD", 1))
    refused = await connection.response(without_body=True)
    await connection.send(post(report(1)))
    assert (refused.status, outcome(await connection.response())) == (405, (201, "REF-1"))


async def test_http_1_0(connection: Connection) -> None:
    """Answered, and the connection closed."""
    await connection.send(post(report(1), version="1.0"))
    assert outcome(await connection.response()) == (201, "REF-1")
    assert await connection.rest() == b""


async def test_http_1_0_is_not_told_to_go_on(connection: Connection) -> None:
    """RFC 9110 10.1.1: its clients don't know 100, so the expectation is passed over."""
    await connection.send(post(report(1), "Expect: 100-continue", version="1.0"))
    assert outcome(await connection.response()) == (201, "REF-1")


@pytest.mark.parametrize(
    "target",
    [
        "http://api-gw.example:41223/cfsit/api2/addFaultReport",
        "HTTPS://API-GW.EXAMPLE/cfsit/api2/addFaultReport",
        "/cfsit/api2/addFaultReport?trace=1",
        "/%63fsit/api2/add%46aultReport",
    ],
    ids=["absolute", "absolute-in-capitals", "query", "escaped"],
)
async def test_targets_that_mean_the_same(connection: Connection, target: str) -> None:
    """A proxy sends the whole URL (RFC 9112 3.2.2: a server must accept it); a query says nothing here."""
    await connection.send(post(report(1), target=target))
    assert (await connection.response()).status == 201


async def test_an_offer_of_http_2_is_passed_over(connection: Connection) -> None:
    """Java's HttpClient offers h2c with its first request on a plain connection."""
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
    await connection.send(post(report(1), *offer))
    assert outcome(await connection.response()) == (201, "REF-1")


async def test_a_body_that_is_too_slow(
    simulator: Simulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408 when the time is up, one refusal in the journal, and no further request over this connection."""
    monkeypatch.setattr("simulator.server.bodies.BODY_SECONDS", 0.05)
    state = simulator.state()
    await connection.send(post(b"<add", "Content-Length: 100"))
    response = await connection.response()
    assert (response.status, response.headers["connection"]) == (408, "close")
    assert (await simulator.one_refusal(0, state))["rule"] == "body-too-slow"


async def test_a_body_that_is_too_big_is_refused_while_it_comes(simulator: Simulator, connection: Connection) -> None:
    """413 although the client means to send a gigabyte and has not finished."""
    state = simulator.state()
    await connection.send(post(b" " * 300_000, "Content-Length: 1000000000"))
    response = await connection.response()
    assert (response.status, response.headers["connection"]) == (413, "close")
    assert (await simulator.one_refusal(0, state))["rule"] == "body-too-big"


@pytest.mark.parametrize("body", [b"<addFaultReport>", add().encode()], ids=["cut", "whole-message"])
async def test_a_body_that_ends_early_is_not_taken(simulator: Simulator, body: bytes) -> None:
    """Less than was promised, even where it reads as a whole message: nothing changes, the next request is answered."""
    state = simulator.state()
    connection = await Connection.open(simulator)
    await connection.send(post(body, f"Content-Length: {len(body) + 1}"))
    connection.end()
    await connection.rest()
    await connection.close()
    assert state == simulator.state()
    assert (await simulator.post("addFaultReport", add())).status == 201


HOSTILE = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "no-host": b"POST /cfsit/api2/addFaultReport HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "version": b"POST /cfsit/api2/addFaultReport HTTP/9.9\r\nHost: x\r\n\r\n",
    "two-lengths": post(b"<a/>", "Content-Length: 4", "Content-Length: 5"),
    "length-and-chunks": post(b"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"),
    "negative-length": post(b"", "Content-Length: -1"),
    "bad-chunk": post(b"zz\r\n", "Transfer-Encoding: chunked"),
    "huge-header": post(b"", "X-Huge: " + "x" * 100_000),
    "huge-target": post(b"", target="/" + "x" * 100_000),
    "stray-byte-in-the-target": post(b"", target="/cfsit/api2/\xff"),
    "nul-in-a-header": post(b"", "X-Nul: a\0b"),
    "method": post(b"").replace(b"POST", b"BR EW", 1),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_is_no_http_is_refused_and_nothing_else_happens(simulator: Simulator, sent: bytes) -> None:
    """400 or its like, the connection is closed, and the next buyer is served."""
    connection = await Connection.open(simulator)
    await connection.send(sent)
    answer = await connection.rest()
    await connection.close()
    assert answer.split(b" ", 2)[1] in {b"400", b"414", b"431", b"505"}
    assert await simulator.journal() == []
    assert (await simulator.post("addFaultReport", add())).status == 201


@pytest.mark.parametrize("header", ["Content-Type: application/\xff", "Content-Encoding: \xff\xfe"])
async def test_stray_bytes_in_a_header_do_not_spoil_the_journal(
    simulator: Simulator, connection: Connection, header: str
) -> None:
    """415, and the journal can still be read."""
    await connection.send(post(b"<a/>", header).replace(b"Content-Type: application/xml\r\n", b"", 1))
    assert (await connection.response()).status == 415
    (refused,) = await simulator.journal(kind="request-refused")
    assert refused["data"]["status"] == 415


async def test_many_connections_at_once(simulator: Simulator) -> None:
    """A hundred buyers at the same time, each with a report of its own, whose packets interleave."""

    async def one(number: int) -> int:
        connection = await Connection.open(simulator)
        sent = post(report(number))
        await connection.send(sent[:50], sent[50:400], sent[400:])
        response = await connection.response()
        await connection.close()
        return response.status

    statuses = await asyncio.gather(*(one(number) for number in range(100)))
    assert (statuses, len(await simulator.tickets())) == ([201] * 100, 100)
