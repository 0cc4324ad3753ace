"""Requests come from agreed addresses, each environment its own; others get 403 before their body is read."""

import asyncio
from collections.abc import Sequence

import pytest

from simulator.server.client_address import LONGEST_FORWARDED
from simulator.server.entrance import Entrance
from simulator.wire.networks import network_of
from tests.control import REPORT, Control, served

XML = {"Content-Type": "application/xml"}


async def _post(control: Control, forwarded: Sequence[str] = (), environment: str = "one") -> int:
    url = f"{control.supplier}/{environment}/api2/addFaultReport"
    headers = [*XML.items(), *(("X-Forwarded-For", one) for one in forwarded)]
    async with control.session.post(url, data=REPORT, headers=headers) as answer:
        await answer.read()
        return answer.status


async def test_an_agreed_address() -> None:
    """The loopback network is agreed upon."""
    async with served(source_addresses="127.0.0.0/8") as control:
        assert await _post(control) == 201


async def test_another_address() -> None:
    """403 as a fault; the journal has the rule and no body, and nothing else has changed."""
    async with served(source_addresses="192.0.2.0/24") as control:
        url = f"{control.supplier}/one/api2/addFaultReport"
        async with control.session.post(url, data=REPORT, headers=XML) as answer:
            body = await answer.text()
        assert (answer.status, answer.headers["Content-Type"]) == (403, "application/xml; charset=utf-8")
        assert "<detail>address-not-agreed</detail>" in body
        assert "<faultmessage>The address that this comes from has not been agreed upon</faultmessage>" in body
        entries = (await control.get("/control/v1/environments/one/journal"))["entries"]
        assert [(one["kind"], one["data"].get("rule")) for one in entries] == [
            ("request-received", None),
            ("request-refused", "address-not-agreed"),
        ]
        assert entries[0]["data"] == {
            "operation": "addFaultReport",
            "method": "POST",
            "content_type": "application/xml",
            "caller": {"stopped": "address-not-agreed"},
        }
        assert (await control.get("/control/v1/environments/one/tickets"))["tickets"] == []


async def test_the_body_is_not_waited_for() -> None:
    """The answer is there though not a byte of the body was sent; the connection ends."""
    async with served(source_addresses="192.0.2.0/24") as control:
        host, port = control.supplier.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /one/api2/addFaultReport HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        async with asyncio.timeout(1):
            assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
        writer.close()
        await writer.wait_closed()


async def test_soap_is_answered_in_soap() -> None:
    """Its body is not read, so its media type has to tell."""
    async with served(source_addresses="192.0.2.0/24") as control:
        url = f"{control.supplier}/one/api2/addFaultReport"
        async with control.session.post(url, data=REPORT, headers={"Content-Type": "text/xml"}) as answer:
            assert "<soap:Fault>" in await answer.text()


async def test_the_downloads_and_the_files_are_behind_the_same_door() -> None:
    """403 in plain text."""
    async with served(source_addresses="192.0.2.0/24") as control:
        for method, path in (("GET", "faultReport.txt"), ("PUT", "attachments/ABC")):
            async with control.session.request(method, f"{control.supplier}/one/api2/{path}") as answer:
                told = await answer.text()
                assert (answer.status, told) == (403, "The address that this comes from has not been agreed upon\n")


async def test_each_environment_has_its_own() -> None:
    """One that is made by the control API says for itself whom it lets in."""
    async with served() as control:
        settings = {"source_addresses": ["192.0.2.0/24", "2001:db8::/32"]}
        await control.post("/control/v1/environments", {"name": "strict", "settings": settings})
        assert (await _post(control, environment="strict"), await _post(control)) == (403, 201)


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        (["192.0.2.9"], 201),
        (["::ffff:192.0.2.9"], 201),
        (["192.0.2.9:5000"], 201),
        (["198.51.100.1, 192.0.2.9"], 201),  # what stands before the last that is no proxy may be anything
        (["192.0.2.9, 127.0.0.5"], 201),  # a second proxy of ours
        (["198.51.100.1", "192.0.2.9"], 201),  # two headers are one list
        (["192.0.2.9, 198.51.100.1"], 403),
        (["192.0.2.9", "198.51.100.1"], 403),
        (["[2001:db8::9]:5000"], 403),
        (["192.0.2.9, unknown"], 403),
        (["192.0.2.9, "], 403),
        (["127.0.0.6"], 403),
        (["[192.0.2.9]evil"], 403),
        (["[192.0.2.9"], 403),
        (["192.0.2.9:evil"], 403),
        (["192.0.2.9%eth0"], 403),
        (["\u00a0192.0.2.9"], 403),
        (["2001:db8::9"], 403),
        (["[::ffff:192.0.2.9]:80"], 201),
        ([], 403),  # the proxy itself
        (["192.0.2.9" + " " * LONGEST_FORWARDED + ", 192.0.2.9"], 403),
    ],
)
async def test_a_proxy_that_is_believed(forwarded: list[str], status: int) -> None:
    """The last in the list that is no proxy of ours is the sender."""
    entrance = Entrance(proxies=[network_of("127.0.0.0/8")])
    async with served(entrance=entrance, source_addresses="192.0.2.0/24") as control:
        assert await _post(control, forwarded) == status


async def test_who_may_not_come_in_keeps_no_environment_alive() -> None:
    """One that is left alone is removed, whoever knocks at it."""
    async with served(source_addresses="192.0.2.0/24") as control:
        environment = control.environments.get("one")
        assert environment is not None
        await asyncio.sleep(0.05)
        assert await _post(control) == 403
        assert environment.left_alone >= 0.05
    async with served() as control:
        environment = control.environments.get("one")
        assert environment is not None
        await asyncio.sleep(0.05)
        assert await _post(control) == 201
        assert environment.left_alone < 0.05


async def test_a_header_of_anybody_else_is_not_believed() -> None:
    """Without trusted_proxies nobody's is: anybody could write it."""
    async with served(source_addresses="192.0.2.0/24") as control:
        assert await _post(control, ["192.0.2.9"]) == 403
    async with served(source_addresses="127.0.0.1") as control:
        assert await _post(control, ["192.0.2.9"]) == 201
