import pytest

from lamp.errors import MailboxError
from lamp.mailbox import Post
from lamp.messages import SwitchMoved, Watermark
from lamp.operator import mail
from lamp.operator.mail import PatientPost


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(mail, "NAP", 0.001)
    monkeypatch.setattr(mail, "RETRY", 0.0)


class Refusing:
    """Opens a real Post at the ``nth`` attempt."""

    def __init__(self, nth, before=lambda: None):
        self.left = nth
        self.before = before

    def __call__(self, directory, name, *, seen):
        self.left -= 1
        if self.left:
            raise MailboxError(f"{directory} cannot be written. Make it writable")
        self.before()
        return Post(directory, name, seen=seen)


def test_with_a_mailbox_it_is_a_post(tmp_path):
    seen = []
    post = PatientPost(tmp_path, "operator", seen=seen.append)
    house = Post(tmp_path, "house")
    house.send("operator", SwitchMoved(1.0))
    letter = post.get(5.0)
    assert letter.message == SwitchMoved(1.0)
    assert seen == [SwitchMoved(1.0)]
    letter.done()
    post.send("house", Watermark(2.0))
    assert house.get(5.0).message == Watermark(2.0)
    assert post.flush(1.0)
    assert not post.stopped
    post.stop()
    assert post.stopped
    assert post.get(5.0) is None
    post.close()
    house.close()


def test_without_a_mailbox_it_tries_again_and_sends_what_has_waited(tmp_path, caplog):
    post = PatientPost(tmp_path, "operator", open_post=Refusing(3))
    post.send("house", Watermark(1.0))
    assert not post.flush(0.0)
    house = Post(tmp_path, "house")
    assert post.get(0.01) is None
    assert post.get(0.01) is None
    assert house.get(5.0).message == Watermark(1.0)
    assert [record.message for record in caplog.records] == [
        f"{tmp_path} cannot be written. Make it writable. Until then this lamp is just a switch"
    ]
    post.close()
    house.close()


def test_attempts_are_not_made_all_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "RETRY", 1000.0)
    refusing = Refusing(2)
    post = PatientPost(tmp_path, "operator", open_post=refusing)
    assert post.get(0.01) is None
    assert refusing.left == 1


def test_without_a_mailbox_it_can_be_stopped(tmp_path):
    refusing = Refusing(9)
    post = PatientPost(tmp_path, "operator", open_post=refusing)
    post.stop()
    assert post.stopped
    assert post.get(60.0) is None
    assert refusing.left == 8
    post.close()


def test_a_stop_while_the_mailbox_is_being_opened_is_not_lost(tmp_path):
    refusing = Refusing(2)
    post = PatientPost(tmp_path, "operator", open_post=refusing)
    refusing.before = post.stop
    assert post.get(0.01) is None
    assert post.stopped
    assert post.get(60.0) is None
    post.close()
