"""The evening as it happens: a line for whatever is said or flipped, and the lamp below them.

Whether the lamp was right is judged by what was really said and meant, which the lamp itself never
learns. Every line fits 80 columns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TextIO

from lamp.messages import Decided, Message, State
from lamp.simulate.drawing import Screen
from lamp.simulate.household import Act, Household, Say
from lamp.simulate.summary import changes_asked

GREEN, RED, YELLOW, FAINT, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
RIGHT, WRONG = "✓", "✗"
BAR = 24  # characters
HEAD = f"{'time':>5}  {'said':<36}  {'heard as':<20}  lamp"
SPELLING = "(How it spells does not matter, as long as it is the same each time.)"


@dataclass(frozen=True)
class Line:
    """A line of the evening, for a picture of it; ``at`` in s of the evening."""

    at: float
    text: str
    mark: str
    state: State


class LiveView:
    """Writes the evening to ``out``.

    Args:
        out: where to; colours and the lamp only if it is a terminal.
        household: whose evening it is.
        wait_until: waits until so many s of the evening have passed.
    """

    def __init__(
        self,
        out: TextIO,
        household: Household,
        wait_until: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Write the head of the table."""
        self.lines: list[Line] = []
        self._screen = Screen(out, keyboard=False)
        self._household = household
        self._wait_until = wait_until
        self._moving = out.isatty()
        self._coloured = self._moving and "NO_COLOR" not in os.environ
        self._said: list[Say] = []
        self._notes: SimpleQueue[str] = SimpleQueue()
        self._lamp: State = "dark"
        self._tenth = 0
        self._status = ""
        self._screen.say(SPELLING, self._lamp, self._status)
        self._screen.say(HEAD, self._lamp, self._status)

    def tell(self, act: Act) -> None:
        """People do something."""
        if isinstance(act, Say):
            self._said.append(act)
            return
        why = {
            "teach": "it was asked for: a lesson",
            "correct": "nobody had asked: a lesson",
            "silent": "without a word",
        }[act.reason]
        again = ", again" if act.again else ""
        self._lamp = act.to
        self._write(act.at, f"   the switch, by hand ({why}{again})", "")

    def hear(self, message: Message) -> None:
        """A process says something."""
        if isinstance(message, Decided):
            self._decided(message)

    def passed(self, now: float, lamp: State) -> None:
        """It is ``now`` (s), and the lamp is in that state."""
        self._lamp = lamp
        while not self._notes.empty():
            self._screen.say(f"{_clock(now):>5}  * {self._notes.get()}", lamp, self._status)
        part = min(1.0, now / self._household.ends)
        self._status = self._score(now)
        if self._moving:
            self._screen.draw(lamp, self._status)
        elif int(part * 10) > self._tenth:
            self._tenth = int(part * 10)
            self._screen.say(self._status, lamp, "")
        self._wait_until(now)

    def note(self, line: str) -> None:
        """Something else happened; shown at the next opportunity. From any thread."""
        self._notes.put(line)

    def close(self) -> None:
        """The last picture of the lamp stays."""

    def _decided(self, decided: Decided) -> None:
        said = next((say for say in reversed(self._said) if say.at < decided.at), None)
        before = self._lamp
        if decided.action != "none":
            self._lamp = decided.action
        mark = _mark(said, before, decided)
        text = f"{_words(said):<36.36}  {decided.text:<20.20}"
        self._write(decided.at, text, mark)

    def _write(self, at: float, text: str, mark: str) -> None:
        self.lines.append(Line(at, text, mark, self._lamp))
        lamp = {"lit": "(*)", "dark": "( )"}[self._lamp]
        if self._coloured:
            lamp = f"{YELLOW}{lamp}{PLAIN}" if self._lamp == "lit" else lamp
            colour = {RIGHT: GREEN, WRONG: RED}.get(mark[:1], "")
            mark = f"{colour}{mark}{PLAIN}" if colour else mark
        line = f"{_clock(at):>5}  {text:<58.58}  {lamp} {mark}".rstrip()
        self._screen.say(line, self._lamp, self._status)

    def _score(self, now: float) -> str:
        last = changes_asked(self._household.attempts)[-10:]
        obeyed = sum(one.outcome == "obeyed" for one in last)
        flips = sum(move.reason != "silent" for move in self._household.switched)
        false = len(self._household.false_actions)
        return (
            f"{_clock(now)} of {_clock(self._household.ends)}: obeyed {obeyed} of the last"
            f" {len(last)}, {flips} flips, {false} mistakes"
        )


def _mark(said: Say | None, before: State, decided: Decided) -> str:
    """Whether the lamp did what was wanted; nothing where it rightly did nothing at talk."""
    wanted = said.wanted if said is not None else None
    after = before if decided.action == "none" else decided.action
    if wanted is not None:
        return RIGHT if after == wanted else WRONG
    return "" if decided.action == "none" else WRONG


def _words(said: Say | None) -> str:
    if said is None:
        return "?"
    clip = said.saying.clip
    return f"({clip.words})" if clip.speaker == "nobody" else f"{clip.speaker}: {clip.words}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
