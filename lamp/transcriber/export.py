"""From a checkpoint to a model directory: ONNX, checked against torch, then int8."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamp.errors import AcousticModelError
from lamp.messages import SAMPLE_RATE
from lamp.transcriber.checkpoint import Checkpoint, load_library

PARITY = 1e-3  # most that a logit may differ between torch and ONNX, of their spread
AGREEMENT = 0.98  # least share of frames in which int8 writes the same symbol
LENGTHS = (0.4, 1.13, 3.0)  # s


def write_full(checkpoint: Checkpoint, path: Path) -> float:
    """Write the network in full precision; its largest deviation from torch.

    Returns:
        A share of the spread of the logits.

    Raises:
        AcousticModelError: it deviates.
    """
    torch = load_library("torch")

    class Logits(torch.nn.Module):  # type: ignore[misc, name-defined]
        """Samples in, logits out, nothing else."""

        def __init__(self, network: Any) -> None:
            super().__init__()
            self.network = network

        def forward(self, samples: Any) -> Any:
            return self.network(samples).logits

    wrapped = Logits(checkpoint.network).eval()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter complains of every branch it sees
        torch.onnx.export(
            wrapped,
            (torch.from_numpy(_sounds()[-1][None]),),
            str(path),
            input_names=["input_values"],
            output_names=["logits"],
            dynamic_axes={"input_values": {1: "samples"}, "logits": {1: "frames"}},
            opset_version=17,
            dynamo=False,
        )
        wanted = [wrapped(torch.from_numpy(sound[None])).numpy()[0] for sound in _sounds()]
    got = _run(path)
    worst = max(
        float(np.abs(original - exported).max() / max(float(np.ptp(original)), 1e-6))
        for original, exported in zip(wanted, got, strict=True)
    )
    if worst > PARITY:
        raise AcousticModelError(
            f"{checkpoint.name} came out different as ONNX (by {worst:.1%}). "
            "Try another version of torch"
        )
    return worst


def write_int8(full: Path, path: Path) -> float:
    """Make the matrices int8; the share of frames in which the written symbol stays the same."""
    quantization = load_library("onnxruntime.quantization")
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it advises on preprocessing that changes nothing here
    try:
        quantization.quantize_dynamic(
            full,
            path,
            op_types_to_quantize=["MatMul"],
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
    finally:
        root.setLevel(level)
    same = [
        before.argmax(axis=1) == after.argmax(axis=1)
        for before, after in zip(_run(full), _run(path), strict=True)
    ]
    return float(np.concatenate(same).mean())


def write_layout(checkpoint: Checkpoint, directory: Path) -> None:
    """Everything but the network, as the hub has it."""
    for name, tree in (
        ("vocab.json", checkpoint.vocabulary),
        ("config.json", checkpoint.config),
        ("preprocessor_config.json", checkpoint.preprocessor),
    ):
        text = json.dumps(tree, indent=1, ensure_ascii=False, default=str)
        (directory / name).write_text(text + "\n", encoding="utf-8")


def _sounds() -> list[NDArray[np.float32]]:
    """Noise that swells like speech, of mean 0 and variance 1."""
    rng = np.random.default_rng(0)
    sounds = []
    for seconds in LENGTHS:
        count = round(seconds * SAMPLE_RATE)
        swell = np.repeat(rng.random(count // 1600 + 1), 1600)[:count]
        sound = rng.standard_normal(count) * swell
        sounds.append(((sound - sound.mean()) / sound.std()).astype(np.float32))
    return sounds


def _run(path: Path) -> list[NDArray[np.float32]]:
    """Logits of all sounds."""
    session = load_library("onnxruntime").InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    return [session.run(None, {"input_values": sound[None]})[0][0] for sound in _sounds()]
