"""The lamp in the terminal: what is drawn, what keys do, and what a pipe does instead."""

from __future__ import annotations

import io
import os
import pty
import termios
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

import pytest

from lamp.messages import Decided, Labelled, LampChanged, Message, SwitchMoved
from lamp.simulate.drawing import DARK, LIT, Screen
from lamp.simulate.keys import Keys
from lamp.simulate.terminal import TerminalLamp
from tests.simulate.test_live_view import Terminal


@dataclass
class Table:
    """A terminal lamp with everything it writes and sends."""

    out: io.StringIO
    sent: list[tuple[str, Message]] = field(default_factory=list)

    def __post_init__(self) -> None:
        screen = Screen(self.out, keyboard=True)
        self.lamp = TerminalLamp(screen, lambda *mail: self.sent.append(mail), lambda: 42.0)

    def last_lines(self, count: int) -> list[str]:
        return self.out.getvalue().splitlines()[-count:]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    return Table(Terminal())


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, int]]:
    reading, writing = os.pipe()
    with os.fdopen(reading) as source:
        yield source, writing


def test_the_space_bar_moves_the_switch(table: Table) -> None:
    table.lamp.key(" ")
    assert table.sent == [("operator", SwitchMoved(42.0))]


def test_q_ends_and_other_keys_do_nothing(table: Table) -> None:
    table.lamp.key("x")
    assert not table.lamp.over
    table.lamp.key("q")
    assert table.lamp.over
    assert table.sent == []


def test_a_lamp_that_is_lit_shines_and_one_that_is_dark_does_not(table: Table) -> None:
    table.lamp.hear(LampChanged("lit", 1.0, "switch"))
    assert [line[: len(LIT[0])] for line in table.last_lines(len(LIT))] == list(LIT)
    table.lamp.hear(LampChanged("dark", 2.0, "directive", "d1"))
    assert [line[: len(DARK[0])] for line in table.last_lines(len(DARK))] == list(DARK)


def test_what_happens_is_said_above_the_lamp(table: Table) -> None:
    table.lamp.hear(
        Decided("u1", "LUMOS", (0.2, 0.7, 0.1), "lit", "lit is 70% likely, 60% needed", 0.5)
    )
    table.lamp.hear(Labelled("u1", "LUMOS", "lit", "flip", 3.0))
    written = table.out.getvalue()
    assert "heard “LUMOS”\n" in written
    assert "It was 70% sure that lit was wanted, and 60% is enough." in written
    assert "a lesson: “LUMOS” means lit" in written


def test_a_trouble_is_told_once_and_its_end_as_well(table: Table) -> None:
    for line in ("no microphone", "no microphone", "", ""):
        table.lamp.trouble("recorder", line)
    written = table.out.getvalue()
    assert written.count("recorder: no microphone") == 1
    assert written.count("recorder is well again") == 1


def test_a_healthy_process_is_no_news(table: Table) -> None:
    table.lamp.trouble("recorder", "")
    assert table.out.getvalue() == ""


def test_the_status_and_the_keys_stand_beside_the_lamp(table: Table) -> None:
    table.lamp.status("listening at -48 dB, 3 heard")
    panel = "\n".join(table.last_lines(len(DARK)))
    assert "listening at -48 dB, 3 heard" in panel
    assert "space: the switch   q: end" in panel


def test_the_lamp_is_drawn_over_its_old_self(table: Table) -> None:
    table.lamp.status("one")
    table.lamp.status("two")
    assert f"\x1b[{len(DARK)}F\x1b[J" in table.out.getvalue()


def test_in_a_file_there_are_only_lines() -> None:
    table = Table(io.StringIO())
    table.lamp.status("listening")
    table.lamp.hear(LampChanged("lit", 1.0, "switch"))
    assert table.out.getvalue() == "lit, by the switch\n"


def test_keys_come_from_a_pipe_and_their_end_is_no_key(pipe: tuple[TextIO, int]) -> None:
    source, writing = pipe
    os.write(writing, b" q")
    with Keys(source) as keys:
        assert not keys.keyboard
        assert keys.pressed(1.0) == " q"
        assert keys.pressed(0.0) == ""
        os.close(writing)
        assert keys.pressed(1.0) == ""
        assert keys.pressed(0.001) == ""


def test_no_standard_input_at_all_is_no_keys() -> None:
    with Keys(io.StringIO("q")) as keys:
        assert keys.pressed(0.001) == ""


def test_a_terminal_needs_no_enter_and_is_left_as_it_was() -> None:
    controlling, terminal = pty.openpty()
    with os.fdopen(terminal) as source:
        before = termios.tcgetattr(terminal)
        with Keys(source) as keys:
            assert keys.keyboard
            assert not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)
            os.write(controlling, b" ")
            assert keys.pressed(2.0) == " "
        assert termios.tcgetattr(terminal) == before
    os.close(controlling)
