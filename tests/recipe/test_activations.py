"""Activations of the shipped network: the right ones, and nothing lost at an interruption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the extra [dev] or [models]")

from models.recipe.activations import (  # noqa: E402
    SHIPPED,
    TAPS,
    WIDTH,
    Activations,
    Trunk,
    Writer,
    order,
)  # fmt: skip
from models.recipe.store import Source  # noqa: E402
from models.recipe.store import Writer as ClipWriter  # noqa: E402

PATTERN = r"(?P<voice>[^/]+)/(?P<word>[a-z]+)"


def test_they_are_the_first_shift_of_the_shipped_network() -> None:
    import onnxruntime

    model = onnx.load(SHIPPED)
    for tap in TAPS:
        model.graph.output.append(onnx.helper.make_tensor_value_info(tap, 1, None))
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")  # as the lamp does
    whole = onnxruntime.InferenceSession(model.SerializeToString(), options)
    samples = 0.1 * np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    both = np.concatenate(whole.run(list(TAPS), {"input_values": samples[None]}), axis=2)
    steps = Trunk(SHIPPED).steps(samples)
    assert steps.shape == (26, WIDTH)
    assert both.shape[0] == 2
    close = np.abs(steps - both[0, :26]) <= 2e-3 * np.abs(both[0, :26]) + 0.02
    assert close.mean() > 0.99


def test_a_rendering_cut_off_by_a_power_cut_is_made_again(tmp_path: Path) -> None:
    rows = np.arange(5 * WIDTH).reshape(5, WIDTH).astype(np.float16)
    with Writer(tmp_path, "a") as writer:
        writer.add(0, 0, rows, 1.5, 1.0)
    with (tmp_path / "a.steps").open("ab") as file:
        file.write(b"half")
    with (tmp_path / "a.steps.jsonl").open("a") as file:
        file.write('{"rendering": 0, "cl')
    with Writer(tmp_path, "a") as writer:
        assert writer.known == {(0, 0)}
        writer.add(1, 0, rows[:2] + 1, 0.0, 1.1)
    read = Activations(tmp_path, "a")
    assert [place.clip for place in read.places] == [0, 1]
    assert np.array_equal(read.steps(0), rows)
    assert np.array_equal(read.steps(1), rows[:2] + 1)
    assert np.array_equal(read.steps(0, 1, 3), rows[1:3])


@pytest.fixture
def source(tmp_path: Path) -> Source:
    with ClipWriter(tmp_path, "s") as writer:
        for voice in ("ann", "bob"):
            for word, takes in (("yes", 4), ("no", 2), ("once", 1)):
                for take in range(takes):
                    writer.add(f"{voice}/{word}{take}.wav#0", np.full(160, 0.1, np.float32))
    return Source(tmp_path, "s")


def test_takes_come_voice_by_voice_and_nothing_said_once(source: Source) -> None:
    clips = [clip for clip, _ in order(source, PATTERN, 1000, takes=3, renderings=1)]
    keys = [source.clips[clip].key for clip in clips]
    assert len(keys) == len(set(keys)) == 2 * (3 + 2)
    assert not [key for key in keys if "once" in key]
    assert len({key.split("/")[0] for key in keys[:5]}) == 1


def test_everything_once_before_anything_twice(source: Source) -> None:
    wanted = list(order(source, "", 6, takes=1, renderings=2))
    assert [rendering for _, rendering in wanted] == [0] * 6 + [1] * 6
    assert wanted[:6] == [(clip, 0) for clip, _ in wanted[6:]]
