"""Addresses and networks as settings and requests name them: IPv4 inside of IPv6 is IPv4."""

from ipaddress import ip_address, ip_network

import pytest
from pydantic import TypeAdapter, ValidationError

from simulator.wire.networks import MOST_NETWORKS, Networks, address_of, among, network_of

SETTING: TypeAdapter[Networks] = TypeAdapter(Networks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address(text: str, expected: str) -> None:
    """One of IPv4 is the same however it is written; a zone is of no matter."""
    assert address_of(text) == ip_address(expected)


@pytest.mark.parametrize(
    "text", ["", "unknown", "192.0.2.1:80", "192.0.2.256", "192.0.2.01", "[::1]", "192.0.2.1/32", "١.0.2.1"]
)
def test_what_is_no_address(text: str) -> None:
    """It is nobody's."""
    assert address_of(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_a_network(text: str, expected: str) -> None:
    """Or a single address, which is a network of one."""
    assert network_of(text) == ip_network(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "192.0.2.7/24",
            "expected an address or a network such as 192.0.2.0/24, found '192.0.2.7/24'; that network is 192.0.2.0/24",
        ),
        ("office", "expected an address or a network such as 192.0.2.0/24, found 'office'"),
        ("", "expected an address or a network such as 192.0.2.0/24, found ''"),
        ("192.0.2.0/33", "expected an address or a network such as 192.0.2.0/24, found '192.0.2.0/33'"),
    ],
)
def test_what_is_no_network(text: str, message: str) -> None:
    """It is said what was expected, and which network an address in it most likely means."""
    with pytest.raises(ValueError, match="expected") as caught:
        network_of(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("192.0.2.0/24, ::1", ["192.0.2.0/24", "::1/128"]),
        (["192.0.2.0/24", "::1"], ["192.0.2.0/24", "::1/128"]),
        ("none", []),
        ([], []),
    ],
)
def test_a_setting_of_networks(said: object, expected: list[str]) -> None:
    """A text with commas, as a flag has it, or a list; as JSON it can be read again."""
    networks = SETTING.validate_python(said)
    assert SETTING.dump_python(networks, mode="json") == expected
    assert SETTING.validate_python(expected) == SETTING.validate_python(networks) == networks


@pytest.mark.parametrize("said", ["", "192.0.2.0/24,", [3], [None], ["::1"] * (MOST_NETWORKS + 1), {"a": 1}])
def test_what_is_no_setting_of_networks(said: object) -> None:
    """It is refused."""
    with pytest.raises(ValidationError):
        SETTING.validate_python(said)


def test_among() -> None:
    """IPv4 lies in no network of IPv6, not even in the whole of it."""
    networks = [network_of("192.0.2.0/24"), network_of("2001:db8::/32")]
    asked = ("192.0.2.255", "::ffff:192.0.2.255", "192.0.3.0", "2001:db8:ffff::", "2001:db9::")
    assert [among(ip_address(one) if one[0] != ":" else address_of(one), networks) for one in asked] == [  # type: ignore[arg-type]
        True,
        True,
        False,
        True,
        False,
    ]
    assert not among(ip_address("192.0.2.1"), [network_of("::/0")])
