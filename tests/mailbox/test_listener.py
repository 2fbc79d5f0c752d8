"""The inbox's name and socket, taken anew after somebody cleared the directory."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lamp.errors import MailboxError
from lamp.mailbox.address import Listener


@pytest.mark.parametrize("cleared", ["socket", "both"])
def test_a_name_that_cannot_be_bound_anew_is_kept_as_it_was(
    sockets: Path, monkeypatch: pytest.MonkeyPatch, cleared: str
) -> None:
    listener = Listener(sockets, "ears")
    before, lock = listener.socket, listener._lock
    (sockets / "ears.sock").unlink()
    if cleared == "both":
        (sockets / "ears.inbox").unlink()

    def refuse(self: socket.socket, address: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "bind", refuse)
        with pytest.raises(MailboxError):
            listener.bind_anew()
    assert (listener.socket, listener._lock) == (before, lock)
    assert listener.lost
    listener.bind_anew()
    assert not listener.lost
    assert (listener._lock == lock) == (cleared == "socket")
    listener.close()
