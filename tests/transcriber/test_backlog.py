from __future__ import annotations

from lamp.messages import Utterance, Watermark
from lamp.transcriber.backlog import Backlog


def said(name: str, ended: float, final: bool = True) -> Utterance:
    return Utterance(name, b"", ended - 1, ended, ended + 0.5, -30.0, 0.0, final)


def names(backlog: Backlog, now: float) -> list[str]:
    return [
        entry.message.id if isinstance(entry.message, Utterance) else "mark"
        for entry in backlog.take(lambda: now)
    ]


def test_everything_comes_out_in_the_order_it_came_in() -> None:
    backlog = Backlog(oldest=5.0)
    for message in (said("a", 1.0), Watermark(1.5), said("b", 2.0)):
        backlog.put(message, 0.0)
    assert len(backlog) == 3
    assert names(backlog, now=3.0) == ["a", "mark", "b"]
    assert len(backlog) == 0


def test_late_utterances_are_dropped_oldest_first_and_counted() -> None:
    backlog = Backlog(oldest=5.0)
    for ended in range(10):
        backlog.put(said(f"u{ended}", float(ended)), 0.0)
    assert names(backlog, now=11.5) == ["u7", "u8", "u9"]
    assert backlog.dropped == 7


def test_time_goes_on_when_utterances_are_dropped() -> None:
    backlog = Backlog(oldest=5.0)
    backlog.put(said("old", 1.0), 0.0)
    backlog.put(Watermark(2.0), 0.0)
    assert names(backlog, now=100.0) == ["mark"]


def test_a_late_partial_is_dropped_without_being_counted() -> None:
    backlog = Backlog(oldest=5.0)
    backlog.put(said("a", 1.0, final=False), 0.0)
    assert names(backlog, now=100.0) == []
    assert backlog.dropped == 0


def test_a_newer_part_of_an_utterance_replaces_older_ones() -> None:
    backlog = Backlog(oldest=5.0)
    backlog.put(said("a", 1.0, final=False), 0.0)
    backlog.put(said("b", 1.0, final=False), 0.0)
    backlog.put(said("a", 1.2, final=False), 0.0)
    backlog.put(said("a", 1.4), 0.0)
    assert [entry.message for entry in backlog.take(lambda: 2.0)] == [
        said("b", 1.0, final=False),
        said("a", 1.4),
    ]


def test_the_time_is_asked_for_every_utterance() -> None:
    backlog = Backlog(oldest=1.0)
    backlog.put(said("a", 1.0), 0.0)
    backlog.put(said("b", 1.0), 0.0)
    clock = iter([1.5, 1.5, 2.5])
    assert [entry.message for entry in backlog.take(lambda: next(clock))] == [said("a", 1.0)]
    assert backlog.dropped == 1
