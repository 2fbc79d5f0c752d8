"""Who is let in: the first thing that every request meets, before anything is looked up.

* The host it asks for must be this machine's: a page from elsewhere that had a name of its own
  point here (DNS rebinding) asks for that name.
* What changes something must come from a form of this page (Origin), and carry its token.
* Whoever is not paired gets the pairing page, and nothing else.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie

COOKIE = "lamp"

#: Sent with every answer. Nothing from elsewhere, nothing inline, in nobody's frame.
HEADERS: dict[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def own_names(extra: str = "", host: str | None = None) -> frozenset[str]:
    """What browsers may call this machine by, besides its addresses.

    Args:
        extra: one more name, of lamp.yaml.
        host: this machine's name; None: as it says.
    """
    host = (socket.gethostname() if host is None else host).lower()
    short = host.partition(".")[0]
    names = {"localhost", host, short, f"{short}.local", extra.lower()}
    return frozenset(names - {"", ".local"})


def is_own_host(host: str, names: Collection[str]) -> bool:
    """Whether a Host header asks for this machine: by an address, or by one of ``names``."""
    if host.startswith("["):
        name, closed, port = host[1:].partition("]")
        if not closed:
            return False
        port = port[1:] if port.startswith(":") else port
    else:
        name, _, port = host.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        return False
    return name.lower() in names or _address(name) is not None


def is_of_this_network(address: str, own: str = "") -> bool:
    """Whether a peer's address is one of a home's network, and not of the wide world.

    Args:
        address: of the peer.
        own: that it has connected to; in IPv6 a home's addresses may be the world's, too, and
            have the first 64 bits in common.
    """
    peer, here = _address(address), _address(own)
    if peer is None:
        return False
    if isinstance(peer, ipaddress.IPv6Address) and isinstance(here, ipaddress.IPv6Address):
        neighbours = int(peer) >> 64 == int(here) >> 64
    else:
        neighbours = False
    return neighbours or peer.is_private or peer.is_link_local or peer.is_loopback


def is_from_here(origin: str | None, host: str) -> bool:
    """Whether the Origin header of a form is that of the page itself; a missing one is not."""
    return origin in (f"http://{host}", f"https://{host}")


def session_token(cookies: str | None) -> str:
    """The token in a Cookie header; empty if there is none."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(cookies or "")
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in ``text``, without its network card; an IPv4 one within IPv6 as itself."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
