"""Notifications that are handed on: the same bytes arrive, and the endpoint's own answer comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from simulator.listening import forwarding
from simulator.listening.failing import Failing
from tests.listening.conftest import SECONDS, Listen
from tests.listening.posts import BARE, ENVELOPED, SOAP, XML, over_the_wire

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Behind = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def behind() -> AsyncIterator[Behind]:
    """Opens endpoints of a buyer's own, to stand behind ours."""
    runners: list[web.ServerRunner] = []

    async def factory(handler: Handler) -> str:
        runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/own"

    yield factory
    for runner in runners:
        await runner.cleanup()


async def test_the_same_bytes_arrive_and_the_answer_comes_back(listen: Listen, behind: Behind) -> None:
    """With media type and SOAPAction; the answer with status, media type and Retry-After, whatever it is."""
    seen: dict[str, object] = {}

    async def own(request: web.BaseRequest) -> web.Response:
        seen.update(body=await request.read(), method=request.method, path=request.path)
        seen.update(type=request.headers["Content-Type"], action=request.headers["SOAPAction"])
        return web.Response(status=503, text="<busy/>", content_type="text/xml", headers={"Retry-After": "7"})

    heard = await listen(forward_to=await behind(own))
    async with aiohttp.ClientSession() as session, session.post(heard.url, data=ENVELOPED, headers=SOAP) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
        assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert await response.read() == b"<busy/>"
    assert seen == {
        "body": ENVELOPED,
        "method": "POST",
        "path": "/own",
        "type": "text/xml; charset=utf-8",
        "action": '""',
    }
    assert heard.answers == ["503, as the endpoint answered"]


async def test_bare_xml_gets_no_soap_action(listen: Listen, behind: Behind) -> None:
    """Nothing is added that was not there."""
    actions: list[tuple[str | None, str | None]] = []

    async def own(request: web.BaseRequest) -> web.Response:
        actions.append((request.headers.get("SOAPAction"), request.headers.get("Content-Type")))
        return web.Response()

    heard = await listen(forward_to=await behind(own))
    await heard.speak(over_the_wire())
    async with aiohttp.ClientSession() as session, session.post(heard.url, data=BARE, headers=XML) as response:
        assert response.status == 200
    assert actions == [(None, None), (None, "application/xml")]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("<receivedNotifyFaultReportUpdate><messageId>CF-00001</messageId></receivedNotifyFaultReportUpdate>", ""),
        (
            (
                "<receivedNotifyFaultReportUpdate><messageId>CF-00001</messageId><responseCode>400</responseCode>"
                "<errorMessage>No</errorMessage></receivedNotifyFaultReportUpdate>"
            ),
            "; the endpoint answered responseCode 400: No",
        ),
        (
            "<receivedNotifyFaultReportUpdate><messageId>other</messageId></receivedNotifyFaultReportUpdate>",
            "; R34, the acknowledgement does not echo CF-00001",
        ),
        ("", "; R9, the acknowledgement can't be read: the body is empty; an XML document was expected"),
    ],
    ids=["good", "refusal", "echo", "empty"],
)
async def test_what_the_answer_amounts_to_is_told(listen: Listen, behind: Behind, said: str, told: str) -> None:
    """As the simulator will judge it (R9, R34); the answer itself is handed back as it is."""

    async def own(_request: web.BaseRequest) -> web.Response:
        return web.Response(text=said)

    heard = await listen(forward_to=await behind(own))
    assert (await heard.speak(over_the_wire())).endswith(f"\r\n\r\n{said}".encode())
    assert heard.answers == [f"200, as the endpoint answered{told}"]


async def test_a_redirect_is_handed_back(listen: Listen, behind: Behind) -> None:
    """And not followed."""
    paths: list[str] = []

    async def own(request: web.BaseRequest) -> web.Response:
        paths.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    heard = await listen(forward_to=await behind(own))
    assert (await heard.speak(over_the_wire())).startswith(b"HTTP/1.1 307 ")
    assert paths == ["/own"]


async def test_what_is_to_fail_is_not_handed_on(listen: Listen, behind: Behind) -> None:
    """The second attempt is."""
    bodies: list[bytes] = []

    async def own(request: web.BaseRequest) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=202)

    heard = await listen(Failing("500", first=1), await behind(own))
    statuses = [(await heard.speak(over_the_wire())).split()[1] for _ in range(2)]
    assert statuses == [b"500", b"202"]
    assert bodies == [BARE]


async def test_nobody_there_is_a_502_that_says_why(listen: Listen) -> None:
    """To the sender and to whoever looks on."""
    heard = await listen(forward_to="http://127.0.0.1:1/own")
    head, _, body = (await heard.speak(over_the_wire())).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 ")
    assert b"Content-Type: text/plain" in head
    assert body == b"The endpoint of --forward-to could not be used: nothing listens there\n"
    assert heard.answers == ["502: the endpoint, nothing listens there"]


async def test_an_endpoint_that_takes_too_long(listen: Listen, behind: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    """502, while the simulator still listens."""
    monkeypatch.setattr(forwarding, "FORWARD_SECONDS", 0.1)
    released = asyncio.Event()

    async def own(_request: web.BaseRequest) -> web.Response:
        await released.wait()
        return web.Response()

    heard = await listen(forward_to=await behind(own))
    assert (await heard.speak(over_the_wire())).endswith(b"could not be used: it did not answer in time\n")
    released.set()


async def test_an_endpoint_that_hangs_up(listen: Listen, behind: Behind) -> None:
    """502 too."""

    async def own(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    heard = await listen(forward_to=await behind(own))
    assert (await heard.speak(over_the_wire())).endswith(b"it closed the connection before its answer was whole\n")


async def test_an_answer_that_is_too_long(listen: Listen, behind: Behind) -> None:
    """The simulator would read no more of it than we do."""

    async def own(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * 70_000)

    heard = await listen(forward_to=await behind(own))
    assert (await heard.speak(over_the_wire())).endswith(b"its answer is longer than 65536 bytes\n")


async def test_a_sender_that_goes_away_is_told(listen: Listen, behind: Behind) -> None:
    """Nothing could be answered to it."""
    came, released = asyncio.Event(), asyncio.Event()

    async def own(_request: web.BaseRequest) -> web.Response:
        came.set()
        await released.wait()
        return web.Response()

    heard = await listen(forward_to=await behind(own))
    _, writer = await asyncio.open_connection("127.0.0.1", heard.port)
    writer.write(over_the_wire())
    async with asyncio.timeout(SECONDS):
        await came.wait()
        writer.close()
        while not heard.answers:
            await asyncio.sleep(0.01)
    assert heard.answers == ["nothing: the sender did not wait for it"]
    released.set()
