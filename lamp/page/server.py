"""The server under the page: uvicorn, with bounds on who may connect, how often and for how long.

Between two requests it does nothing at all but say every few seconds that it lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lamp.errors import PageError
from lamp.page.doorkeeper import is_of_this_network

MOST_CONNECTIONS = 48
MOST_OF_ONE_PEER = 16
MOST_OF_A_HEAD = 8192  # bytes, of a request's line and headers
PATIENCE = 10.0  # s: between once and twice this long a client may keep us waiting
LONGEST = 900.0  # s that a connection may last: browsers come back by themselves
BEAT_EVERY = 10.0  # s
_BACKLOG = 32  # connections that wait to be taken


def listen(address: str, port: int) -> socket.socket:
    """A socket on ``port`` of the network card with ``address``; of all cards if it is empty.

    Raises:
        PageError: it cannot be had.
    """
    try:
        if address:
            return socket.create_server((address, port), family=_family(address), backlog=_BACKLOG)
        if socket.has_dualstack_ipv6():
            with contextlib.suppress(OSError):  # a kernel may know it and be told not to use it
                return socket.create_server(
                    ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG
                )
        return socket.create_server(("", port), backlog=_BACKLOG)
    except OSError as error:
        raise PageError(
            f"the page cannot have port {port}{f' of {address}' if address else ''}:"
            f" {error.strerror or error}. Set page.port in lamp.yaml to another one"
        ) from error


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Connection(H11Protocol):
    """One connection: refused at once where there are too many, given up where it stands still."""

    _came = 0.0
    _waited = False
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See :class:`asyncio.Protocol`."""
        peer, own, *_ = (
            (transport.get_extra_info(name) or ("",))[0] for name in ("peername", "sockname")
        )
        peers = (getattr(each, "client", None) or ("",) for each in self.connections)
        others = [other for other, *_ in peers if other == peer]
        if (
            not is_of_this_network(peer, own)
            or len(self.connections) >= MOST_CONNECTIONS
            or len(others) >= MOST_OF_ONE_PEER
        ):
            self.transport = transport
            transport.abort()
            return
        super().connection_made(transport)
        self._came = self.loop.time()
        self._look_again()

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`; one that was refused is not listened to."""
        if not self.transport.is_closing():
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        if self._watch is not None:
            self._watch.cancel()
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """See :class:`H11Protocol`: from here on it is waited for anew."""
        self._waited = False
        super().on_response_complete()

    def _look_again(self) -> None:
        self._watch = self.loop.call_later(PATIENCE, self._look)

    def _look(self) -> None:
        cycle: Any = self.cycle
        waits = cycle is None or cycle.response_complete or cycle.more_body
        if (waits and self._waited) or self.loop.time() - self._came > LONGEST:
            self.transport.abort()
            return
        self._waited = waits
        self._look_again()


class PageServer(uvicorn.Server):
    """Serves ``app`` until :meth:`stop`.

    Args:
        app: the page.
        alive: called every few seconds by the loop that serves, as long as that comes round.
    """

    def __init__(self, app: Any, alive: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=int(PATIENCE),
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=MOST_OF_A_HEAD,
            )
        )
        self._alive = alive
        self._serving: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end. uvicorn's own loop looks ten times a second whether it has come."""
        self._serving = asyncio.get_running_loop()
        while not self._over.is_set() and not self.should_exit:
            self._alive()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), BEAT_EVERY)

    def stop(self) -> None:
        """End it; from any thread."""
        self.should_exit = True
        if self._serving is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._serving.call_soon_threadsafe(self._over.set)
