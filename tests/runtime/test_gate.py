"""The gate before every connection: real sockets, and names that are looked up as the test says."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import ResolveResult

from simulator.core.inputs import DeliveryAnswer
from simulator.runtime.delivery import Courier, Endpoint
from simulator.runtime.gate import Gate, names_this_machine
from simulator.targets import LINK_LOCAL, MULTICAST, RESERVED, THIS_MACHINE
from tests.deliveries import deliver, delivered, listening, take

Lookup = Callable[..., None]
TAKEN = DeliveryAnswer(200, b"<taken/>")


def refused(reason: str) -> DeliveryAnswer:
    return DeliveryAnswer(None, b"", reason)


def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)


@pytest.fixture
def look_up(monkeypatch: pytest.MonkeyPatch) -> Lookup:
    """Every name is looked up as these addresses."""

    def as_these(*addresses: str) -> None:
        async def resolve(_self: object, host: str, port: int = 0, **_family: object) -> list[ResolveResult]:
            return [result(host, port, address) for address in addresses]

        monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)

    return as_these


@pytest.fixture
async def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that anything has begun to connect to."""
    addresses: list[str] = []
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def noted(one: socket.socket, address: Any) -> None:  # noqa: ANN401  as the loop has it
        addresses.append(address[0])
        await connect(one, address)

    monkeypatch.setattr(loop, "sock_connect", noted)
    return addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "LOCALHOST"])  # noqa: S104
async def test_this_machine_is_reached_where_the_url_names_it(host: str) -> None:
    """By its name that is looked up, and by its addresses."""
    async with listening(take) as there:
        assert await delivered(f"http://{host}:{there.port}/") == TAKEN
    assert there.connections == 1


@ipv6
@pytest.mark.parametrize("host", ["[::1]", "[::]"])
async def test_this_machine_is_reached_by_ipv6(host: str) -> None:
    """Likewise."""
    async with listening(take, "::1") as there:
        assert await delivered(f"http://{host}:{there.port}/") == TAKEN
    assert there.connections == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::ffff:127.0.0.1"])  # noqa: S104
async def test_a_name_that_comes_out_at_this_machine_is_refused(address: str, look_up: Lookup) -> None:
    """Somebody may have pointed it here (DNS rebinding). Nobody so much as connects."""
    look_up(address)
    async with listening(take) as there:
        assert await delivered(f"http://buyer.example:{there.port}/") == refused(THIS_MACHINE)
    assert there.connections == 0


@ipv6
@pytest.mark.parametrize("address", ["::1", "::"])
async def test_a_name_that_comes_out_at_this_machine_by_ipv6_is_refused(address: str, look_up: Lookup) -> None:
    """Likewise."""
    look_up(address)
    async with listening(take, "::1") as there:
        assert await delivered(f"http://buyer.example:{there.port}/") == refused(THIS_MACHINE)
    assert there.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0127.0.0.1", "0x7f000001"])
async def test_an_address_in_disguise_reaches_nobody(host: str) -> None:
    """The C library would take each of these for 127.0.0.1."""
    async with listening(take) as there:
        answer = await delivered(f"http://{host}:{there.port}/")
    assert (answer.status, there.connections) == (None, 0)
    assert str(there.port) not in answer.failure


