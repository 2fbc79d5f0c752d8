"""Reading frames softly, beside a slow reading of the same rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamp.soft_text import Slot
from lamp.transcriber.alphabet import Alphabet
from lamp.transcriber.ctc import best_path
from lamp.transcriber.soft_slots import is_noise, slots

ALPHABET = Alphabet(("<pad>", "<s>", "|", "a", "b", "c", "d", "e"), blank=0)
COLUMN = {"-": 0, "?": 1, " ": 2} | {letter: 3 + number for number, letter in enumerate("abcde")}


def frames(*told: dict[str, float]) -> np.ndarray:
    """Log probabilities; what a frame does not tell is blank."""
    table = np.full((len(told), len(COLUMN)), 1e-6)
    for row, frame in zip(table, told, strict=True):
        for symbol, p in frame.items():
            row[COLUMN[symbol]] = p
        row[0] = max(1e-6, 1 - row[1:].sum())
    return np.log(table).astype(np.float32)


def slowly(log_probabilities: np.ndarray) -> tuple[Slot, ...]:
    """One frame, one symbol at a time."""
    found: list[dict[str, float]] = []
    last = None
    for frame in np.exp(log_probabilities):
        spoken = {letter: float(frame[COLUMN[letter]]) for letter in " abcde"}
        best = max(spoken, key=lambda letter: spoken[letter])
        if 1 - frame[0] <= 0.15:
            last = None
            continue
        if best != last:
            found.append({})
            last = best
        for letter, p in spoken.items():
            found[-1][letter] = max(p, found[-1].get(letter, 0.0))
    kept = []
    for slot in found:
        ranked = sorted(slot.items(), key=lambda entry: -entry[1])[:4]
        likely = tuple((letter, p) for letter, p in ranked if p > 0.03)
        if likely:
            kept.append(likely)
    return tuple(kept)


@given(st.integers(0, 10_000), st.sampled_from([0.05, 0.2, 1.0]), st.integers(0, 40))
@settings(max_examples=80, deadline=None)
def test_it_is_what_the_slow_reading_finds(seed: int, evenness: float, length: int) -> None:
    table = np.random.default_rng(seed).dirichlet(np.full(len(COLUMN), evenness), size=length)
    told = np.log(table + 1e-9).astype(np.float32)
    fast, slow = slots(told, ALPHABET), slowly(told)
    assert [dict(slot) for slot in fast] == [pytest.approx(dict(slot)) for slot in slow]
    assert [[symbol for symbol, _ in slot] for slot in fast] == [
        [symbol for symbol, _ in slot] for slot in slow
    ]


def test_a_run_of_one_symbol_is_one_slot_at_its_height() -> None:
    told = frames({"a": 0.5, "b": 0.2}, {"a": 0.9}, {"a": 0.6, "c": 0.3}, {"b": 0.8})
    assert slots(told, ALPHABET) == (
        (("a", pytest.approx(0.9)), ("c", pytest.approx(0.3)), ("b", pytest.approx(0.2))),
        (("b", pytest.approx(0.8)),),
    )


def test_a_closed_frame_divides_the_same_symbol() -> None:
    told = frames({"a": 0.9}, {"a": 0.1}, {"a": 0.9})
    assert [slot[0][0] for slot in slots(told, ALPHABET)] == ["a", "a"]


def test_what_the_best_path_leaves_out_is_heard() -> None:
    told = frames({"a": 0.9}, {"b": 0.4}, {"c": 0.9})
    assert best_path(told, ALPHABET)[0] == "ac"
    assert [slot[0][0] for slot in slots(told, ALPHABET)] == ["a", "b", "c"]


def test_special_symbols_are_never_in_a_slot() -> None:
    told = frames({"?": 0.9, "a": 0.05}, {"?": 0.99})
    assert slots(told, ALPHABET) == ((("a", pytest.approx(0.05)),),)


def test_the_delimiter_of_words_is_a_space() -> None:
    assert [slot[0][0] for slot in slots(frames({"a": 0.9}, {" ": 0.9}), ALPHABET)] == ["a", " "]


def test_at_most_four_symbols_and_none_that_is_unlikely() -> None:
    told = frames({"a": 0.3, "b": 0.25, "c": 0.2, "d": 0.15, "e": 0.1}, {}, {"a": 0.5, "b": 0.02})
    assert [[symbol for symbol, _ in slot] for slot in slots(told, ALPHABET)] == [
        ["a", "b", "c", "d"],
        ["a"],
    ]


@pytest.mark.parametrize("told", [frames(), frames({}, {}), frames({"a": 0.1}, {"b": 0.14})])
def test_silence_has_no_slots(told: np.ndarray) -> None:
    assert slots(told, ALPHABET) == ()
    assert is_noise(())


def test_noise_is_where_no_symbol_is_likely() -> None:
    assert is_noise(slots(frames({"a": 0.29}, {"b": 0.2}), ALPHABET))
    assert not is_noise(slots(frames({"a": 0.31}, {"b": 0.2}), ALPHABET))
