"""Each way to fail as it is seen at a raw socket, and as the simulator's own courier takes it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from lxml import etree

from simulator.cityfibre.acknowledgement import judge
from simulator.core.effects import Deliver
from simulator.listening import endpoint
from simulator.listening.endpoint import Arrival
from simulator.listening.failing import Failing
from simulator.runtime.delivery import Courier
from simulator.runtime.delivery import Endpoint as Target
from tests.listening.conftest import SECONDS, Heard, Listen
from tests.listening.posts import BARE, ENVELOPED, over_the_wire

Parts = tuple[str, dict[str, str], bytes]


async def said_by(heard: Heard, body: bytes = BARE) -> Parts:
    """The status line, the headers and the body."""
    head, _, rest = (await heard.speak(over_the_wire(body))).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), rest


async def test_a_status(listen: Listen) -> None:
    """In plain text, with Retry-After where that was asked for."""
    heard = await listen(Failing("503", retry_after=30))
    status, headers, body = await said_by(heard)
    assert (status, headers["Retry-After"]) == ("HTTP/1.1 503 Service Unavailable", "30")
    assert body == b"Failed as told (--fail 503)\n"
    assert heard.answers == ["503, Retry-After 30, as told (--fail 503)"]


async def test_a_status_that_has_no_body(listen: Listen) -> None:
    """304 ends with its head."""
    heard = await listen(Failing("304"))
    status, headers, body = await said_by(heard)
    assert (status, "Retry-After" in headers, body) == ("HTTP/1.1 304 Not Modified", False, b"")


@pytest.mark.parametrize("sent", [BARE, ENVELOPED], ids=["bare", "soap"])
async def test_refuse(listen: Listen, sent: bytes) -> None:
    """HTTP 200 that says no."""
    heard = await listen(Failing("refuse"))
    status, _, body = await said_by(heard, sent)
    assert status == "HTTP/1.1 200 OK"
    assert (b"Envelope" in body) == (sent is ENVELOPED)
    assert b"<responseCode>400</responseCode>" in body
    assert b"<errorMessage>Refused as told (--fail refuse)</errorMessage>" in body


async def test_reset(listen: Listen) -> None:
    """A true RST: reading meets a reset, not an end."""
    heard = await listen(Failing("reset"))
    with pytest.raises(ConnectionResetError):
        await heard.speak(over_the_wire())
    assert heard.answers == ["the connection is reset, without an answer, as told (--fail reset)"]


async def test_silent(listen: Listen) -> None:
    """Nothing comes as long as the sender waits, and nothing is left when it goes."""
    heard = await listen(Failing("silent"))
    reader, writer = await asyncio.open_connection("127.0.0.1", heard.port)
    writer.write(over_the_wire())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.read(1)
    assert heard.answers == ["no answer at all, as told (--fail silent)"]
    writer.close()


async def test_silence_has_an_end(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the connection is closed."""
    monkeypatch.setattr(endpoint, "SILENT_SECONDS", 0.05)
    heard = await listen(Failing("silent"))
    assert await heard.speak(over_the_wire()) == b""


async def test_silence_does_not_outlive_the_endpoint() -> None:
    """Who waits for nothing holds nobody up."""
    came: list[Arrival] = []
    one = endpoint.Endpoint(came.append, failing=Failing("silent"))
    heard = Heard(await one.open())
    waiting = asyncio.create_task(heard.speak(over_the_wire()))
    async with asyncio.timeout(SECONDS):
        while not came:
            await asyncio.sleep(0.01)
    async with asyncio.timeout(endpoint.SHUTDOWN_SECONDS / 2):
        await one.close()
    assert await waiting == b""


async def test_empty(listen: Listen) -> None:
    """HTTP 200, and not a byte more."""
    heard = await listen(Failing("empty"))
    status, headers, body = await said_by(heard)
    assert (status, headers["Content-Length"], body) == ("HTTP/1.1 200 OK", "0", b"")


@pytest.mark.parametrize("sent", [BARE, ENVELOPED], ids=["bare", "soap"])
async def test_broken(listen: Listen, sent: bytes) -> None:
    """Closed by the name that the published samples have there, which did not open it (R9)."""
    heard = await listen(Failing("broken"))
    status, headers, body = await said_by(heard, sent)
    assert (status, int(headers["Content-Length"])) == ("HTTP/1.1 200 OK", len(body))
    assert b"</receivedRequestFaultReportUpdate>" in body
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


async def test_close(listen: Listen) -> None:
    """The head promises a body that does not come; the end is an orderly one."""
    heard = await listen(Failing("close"))
    status, headers, body = await said_by(heard)
    assert (status, headers["Content-Type"], body) == ("HTTP/1.1 200 OK", "application/xml; charset=utf-8", b"")
    assert int(headers["Content-Length"]) > 100


async def test_only_the_first_attempts_fail(listen: Listen) -> None:
    """The third is acknowledged."""
    heard = await listen(Failing("500", first=2))
    statuses = [(await said_by(heard))[0] for _ in range(3)]
    assert [status.split()[1] for status in statuses] == ["500", "500", "200"]


async def test_only_certain_states_fail(listen: Listen) -> None:
    """What tells another is acknowledged."""
    heard = await listen(Failing("500", only=frozenset({"closed"})))
    bodies = (BARE, BARE.replace(b"accepted", b"closed"))
    assert [(await said_by(heard, body))[0].split()[1] for body in bodies] == ["200", "500"]


async def test_what_is_drawn_is_the_same_at_two_endpoints(listen: Listen) -> None:
    """Message for message."""
    seen = []
    for _ in range(2):
        heard = await listen(Failing("500", probability=0.5, seed=3))
        bodies = [BARE.replace(b"CF-00001", b"CF-%05d" % number) for number in range(12)]
        seen.append([(await said_by(heard, body))[0].split()[1] for body in bodies])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {"200", "500"}


@pytest.fixture
async def judged(listen: Listen) -> Callable[[str], Awaitable[tuple[str, str]]]:
    """How the simulator takes one attempt at an endpoint that fails so."""

    async def one(how: str) -> tuple[str, str]:
        courier = Courier(Target((await listen(Failing(how))).url), {})
        answer = await courier.deliver(Deliver(1, "~A~B", "A", "accepted", "CF-00001", "application/xml", BARE))
        await courier.close()
        judgement = judge(answer, "CF-00001")
        return judgement.verdict, judgement.reason

    return one


@pytest.mark.parametrize(
    ("how", "verdict", "reason"),
    [
        ("", "delivered", ""),
        ("500", "failed", "the endpoint answered HTTP 500"),
        ("refuse", "refused", "the endpoint answered responseCode 400: Refused as told (--fail refuse)"),
        ("reset", "failed", "the endpoint closed the connection before its answer was whole"),
        ("empty", "delivered", ""),
        ("broken", "delivered", ""),
        ("close", "failed", "the endpoint closed the connection before its answer was whole"),
    ],
    ids=["well", "status", "refuse", "reset", "empty", "broken", "close"],
)
async def test_the_simulator_takes_it_as_the_contract_says(
    judged: Callable[[str], Awaitable[tuple[str, str]]], how: str, verdict: str, reason: str
) -> None:
    """Any 2xx delivers; a readable 400 refuses; all else fails (R9)."""
    assert await judged(how) == (verdict, reason)
