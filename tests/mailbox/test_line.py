from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

import pytest

from lamp.mailbox import frame
from lamp.mailbox.line import Line

BIG = frame.seal(b"[]", bytes(3_000_000))


@pytest.fixture
def pair() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Line(ours), theirs


def test_what_the_kernel_does_not_take_waits_and_goes_later(
    pair: tuple[Line, socket.socket],
) -> None:
    line, peer = pair
    line.write(BIG)
    assert not line.idle
    assert line.interest == selectors.EVENT_READ | selectors.EVENT_WRITE
    received = b""
    while len(received) < len(BIG):
        received += peer.recv(1 << 20)
        line.push()
    assert received == BIG
    assert line.idle
    assert line.interest == selectors.EVENT_READ


def test_a_paused_line_waits_for_nothing(pair: tuple[Line, socket.socket]) -> None:
    line, _ = pair
    line.paused = True
    assert line.interest == 0


def test_a_line_to_the_dead_is_broken_and_forgets_what_it_had(
    pair: tuple[Line, socket.socket],
) -> None:
    line, peer = pair
    peer.close()
    line.write(BIG)
    assert line.broken
    assert line.idle


def test_reading_without_news_is_nothing(pair: tuple[Line, socket.socket]) -> None:
    line, _ = pair
    line.pull()
    assert line.next() is None


def test_frames_are_read_until_the_other_side_hangs_up(pair: tuple[Line, socket.socket]) -> None:
    line, peer = pair
    peer.sendall(frame.acknowledgement(3))
    peer.close()
    line.pull()
    arrived = line.next()
    assert arrived is not None
    assert arrived.sequence == 3
    with pytest.raises(EOFError):
        line.pull()


def test_reading_from_a_torn_line_is_its_end(pair: tuple[Line, socket.socket]) -> None:
    line, _ = pair
    line.close()
    assert line.broken
    with pytest.raises(EOFError):
        line.pull()
