"""What a batch calls alike and apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [dev] or [models]")

from models.recipe.activations import WIDTH
from models.recipe.activations import Writer as StepWriter
from models.recipe.draws import MOST_SHARED, Draws, Item, Voices, packed, shared, unevenly
from models.recipe.store import Source
from models.recipe.store import Writer as ClipWriter
from models.recipe.takes import said_in

PATTERN = r"(?P<voice>[^/]+)/(?P<word>[a-z]+)"


def item(word: str, voice: str, talk: bool = False, steps: int = 3) -> Item:
    return Item(np.ones((steps, WIDTH), np.float16), (voice, word), voice, talk)


def test_other_peoples_words_are_neither_alike_nor_apart() -> None:
    batch = packed([item("yes", "ann"), item("yes", "ann"), item("no", "ann"), item("yes", "bob")])
    assert batch.alike.tolist() == [
        [False, True, False, False], [True, False, False, False], [False] * 4, [False] * 4
    ]  # fmt: skip
    assert batch.apart[0].tolist() == [False, False, True, False]
    assert not batch.apart[3].any()


def test_talk_is_apart_from_everybody() -> None:
    batch = packed([item("yes", "ann"), item("12", "radio", talk=True), item("no", "bob")])
    assert batch.apart[1].tolist() == [True, False, True]
    assert not batch.apart[0, 2]


def test_what_is_padded_is_not_there() -> None:
    batch = packed([item("a", "ann", steps=2), item("b", "ann", steps=5)])
    assert batch.steps.shape == (2, 5, WIDTH)
    assert batch.there.sum(axis=1).tolist() == [2, 5]
    assert not batch.steps[0, 2:].any()


@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_an_uneven_tempo_keeps_the_order_and_about_the_length(count: int) -> None:
    rng = np.random.default_rng(count)
    steps = np.repeat(np.arange(count, dtype=np.float16)[:, None], WIDTH, axis=1)
    heard = [unevenly(rng, steps) for _ in range(30)]
    for one in heard:
        assert one.shape[1] == WIDTH
        assert (np.diff(one[:, 0]) >= 0).all()
        assert 0.5 * count <= len(one) <= 2 * count + 1
    assert count < 7 or len({len(one) for one in heard}) > 2


def test_shared_is_the_overlap_of_both_together() -> None:
    assert shared((0, 1), (0, 1)) == 1
    assert shared((0, 1), (2, 3)) == 0
    assert shared((0, 2), (1, 3)) == pytest.approx(1 / 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two voices with three words of three takes each, and talk; steps tell the clip's number."""
    rng = np.random.default_rng(0)
    for name, keys in (
        (
            "takes",
            [f"{v}/{w}{n}.wav#0" for v in "ab" for w in ("on", "off", "up") for n in range(3)],
        ),
        ("talk", [f"radio/{n}#0" for n in range(6)]),
    ):
        seconds = 1 if name == "takes" else 8
        with ClipWriter(tmp_path, name) as clips:
            for key in keys:
                clips.add(key, rng.uniform(-1, 1, 16_000 * seconds).astype(np.float32))
        with StepWriter(tmp_path, name) as steps:
            for number in range(len(keys)):
                for rendering in range(1 if name == "takes" else 2):
                    row = np.full((25 * seconds, WIDTH), number, np.float16)
                    steps.add(number, rendering, row, 0.0, 1.0)
    return tmp_path


def voices(folder: Path, name: str, pattern: str, without: tuple[int, ...] = ()) -> Voices:
    source = Source(folder, name)
    said = {n: one for n, one in said_in(source, pattern).items() if n not in without}
    return Voices(folder, source, said, talk=not pattern)


def test_phrases_meet_nearly_the_same_ones(folder: Path) -> None:
    draws = Draws([voices(folder, "takes", PATTERN)], [1.0], 0)
    swapped = shorter = replaced = 0
    for _ in range(10):
        items = draws._words(draws._takes[0][0], "takes:a")
        labels = {one.label[2:] for one in items}
        swapped += sum(label != label[::-1] and label[::-1] in labels for label in labels)
        shorter += sum(label[:-1] in labels for label in labels)
        replaced += sum(
            (*label[:-1], word) in labels
            for label in labels
            for word in {"on", "off"} - {label[-1]}
        )
        for one in items:
            words = [("on", "off", "up").index(word) for word in one.label[2:]]
            heard = [int(n) // 3 for n in one.steps[:, 0]]
            assert runs(heard) == runs(words)
    assert min(swapped, shorter, replaced) > 5


def runs(numbers: list[int]) -> list[int]:
    """Without repeats next to each other."""
    return [n for at, n in enumerate(numbers) if at == 0 or numbers[at - 1] != n]


@pytest.mark.parametrize("seed", range(20))
def test_nearly_the_same_is_one_change_away(folder: Path, seed: int) -> None:
    draws = Draws([voices(folder, "takes", PATTERN)], [1.0], seed)
    label = ("on", "off", "on")
    other = draws._nearly(label, ["on", "off", "up"])
    changed = sum(a != b for a, b in zip(label, other, strict=False))
    assert other == label[::-1] or len(other) == 2 or changed <= 1
    assert draws._nearly(("on",), ["on", "off"]) == ("on",)


def test_everything_comes_twice_and_from_other_takes(folder: Path) -> None:
    draws = Draws([voices(folder, "takes", PATTERN)], [1.0], 0)
    batch = draws.batch(9)
    assert batch.alike.any(axis=1).all()
    for one, other in zip(*np.nonzero(batch.alike), strict=True):
        assert not np.array_equal(batch.steps[one], batch.steps[other])


def test_stretches_of_one_clip_do_not_share_most_of_their_sound(folder: Path) -> None:
    source = voices(folder, "talk", "")
    draws = Draws([source], [1.0], 0)
    items = draws._stretches(source, "talk:radio")
    labels = list(dict.fromkeys(one.label for one in items))
    assert len(items) == 2 * len(labels) >= 20
    for one in labels:
        for other in labels:
            if one != other and one[2] == other[2]:
                a, b = ((float(x[3]), float(x[4])) for x in (one, other))
                assert shared(a, b) <= MOST_SHARED


def test_words_said_once_are_left_out(folder: Path) -> None:
    source = voices(folder, "takes", PATTERN, without=(1, 2))  # one take of a's first word is left
    assert set(source.words["takes:a"]) == {"off", "up"}
    assert set(source.words["takes:b"]) == {"on", "off", "up"}
