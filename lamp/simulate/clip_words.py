"""What the people of the simulated house say, and with which voice: the clips' script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lamp.messages import State

Kind = Literal["command", "chatter", "whistle", "noise"]

#: Speaker -> (synthesiser, voice, licence of the voice, as Debian states it).
VOICES: dict[str, tuple[str, str, str]] = {
    "Ada": ("flite", "slt", "CMU ARCTIC, BSD-like"),
    "Ben": ("flite", "rms", "CMU ARCTIC, BSD-like"),
    "Callum": ("flite", "awb", "CMU ARCTIC, BSD-like"),
    "radio": ("festival", "kal_diphone", "festvox-kallpc16k, BSD-like"),
    "newsreader": ("festival", "ked_diphone", "festvox-kdlpc16k, BSD-like"),
    "television": ("espeak-ng", "en-gb-x-rp", "espeak-ng, GPL-3+ (the program, not its output)"),
    "grandmother": ("espeak-ng", "en-us+f3", "espeak-ng, GPL-3+ (the program, not its output)"),
    "nobody": ("numpy", "", "none: computed"),
}


@dataclass(frozen=True)
class Line:
    """Something a speaker says in one or more takes; ``state``: what it asks for."""

    speaker: str
    words: str
    kind: Kind
    family: str  # plain, elliptical, nickname, whistle; of chatter: talk, light words, device
    state: State | None = None
    takes: int = 1


def _commands(
    speaker: str, family: str, lit: str, dark: str, *, takes: int = 2
) -> tuple[Line, Line]:
    return (
        Line(speaker, lit, "command", family, "lit", takes),
        Line(speaker, dark, "command", family, "dark", takes),
    )


def _talk(speaker: str, family: str, *sentences: str) -> tuple[Line, ...]:
    return tuple(Line(speaker, words, "chatter", family) for words in sentences)


LINES: tuple[Line, ...] = (
    *_commands("Ada", "plain", "turn on the light", "turn off the light"),
    *_commands("Ada", "plain", "lights on please", "lights off please"),
    *_commands("Ada", "elliptical", "it is so dark in here", "this is far too bright"),
    *_commands("Ada", "nickname", "lumos", "nox"),
    *_commands("Ben", "plain", "switch the lamp on", "switch the lamp off"),
    *_commands("Ben", "elliptical", "I can't see a thing", "time to go to sleep"),
    *_commands("Ben", "nickname", "hey sunshine", "bye bye sunshine"),
    *_commands("Callum", "plain", "light please", "lights out", takes=1),
    Line("nobody", "whistle up", "whistle", "whistle", "lit", 2),
    Line("nobody", "whistle down", "whistle", "whistle", "dark", 2),
    Line("nobody", "whistle a tune", "whistle", "talk"),
    *_talk(
        "Ada",
        "talk",
        "did you feed the cat this morning",
        "my sister called about the weekend",
        "what would you like for dinner",
    ),
    *_talk("Ada", "light words", "the light in the garden was lovely today"),
    *_talk(
        "Ben",
        "talk",
        "I think the train was late again",
        "we should paint the hall next spring",
        "have you seen my glasses anywhere",
    ),
    *_talk("Ben", "light words", "the traffic light was broken again"),
    *_talk("Ben", "device", "turn off the television please"),
    *_talk("Callum", "talk", "it is lovely to see you both", "the roads were very quiet tonight"),
    *_talk("Callum", "device", "shall I put the kettle on"),
    *_talk(
        "radio",
        "talk",
        "you are listening to the evening programme",
        "the orchestra plays in the town hall on friday",
    ),
    *_talk(
        "newsreader",
        "talk",
        "the minister said that prices will rise",
        "the home team won by three goals",
    ),
    *_talk("newsreader", "light words", "light rain is expected in the north"),
    *_talk(
        "television",
        "talk",
        "scientists have found a new kind of beetle",
        "nobody has seen him since the storm",
        "she left the letter on the kitchen table",
    ),
    *_talk("television", "light words", "a lamp was burning in the window"),
    *_talk("grandmother", "talk", "in my day we walked to school", "would anybody like some tea"),
    Line("nobody", "door", "noise", "noise"),
    Line("nobody", "cutlery", "noise", "noise"),
    Line("nobody", "tap", "noise", "noise"),
    Line("nobody", "footsteps", "noise", "noise"),
)
