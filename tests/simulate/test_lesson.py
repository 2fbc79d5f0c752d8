"""The guided lesson asks for the space bar where the lamp is wrong, and only there."""

from __future__ import annotations

import pytest

from lamp.messages import State
from lamp.simulate.lesson import ANSWER, HAND, PAUSE, Lesson, Score, script, told
from lamp.simulate.own_words import LASTS, STEPS, OwnWords
from lamp.simulate.room import Saying


class Class:
    """A lesson with a lamp that does what it is told to."""

    def __init__(self, count: int = 10) -> None:
        self.said: list[str] = []
        self.spoken: list[str] = []
        self.now = 0.0
        self.lamp: State = "dark"
        clips = script()[:count]
        self.lesson = Lesson(clips, self.said.append, self.speak, {"lit": "on", "dark": "off"})

    def speak(self, saying: Saying) -> float:
        self.spoken.append(saying.clip.words)
        return 1.0

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.lesson.tick(self.now, self.lamp)


def test_a_lamp_that_knows_nothing_is_taught_by_the_space_bar() -> None:
    room = Class(2)
    room.pass_time(0.1)
    assert room.said[-1] == "Ada wants it on: “lumos”"
    room.lesson.heard()
    room.pass_time(0.1)
    assert "Press the space bar" in room.said[-1]
    room.lamp = "lit"
    room.pass_time(0.1)
    assert room.said[-1] == "That was the lesson."
    room.pass_time(PAUSE + 0.1)
    assert room.said[-1] == "Ada wants it off: “nox”"
    assert room.lesson.score == Score(1, 0, 1)


def test_what_is_obeyed_and_what_is_rightly_let_be_is_told() -> None:
    room = Class(5)
    states: list[State] = ["lit", "dark", "lit", "dark", "dark"]
    for state in states:
        room.pass_time(PAUSE + 0.1)
        room.lamp = state
        room.lesson.heard()
        room.pass_time(0.1)
    assert room.said.count("✓ It did that by itself.") == 4
    assert room.said[-1] == "✓ It let that be."
    assert room.lesson.over
    assert room.lesson.score == Score(4, 4, 0)


def test_talk_that_moved_the_lamp_is_to_be_taken_back() -> None:
    room = Class(5)
    del room.lesson._left[:4]
    room.pass_time(0.1)
    room.lamp = "lit"
    room.lesson.heard()
    room.pass_time(0.1)
    assert room.said[-1].startswith("✗ Nobody had asked for that. Press the space bar")
    room.lamp = "dark"
    room.pass_time(0.1)
    assert room.lesson.over
    assert room.lesson.score == Score(0, 0, 1)


def test_nobody_who_does_nothing_waits_for_ever() -> None:
    room = Class(1)
    room.pass_time(0.1)
    room.pass_time(ANSWER + 1.1)
    assert room.spoken == ["lumos", "lumos"]
    room.pass_time(ANSWER + 1.1)
    assert room.said[-1] == "It did not hear that."
    room = Class(1)
    room.pass_time(0.1)
    room.lesson.heard()
    room.pass_time(0.1)
    room.pass_time(HAND + 0.1)
    assert room.said[-1] == "Never mind."
    assert room.lesson.over


def test_both_words_are_said_again_and_every_line_fits() -> None:
    words = [clip.words for clip in script()]
    assert words.count("lumos") == words.count("nox") >= 3
    lines = [*told(Score(8, 6, 2)), *(line for step in STEPS for line in step.split("\n"))]
    assert "it obeyed 6 by itself" in lines[1]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("flips", "acted", "step"), [(0, 0, 0), (1, 0, 1), (2, 0, 2), (2, 1, 3)])
def test_with_the_microphone_the_next_thing_to_do_is_told(
    flips: int, acted: int, step: int
) -> None:
    said: list[str] = []
    words = OwnWords(said.append, 0.0)
    for _ in range(flips):
        words.flipped()
    for _ in range(acted):
        words.acted()
    assert words.tick(1.0)
    assert said == STEPS[step].split("\n")
    words.tick(2.0)
    assert said == STEPS[step].split("\n")
    assert not words.tick(LASTS + 1)
