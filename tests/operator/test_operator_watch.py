import os
import threading
import time

import pytest

from lamp.operator.chips import Edge
from lamp.operator.debounce import Debouncer
from lamp.operator.watch import LOOK_CLOSELY, LOOK_EVERY, LOOK_SELDOM, Watcher


class Contact:
    """A switch with its kernel: edges wait until they are read."""

    def __init__(self, edges=True):
        self.now = 0.0
        self.shows = True
        self.waiting = []
        self._fd = 7 if edges else None

    def level(self):
        return self.shows

    def fileno(self):
        return self._fd

    def edges(self):
        waiting, self.waiting = self.waiting, []
        return waiting

    def show(self, level, at):
        self.shows = level
        self.waiting.append(Edge(level, at))


def watch(contact, hold=0.02):
    changes, reports = [], []
    debouncer = Debouncer(True, hold)
    watcher = Watcher(contact, debouncer, changes.append, reports.append, lambda: contact.now)
    return watcher, changes, reports


def test_a_press_that_was_over_before_anybody_looked_is_still_seen():
    contact = Contact()
    watcher, changes, _ = watch(contact)
    contact.show(False, 1.00)
    contact.show(True, 1.06)
    contact.now = 1.5  # the machine was busy
    watcher.look(readable=True)
    assert changes == [False, True]
    watcher.stop()


def test_a_spark_that_was_over_before_anybody_looked_is_not():
    contact = Contact()
    watcher, changes, _ = watch(contact)
    contact.show(False, 1.000)
    contact.show(True, 1.002)
    contact.now = 1.5
    watcher.look(readable=True)
    assert changes == []
    watcher.stop()


def test_edges_that_the_kernel_lost_do_not_matter_in_the_end():
    contact = Contact()
    watcher, changes, reports = watch(contact)
    contact.shows = False
    for contact.now in (1.0, 1.01):
        watcher.look(readable=False)
    assert changes == [False]
    assert reports == [
        "the kernel did not tell every edge of the switch. It is looked at every 25 ms instead"
    ]
    watcher.stop()


def move(watcher, contact, level, at, told=True):
    """A hand, and the looks that follow it."""
    contact.shows = level
    if told:
        contact.waiting.append(Edge(level, at))
    for contact.now in (at, at + 0.02, at + 0.2):
        watcher.look(readable=bool(contact.waiting))


def test_a_switch_at_rest_is_looked_at_seldom_once_both_its_edges_were_told():
    contact = Contact()
    watcher, _, reports = watch(contact)
    assert watcher.pause() == LOOK_EVERY
    move(watcher, contact, False, 1.0)
    assert watcher.pause() == LOOK_EVERY
    move(watcher, contact, True, 2.0)
    assert watcher.pause() == LOOK_SELDOM
    contact.shows = False
    contact.waiting.append(Edge(False, 3.0))
    contact.now = 3.0
    watcher.look(readable=True)
    assert 0 < watcher.pause() <= 0.01
    assert not reports
    watcher.stop()


@pytest.fixture
def trusted():
    """A watcher that was told both edges of a contact."""
    contact = Contact()
    watcher, changes, reports = watch(contact)
    move(watcher, contact, False, 1.0)
    move(watcher, contact, True, 2.0)
    changes.clear()
    yield watcher, contact, changes, reports
    assert watcher.pause() == LOOK_EVERY
    assert len(reports) == 1
    watcher.stop()


def test_a_press_whose_beginning_is_not_told_shows_by_its_end(trusted):
    watcher, contact, changes, _ = trusted
    contact.waiting.append(Edge(True, 3.2))  # it cannot have come from where it was
    for contact.now in (3.2, 3.4):
        watcher.look(readable=bool(contact.waiting))
    move(watcher, contact, False, 4.0, told=False)
    move(watcher, contact, True, 4.3)
    assert changes == [False, True]


def test_an_end_that_is_not_told_is_noticed_all_the_same(trusted):
    watcher, contact, changes, _ = trusted
    move(watcher, contact, False, 3.0)
    move(watcher, contact, True, 4.0, told=False)
    assert changes == [False, True]


class LeftOut:
    """A line of a kernel that has edge events, and leaves out those of one direction."""

    def __init__(self, left_out):
        self.shows, self.waiting, self.left_out = True, [], left_out
        self.read, self.write = os.pipe()
        self.lock = threading.Lock()

    def level(self):
        return self.shows

    def fileno(self):
        return self.read

    def edges(self):
        os.read(self.read, 4096)
        with self.lock:
            waiting, self.waiting = self.waiting, []
        return waiting

    def move(self):
        self.shows = not self.shows
        if self.shows != self.left_out:
            with self.lock:
                self.waiting.append(Edge(self.shows, time.monotonic()))
                os.write(self.write, b"!")


@pytest.mark.parametrize("left_out", [None, False, True])
def test_no_flip_is_missed_whatever_edges_the_kernel_leaves_out(left_out):
    """With the falling ones left out the switch was dead: 0 of 10."""
    line, changes, reports = LeftOut(left_out), [], []
    watcher = Watcher(line, Debouncer(True, 0.02), changes.append, reports.append)
    watcher.start()
    try:
        for number in range(1, 7):
            line.move()
            until = time.monotonic() + 10
            while len(changes) < number:
                assert time.monotonic() < until, f"flip {number} was not noticed"
                time.sleep(0.005)
    finally:
        watcher.stop()
        os.close(line.read)
        os.close(line.write)
    assert changes == [False, True] * 3
    assert len(reports) == (left_out is not None)


def test_without_edges_a_switch_is_looked_at_often_and_more_often_while_it_settles():
    contact = Contact(edges=False)
    watcher, _, _ = watch(contact)
    assert watcher.pause() == LOOK_EVERY
    contact.shows = False
    watcher.look(readable=False)
    assert watcher.pause() == LOOK_CLOSELY
    watcher.stop()


def test_a_flapping_switch_is_reported_once_and_once_more_when_it_rests():
    contact = Contact(edges=False)
    watcher, changes, reports = watch(contact)
    for step in range(400):
        contact.now = step * 0.01
        contact.shows = bool(step // 4 % 2)
        watcher.look(readable=False)
    assert len(changes) == 20
    assert len(reports) == 1
    assert "flapping: check its wiring" in reports[0]
    assert watcher.pause() == LOOK_EVERY
    contact.now += 2.0
    watcher.look(readable=False)
    assert "works again" in reports[1]
    watcher.stop()
