"""Addresses and networks of the Internet, as settings and requests name them."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer, WithJsonSchema

from simulator.wire.complaints import shown

MOST_NETWORKS = 100
"""In one setting."""
Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
_MAPPED = IPv6Network("::ffff:0:0/96")


def address_of(text: str) -> Address | None:
    """An address; one of IPv4 that is written as one of IPv6 (``::ffff:192.0.2.1``) is what it stands for."""
    try:
        address = ip_address(text.partition("%")[0])  # without the zone, which is this machine's own affair
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def network_of(text: str) -> Network:
    """A network such as ``192.0.2.0/24``, or a single address. Raises ValueError, in words, for anything else."""
    try:
        network = ip_network(text.strip())
    except ValueError:
        expected = "expected an address or a network such as 192.0.2.0/24"
        raise ValueError(f"{expected}, found {shown(text.strip())}{_hint(text)}") from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((network.network_address.packed[-4:], network.prefixlen - 96))
    return network


def _read(value: object) -> object:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    return network_of(value if isinstance(value, str) else "")


def _split(value: object) -> object:
    """Networks in a row, as a flag or a variable has them; ``none`` stands for not one."""
    if not isinstance(value, str):
        return value
    return [] if value.strip().casefold() == "none" else value.split(",")


_AS_JSON = {
    "anyOf": [{"type": "array", "items": {"type": "string"}, "maxItems": MOST_NETWORKS}, {"type": "string"}],
}
Networks = Annotated[
    tuple[
        Annotated[
            InstanceOf[IPv4Network] | InstanceOf[IPv6Network],
            BeforeValidator(_read),
            PlainSerializer(str, return_type=str, when_used="json"),
        ],
        ...,
    ],
    BeforeValidator(_split),
    Field(max_length=MOST_NETWORKS),
    WithJsonSchema(_AS_JSON),
]
"""A setting that is a list of networks, or a text with commas."""


def _hint(text: str) -> str:
    """A network is often named by an address in it."""
    try:
        return f"; that network is {ip_network(text.strip(), strict=False)}"
    except ValueError:
        return ""


def among(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of some networks."""
    return any(address in network for network in networks)
