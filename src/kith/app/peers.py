"""Who calls: the address of the client, believed from a proxy only when that proxy is one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]


def client_address(peer: str, forwarded: str, trusted: Networks) -> str:
    """``peer`` is the other end of the connection, ``forwarded`` the joined ``X-Forwarded-For``.

    Read from the right: the first address that is not one of our proxies is the client. What stands left of it anybody
    can invent.
    """
    address = peer
    for hop in reversed([part.strip() for part in forwarded.split(",")] if forwarded else []):
        if not _within(address, trusted):
            return address
        address = hop
    return address if _valid(address) else peer


def _within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _valid(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
