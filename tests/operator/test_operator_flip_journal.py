"""No flip is only in memory: each outlives the operator until the anticipator has it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lamp.clock import LiveClock
from lamp.config import Config, Pins
from lamp.messages import Correction, EarlierFlip, Flip, LampChanged
from lamp.operator import anticipator_feed
from lamp.operator.anticipator_feed import AnticipatorFeed
from lamp.operator.background_writer import BackgroundWriter
from lamp.operator.flip_journal import FlipJournal
from lamp.operator.operator import StateChange
from lamp.operator.service import Service
from lamp.operator.state import LastState
from lamp.runtime.journal import Journal
from tests.paper_mailbox import HandClock


class Clock(HandClock):
    def wall(self):
        return LiveClock().wall()


class Post:
    """An anticipator that takes what it is sent when it is told to."""

    def __init__(self):
        self.sent = []
        self._unacknowledged = []

    def send(self, recipient, message, acknowledged=None):
        if recipient == "anticipator":
            self.sent.append(message)
            self._unacknowledged.append(acknowledged)

    def take_all(self):
        taken, self._unacknowledged = self._unacknowledged, []
        for acknowledge in taken:
            acknowledge()

    def flips(self):
        return [message for message in self.sent if not isinstance(message, LampChanged)]


def flip_journal(folder: Path, boot="boot-1", now=1e9) -> FlipJournal:
    return FlipJournal(Journal(folder / "memory", folder / "disk"), boot, Clock(now))


def operator(folder: Path, post: Post, boot="boot-1", now=1e9) -> Service:
    return Service(
        Config(pins=Pins(board="simulated")),
        LiveClock(),
        post.send,
        folder / "operator.json",
        boot,
        journal=flip_journal(folder, boot, now),
    )


def wait(come):
    until = time.monotonic() + 30
    while not come():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.002)


def test_flips_that_nobody_took_are_told_by_the_next_operator(tmp_path, caplog):
    first, second = Post(), Post()
    service = operator(tmp_path, first)
    for _ in range(3):
        service.devices.move()
    service.close()
    assert len(first.flips()) == 3
    assert "3 flips are not in the diary yet" in caplog.text
    service = operator(tmp_path, second)
    wait(lambda: len(second.sent) == 4)  # and that it has started, after them
    assert second.flips() == first.flips()
    assert second.sent[:3] == second.flips()
    service.close()


def test_an_operator_that_could_keep_nothing_does_not_say_it_has(tmp_path, caplog):
    for name in ("memory", "disk"):
        (tmp_path / name).mkdir()
    service = operator(tmp_path, Post())
    service.devices.move()
    service.close()
    assert "1 flips are not in the diary yet" in caplog.text
    assert "They are lost, as no journal can be written" in caplog.text
    assert "told at the next start" not in caplog.text


def test_flips_that_were_taken_are_not_told_again(tmp_path, caplog):
    first, second = Post(), Post()
    service = operator(tmp_path, first)
    service.devices.move()
    wait(lambda: len(first.sent) == 3)
    first.take_all()
    service.close()
    assert "not in the diary" not in caplog.text
    assert (tmp_path / "disk").stat().st_size == 0
    service = operator(tmp_path, second)
    wait(lambda: second.sent)
    service.close()
    assert not second.flips()


def test_flips_of_an_earlier_boot_have_a_time_and_no_words(tmp_path):
    service = operator(tmp_path, Post())
    service.devices.move()
    service.close()
    (tmp_path / "memory").unlink()
    later = Post()
    service = operator(tmp_path, later, boot="boot-2")
    wait(later.flips)
    (told,) = later.flips()
    assert isinstance(told, EarlierFlip)
    assert told.state == "lit"
    assert told.wall[:4] == str(LiveClock().wall().year)
    later.take_all()
    service.close()
    assert (tmp_path / "disk").stat().st_size == 0


def test_a_flip_from_the_future_is_of_an_earlier_boot_whatever_the_boots_are_called(tmp_path):
    flip_journal(tmp_path, boot="").note(Flip("f1", "lit", 500.0))
    assert isinstance(flip_journal(tmp_path, boot="", now=499.0).left[0], EarlierFlip)
    assert flip_journal(tmp_path, boot="", now=501.0).left == [Flip("f1", "lit", 500.0)]


def test_a_correction_stays_one(tmp_path):
    undone = Correction("f1", "dark", 5.0, "d1")
    flip_journal(tmp_path).note(undone)
    assert flip_journal(tmp_path).left == [undone]


@pytest.mark.parametrize(
    "strange",
    [
        {"id": "x"},
        {"id": "x", "state": "blue", "at": 1, "directive": "", "wall": "", "boot": ""},
        {"id": "x", "state": "lit", "at": None, "directive": "", "wall": "", "boot": ""},
        {"id": "x", "state": [], "at": 10**400, "directive": "", "wall": "", "boot": ""},
    ],
)
def test_an_entry_of_another_version_is_left_out_and_thrown_away(tmp_path, strange):
    Journal(tmp_path / "memory", tmp_path / "disk").add(strange)
    journal = flip_journal(tmp_path)
    assert journal.left == []
    assert journal.waiting == 0


def test_more_flips_than_a_mailbox_keeps_are_all_told_in_order(monkeypatch):
    monkeypatch.setattr(anticipator_feed, "UNDER_WAY", 10)
    sent, acknowledgements = [], []

    def send(recipient, message, acknowledged):
        sent.append(message)
        acknowledgements.append(acknowledged)

    feed = AnticipatorFeed(send, lambda message: None)
    for number in range(100):
        feed.add(Flip(f"f{number}", "lit", float(number)))
        feed.add(LampChanged("lit", float(number), "switch"))
    assert len(sent) == 10
    for _ in range(1000):
        if len(sent) == len(acknowledgements) and not acknowledgements:
            break
        if acknowledgements:
            acknowledgements.pop()
            feed.acknowledged()
    flips = [message.id for message in sent if isinstance(message, Flip)]
    assert flips == [f"f{number}" for number in range(100)]
    assert sent[-1] == LampChanged("lit", 99.0, "switch")
    assert len(sent) < 110  # of the changes that had to wait only the last was told


def test_a_disk_that_stands_still_holds_up_no_flip_and_loses_none(tmp_path, monkeypatch):
    """The switch's thread writes into memory only: the card may hang for ever."""
    import os
    import threading

    stuck = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _: stuck.wait(60))
    post = Post()
    service = operator(tmp_path, post)
    for number in range(50):
        service.devices.move()
        assert service.operator.flips == number + 1
    kept = [entry["id"] for entry in Journal(tmp_path / "memory", None).owed]
    assert len(kept) == 50
    stuck.set()
    service.close()


def test_without_memory_a_flip_is_on_the_disk_before_anybody_is_told(tmp_path):
    """Else a kill between the two loses a flip that others have seen."""
    kept = []

    def send(recipient, message, acknowledged=None):
        kept.append([entry["id"] for entry in Journal(None, tmp_path / "disk").owed])

    writer = BackgroundWriter(
        lambda last: None,
        send,
        FlipJournal(Journal(None, tmp_path / "disk"), "boot-1", Clock()),
    )
    writer.put(StateChange(LastState("lit"), (Flip("f1", "lit", 1.0),)))
    writer.close()
    assert kept[0] == ["f1"]
