"""Which addresses may be sent to: each kind by its rule, however it is written."""

import pytest

from simulator.targets import LINK_LOCAL, MULTICAST, RESERVED, THIS_MACHINE, refusal


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.17.0.2", "192.168.65.2", "100.64.0.1", "8.8.8.8", "fd00::1", "2001:4860::8888", "64:ff9b::a00:1"],
)
def test_ordinary_addresses_are_sent_to(address: str) -> None:
    """Private ones are where containers are; the last is 10.0.0.1, seen from a network without IPv4."""
    assert refusal(address, here=False) == ""


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"],  # noqa: S104  not bound
)
def test_this_machine_is_sent_to_only_where_it_is_meant(address: str) -> None:
    """The unspecified address leads there too."""
    assert refusal(address, here=False) == THIS_MACHINE
    assert refusal(address, here=True) == ""


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("169.254.0.0", LINK_LOCAL),
        ("169.254.169.254", LINK_LOCAL),
        ("169.254.255.255", LINK_LOCAL),
        ("fe80::1", LINK_LOCAL),
        ("fe80::1%eth0", LINK_LOCAL),
        ("febf:ffff::", LINK_LOCAL),
        ("::ffff:169.254.169.254", LINK_LOCAL),
        ("64:ff9b::a9fe:a9fe", LINK_LOCAL),
        ("2002:a9fe:a9fe::1", LINK_LOCAL),
        ("224.0.0.1", MULTICAST),
        ("239.255.255.255", MULTICAST),
        ("ff02::1", MULTICAST),
        ("255.255.255.255", RESERVED),
        ("240.0.0.1", RESERVED),
        ("0.1.2.3", RESERVED),
        ("100::1", RESERVED),
        ("::169.254.169.254", RESERVED),
    ],
)
def test_others_are_never_sent_to(address: str, reason: str) -> None:
    """Not where the URL names them either."""
    assert refusal(address, here=False) == reason
    assert refusal(address, here=True) == reason


@pytest.mark.parametrize("text", ["buyer.example", "127.1", "2130706433", ""])
def test_a_name_is_no_address(text: str) -> None:
    """Whoever asks has to look it up."""
    with pytest.raises(ValueError, match="address"):
        refusal(text, here=True)
