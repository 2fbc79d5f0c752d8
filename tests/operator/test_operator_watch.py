from lamp.operator.chips import Edge
from lamp.operator.debounce import Debouncer
from lamp.operator.watch import LOOK_CLOSELY, LOOK_EVERY, Watcher


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
    watcher, changes, _ = watch(contact)
    contact.shows = False
    for contact.now in (1.0, 1.01):
        watcher.look(readable=False)
    assert changes == [False]
    watcher.stop()


def test_with_edges_a_switch_at_rest_costs_nothing():
    contact = Contact()
    watcher, _, _ = watch(contact)
    assert watcher.pause() is None
    contact.shows = False
    watcher.look(readable=False)
    assert 0 < watcher.pause() <= 0.005
    watcher.stop()


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
