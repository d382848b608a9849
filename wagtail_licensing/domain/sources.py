"""Where a request comes from, as far as that can be known: what may be limited by."""

from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

#: The part of an IPv6 address that a connection is given; whoever has it has all that is below.
_NETWORK = 64


def source_of(*, peer: str, forwarded: str, proxies: int) -> str:
    """Return the address a request came from, of IPv6 its /64 network; empty: it is not known.

    ``peer`` is who is connected to us. Behind ``proxies`` proxies of ours it is the last of them, and
    each has added whom it saw at the end of ``forwarded`` (X-Forwarded-For). What stands before that
    was sent by the visitor and is not believed.
    """
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded and proxies else []
    hops.append(peer)
    if len(hops) <= proxies:
        return ""
    return _network(hops[-1 - proxies])


def is_anybodys(source: str) -> bool:
    """Tell whether many people may stand behind ``source``: it is not known, or not of the Internet."""
    return not source or not ip_network(source).is_global


def _network(text: str) -> str:
    host = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if host.count(":") == 1:  # with a port
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((int(address), _NETWORK), strict=False))
        address = address.ipv4_mapped
    return str(address)
