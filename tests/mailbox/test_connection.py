from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest

from lamp.mailbox import frame
from lamp.mailbox.connection import Connection

BIG = frame.pack(b"[]", bytes(3_000_000))


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(ours), theirs


def test_what_the_kernel_does_not_take_waits_and_goes_later(
    pair: tuple[Connection, socket.socket],
) -> None:
    connection, peer = pair
    connection.write(BIG)
    assert not connection.idle
    assert connection.interest == selectors.EVENT_READ | selectors.EVENT_WRITE
    received = b""
    while len(received) < len(BIG):
        received += peer.recv(1 << 20)
        connection.push()
    assert received == BIG
    assert connection.idle
    assert connection.interest == selectors.EVENT_READ


def test_a_paused_line_waits_for_nothing(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    connection.paused = True
    assert connection.interest == 0


def test_a_line_to_the_dead_is_broken_and_forgets_what_it_had(
    pair: tuple[Connection, socket.socket],
) -> None:
    connection, peer = pair
    peer.close()
    connection.write(BIG)
    assert connection.broken
    assert connection.idle


def test_reading_without_news_is_nothing(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    connection.pull()
    assert connection.next() is None


def test_frames_are_read_until_the_other_side_hangs_up(
    pair: tuple[Connection, socket.socket],
) -> None:
    connection, peer = pair
    peer.sendall(frame.acknowledgement(3))
    peer.close()
    connection.pull()
    arrived = connection.next()
    assert arrived is not None
    assert arrived.sequence == 3
    with pytest.raises(EOFError):
        connection.pull()


def test_reading_from_a_torn_line_is_its_end(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    connection.close()
    assert connection.broken
    with pytest.raises(EOFError):
        connection.pull()