@pytest.mark.parametrize("host", ["127.1", "169.254.1.1.", f"{'a' * 64}.example"])
async def test_a_host_that_can_be_none_is_told_how_to_be_one(host: str) -> None:
    """A number too few, a dot too many, a name too long."""
    assert await delivered(f"http://{host}:9000/n") == refused(
        "the endpoint's URL leads nowhere: name its host, or write its address as four numbers, such as 192.0.2.1"
    )


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("169.254.169.254", LINK_LOCAL),
        ("[fe80::1]", LINK_LOCAL),
        ("[fe80::1%25lo]", LINK_LOCAL),
        ("[::ffff:169.254.169.254]", LINK_LOCAL),
        ("224.0.0.1", MULTICAST),
        ("[ff02::1]", MULTICAST),
        ("255.255.255.255", RESERVED),
        ("240.0.0.1", RESERVED),
    ],
)
async def test_a_forbidden_address_is_refused_although_it_is_configured(
    host: str, reason: str, tried: list[str]
) -> None:
    """There is no name to be looked up; the connection itself is not begun."""
    assert await delivered(f"http://{host}:9000/n") == refused(reason)
    assert tried == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [("169.254.1.1", LINK_LOCAL), ("fe80::1", LINK_LOCAL), ("ff02::1", MULTICAST), ("240.0.0.1", RESERVED)],
)
@pytest.mark.parametrize("host", ["buyer.example", "buyer.localhost"])
async def test_a_name_of_a_forbidden_address_is_refused(
    host: str, address: str, reason: str, look_up: Lookup, tried: list[str]
) -> None:
    """Also one that names this machine and yet comes out elsewhere."""
    look_up(address)
    assert await delivered(f"https://{host}:9000/n") == refused(reason)
    assert tried == []


async def test_of_several_addresses_the_allowed_ones_are_tried(look_up: Lookup, tried: list[str]) -> None:
    """The others are left out, not merely tried later."""
    look_up("169.254.1.1", "fe80::1", "127.0.0.1")
    async with listening(take) as there:
        assert await delivered(f"http://buyer.localhost:{there.port}/") == TAKEN
    assert (there.connections, tried) == (1, ["127.0.0.1"])


@pytest.mark.parametrize("addresses", [("169.254.1.1", "127.0.0.1"), ("127.0.0.1", "169.254.1.1")])
async def test_the_reason_does_not_depend_on_which_record_came_first(
    addresses: tuple[str, str], look_up: Lookup
) -> None:
    """Name servers turn their records round. What was let through and did not listen is what is told of."""
    look_up(*addresses)
    assert await delivered("http://buyer.example:1/") == refused(LINK_LOCAL)
    assert await delivered("http://buyer.localhost:1/") == refused("nothing listens at the endpoint")


async def test_what_is_connected_to_is_looked_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the look-up has let through: here it forgets to look."""

    async def resolve(_self: object, host: str, port: int = 0, **_family: object) -> list[ResolveResult]:
        return [result(host, port, "127.0.0.1")]

    monkeypatch.setattr(Gate, "resolve", resolve)
    async with listening(take) as there:
        assert await delivered(f"http://buyer.example:{there.port}/") == refused(THIS_MACHINE)
    assert there.connections == 0


async def test_an_endpoint_on_this_machine_opens_the_gate_for_no_other(look_up: Lookup) -> None:
    """One courier, two buyers."""
    look_up("127.0.0.1")
    async with listening(take) as there:
        here, elsewhere = (Endpoint(f"http://{host}:{there.port}/") for host in ("localhost", "buyer.example"))
        courier = Courier(here, {})
        assert await courier.deliver(deliver()) == TAKEN
        courier.send_to("SPDEV1", elsewhere)
        assert await courier.deliver(deliver()) == refused(THIS_MACHINE)
        await courier.close()
    assert there.connections == 1


async def test_no_proxy_of_the_process_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect in our place, and look at no address."""
    async with listening(take) as proxy, listening(take) as there:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await delivered(f"http://localhost:{there.port}/") == TAKEN
    assert (proxy.connections, there.connections) == (0, 1)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:9000/n", True),
        ("http://buyer.localhost/", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]:9000/", True),
        ("http://0.0.0.0:9000/", True),
        ("http://[::]/", True),
        ("http://buyer.example/localhost", False),
        ("http://localhost.example/", False),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.example/", False),
    ],
)
def test_a_url_names_this_machine_or_not(url: str, here: bool) -> None:  # noqa: FBT001  a column of the table
    """Whoever looks it up."""
    assert names_this_machine(url) == here
