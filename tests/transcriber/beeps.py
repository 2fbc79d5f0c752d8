"""A tiny acoustic model that knows a language of beeps: 500 Hz is an a, 750 Hz a b, ..."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LETTERS = "abcdef"
SYMBOLS = ("<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS)
RATE = 16_000
WINDOW, STRIDE = 640, 320


def pitch(letter: str) -> float:
    """Hz; a word's end is 2000 Hz."""
    return 2000.0 if letter == "|" else 500.0 + 250.0 * LETTERS.index(letter)


def say(text: str, beep: float = 0.12, pause: float = 0.06) -> NDArray[np.float32]:
    """The samples of ``text`` in beeps: float32 [n], 16 kHz."""
    time = np.arange(round(beep * RATE)) / RATE
    gap = np.zeros(round(pause * RATE), np.float32)
    parts = [gap]
    for letter in text.replace(" ", "|"):
        parts += [(0.3 * np.sin(2 * np.pi * pitch(letter) * time)).astype(np.float32), gap]
    return np.concatenate(parts)


def write_model(
    directory: Path, symbols: tuple[str, ...] = SYMBOLS, normalise: bool = False
) -> Path:
    """A model directory in the hub's layout."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "model.onnx").write_bytes(network().SerializeToString())
    vocabulary = {symbol: column for column, symbol in enumerate(symbols)}
    (directory / "vocab.json").write_text(json.dumps(vocabulary))
    config = {"model_type": "wav2vec2", "pad_token_id": 0, "conv_stride": [10, 32]}
    (directory / "config.json").write_text(json.dumps(config))
    preprocessor = {"sampling_rate": RATE, "do_normalize": normalise}
    (directory / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return directory


def network(columns: int = len(SYMBOLS)) -> onnx.ModelProto:
    """A bank of waves, squared and summed: the loudest pitch wins, the blank in quiet."""
    time = np.arange(WINDOW) / RATE
    window = np.hanning(WINDOW) * 2 / WINDOW
    heard = ["|", *LETTERS]
    waves = [
        wave(2 * np.pi * pitch(letter) * time) * window
        for letter in heard
        for wave in (np.cos, np.sin)
    ]
    sums = np.zeros((2 * len(heard), columns), np.float32)
    for place in range(len(heard)):
        sums[2 * place : 2 * place + 2, 4 + place] = 400.0
    bias = np.full(columns, -9.0, np.float32)
    bias[0], bias[4:] = 5.0, 0.0
    constants = {
        "waves": np.stack(waves)[:, None].astype(np.float32),
        "sums": sums,
        "bias": bias,
        "axis": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axis"], ["one_channel"]),
        helper.make_node(
            "Conv", ["one_channel", "waves"], ["swings"], strides=[STRIDE], pads=[160, 160]
        ),
        helper.make_node("Mul", ["swings", "swings"], ["power"]),
        helper.make_node("Transpose", ["power"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "sums"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "beeps",
        [helper.make_tensor_value_info("input_values", TensorProto.FLOAT, [1, "samples"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "frames", columns])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
