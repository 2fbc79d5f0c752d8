"""Made-up exchanges with a switch: commands in a few wordings, chatter, noisy spelling."""

from __future__ import annotations

import numpy as np

from lamp.language_model import Example

ACTIONS = ("<none>", "<on>", "<off>")
COMMANDS = {
    "lamp": (
        ("lights on", "turn on the light", "switch the lamp on please", "it is too dark in here"),
        ("lights off", "turn off the light", "switch the lamp off please", "good night"),
    ),
    "fan": (
        ("fan on", "start the fan", "give me some air", "it is so hot in here"),
        ("fan off", "stop the fan", "that is enough wind", "i am freezing"),
    ),
    "blind": (
        ("open the blind", "raise the blind please", "let the sun in", "show me the garden"),
        ("close the blind", "lower the blind please", "the sun is blinding me", "hide us"),
    ),
}
_PEOPLE = ("we", "they", "my sister", "the neighbours", "the minister", "our team", "the doctor")
_DOINGS = ("talked about", "forgot", "bought", "cannot find", "never liked", "is late for", "saw")
_THINGS = ("the dinner", "the train", "that film", "the new rules", "the car", "the game", "it")
_ENDS = ("today", "again", "in the kitchen", "on monday", "after all", "last night", "of course")


def exchanges(task: str, count: int, noise: float, seed: int) -> list[Example]:
    """``count`` exchanges, a quarter of them commands; ``noise`` is the share of wrong letters."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        label = int(rng.choice(3, p=(0.74, 0.13, 0.13)))
        if label:
            text = str(rng.choice(COMMANDS[task][label - 1], p=(0.45, 0.25, 0.2, 0.1)))
        else:
            text = " ".join(str(rng.choice(part)) for part in (_PEOPLE, _DOINGS, _THINGS, _ENDS))
        made.append(Example(misspelt(text, noise, rng), label))
    return made


def misspelt(text: str, noise: float, rng: np.random.Generator) -> str:
    """``text`` with letters dropped or replaced."""
    letters = []
    for letter in text:
        draw = rng.random()
        if draw < noise / 3:
            continue
        letters.append(str(rng.choice(list("aeinrst "))) if draw < noise else letter)
    return "".join(letters)
