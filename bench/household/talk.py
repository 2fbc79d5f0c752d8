"""What is said that is not meant for the lamp: television, chatter, other devices, light words."""

from __future__ import annotations

import random
from collections.abc import Callable

Sentence = Callable[[random.Random], str]

WHO = (
    "the minister", "the home team", "a spokesman", "the mayor", "the band", "the weather service",
    "our reporter", "the union", "a young farmer", "the court", "the champion", "the railway",
    "a retired teacher", "the museum", "the central bank", "the second witness",
)  # fmt: skip
DID = (
    "has promised", "did not expect", "will open", "is looking for", "was surprised by", "denied",
    "spoke about", "lost", "has finally found", "wants to move", "will vote on", "praised",
    "can explain", "is afraid of", "keeps coming back to",
)  # fmt: skip
WHAT = (
    "the new bridge", "higher prices", "three goals", "an old letter", "the summer festival",
    "a second term", "the missing ship", "a quiet agreement", "the longest tunnel", "cheap bread",
    "the final round", "a heavy storm", "the school reform", "two thousand jobs", "the lost film",
    "the football stadium", "the harvest",
)  # fmt: skip
WHEN = (
    "on friday", "in the north", "after the break", "this evening", "before the winter",
    "at the last minute", "for the first time", "near the border", "in both cities",
    "since the election", "without a word", "until next spring",
)  # fmt: skip
REFRAINS = (
    "you are listening to the evening programme",
    "stay with us after the news",
    "and now the weather",
    "thank you for watching",
)

OPENERS = (
    "did you", "i think i should", "we could", "will we ever", "why don't you", "i forgot to",
    "she wanted to", "he never wants to", "tomorrow i will", "can somebody", "let me",
    "they promised to", "do i have to",
)  # fmt: skip
CHORES = (
    "call your sister", "feed the cat", "wash the blue shirt", "book the train", "bake a cake",
    "fix the bicycle", "water the plants", "pay the bill", "look for my glasses", "set the table",
    "pick up the parcel", "read that book", "paint the hall", "take out the rubbish",
    "write to the landlord", "find the other sock",
)  # fmt: skip
TAILS = ("", "", " again", " this morning", " before dinner", " on the weekend", " for once",
         " with the children", " if you have time", " today")  # fmt: skip

DEVICES = (
    "turn off the television", "turn on the radio", "switch off the oven", "turn the heating on",
    "start the dishwasher", "stop the music", "play some music", "set a timer for ten minutes",
    "turn the volume down", "switch on the fan", "turn off the alarm", "close the blinds",
    "what is the weather tomorrow", "put the kettle on", "switch the heating off",
)  # fmt: skip

LIGHT_WORDS = (
    "the light in the garden was lovely", "a lamp was burning in the window",
    "light rain is expected in the north", "the traffic light was broken again",
    "the room was dark and cold", "she turned off the road", "what a bright idea",
    "we need a new lamp for the hall", "he turned on his heel", "the dark side of the moon",
    "travelling light is easier", "it was dark when we came home", "the show is on tonight",
    "my phone is off", "the stage lights went out",
)  # fmt: skip


def broadcast(rng: random.Random) -> str:
    """A sentence from a television or a radio; now and then one that comes every day."""
    if rng.random() < 0.06:
        return rng.choice(REFRAINS)
    return " ".join(rng.choice(part) for part in (WHO, DID, WHAT, WHEN))


def chatter(rng: random.Random) -> str:
    """A sentence among people."""
    return f"{rng.choice(OPENERS)} {rng.choice(CHORES)}{rng.choice(TAILS)}"


def device_request(rng: random.Random) -> str:
    """A request that another device is meant to hear."""
    return rng.choice(DEVICES)


def light_words(rng: random.Random) -> str:
    """Talk with the words of commands in it."""
    return rng.choice(LIGHT_WORDS)
