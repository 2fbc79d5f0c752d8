from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lamp.errors import InboxInUse
from lamp.mailbox import Mailbox, event_loop, frame, outbox
from lamp.mailbox import mailbox as post_module
from lamp.mailbox.address import Listener, connect
from lamp.messages import Flip, Message, NewLabels, Sound, Stop, Utterance
from tests.mailbox.conftest import OpenMailbox

SOON = 5.0  # s; far more than anything here takes


def flip(number: int) -> Flip:
    return Flip(str(number), "lit", float(number))


def received(mailbox: Mailbox, count: int) -> list[Message]:
    messages = []
    for _ in range(count):
        delivery = mailbox.get(SOON)
        assert delivery is not None
        delivery.ack()
        messages.append(delivery.message)
    return messages


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.005)


@pytest.fixture
def call(sockets: Path) -> Iterator[Callable[[], socket.socket]]:
    """Connects to the anticipator's inbox without a mailbox."""
    with contextlib.ExitStack() as callers:

        def knock_there() -> socket.socket:
            caller = callers.enter_context(connect(sockets, "anticipator"))
            caller.settimeout(SOON)
            return caller

        yield knock_there


def test_a_delivery_says_what_and_from_whom(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    operator.send("anticipator", flip(1))
    delivery = anticipator.get(SOON)
    assert delivery is not None
    assert (delivery.message, delivery.sender) == (flip(1), "operator")


def test_nothing_comes_of_nothing(open_mailbox: OpenMailbox) -> None:
    assert open_mailbox("operator").get(0.01) is None


def test_mail_for_one_not_yet_started_waits_for_it_in_order(open_mailbox: OpenMailbox) -> None:
    operator = open_mailbox("operator")
    mail: list[Message] = [flip(1), NewLabels(1, 0.0), flip(2)]
    for message in mail:
        operator.send("anticipator", message)
    assert not operator.flush(0.05)
    assert received(open_mailbox("anticipator"), 3) == mail
    assert operator.flush(SOON)


def test_who_calls_is_called_back_at_once(
    open_mailbox: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_DELAY", 1000.0)
    monkeypatch.setattr(outbox, "LONGEST_DELAY", 1000.0)
    operator = open_mailbox("operator")
    operator.send("anticipator", flip(1))
    assert not operator.flush(0.05)  # it has tried in vain and waits for long
    anticipator = open_mailbox("anticipator")
    anticipator.send("operator", NewLabels(1, 0.0))
    assert received(anticipator, 1) == [flip(1)]


def test_flush_waits_until_the_receiver_has_dealt_with_it(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    operator.send("anticipator", flip(1))
    delivery = anticipator.get(SOON)
    assert delivery is not None
    assert not operator.flush(0.05)
    operator.send("anticipator", flip(2))
    delivery.ack()
    assert not operator.flush(0.05)  # one of two
    received(anticipator, 1)
    assert operator.flush(SOON)


def test_what_was_not_done_comes_again_to_the_successor(open_mailbox: OpenMailbox) -> None:
    operator, first = open_mailbox("operator"), open_mailbox("anticipator")
    for number in range(4):
        operator.send("anticipator", flip(number))
    assert received(first, 2) == [flip(0), flip(1)]
    taken = first.get(SOON)
    assert taken is not None
    assert not operator.flush(0.1)
    first.close()
    taken.ack()  # too late: nobody is told
    assert received(open_mailbox("anticipator"), 2) == [flip(2), flip(3)]
    assert operator.flush(SOON)


def test_what_the_receiver_has_seen_does_not_come_twice_after_a_broken_line(
    open_mailbox: OpenMailbox,
) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    for number in range(3):
        operator.send("anticipator", flip(number))
    assert received(anticipator, 1) == [flip(0)]
    pending = anticipator.get(SOON)
    assert pending is not None
    until(lambda: anticipator._inbox.waiting == 1)
    with operator._changed:  # break the connection from outside, acknowledgements and all
        connection = operator._outboxes["anticipator"].connection
        assert connection is not None
        connection.socket.shutdown(socket.SHUT_RDWR)
        connection.broken = True
    operator.send("anticipator", flip(3))
    pending.ack()
    assert received(anticipator, 2) == [flip(2), flip(3)]
    assert operator.flush(SOON)
    assert anticipator.get(0.05) is None


def test_a_repetition_of_what_is_done_is_acknowledged_again(
    open_mailbox: OpenMailbox, call: Callable[[], socket.socket]
) -> None:
    anticipator = open_mailbox("anticipator")
    caller = call()
    hello = frame.pack(*frame.encode(frame.Hello("operator", "one life")))
    again = frame.pack(*frame.encode(flip(1)), 1)
    caller.sendall(hello + 2 * again)  # at once: the second comes before the first is done
    assert received(anticipator, 1) == [flip(1)]
    caller.sendall(again)
    expected = frame.acknowledgement(1) * 2
    answer = b""
    while len(answer) < len(expected):
        answer += caller.recv(100)
    assert answer == expected
    assert anticipator.get(0.02) is None


def test_acknowledgements_wait_for_a_sender_that_does_not_read_them(
    open_mailbox: OpenMailbox, call: Callable[[], socket.socket]
) -> None:
    many = 700  # more than a socket takes
    anticipator = open_mailbox("anticipator")
    caller = call()
    caller.sendall(frame.pack(*frame.encode(frame.Hello("operator", "one life"))))
    for number in range(many):
        caller.sendall(frame.pack(*frame.encode(flip(number)), number + 1))
        received(anticipator, 1)
    answers = b""
    while len(answers) < many * 16:
        answers += caller.recv(1 << 16)
    assert answers == b"".join(frame.acknowledgement(number + 1) for number in range(many))


def test_a_line_that_broke_while_sending_is_replaced(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    operator.send("anticipator", flip(1))
    assert received(anticipator, 1) == [flip(1)]
    assert operator.flush(SOON)
    connection = operator._outboxes["anticipator"].connection
    assert connection is not None
    connection.broken = True  # as after an EPIPE
    operator.send("anticipator", flip(2))
    assert received(anticipator, 1) == [flip(2)]
    assert operator._outboxes["anticipator"].connection is not connection


def test_a_new_life_of_a_sender_may_count_from_one_again(open_mailbox: OpenMailbox) -> None:
    anticipator = open_mailbox("anticipator")
    for number in range(3):
        operator = open_mailbox("operator")
        operator.send("anticipator", flip(number))
        assert received(anticipator, 1) == [flip(number)]
        operator.close()


def test_utterances_travel_whole_though_a_socket_takes_them_in_parts(
    open_mailbox: OpenMailbox,
) -> None:
    recorder, transcriber = open_mailbox("recorder"), open_mailbox("transcriber")
    said = [Utterance(str(i), os.urandom(300_000 + i), 0.0, 1.0, 1.5, -20.0, 0.0) for i in range(5)]
    for utterance in said:
        recorder.send("transcriber", utterance)
    assert received(transcriber, 5) == said


def test_a_full_inbox_loses_the_oldest_sound_and_says_so(
    open_mailbox: OpenMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    recorder, transcriber = open_mailbox("recorder"), open_mailbox("transcriber", capacity=3)
    for number in range(10):
        recorder.send("transcriber", Sound(b"", float(number)))
    until(lambda: transcriber.dropped == {"Sound": 7})
    assert received(transcriber, 3) == [Sound(b"", 7.0), Sound(b"", 8.0), Sound(b"", 9.0)]
    recorder.send("transcriber", Sound(b"", 10.0))
    received(transcriber, 1)
    until(lambda: "Sound, the oldest first" in caplog.text)


def test_losses_are_not_reported_at_every_turn(
    open_mailbox: OpenMailbox, caplog: pytest.LogCaptureFixture
) -> None:
    recorder, transcriber = open_mailbox("recorder"), open_mailbox("transcriber", capacity=1)
    for number in range(50):
        recorder.send("transcriber", Sound(b"", float(number)))
        time.sleep(0.001)
    until(lambda: transcriber.dropped == {"Sound": 49})
    assert len(caplog.records) <= 2


def test_a_full_inbox_loses_nothing_that_is_kept(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator", capacity=3)
    for number in range(50):
        operator.send("anticipator", flip(number))
    until(lambda: anticipator._inbox.full)
    assert received(anticipator, 50) == [flip(number) for number in range(50)]
    assert operator.flush(SOON)
    assert not anticipator.dropped


def test_what_waits_for_room_survives_its_senders_death(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator", capacity=2)
    for number in range(20):
        operator.send("anticipator", flip(number))
    until(lambda: anticipator._inbox.full)
    operator.close()
    assert received(anticipator, 20) == [flip(number) for number in range(20)]


def test_sending_never_waits_for_a_receiver_that_does_not_read(
    open_mailbox: OpenMailbox, sockets: Path
) -> None:
    recorder = open_mailbox("recorder")
    asleep = Listener(sockets, "transcriber")  # listens, but nobody ever accepts
    worst = 0.0
    for number in range(200):
        began = time.monotonic()
        recorder.send("transcriber", Sound(bytes(64_000), float(number)))
        worst = max(worst, time.monotonic() - began)
    assert worst < 0.5
    until(lambda: recorder.dropped.get("Sound", 0) > 50)
    asleep.close()


def test_a_crowd_before_a_door_comes_again_later(open_mailbox: OpenMailbox, sockets: Path) -> None:
    asleep = Listener(sockets, "trainer")
    crowd = []
    with contextlib.suppress(BlockingIOError):
        while True:
            crowd.append(connect(sockets, "trainer"))
    anticipator = open_mailbox("anticipator")
    anticipator.send("trainer", flip(1))
    time.sleep(0.05)
    for one in crowd:
        one.close()
    asleep.close()
    assert received(open_mailbox("trainer"), 1) == [flip(1)]


def test_a_watcher_gets_what_happens_while_it_watches(open_mailbox: OpenMailbox) -> None:
    operator = open_mailbox("operator")
    operator.send("observer", flip(1))
    until(lambda: not operator._outboxes["observer"].wants_connection)
    assert operator.flush(SOON)  # nothing is kept for it
    house = open_mailbox("observer")
    operator.send("observer", flip(2))
    assert received(house, 1) == [flip(2)]
    assert not operator.dropped


def test_stop_comes_after_everything_before_it(open_mailbox: OpenMailbox) -> None:
    house, recorder = open_mailbox("observer"), open_mailbox("recorder")
    house.send("recorder", Sound(b"", 1.0))
    house.send("recorder", Stop())
    assert received(recorder, 1) == [Sound(b"", 1.0)]
    assert recorder.get(SOON) is None
    assert recorder.stopped
    assert recorder.get() is None


def test_stopping_ends_a_get_that_waits_without_end(open_mailbox: OpenMailbox) -> None:
    mailbox = open_mailbox("operator")
    threading.Timer(0.05, mailbox.stop).start()
    assert mailbox.get() is None
    assert mailbox.stopped


def test_a_signal_in_the_middle_of_get_ends_it(open_mailbox: OpenMailbox) -> None:
    mailbox = open_mailbox("operator")
    before = signal.signal(signal.SIGUSR1, lambda *_: mailbox.stop())
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    assert mailbox.get() is None
    signal.signal(signal.SIGUSR1, before)


def test_flushing_still_works_while_stopping(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    operator.stop()
    operator.send("anticipator", flip(1))
    assert received(anticipator, 1) == [flip(1)]
    assert operator.flush(SOON)


def test_a_closed_post_takes_mail_without_complaint(open_mailbox: OpenMailbox) -> None:
    operator = open_mailbox("operator")
    operator.close()
    operator.send("anticipator", flip(1))
    assert not operator.flush(0.0)
    open_mailbox("operator")


def test_everything_given_out_is_seen(open_mailbox: OpenMailbox) -> None:
    seen: list[Message] = []
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator", seen=seen.append)
    operator.send("anticipator", flip(1))
    received(anticipator, 1)
    assert seen == [flip(1)]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\nHost: lamp\r\n\r\n",
        frame.pack(b"[]"),
        frame.pack(*frame.encode(Flip("1", "lit", 0.0)), 1),
    ],
    ids=["another language", "no message", "no greeting"],
)
def test_a_stranger_who_talks_rubbish_is_hung_up_on_and_the_process_lives(
    open_mailbox: OpenMailbox,
    call: Callable[[], socket.socket],
    caplog: pytest.LogCaptureFixture,
    rubbish: bytes,
) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    caller = call()
    caller.sendall(rubbish)
    with contextlib.suppress(ConnectionResetError):  # some of it may not have been read
        assert caller.recv(100) == b""
    until(lambda: "hung up on a stranger" in caplog.text)
    operator.send("anticipator", flip(1))
    assert received(anticipator, 1) == [flip(1)]


def test_a_message_of_another_version_is_skipped_and_does_not_come_for_ever(
    open_mailbox: OpenMailbox, call: Callable[[], socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    anticipator = open_mailbox("anticipator")
    caller = call()
    caller.sendall(frame.pack(*frame.encode(frame.Hello("operator", "newer"))))
    caller.sendall(frame.pack(b'["Dimmed", {"level": 0.5}]', b"", 1))
    caller.sendall(frame.pack(*frame.encode(flip(1)), 2))
    assert caller.recv(16) == frame.acknowledgement(1)
    assert received(anticipator, 1) == [flip(1)]
    until(lambda: "unknown message from operator" in caplog.text)


def test_a_receiver_that_answers_rubbish_is_hung_up_on(
    open_mailbox: OpenMailbox, sockets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    false = Listener(sockets, "anticipator")
    false.socket.setblocking(True)
    operator = open_mailbox("operator")
    operator.send("anticipator", flip(1))
    connection, _ = false.socket.accept()
    connection.sendall(frame.pack(b"[]"))
    until(lambda: "hung up on anticipator" in caplog.text)
    connection.close()
    false.close()
    assert received(open_mailbox("anticipator"), 1) == [flip(1)]


def test_strangers_users_are_refused_at_the_door(
    open_mailbox: OpenMailbox,
    call: Callable[[], socket.socket],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: socket.socket) -> None:
        raise PermissionError("user 1 may not talk to this lamp")

    anticipator = open_mailbox("anticipator")
    monkeypatch.setattr(event_loop, "check_peer", refuse)
    caller = call()
    assert caller.recv(1) == b""
    monkeypatch.undo()
    open_mailbox("operator").send("anticipator", flip(1))
    assert received(anticipator, 1) == [flip(1)]
    until(lambda: "refused a connection: user 1" in caplog.text)


def test_a_recipient_of_another_user_gets_nothing_and_it_is_said_once(
    open_mailbox: OpenMailbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> socket.socket:
        raise PermissionError("user 1 may not talk to this lamp")

    monkeypatch.setattr(post_module, "connect", refuse)
    operator = open_mailbox("operator")
    operator.send("anticipator", flip(1))
    outbox = operator._outboxes["anticipator"]
    until(lambda: outbox.retry_at - time.monotonic() > 0.03)
    until(lambda: caplog.records)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "cannot reach anticipator" in caplog.text


def test_a_caller_who_has_gone_before_it_is_accepted_does_no_harm(
    open_mailbox: OpenMailbox,
) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator")
    anticipator._loop._answer()  # as if the caller had vanished
    operator.send("anticipator", flip(1))
    assert received(anticipator, 1) == [flip(1)]


def test_ringing_a_bell_that_rings_already_is_no_trouble(open_mailbox: OpenMailbox) -> None:
    mailbox = open_mailbox("operator")
    with mailbox._changed:  # the loop cannot answer the bell now
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(mailbox._loop._wake_out, bytes(1 << 16))
        mailbox._loop.wake()
    assert mailbox.get(0.01) is None


def test_many_threads_may_send_at_once(open_mailbox: OpenMailbox) -> None:
    operator, anticipator = open_mailbox("operator"), open_mailbox("anticipator", capacity=16)

    def send(begin: int) -> None:
        for number in range(begin, begin + 100):
            operator.send("anticipator", flip(number))

    threads = [threading.Thread(target=send, args=(1000 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    got = [int(message.id) for message in received(anticipator, 400) if isinstance(message, Flip)]
    for thread in threads:
        thread.join()
    for i in range(4):
        mine = [number for number in got if number // 1000 == i]
        assert mine == list(range(1000 * i, 1000 * i + 100))
    assert operator.flush(SOON)


def test_deliveries_are_not_stuck_if_room_is_made_between_reading_and_waiting(
    open_mailbox: OpenMailbox,
    call: Callable[[], socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anticipator = open_mailbox("anticipator", capacity=2)
    mail, got = anticipator._loop, []
    look_after_outboxes = mail._look_after_outboxes

    def read_by_somebody_quick(now: float) -> float | None:
        was_full = anticipator._inbox.full
        while anticipator._inbox.waiting:
            got.append(anticipator._inbox.take().message)
        if was_full:
            mail.wake()  # as Mailbox.get does
        return look_after_outboxes(now)

    monkeypatch.setattr(mail, "_look_after_outboxes", read_by_somebody_quick)
    hello = frame.pack(*frame.encode(frame.Hello("operator", "one life")))
    flips = [frame.pack(*frame.encode(flip(number)), number) for number in range(1, 11)]
    call().sendall(hello + b"".join(flips))
    until(lambda: got == [flip(number) for number in range(1, 11)])


def test_a_house_at_rest_costs_nothing(open_mailbox: OpenMailbox) -> None:
    names = ("operator", "anticipator", "trainer", "transcriber", "recorder")
    mailboxes = [open_mailbox(name) for name in names]
    for mailbox in mailboxes[1:]:
        mailboxes[0].send(mailbox.name, flip(1))
        received(mailbox, 1)
    mailboxes[0].send("observer", flip(1))
    assert mailboxes[0].flush(SOON)
    time.sleep(0.05)
    began = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - began < 0.01  # 2% of a core for five mailboxes at the very most


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "LOOK_EVERY", 0.05)


def everything_in(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


def the_directory(directory: Path) -> None:
    shutil.rmtree(directory)


@pytest.mark.usefixtures("looks_often")
@pytest.mark.parametrize("clear", [everything_in, the_directory])
def test_an_inbox_whose_files_were_cleared_away_is_reached_again(
    open_mailbox: OpenMailbox, sockets: Path, clear: Callable[[Path], None]
) -> None:
    """logind clears /run/user at a logout; nobody reached anybody who lived on."""
    operator, before = open_mailbox("operator"), open_mailbox("trainer")
    before.send("operator", flip(1))
    assert received(operator, 1) == [flip(1)]
    clear(sockets)
    before.send("operator", flip(2))  # by the connection that it has
    assert received(operator, 1) == [flip(2)]
    until((sockets / "operator.sock").exists)
    after = open_mailbox("anticipator")
    after.send("operator", flip(3))
    assert received(operator, 1) == [flip(3)]
    with pytest.raises(InboxInUse):  # and the name is as taken as before
        Listener(sockets, "operator")


@pytest.mark.usefixtures("looks_often")
def test_a_name_that_was_lost_to_another_process_is_not_taken_from_it(
    open_mailbox: OpenMailbox, sockets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    operator = open_mailbox("operator")
    everything_in(sockets)
    other = Listener(sockets, "operator")
    until(lambda: "nobody reaches this process any more" in caplog.text)
    operator.close()
    assert (sockets / "operator.sock").exists()
    connect(sockets, "operator").close()
    other.close()


@pytest.mark.usefixtures("looks_often")
def test_as_long_as_the_directory_cannot_be_used_the_inbox_waits(
    open_mailbox: OpenMailbox, sockets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    operator = open_mailbox("operator")
    everything_in(sockets)
    sockets.rmdir()
    sockets.write_text("no directory")
    until(lambda: "nobody reaches this process any more" in caplog.text)
    sockets.unlink()
    until((sockets / "operator.sock").exists)
    open_mailbox("trainer").send("operator", flip(1))
    assert received(operator, 1) == [flip(1)]
    assert caplog.text.count("nobody reaches") == 1
