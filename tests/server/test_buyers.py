"""Buyers by the control API: each has an endpoint of its own, with what goes along, and none sees another's."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme
from aiohttp import web

from tests.certificates.sets import of_an_odd_curve
from tests.control import ALL, ONE, Control, served
from tests.rig import Endpoint

BUYERS = f"{ONE}/buyers"
ADVANCE = f"{ONE}/clock/advance"
SPDEV1 = f"{BUYERS}/SPDEV1"


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[Endpoint, str]]:
    """An endpoint and its URL."""
    one = Endpoint()
    yield one, await one.listen()
    await one.close()


async def test_a_buyers_notifications_go_to_its_endpoint(control: Control, endpoint: tuple[Endpoint, str]) -> None:
    """From when it is connected; what was made before went nowhere. Headers go along, and are told by name only."""
    there, url = endpoint
    await control.report("A")
    status, told = await control.ask("PUT", SPDEV1, {"endpoint": url, "headers": {"Authorization": "Bearer hush"}})
    assert (status, told) == (
        200,
        {"buyer": "SPDEV1", "endpoint": url, "headers": ["Authorization"], "tls": False},
    )
    await control.post(ADVANCE, {"by": "PT3H"})
    assert there.statuses == ["in-progress"]
    assert there.headers[0]["Authorization"] == "Bearer hush"
    assert there.headers[0]["Content-Type"].startswith("application/xml")
    status, _, body = await control.send("GET", BUYERS)
    assert (status, b"hush" in body, url.encode() in body) == (200, False, True)
    assert b"hush" not in (await control.send("GET", f"{ONE}/journal"))[2]


async def test_another_buyer_is_told_elsewhere(endpoint: tuple[Endpoint, str]) -> None:
    """One has its own endpoint, one has none at all, and all others have the environment's."""
    there, url = endpoint
    common = Endpoint()
    async with served(notify=await common.listen()) as control:
        await control.ask("PUT", SPDEV1, {"endpoint": url})
        await control.report("A")
        await control.post(ADVANCE, {"by": "PT0S"})
        assert (there.statuses, common.statuses) == (["accepted"], [])
        await control.ask("PUT", SPDEV1, {"endpoint": None})
        await control.post(ADVANCE, {"by": "PT3H"})
        assert (there.statuses, common.statuses) == (["accepted"], [])
        await control.report("A", "two")
        await control.post(f"{ALL}/two/clock/advance", {"by": "PT0S"})
        assert (there.statuses, common.statuses) == (["accepted"], ["accepted"])
    await common.close()


async def test_it_stays_connected_after_a_reset(control: Control, endpoint: tuple[Endpoint, str]) -> None:
    """As a setting of the environment does."""
    there, url = endpoint
    await control.ask("PUT", SPDEV1, {"endpoint": url})
    await control.post(f"{ONE}/reset")
    await control.report("A")
    await control.post(ADVANCE, {"by": "PT0S"})
    assert there.statuses == ["accepted"]


async def test_the_journal_says_that_it_is_reachable_and_not_where(
    control: Control, endpoint: tuple[Endpoint, str]
) -> None:
    """A port is another in every run. Another endpoint for one that has some is no news to the core."""
    _, url = endpoint
    for where in (url, f"{url}/elsewhere", None, None):
        await control.ask("PUT", SPDEV1, {"endpoint": where})
    entries = (await control.get(f"{ONE}/journal"))["entries"]
    assert [(one["kind"], one["data"]) for one in entries] == [
        ("steered", {"command": "reach-buyer", "parameters": {"buyer": "SPDEV1", "reachable": reachable}})
        for reachable in (True, False)
    ]


