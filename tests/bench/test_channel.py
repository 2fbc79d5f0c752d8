"""The bench's recogniser misspells at the rate it is asked for, each speaker in her own way."""

from __future__ import annotations

import difflib
import random
from collections import Counter
from statistics import mean

import pytest

from bench.household import talk
from bench.household.channel import Channel, letters_only


def errors(said: str, heard: str) -> float:
    """Edits a letter."""
    previous = list(range(len(heard) + 1))
    for row, one in enumerate(said, 1):
        current = [row]
        for column, other in enumerate(heard, 1):
            current.append(
                min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (one != other))
            )
        previous = current
    return previous[-1] / len(said)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_it_makes_as_many_errors_as_it_is_told_to(rate: float) -> None:
    rng = random.Random(1)
    channel = Channel(rate, seed=1)
    texts = [talk.broadcast(rng) for _ in range(150)]
    heard = [channel.heard(f"speaker {rng.randrange(9)}", text, rng) for text in texts]
    assert mean(map(errors, texts, heard)) == pytest.approx(rate, rel=0.2)


def test_without_errors_it_writes_what_is_said_in_plain_letters() -> None:
    channel = Channel(0.0, seed=1)
    rng = random.Random(1)
    assert channel.heard("Ada", "Włącz ŚWIATŁO!", rng) == "wlacz swiatlo"
    assert letters_only("s'il te plaît, éteins") == "s'il te plait eteins"


def test_half_of_the_errors_are_the_same_every_time_a_speaker_says_it() -> None:
    text = "the weather service has finally found the football stadium near the border"
    channel, rng = Channel(0.2, seed=1), random.Random(1)
    hers = [channel.heard("Ada", text, rng) for _ in range(60)]
    his = [channel.heard("Ben", text, rng) for _ in range(60)]

    def alike(ones: list[str], others: list[str]) -> float:
        pairs = zip(ones[:30], others[30:], strict=True)
        return mean(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)

    assert alike(hers, hers) > alike(hers, his) + 0.03
    assert alike(his, his) > alike(hers, his) + 0.03


def test_what_a_speaker_takes_a_letter_for_does_not_depend_on_the_word() -> None:
    channel = Channel(0.6, seed=1)
    taken: Counter[str] = Counter()
    for word in ("tent", "tattoo", "total", "talent", "treat", "potato", "test", "tart"):
        own = channel._in_her_way("Ada", word)
        taken.update(new for old, new in zip(word, own, strict=True) if old == "t" and new != "t")
    assert len(taken) == 1


def test_another_draw_gives_another_spelling_and_the_same_draw_the_same() -> None:
    channel = Channel(0.2, seed=1)
    text = "turn on the light in the kitchen"
    spellings = {channel.heard("Ada", text, random.Random(draw)) for draw in range(20)}
    assert len(spellings) > 15
    one, again = (channel.heard("Ada", text, random.Random(5)) for _ in range(2))
    assert one == again


def test_something_is_always_written() -> None:
    channel = Channel(0.6, seed=1)
    assert all(channel.heard("Ada", "no", random.Random(draw)) for draw in range(200))
