"""The evening as it happens: a line for whatever is heard, flipped or learned.

On a terminal the last line shows how far the evening is; in a log that cannot be
rewritten, such a line comes every tenth part of it.
"""

from __future__ import annotations

import os
import shutil
from queue import SimpleQueue
from typing import TextIO

from lamp.messages import Decided, Message, Refitted, State
from lamp.simulate.household import Act, Household, Say
from lamp.simulate.summary import changes_asked

YELLOW, FAINT, PLAIN = "\x1b[33m", "\x1b[2m", "\x1b[0m"
CLEAR = "\r\x1b[K"
BAR = 24  # characters


class LiveView:
    """Writes the evening to ``out``.

    Args:
        out: where to; colours and the moving line only if it is a terminal.
        household: whose evening it is.
    """

    def __init__(self, out: TextIO, household: Household) -> None:
        """Write the head of the table."""
        self._out = out
        self._household = household
        self._moving = out.isatty()
        self._coloured = self._moving and "NO_COLOR" not in os.environ
        self._said: list[Say] = []
        self._notes: SimpleQueue[str] = SimpleQueue()
        self._refits = 0
        self._tenth = 0
        self._write(
            f"{'time':>6}  {'said':<44} {'heard':<34} {'none':>5}{'lit':>6}{'dark':>6}  decided"
        )

    def tell(self, act: Act) -> None:
        """People do something."""
        if isinstance(act, Say):
            self._said.append(act)
            return
        why = {
            "teach": "it was asked for, and did not happen",
            "correct": "nobody asked for that",
            "silent": "without a word",
        }[act.reason]
        again = ", once more" if act.again else ""
        self._write(f"{_clock(act.at):>6}  {self._lamp(act.to)} by the switch: {why}{again}")

    def hear(self, message: Message) -> None:
        """A process says something."""
        match message:
            case Decided():
                self._decided(message)
            case Refitted():
                self._refits += 1
                outcome = "new model goes live" if message.promoted else "old model stays"
                self._faint(
                    f"{_clock(message.at):>6}  refit {self._refits}: {message.labels} labels, "
                    f"{1000 * message.took:.0f} ms, {outcome}"
                )

    def passed(self, now: float, lamp: State) -> None:
        """It is ``now`` (s), and the lamp is in that state."""
        while not self._notes.empty():
            self._write(f"{_clock(now):>6}  * {self._notes.get()}")
        part = min(1.0, now / self._household.ends)
        if self._moving:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(CLEAR + self._progress(part, now, lamp)[:width])
            self._out.flush()
        elif int(part * 10) > self._tenth:
            self._tenth = int(part * 10)
            self._write(self._progress(part, now, lamp))

    def note(self, line: str) -> None:
        """Something else happened; shown at the next opportunity. From any thread."""
        self._notes.put(line)

    def close(self) -> None:
        """Leave the moving line."""
        if self._moving:
            self._out.write(CLEAR)
            self._out.flush()

    def _decided(self, decided: Decided) -> None:
        said = next((say for say in reversed(self._said) if say.at < decided.at), None)
        words = f"{said.saying.clip.speaker}: {said.saying.clip.words}" if said else "?"
        none, lit, dark = decided.probabilities
        line = (
            f"{_clock(decided.at):>6}  {words:<44.44} {decided.text:<34.34} "
            f"{none:5.2f}{lit:6.2f}{dark:6.2f}  "
        )
        if decided.action == "none":
            self._write(line + "-")
        else:
            self._write(line + self._lamp(decided.action))

    def _progress(self, part: float, now: float, lamp: State) -> str:
        asked = changes_asked(self._household.attempts)
        last = asked[-10:]
        obeyed = sum(one.outcome == "obeyed" for one in last)
        flips = sum(move.reason != "silent" for move in self._household.switched)
        bar = ("#" * round(BAR * part)).ljust(BAR, ".")
        shown = {"lit": "(*) lit ", "dark": "( ) dark"}[lamp]
        return (
            f"[{bar}] {_clock(now):>5} of {_clock(self._household.ends)}  {shown}  "
            f"obeyed {obeyed} of last {len(last)}  flips {flips}  "
            f"false {len(self._household.false_actions)}  refits {self._refits}"
        )

    def _lamp(self, state: State) -> str:
        shown = {"lit": "(*) LIT", "dark": "( ) DARK"}[state]
        return f"{YELLOW}{shown}{PLAIN}" if self._coloured and state == "lit" else shown

    def _faint(self, line: str) -> None:
        self._write(f"{FAINT}{line}{PLAIN}" if self._coloured else line)

    def _write(self, line: str) -> None:
        self._out.write((CLEAR if self._moving else "") + line.rstrip() + "\n")
        if not self._moving:
            self._out.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
