"""What systemd wants to know of a service: that it is ready, that it lives, what it does.

A few datagrams to the socket that it names, see sd_notify(3); no library is needed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Systemd:
    """Tells systemd, where it started this process with Type=notify; else does nothing.

    Args:
        environ: holds the address of systemd's socket, if there is one.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._ready = False

    def alive(self, state: str) -> None:
        """The process's own loop has come round; ``state`` is shown by systemctl status.

        It must be called from that loop and from no thread beside it, so that a loop that
        hangs is noticed (WatchdogSec=).
        """
        self._tell(f"WATCHDOG=1\nSTATUS={state}")

    def ready(self) -> None:
        """Started up. Only the first call says so."""
        if not self._ready:
            self._ready = True
            self._tell("READY=1")

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):  # a name outside the file system
            address = "\0" + address[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)  # whoever is busy may miss a beat, the lamp must not
            try:
                line.sendto(what.encode(), address)
            except OSError:
                return  # systemd is being replaced; the next beat reaches it
