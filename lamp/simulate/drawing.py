"""The lamp in characters, with what happens scrolling by above it."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

from lamp.messages import State

YELLOW, FAINT, PLAIN = "\x1b[93m", "\x1b[2m", "\x1b[0m"

LIT = (
    r"    \   |   /    ",
    r"     .-'''-.     ",
    r" -- ( \\|// ) -- ",
    r"     '-.|.-'     ",
    r"    /  |=|  \    ",
    r"        '        ",
)
DARK = (
    r"                 ",
    r"     .-'''-.     ",
    r"    (       )    ",
    r"     '-. .-'     ",
    r"       |=|       ",
    r"        '        ",
)


class Screen:
    """A few lines at the bottom that stay, and lines above them that scroll.

    Args:
        out: where to; nothing stays in a file or a pipe, there are only lines then.
        keyboard: whether somebody can press keys, and should be told.
    """

    def __init__(self, out: TextIO, keyboard: bool) -> None:
        """Draw nothing yet."""
        self._out = out
        self._moving = out.isatty()
        self._coloured = self._moving and "NO_COLOR" not in os.environ
        self._help = "space: the switch   q: end" if keyboard else ""
        self._drawn = 0  # lines at the bottom

    def say(self, line: str, state: State, status: str) -> None:
        """A line that scrolls; the lamp is drawn again below it."""
        self._clear()
        self._out.write(line + "\n")
        self.draw(state, status)

    def draw(self, state: State, status: str) -> None:
        """The lamp at the bottom, with ``status`` beside it."""
        if self._moving:
            self._clear()
            width = shutil.get_terminal_size().columns - 1
            lines = self._panel(state, status, width)
            self._out.write("\n".join(lines) + "\n")
            self._drawn = len(lines)
        self._out.flush()

    def _panel(self, state: State, status: str, width: int) -> list[str]:
        rows = LIT if state == "lit" else DARK
        beside = ["", "", state.upper(), status, "", self._help]
        lines = []
        colour = YELLOW if state == "lit" else FAINT
        for row, text in zip(rows, beside, strict=True):
            drawn = f"{colour}{row}{PLAIN}" if self._coloured else row
            lines.append(f"{drawn}  {text[: max(0, width - len(row) - 2)]}")
        return lines

    def _clear(self) -> None:
        """Take the lines at the bottom away."""
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0
