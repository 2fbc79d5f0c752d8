from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lamp.mailbox import frame, outbox
from lamp.mailbox.connection import Connection
from lamp.mailbox.frame import BadFrameError, FrameReader
from lamp.mailbox.outbox import FIRST_DELAY, LONGEST_DELAY, Outbox
from lamp.messages import Flip, Message, NewLabels, Sound

HELLO = frame.pack(b'["Hello", {}]')


class Peer:
    """The other end of an outbox's connection."""

    def __init__(self) -> None:
        ours, self.socket = socket.socketpair()
        self.connection = Connection(ours)
        self.socket.setblocking(False)
        self._reader = FrameReader()

    def read(self) -> list[frame.Frame]:
        """All frames but the greeting."""
        try:
            self._reader.feed(self.socket.recv(1 << 20))
        except BlockingIOError:
            return []
        frames = []
        while (one := self._reader.next()) is not None:
            if b"Hello" not in one.text:
                frames.append(one)
        return frames

    def messages(self) -> list[Message]:
        return [frame.decode(one) for one in self.read()]

    def say(self, answer: bytes) -> None:
        self.socket.sendall(answer)
        self.connection.pull()

    def close(self) -> None:
        self.connection.close()
        self.socket.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


@pytest.fixture
def successor() -> Iterator[Peer]:
    one = Peer()
    yield one
    one.close()


def flip(number: int) -> Flip:
    return Flip(str(number), "lit", float(number))


def test_messages_wait_for_a_recipient_and_go_in_order(peer: Peer) -> None:
    box = Outbox("anticipator", 10)
    assert not box.wants_connection
    mail = [flip(1), NewLabels(5, 1.0), flip(2)]
    for message in mail:
        assert box.add(message) == []
    assert box.wants_connection
    assert not box.all_sent
    box.connected(peer.connection, HELLO, 0.0)
    assert peer.messages() == mail
    assert box.all_sent
    assert not box.wants_connection


def test_only_kept_messages_are_numbered_and_awaited(peer: Peer) -> None:
    box = Outbox("anticipator", 10)
    box.connected(peer.connection, HELLO, 0.0)
    box.add(NewLabels(5, 1.0))
    assert box.settled
    box.add(flip(1))
    box.add(flip(2))
    assert [one.sequence for one in peer.read()] == [0, 1, 2]
    assert not box.settled
    peer.say(frame.acknowledgement(2))
    assert not box.take_acknowledgements()
    peer.say(frame.acknowledgement(1))
    assert box.take_acknowledgements()
    assert box.settled


def test_what_the_dead_had_not_done_goes_to_the_successor_first(
    peer: Peer, successor: Peer
) -> None:
    box = Outbox("anticipator", 10)
    box.connected(peer.connection, HELLO, 0.0)
    for number in (1, 2, 3):
        box.add(flip(number))
    peer.say(frame.acknowledgement(1))
    box.take_acknowledgements()
    box.disconnected(1.0)
    box.add(flip(4))
    assert not box.settled
    box.connected(successor.connection, HELLO, 1.0)
    assert [(one.sequence, frame.decode(one)) for one in successor.read()] == [
        (2, flip(2)),
        (3, flip(3)),
        (4, flip(4)),
    ]


def test_an_answer_that_is_no_acknowledgement_is_refused(peer: Peer) -> None:
    box = Outbox("anticipator", 10)
    box.connected(peer.connection, HELLO, 0.0)
    peer.say(frame.pack(b"[]"))
    with pytest.raises(BadFrameError):
        box.take_acknowledgements()


def test_the_oldest_that_may_be_lost_goes_when_there_are_too_many(peer: Peer) -> None:
    box = Outbox("transcriber", 2)
    assert box.add(flip(1)) == []
    for number in range(5):
        assert box.add(NewLabels(number, 0.0)) == ([] if number < 2 else ["NewLabels"])
    box.connected(peer.connection, HELLO, 0.0)
    assert peer.messages() == [flip(1), NewLabels(3, 0.0), NewLabels(4, 0.0)]


def test_sound_that_waits_never_takes_more_than_its_share_of_memory() -> None:
    box = Outbox("transcriber", 1000)
    second = bytes(32_000)
    dropped = [kind for i in range(300) for kind in box.add(Sound(second, float(i)))]
    waiting = 300 - len(dropped)
    assert set(dropped) == {"Sound"}
    assert 0.9 * outbox.MOST_BYTES < waiting * 32_000 <= outbox.MOST_BYTES


def test_one_message_larger_than_the_share_still_goes(peer: Peer) -> None:
    box = Outbox("transcriber", 10)
    assert box.add(Sound(bytes(outbox.MOST_BYTES + 2), 0.0)) == []
    box.connected(peer.connection, HELLO, 0.0)
    assert not peer.connection.idle


def test_kept_messages_for_a_recipient_that_never_comes_are_bounded(
    monkeypatch: pytest.MonkeyPatch, peer: Peer
) -> None:
    monkeypatch.setattr(outbox, "MOST_KEPT", 3)
    box = Outbox("anticipator", 10)
    assert [box.add(flip(number)) for number in range(5)] == [[], [], [], ["Flip"], ["Flip"]]
    box.connected(peer.connection, HELLO, 0.0)
    assert peer.messages() == [flip(2), flip(3), flip(4)]
    assert box.add(flip(5)) == ["Flip"]  # the oldest of those it has not acknowledged
    box.disconnected(1.0)
    assert box.wants_connection


def test_a_watcher_that_is_not_there_holds_nothing_up(peer: Peer) -> None:
    box = Outbox("observer", 2, observing=True)
    for number in range(5):
        assert box.add(flip(number)) == []
    assert box.settled
    box.missed(0.0, absent=True)
    assert not box.wants_connection
    box.add(flip(6))
    box.missed(0.0, absent=False)  # there, but busy: what waits still waits
    box.connected(peer.connection, HELLO, 1.0)
    assert peer.messages() == [flip(6)]
    assert box.settled


def test_a_watcher_that_does_not_keep_up_loses_the_oldest(peer: Peer) -> None:
    box = Outbox("observer", 2, observing=True)
    box.connected(peer.connection, HELLO, 0.0)
    box.add(Sound(bytes(3_000_000), 0.0))  # fills the connection
    lost = [kind for number in range(5) for kind in box.add(flip(number))]
    assert lost == ["Flip"] * 3


def test_attempts_come_later_and_later_and_soon_again_after_a_good_line(peer: Peer) -> None:
    box = Outbox("anticipator", 10)
    delays = []
    for _ in range(12):
        box.missed(100.0, absent=True)
        delays.append(box.retry_at - 100.0)
    assert delays[0] == pytest.approx(FIRST_DELAY)
    assert delays[1] == pytest.approx(2 * FIRST_DELAY)
    assert delays[-1] == pytest.approx(LONGEST_DELAY)
    box.connected(peer.connection, HELLO, 200.0)
    box.disconnected(200.0)  # hung up at once: no reason to hurry
    assert box.retry_at - 200.0 == pytest.approx(LONGEST_DELAY)
    box.connected(peer.connection, HELLO, 300.0)
    box.disconnected(400.0)
    assert box.retry_at - 400.0 == pytest.approx(FIRST_DELAY)


def test_it_complains_once() -> None:
    box = Outbox("anticipator", 10)
    assert box.title == "anticipator"
    assert [box.complain(), box.complain()] == [True, False]
