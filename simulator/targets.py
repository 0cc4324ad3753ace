"""Which addresses notifications may be sent to: an endpoint is anybody's to name, and not everything is an endpoint.

Private ranges are allowed: containers are there. Link-local addresses are not, for at those a cloud hands out its
credentials; nor is this machine, unless the endpoint's URL says that it is meant.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

LINK_LOCAL = "the endpoint's address is link-local, and nothing is sent to those: name a host that has another"
MULTICAST = "the endpoint's address is a multicast one, and nothing is sent to those: name a single host"
RESERVED = "the endpoint's address is a reserved one, and nothing is sent to those: name a host that has another"
THIS_MACHINE = (
    "the endpoint's name has turned out to be this machine's, and nothing is sent there unless the URL says so: "
    "write localhost in place of the name"
)
_THIS_NETWORK = IPv4Network("0.0.0.0/8")
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""By these an IPv6 network reaches IPv4 (RFC 6052)."""


def refusal(address: str, *, here: bool) -> str:
    """Why nothing is sent to an address; empty if something may be. ``here``: the URL itself names this machine.

    Raises ValueError for what is no address.
    """
    one = _reached(ip_address(address))
    if one.is_loopback or one.is_unspecified:  # Linux connects the unspecified address to loopback
        return "" if here else THIS_MACHINE
    if one.is_link_local:
        return LINK_LOCAL
    if one.is_multicast:
        return MULTICAST
    if one.is_reserved or one in _THIS_NETWORK:  # broadcast is a reserved one
        return RESERVED
    return ""


def _reached(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
