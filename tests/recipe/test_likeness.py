"""The measures of likeness: slots, grams, trials."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [models]")
pytest.importorskip("onnx", reason="needs the extra [models]")

from models.recipe.likeness import (
    OTHER,
    SAME,
    TALK,
    Heard,
    Trial,
    cosine,
    grams,
    slots,
    trials,
)  # fmt: skip


def frames(*rows: dict[int, float]) -> np.ndarray:
    shares = np.full((len(rows), 32), 1e-6, np.float32)
    for number, row in enumerate(rows):
        shares[number, 0] = 1 - sum(row.values())
        for symbol, share in row.items():
            shares[number, symbol] = share
    return np.log(shares)


def test_frames_with_the_same_best_symbol_are_one_slot_and_blanks_end_it() -> None:
    heard = slots(frames({5: 0.5, 6: 0.3}, {5: 0.6, 7: 0.2}, {}, {5: 0.9}, {8: 0.9}))
    assert [max(slot, key=slot.__getitem__) for slot in heard] == [5, 5, 8]
    assert heard[0] == pytest.approx({5: 0.6, 6: 0.3, 7: 0.2}, abs=1e-3)


def test_silence_has_no_grams_and_is_like_nothing() -> None:
    assert slots(frames({}, {})) == []
    assert grams([]) == {}
    assert cosine({}, grams([{5: 1.0}])) == 0


def test_what_was_nearly_heard_counts() -> None:
    sure, torn, other = ([{5: 1.0}, {a: 0.6, b: 0.4}] for a, b in ((6, 9), (9, 6), (7, 8)))
    assert cosine(grams(sure), grams(sure)) == pytest.approx(1)
    assert cosine(grams(sure), grams(torn)) > cosine(grams(sure), grams(other)) + 0.2
    assert cosine(grams([{5: 1.0}, {6: 1.0}]), grams([{6: 1.0}, {5: 1.0}])) < 0.5


def test_no_take_is_asked_against_itself() -> None:
    vector = np.zeros(64, np.float32)
    heard = [Heard(v, w, vector, {}) for v in "ab" for w in ("on", "off") for _ in range(4)]
    heard += [Heard("radio", "", vector, {}) for _ in range(9)]
    asked = trials(heard)
    assert {trial.truth for trial in asked} == {SAME, OTHER, TALK}
    for trial in asked:
        one = heard[trial.asked]
        words = {heard[n].word for n in trial.taught}
        assert trial.asked not in trial.taught
        assert words == {next(iter(words))}
        assert (one.word in words) == (trial.truth == SAME)
        assert trial.truth == TALK or one.voice == trial.voice
    assert isinstance(asked[0], Trial)
