import threading
import time

from lamp.messages import Correction, Flip, LampChanged, Watermark
from lamp.operator.background_writer import BackgroundWriter
from lamp.operator.operator import StateChange
from lamp.operator.state import LastState


def change(state="lit", at=1.0):
    return StateChange(
        LastState(state, flipped=at),
        (Flip(f"f{at}", state, at), LampChanged(state, at, "switch")),
    )


def test_everything_is_told_to_anticipator_and_house_in_order():
    told = []
    writer = BackgroundWriter(lambda last: None, lambda *delivery: told.append(delivery))
    work = change()
    writer.put(work)
    writer.send("observer", Watermark(2.0))
    writer.close()
    flip, changed = work.said
    assert told == [
        ("anticipator", flip),
        ("observer", flip),
        ("anticipator", changed),
        ("observer", changed),
        ("observer", Watermark(2.0)),
    ]


def test_the_last_state_is_remembered():
    kept = []
    writer = BackgroundWriter(kept.append, lambda *delivery: None)
    writer.put(change("lit"))
    writer.put(change("dark", 2.0))
    writer.close()
    assert kept[-1] == LastState("dark", flipped=2.0)


def test_a_state_is_remembered_without_waiting_for_more_work():
    kept = threading.Event()
    writer = BackgroundWriter(lambda last: kept.set(), lambda *delivery: None)
    writer.put(change())
    assert kept.wait(5)
    writer.close()


def test_a_slow_disk_holds_up_nobody_and_skips_what_is_overtaken():
    kept, writing, go_on = [], threading.Event(), threading.Event()

    def slowly(last):
        writing.set()
        go_on.wait(60)
        kept.append(last.flipped)

    writer = BackgroundWriter(slowly, lambda *delivery: None)
    writer.put(change(at=0.0))
    assert writing.wait(60)
    for number in range(1, 100):
        writer.put(change(at=float(number)))
    assert not kept, "the disk is still writing, and nobody waited for it"
    go_on.set()
    writer.close()
    assert kept == [0.0, 99.0]


def test_a_full_disk_is_warned_of_once_until_it_is_well_again(caplog):
    full = True
    kept = []

    def remember(last):
        kept.append(last)
        if full:
            raise OSError("No space left on device")

    writer = BackgroundWriter(remember, lambda *delivery: None)

    def work(at):
        before = len(kept)
        writer.put(change(at=at))
        while len(kept) == before:
            time.sleep(0.001)

    work(1.0)
    work(2.0)
    full = False
    work(3.0)
    full = True
    work(4.0)
    writer.close()
    warned = [r.message for r in caplog.records if "cannot be written" in r.message]
    assert len(warned) == 2
    assert "No space left on device. Free or remount the disk" in warned[0]


def test_a_fault_in_the_mail_does_not_cost_the_state_file(caplog):
    kept = []

    def broken(*delivery):
        raise RuntimeError("no mail today")

    writer = BackgroundWriter(kept.append, broken)
    writer.put(change())
    writer.close()
    assert len(kept) == 1
    assert "no mail today" in caplog.text


def test_warnings_and_changes_are_logged(caplog):
    caplog.set_level("INFO")
    writer = BackgroundWriter(lambda last: None, lambda *delivery: None)
    writer.warn("the switch is flapping")
    writer.put(StateChange(LastState("dark"), (Correction("f1", "dark", 1.0, "d1"),)))
    writer.put(StateChange(LastState("dark"), (LampChanged("dark", 1.0, "switch", took=0.0015),)))
    writer.close()
    assert "the switch is flapping" in caplog.text
    assert "flip f1 to dark, undoing d1" in caplog.text
    assert "the lamp is dark (switch, 1.5 ms)" in caplog.text