async def test_the_query_of_an_endpoint_is_not_shown(control: Control) -> None:
    """It may be a token."""
    _, told = await control.ask("PUT", SPDEV1, {"endpoint": "http://127.0.0.1:1/n?token=hush"})
    assert told["endpoint"] == "http://127.0.0.1:1/n?***"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": "file:///etc/passwd"}, "endpoint"),
        ({"endpoint": "http://u:p@host/"}, "endpoint"),
        ({"endpoint": "http://169.254.169.254/latest/meta-data"}, "endpoint"),
        ({"endpoint": "https://[fe80::1%25eth0]/"}, "endpoint"),
        ({"endpoint": "http://[::ffff:169.254.169.254]/"}, "endpoint"),
        ({"endpoint": "http://224.0.0.1/"}, "endpoint"),
        ({"endpoint": "http://255.255.255.255/"}, "endpoint"),
        ({"endpoint": "http://h/", "headers": {"Host": "x"}}, "headers"),
        ({"endpoint": "http://h/", "headers": {"X-A": "a\r\nX-B: b"}}, "headers"),
        ({"endpoint": "http://h/", "headers": {"X A": "a"}}, "headers"),
        ({"endpoint": "http://h/", "headers": {"X-A": "a", "x-a": "b"}}, "headers"),
        ({"endpoint": "http://h/", "headers": {f"X-{number}": "a" for number in range(21)}}, "headers"),
        ({"endpoint": "http://h/", "trust": "x"}, ""),
        ({"endpoint": "https://h/", "trust": "no certificate"}, "trust"),
        ({"endpoint": "https://h/", "trust": "é"}, "trust"),
        ({"endpoint": "https://h/", "client_certificate": {"certificate": "x", "key": "y"}}, "client_certificate"),
        ({"endpoint": "https://h/", "client_certificate": {"certificate": "x"}}, "client_certificate"),
    ],
)
async def test_what_makes_no_sense_connects_nothing(control: Control, document: dict[str, Any], field: str) -> None:
    """422, the field is named, and no secret is repeated."""
    before = await control.get(BUYERS), await control.get(ONE)
    status, problem = await control.ask("PUT", SPDEV1, document)
    assert (status, [one["field"].partition(".")[0] for one in problem["errors"]]) == (422, [field])
    assert before == (await control.get(BUYERS), await control.get(ONE))


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("one", "another", "its key: it is the private key of another certificate"),
        ("odd", "another", "its key: it is the private key of another certificate"),
        ("one", "none", "its key: no private key, but a certificate"),
        ("none", "one", "its certificate: expected a certificate, found a private key"),
    ],
)
async def test_a_certificate_without_its_key(control: Control, certificate: str, key: str, words: str) -> None:
    """It is told which of both is at fault, and nothing is connected."""
    made = {name: trustme.CA().issue_cert("client.example") for name in ("one", "another")}
    certificates = {name: one.cert_chain_pems[0].bytes().decode() for name, one in made.items()} | {"none": ""}
    certificates["odd"] = of_an_odd_curve(certificates["one"].encode()).decode()
    keys = {name: one.private_key_pem.bytes().decode() for name, one in made.items()} | {"none": ""}
    before = await control.get(BUYERS), await control.get(ONE)
    own = {"certificate": certificates[certificate], "key": keys[key]}
    status, problem = await control.ask("PUT", SPDEV1, {"endpoint": "https://h/", "client_certificate": own})
    expected = "expected a certificate and the key that belongs to it, in PEM and not encrypted"
    assert (status, problem["errors"]) == (
        422,
        [{"field": "client_certificate", "error": f"{expected}; {words}"}],
    )
    assert before == (await control.get(BUYERS), await control.get(ONE))


async def test_a_buyer_that_nobody_knows(control: Control) -> None:
    """A slip of the pen would be a silence; with ``inventory: any`` every name will do."""
    status, problem = await control.ask("PUT", f"{BUYERS}/SPDEVV1", {"endpoint": None})
    assert (status, problem["detail"]) == (
        404,
        "no buyer of the inventory is called 'SPDEVV1' — did you mean `SPDEV1`?",
    )
    await control.post(ALL, {"name": "any", "settings": {"inventory": "any"}})
    assert (await control.ask("PUT", f"{ALL}/any/buyers/WHOEVER", {"endpoint": None}))[0] == 200


async def test_an_endpoint_that_asks_for_a_certificate(control: Control) -> None:
    """Mutual TLS: the simulator shows what it was given, and trusts what it was told to."""
    authority = trustme.CA()
    seen: list[str] = []

    async def take(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        names = dict(request.transport.get_extra_info("peercert")["subjectAltName"])
        seen.append(names["DNS"])
        return web.Response(text="<r><responseCode>200</responseCode></r>", content_type="application/xml")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("localhost").configure_cert(context)
    runner = web.ServerRunner(web.Server(take, access_log=None), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    own = authority.issue_cert("simulator.example")
    document: dict[str, Any] = {
        "endpoint": f"https://localhost:{runner.addresses[0][1]}/notifications",
        "trust": authority.cert_pem.bytes().decode(),
        "client_certificate": {
            "certificate": own.cert_chain_pems[0].bytes().decode(),
            "key": own.private_key_pem.bytes().decode(),
        },
    }
    status, told = await control.ask("PUT", SPDEV1, document)
    assert (status, told["tls"], "PRIVATE" in str(told)) == (200, True, False)
    await control.report("A")
    await control.post(ADVANCE, {"by": "PT0S"})
    assert seen == ["simulator.example"]
    assert (await control.get(f"{ONE}/journal?kind=notification-delivered"))["entries"] != []
    del document["client_certificate"]
    await control.ask("PUT", SPDEV1, document)
    await control.post(ADVANCE, {"by": "PT3H"})
    failed = (await control.get(f"{ONE}/journal?kind=notification-failed"))["entries"]
    assert [entry["data"]["attempt"] for entry in failed] == [1, 2, 3, 4]
    assert failed[0]["data"]["reason"] != ""
    assert seen == ["simulator.example"]
    await runner.cleanup()
