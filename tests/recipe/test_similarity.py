"""A calibration learned from made-up people, who mistake one symbol for another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lamp.similarity.calibration import Calibration
from lamp.soft_text import SoftText
from models.recipe.questions import Take, Voices, stretch, together
from models.recipe.similarity import Errors, fitted, learn, measured
from models.recipe.substitutions import substitutions

KNOWN = tuple("ABCDEFGH")
WORDS = ("ABCAG", "DDEFH", "GAHHC", "CEGBD", "FBBE")
SWAPPED = str.maketrans("AB", "BA")  # A is written as often B, and B as often A


def said(word: str, rng: np.random.Generator) -> SoftText:
    """A take: A and B at random, now and then another symbol or none."""
    letters = [
        letter.translate(SWAPPED) if rng.random() < 0.5 else letter
        for letter in word
        if rng.random() > 0.05
    ]
    noisy = (letter if rng.random() < 0.95 else str(rng.choice(KNOWN)) for letter in letters)
    return SoftText(tuple(((letter, 0.9),) for letter in noisy))


def people(rng: np.random.Generator, voices: Sequence[str] = "klmnopqr") -> list[Take]:
    return [
        Take(voice, word, said(word, rng)) for voice in voices for word in WORDS for _ in range(4)
    ]


def talk(rng: np.random.Generator) -> list[SoftText]:
    return [
        said("".join(rng.choice(KNOWN, int(rng.integers(4, 40)))), rng) for _ in range(60)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> tuple[Calibration, Errors]:
    rng = np.random.default_rng(3)
    return learn(people(rng), talk(rng), KNOWN, rng, pairs=200, questions=(150, 150))


def test_symbols_that_stand_for_one_another_are_found(made: tuple[Calibration, Errors]) -> None:
    ratios = made[0].ratios
    a, b = KNOWN.index("A"), KNOWN.index("B")
    assert ratios == pytest.approx(ratios.T)
    assert ratios[a, b] > 1.5  # likelier together than by chance
    others = [ratios[a, KNOWN.index(other)] for other in "CDEFGH"]
    assert max(others) < 0.5
    assert all(ratios[c, c] > 3 for c in map(KNOWN.index, "CDEFGH"))


def test_people_it_has_not_heard_are_told_from_talk(made: tuple[Calibration, Errors]) -> None:
    _, errors = made
    assert errors.talk < 0.12
    assert errors.missed < 0.6
    assert errors.words < 0.35


def test_knowing_the_substitutions_helps(made: tuple[Calibration, Errors]) -> None:
    """The same fit without them, on the same questions, errs more."""
    rng = np.random.default_rng(8)
    learned, held_out = Voices(people(rng)), Voices(people(rng, "stuvwxyz"))
    spoken = talk(rng)
    untaught = np.full((8, 8), 0.3) + 0.7 * 8 * np.eye(8)
    rows = tuple(tuple(float(ratio) for ratio in row) for row in untaught)
    asked = [[half.question(spoken, rng) for _ in range(200)] for half in (learned, held_out)]
    errors = []
    for substituted in (made[0].substitutions, rows):
        plain = Calibration(KNOWN, substituted, 1.5)
        fit = Calibration(KNOWN, substituted, 1.5, fitted(asked[0], plain))
        errors.append(measured(asked[1], fit))
    assert errors[0].words < errors[1].words


def test_what_it_makes_can_be_read_beside_a_model(
    made: tuple[Calibration, Errors], tmp_path: Path
) -> None:
    made[0].save(tmp_path)
    assert Calibration.beside(tmp_path) == made[0]


def test_no_take_stands_on_both_sides_of_a_question() -> None:
    # Each take is one slot of its own, so that slots tell takes.
    names = iter(range(10_000))
    takes = [
        Take(voice, word, SoftText(((f"{voice}{word}{next(names)}", 1.0),)))
        for voice in "kl"
        for word in ("on", "off", "dim")
        for _ in range(3)
    ]
    voices, rng = Voices(takes), np.random.default_rng(1)
    where = {take.text.slots[0]: (take.voice, take.word) for take in takes}
    spoken = [SoftText.of_text("SOMETHINGELSE")]
    for _ in range(100):
        question = voices.question(spoken, rng)
        asked, same, other = (
            [where[slot] for slot in text.slots]
            for text in (question.asked, question.same, question.other)
        )
        assert asked == same
        assert other != asked
        assert len({voice for voice, _ in asked + other}) == 1
        assert not set(question.asked.slots) & set(question.same.slots)


def test_voices_that_say_nothing_twice_are_left_out() -> None:
    text = SoftText.of_text("A")
    takes = [Take("once", "on", text), Take("once", "off", text)]
    takes += [Take("one word", "on", text), Take("one word", "on", text)]
    takes += [Take("good", "on", text), Take("good", "on", text), Take("good", "off", text)]
    assert set(Voices(takes).said) == {"good"}


def test_half_of_the_people_are_kept_for_measuring() -> None:
    rng = np.random.default_rng(0)
    mine, theirs = Voices(people(rng)).halves(rng)
    assert len(mine) == len(theirs) == 4
    assert not mine & theirs


def test_a_stretch_is_a_piece_of_the_talk() -> None:
    rng = np.random.default_rng(0)
    text = SoftText.of_text("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOP")
    pieces = [together([stretch(text, rng)]) for _ in range(200)]
    spelled = ["".join(slot[0][0] for slot in piece.slots) for piece in pieces]
    whole = "".join(slot[0][0] for slot in text.slots)
    assert all(piece and piece in whole for piece in spelled)
    assert min(map(len, spelled)) == 2
    assert 18 <= max(map(len, spelled)) <= 25


def test_a_symbol_that_never_came_is_left_to_chance_beside_those_that_did() -> None:
    sure = np.eye(3, dtype=np.float32)[:2]
    ratios = substitutions([(sure, sure)] * 40, gap=1.5)
    assert ratios[2, :2] == pytest.approx(1, abs=0.2)
    assert min(ratios[0, 0], ratios[1, 1]) > 1.5
    assert ratios[0, 1] < 0.7
