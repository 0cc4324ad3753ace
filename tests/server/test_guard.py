"""Who may use the control port: programs of this machine, whoever has the token, and no page of another site."""

import base64
from collections.abc import Mapping

import pytest

from tests.control import ALL, ONE, Control, served

TOKEN = "a-token-of-16-letters"  # noqa: S105 - of a test
JSON = {"Content-Type": "application/json"}


def port_of(control: Control) -> str:
    return control.control.rpartition(":")[2]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "sim.localhost", "[::1]"])
async def test_this_machines_own_names_are_answered(control: Control, name: str) -> None:
    """With the port or without it."""
    for host in (name, f"{name}:{port_of(control)}"):
        status, _, _ = await control.send("GET", ALL, headers={"Host": host})
        assert (host, status) == (host, 200)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:41224", "localhost.evil.example", "10.0.0.1"])
async def test_a_name_that_somebody_lets_stand_for_this_machine_is_not(control: Control, host: str) -> None:
    """DNS rebinding: nothing is told, and nothing changes."""
    status, _, body = await control.send("POST", f"{ONE}/reset", headers={"Host": host})
    assert (status, b"set a control token" in body) == (421, True)
    assert (await control.send("GET", ALL, headers={"Host": host}))[0] == 421


@pytest.mark.parametrize("host", ["", "a b", "one,two", "user@localhost", "[::1", "localhost:port"])
async def test_a_host_that_is_none(control: Control, host: str) -> None:
    """Refused in our words; never a 500."""
    status, headers, _ = await control.send("GET", ALL, headers={"Host": host})
    assert status == 400
    assert "problem+json" in headers["Content-Type"]


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
    ids=["elsewhere", "null", "another-port", "empty", "no-cors", "same-site", "form"],
)
async def test_a_page_of_another_site_can_do_nothing(control: Control, said: Mapping[str, str]) -> None:
    """It may not even reset."""
    await control.report()
    status, headers, _ = await control.send("POST", f"{ONE}/reset", headers=said)
    assert status == 403
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert (await control.get(ONE))["counts"]["tickets"] == 1


async def test_our_own_page_and_a_link_from_elsewhere_are_fine(control: Control) -> None:
    """A browser says so itself."""
    own = {"Origin": control.control, "Sec-Fetch-Site": "same-origin"}
    assert (await control.send("POST", f"{ONE}/reset", headers=own))[0] == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await control.send("GET", ALL, headers=link))[0] == 200


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
async def test_a_body_that_is_not_said_to_be_json_is_not_read(control: Control, kind: str) -> None:
    """A page may send such a body without asking first."""
    headers = {"Content-Type": kind} if kind else {}
    status, _, body = await control.send("POST", f"{ONE}/clock/advance", b'{"by": "PT1H"}', headers)
    assert (status, b"curl --json does" in body) == (415, True)
    assert (await control.get(f"{ONE}/clock"))["now"] == "2026-01-05T09:00:00.000Z"


async def test_no_answer_invites_other_sites(control: Control) -> None:
    """No CORS, not even to a question about it."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    status, headers, _ = await control.send("OPTIONS", ALL, headers=asked)
    assert status == 403
    assert not [name for name in headers if name.startswith("Access-Control")]
    assert (await control.send("OPTIONS", ALL))[0] == 405


async def test_with_a_token_everything_but_health_asks_for_it() -> None:
    """As a bearer's, or as the password of whatever user, so that a browser can have it too."""
    async with served(TOKEN) as control:
        basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
        for said in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
            assert (await control.send("GET", ALL, headers={"Authorization": said}))[0] == 200
        wrong = (
            "",
            "Bearer",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            f"Basic {TOKEN}",
            "Basic !",
            f"Digest {TOKEN}",
        )
        for said in wrong:
            status, headers, body = await control.send("GET", ALL, headers={"Authorization": said} if said else {})
            assert (said, status) == (said, 401)
            assert headers["WWW-Authenticate"] == 'Bearer realm="control", Basic realm="control"'
            assert TOKEN.encode() not in body
        assert (await control.send("POST", f"{ONE}/reset"))[0] == 401
        assert (await control.send("GET", "/no/such/route"))[0] == 401
        assert (await control.send("GET", "/health/live"))[0] == 200
        assert (await control.send("GET", "/health/ready"))[0] == 200


async def test_with_a_token_any_host_will_do_but_no_other_origin() -> None:
    """The name of a container, say. Who has the token is no page; a page whose browser has it is still refused."""
    async with served(TOKEN) as control:
        said = {"Authorization": f"Bearer {TOKEN}", "Host": "simulator:41224"}
        assert (await control.send("GET", ALL, headers=said))[0] == 200
        assert (await control.send("POST", f"{ONE}/reset", headers={**said, "Origin": "http://evil.example"}))[0] == 403
