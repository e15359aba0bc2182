"""Which addresses may be asked: http and https, at the ports of the web, and public on the whole internet."""

import ipaddress
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from claims.fetching.troubles import Trouble

PORTS = {"http": 80, "https": 443}
FURTHER_PORTS = {8080, 8443}
# Names that mean this machine, this network or nothing (RFC 6761, 6762, 7686, 8375).
NOT_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion", ".arpa")
PUBLIC_6 = ipaddress.ip_network("2000::/3")
# What Python counts as public in one version or another and is not: shared and relayed addresses, and those of IPv6
# that carry an IPv4 address or a documentation's (RFC 6598, 7526, 4380, 3056, 9637).
NOT_PUBLIC = [
    ipaddress.ip_network(each)
    for each in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]


class Refusal(Exception):
    """The address is not asked, or what came back is not kept; `trouble` says why."""

    def __init__(self, trouble):
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True)
class Target:
    """What one request asks for: `host` is a name in ASCII or an IP address without brackets."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def named(self):
        """As the Host header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address):
        """The same, asked of the host's IP address."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def target_of(url, open_to=frozenset()):
    """Read an address as the part that connects will read it. Raises Refusal.

    A backslash or a name before an @ is read in one way here and in another there, and so is refused."""
    if "\\" in url or any(each <= " " or each == "\x7f" for each in url):
        raise Refusal(Trouble.NOT_WEB)
    try:
        parts = parse_url(url)
    except (LocationParseError, ValueError):
        raise Refusal(Trouble.NOT_WEB) from None
    host = (parts.host or "").strip("[]").rstrip(".").lower()
    if parts.scheme not in PORTS or parts.auth is not None or not host or "%" in host:
        raise Refusal(Trouble.NOT_WEB)
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if port not in {*PORTS.values(), *FURTHER_PORTS} and port not in {each for _address, each in open_to}:
        raise Refusal(Trouble.PORT)
    whole = Url(parts.scheme, None, parts.host, parts.port, parts.path or "/", parts.query)
    return Target(whole.url, parts.scheme, host, port, whole.request_uri)


def literal(host):
    """The IP address that a host is, or None where it is a name. Raises Refusal for whatever else counts as an address
    somewhere: 127.1, 0x7f.1, 2130706433, 0177.0.0.1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        if last.isdecimal() or last.startswith("0x") or ":" in host:
            raise Refusal(Trouble.NOT_PUBLIC) from None
    return None


def must_be_a_name(host):
    """Raises Refusal for a name that only this machine or this network knows."""
    if "." not in host or host.endswith(NOT_NAMES):
        raise Refusal(Trouble.NOT_PUBLIC)


def is_public(address):
    """Is it one address of one machine of the whole internet? `address` is of the module ipaddress.

    Of IPv6 only what is given out as such counts: mapped, translated, local and link addresses lie outside."""
    if address.version == 6 and (address not in PUBLIC_6 or address.scope_id):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in NOT_PUBLIC if network.version == address.version)
