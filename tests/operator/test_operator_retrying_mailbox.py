import threading

import pytest

from lamp.errors import MailboxError
from lamp.mailbox import Mailbox
from lamp.messages import Flip, SwitchMoved, Watermark
from lamp.operator import retrying_mailbox
from lamp.operator.retrying_mailbox import RetryingMailbox


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(retrying_mailbox, "NAP", 0.001)
    monkeypatch.setattr(retrying_mailbox, "RETRY", 0.0)


class Refusing:
    """Opens a real Mailbox at the ``nth`` attempt."""

    def __init__(self, nth, before=lambda: None):
        self.left = nth
        self.before = before

    def __call__(self, directory, name, *, seen):
        self.left -= 1
        if self.left:
            raise MailboxError(f"{directory} cannot be written. Make it writable")
        self.before()
        return Mailbox(directory, name, seen=seen)


def test_with_a_mailbox_it_is_a_post(tmp_path):
    seen = []
    mailbox = RetryingMailbox(tmp_path, "operator", seen=seen.append)
    house = Mailbox(tmp_path, "observer")
    house.send("operator", SwitchMoved(1.0))
    delivery = mailbox.get(5.0)
    assert delivery.message == SwitchMoved(1.0)
    assert seen == [SwitchMoved(1.0)]
    delivery.ack()
    mailbox.send("observer", Watermark(2.0))
    assert house.get(5.0).message == Watermark(2.0)
    assert mailbox.flush(1.0)
    assert not mailbox.stopped
    mailbox.stop()
    assert mailbox.stopped
    assert mailbox.get(5.0) is None
    mailbox.close()
    house.close()


def test_without_a_mailbox_it_tries_again_and_sends_what_has_waited(tmp_path, caplog):
    mailbox = RetryingMailbox(tmp_path, "operator", open_mailbox=Refusing(3))
    mailbox.send("observer", Watermark(1.0))
    assert not mailbox.flush(0.0)
    house = Mailbox(tmp_path, "observer")
    assert mailbox.get(0.01) is None
    assert mailbox.get(0.01) is None
    assert house.get(5.0).message == Watermark(1.0)
    assert [record.message for record in caplog.records] == [
        f"{tmp_path} cannot be written. Make it writable. Until then this lamp is just a switch"
    ]
    mailbox.close()
    house.close()


def test_attempts_are_not_made_all_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(retrying_mailbox, "RETRY", 1000.0)
    refusing = Refusing(2)
    mailbox = RetryingMailbox(tmp_path, "operator", open_mailbox=refusing)
    assert mailbox.get(0.01) is None
    assert refusing.left == 1


def test_without_a_mailbox_it_can_be_stopped(tmp_path):
    refusing = Refusing(9)
    mailbox = RetryingMailbox(tmp_path, "operator", open_mailbox=refusing)
    mailbox.stop()
    assert mailbox.stopped
    assert mailbox.get(60.0) is None
    assert refusing.left == 8
    mailbox.close()


def test_a_stop_while_the_mailbox_is_being_opened_is_not_lost(tmp_path):
    refusing = Refusing(2)
    mailbox = RetryingMailbox(tmp_path, "operator", open_mailbox=refusing)
    refusing.before = mailbox.stop
    assert mailbox.get(0.01) is None
    assert mailbox.stopped
    assert mailbox.get(60.0) is None
    mailbox.close()


def test_what_observers_missed_takes_the_place_of_no_flip(tmp_path, monkeypatch):
    monkeypatch.setattr(retrying_mailbox, "MOST_UNSENT", 10)
    mailbox = RetryingMailbox(tmp_path, "operator", open_mailbox=Refusing(2))
    acknowledged = threading.Event()
    mailbox.send("anticipator", Flip("f1", "lit", 1.0), acknowledged.set)
    for number in range(20):
        mailbox.send("observer", Watermark(float(number)))
    anticipator = Mailbox(tmp_path, "anticipator")
    assert mailbox.get(0.01) is None
    delivery = anticipator.get(20.0)
    assert delivery.message == Flip("f1", "lit", 1.0)
    assert not acknowledged.is_set()
    delivery.ack()
    assert acknowledged.wait(20.0)
    mailbox.close()
    anticipator.close()
