"""The evening as it is shown: a line for everything, readable in a log and on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lamp.messages import Decided, Refitted
from lamp.simulate.household import Household, MoveSwitch, Say, evening_at_home
from lamp.simulate.live_view import CLEAR, LiveView
from lamp.simulate.repertoire import load_clips
from lamp.simulate.room import Saying


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def household() -> Household:
    return evening_at_home(1, 10.0)


def lines(out: io.StringIO) -> list[str]:
    return out.getvalue().splitlines()


def test_what_was_said_heard_and_decided_stands_on_one_line() -> None:
    out = io.StringIO()
    view = LiveView(out, household())
    clip = next(clip for clip in load_clips() if clip.words == "turn on the light")
    view.tell(Say(61.0, Saying(clip), "lit"))
    view.hear(Decided("u1", "TERN ON THE LITE", (0.05, 0.9, 0.05), "lit", "likely", 62.1))
    (line,) = lines(out)[1:]
    for part in ("1:02", "Ada: turn on the light", "TERN ON THE LITE", "0.05", "0.90", "LIT"):
        assert part in line


def test_an_utterance_that_was_left_alone_ends_with_a_dash() -> None:
    out = io.StringIO()
    view = LiveView(out, household())
    view.hear(Decided("u1", "HM", (0.9, 0.05, 0.05), "none", "unlikely", 2.0))
    assert lines(out)[-1].endswith("-")
    assert "LIT" not in lines(out)[-1]


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (MoveSwitch(5.0, "lit", "teach"), "it was asked for"),
        (MoveSwitch(5.0, "dark", "correct"), "nobody asked for that"),
        (MoveSwitch(5.0, "lit", "silent"), "without a word"),
        (MoveSwitch(5.0, "lit", "silent", again=True), "once more"),
    ],
)
def test_every_flip_says_why(move: MoveSwitch, words: str) -> None:
    out = io.StringIO()
    LiveView(out, household()).tell(move)
    assert words in lines(out)[-1]
    assert move.to.upper() in lines(out)[-1]


def test_every_refit_is_shown() -> None:
    out = io.StringIO()
    view = LiveView(out, household())
    view.hear(Refitted(True, 12, 0.25, 60.0))
    view.hear(Refitted(False, 13, 0.25, 61.0))
    assert "refit 1: 12 labels, 250 ms, new model goes live" in lines(out)[-2]
    assert "refit 2: 13 labels, 250 ms, old model stays" in lines(out)[-1]


def test_a_log_gets_ten_lines_of_progress_and_no_control_characters() -> None:
    out = io.StringIO()
    evening = household()
    view = LiveView(out, evening)
    for second in range(int(evening.ends) + 1):
        view.passed(float(second), "dark")
    view.close()
    assert sum("obeyed" in line for line in lines(out)) == 10
    assert "\x1b" not in out.getvalue()
    assert "\r" not in out.getvalue()


def test_a_terminal_has_one_moving_line() -> None:
    out = Terminal()
    view = LiveView(out, household())
    view.passed(10.0, "lit")
    view.passed(11.0, "dark")
    view.hear(Refitted(True, 12, 0.25, 60.0))
    view.close()
    assert out.getvalue().count("\n") == 2
    assert out.getvalue().endswith(CLEAR)


def test_colours_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    LiveView(out, household()).tell(MoveSwitch(5.0, "lit", "silent"))
    assert "\x1b[33m" not in out.getvalue()


def test_notes_from_elsewhere_come_with_the_next_progress() -> None:
    out = io.StringIO()
    view = LiveView(out, household())
    view.note("trainer has ended: killed by signal 9")
    assert "trainer" not in out.getvalue()
    view.passed(3.0, "dark")
    assert lines(out)[-1] == "  0:03  * trainer has ended: killed by signal 9"


def test_no_line_is_wider_than_a_hundred_and_twenty(tmp_path: Path) -> None:
    out = io.StringIO()
    view = LiveView(out, household())
    for clip in load_clips():
        view.tell(Say(1.0, Saying(clip), None))
        view.hear(Decided("u1", "x" * 200, (0.3, 0.3, 0.4), "lit", "likely", 2.0))
    assert max(len(line) for line in lines(out)) <= 120
