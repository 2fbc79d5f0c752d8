"""The evening as it is shown: a line for everything, readable in a log and on a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from lamp.messages import Decided, State
from lamp.simulate.household import Household, MoveSwitch, Say, evening_at_home
from lamp.simulate.live_view import RIGHT, WRONG, LiveView
from lamp.simulate.repertoire import Clip, load_clips
from lamp.simulate.room import Saying


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def household() -> Household:
    return evening_at_home(1, 10.0)


def lines(out: io.StringIO) -> list[str]:
    return out.getvalue().splitlines()


def clip_of(words: str) -> Clip:
    return next(clip for clip in load_clips() if clip.words == words)


ON = "turn on the light"
TALK = "did you feed the cat this morning"
DECIDED = Decided("u1", "TERN ON THE LITE", (0.05, 0.9, 0.05), "lit", "likely", 62.1)


def shown(words: str, wanted: State | None, action: str, lamp: State = "dark") -> str:
    out = io.StringIO()
    view = LiveView(out, household())
    view.passed(1.0, lamp)
    view.tell(Say(61.0, Saying(clip_of(words)), wanted))
    view.hear(replace(DECIDED, action=action))
    return lines(out)[-1]


def test_what_was_said_heard_and_done_stands_on_one_line() -> None:
    line = shown(ON, "lit", "lit")
    for part in (" 1:02", "Ada: turn on the light", "TERN ON THE LITE", f"(*) {RIGHT}"):
        assert part in line


@pytest.mark.parametrize(
    ("words", "wanted", "action", "lamp", "mark"),
    [
        (ON, "lit", "lit", "dark", RIGHT),
        (ON, "lit", "none", "dark", WRONG),
        (ON, "lit", "dark", "lit", WRONG),
        (ON, "lit", "none", "lit", RIGHT),  # it was lit already
        (TALK, None, "lit", "dark", WRONG),
        (TALK, None, "none", "dark", ""),
    ],
)
def test_right_and_wrong_are_by_what_was_meant(
    words: str, wanted: State | None, action: str, lamp: State, mark: str
) -> None:
    assert shown(words, wanted, action, lamp).partition(")")[2].strip() == mark


def test_a_whistle_is_nobodys() -> None:
    assert "nobody" not in shown("whistle up", None, "none")
    assert "(whistle up)" in shown("whistle up", None, "none")


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (MoveSwitch(5.0, "lit", "teach"), "it was asked for"),
        (MoveSwitch(5.0, "dark", "correct"), "nobody had asked"),
        (MoveSwitch(5.0, "lit", "silent"), "without a word"),
        (MoveSwitch(5.0, "lit", "silent", again=True), "again"),
    ],
)
def test_every_flip_says_why(move: MoveSwitch, words: str) -> None:
    out = io.StringIO()
    LiveView(out, household()).tell(move)
    assert words in lines(out)[-1]
    assert lines(out)[-1].endswith("(*)" if move.to == "lit" else "( )")


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


def test_a_terminal_has_the_lamp_and_the_score_below_the_lines() -> None:
    out = Terminal()
    view = LiveView(out, household())
    view.passed(10.0, "lit")
    last = out.getvalue().rpartition("\x1b[J")[2]
    assert "LIT" in last
    assert "obeyed 0 of the last 0, 0 flips, 0 mistakes" in last


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
    assert lines(out)[-1] == " 0:03  * trainer has ended: killed by signal 9"


def test_it_goes_no_faster_than_it_may() -> None:
    waited: list[float] = []
    view = LiveView(io.StringIO(), household(), waited.append)
    view.passed(3.0, "dark")
    assert waited == [3.0]


def test_no_line_is_wider_than_eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for out in (io.StringIO(), Terminal()):
        view = LiveView(out, household())
        view.passed(1000.0, "dark")
        for clip in load_clips():
            view.tell(Say(1.0, Saying(clip), None))
            view.hear(replace(DECIDED, text="x" * 200))
        view.tell(MoveSwitch(5.0, "lit", "correct", again=True))
        plain = re.sub(r"\x1b\[[0-9;]*\w", "", out.getvalue())
        assert max(map(len, plain.splitlines())) <= 80
