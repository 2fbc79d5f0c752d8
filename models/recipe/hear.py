"""A transcriber for the hearing bench: any model directory, greedy, one thread.

    python run.py --transcriber models.recipe.hear:make_transcriber

The folder is named by POTATO (default `models/potato-wav2vec2` of this repository). The product
has a transcriber of its own; this one keeps the recipe free of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime

SHIPPED = Path(__file__).resolve().parents[1] / "potato-wav2vec2"


class Hearing:
    """Best symbol of every frame, repeats and blanks dropped."""

    spells = False

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # memory counts
        options.add_session_config_entry("session.disable_quant_qdq", "1")  # as the lamp does
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self._symbols = {number: symbol for symbol, number in vocabulary.items()}

    def transcribe(self, samples: np.ndarray) -> str:
        """Letters heard."""
        logits = self._session.run(["logits"], {"input_values": samples[None]})[0][0]
        best = logits.argmax(axis=-1)
        kept = best[np.concatenate([[True], best[1:] != best[:-1]])]
        return "".join(self._symbols[int(symbol)] for symbol in kept if symbol)


def make_transcriber() -> Hearing:
    """Make the transcriber of the folder named by POTATO."""
    return Hearing(Path(os.environ.get("POTATO", SHIPPED)))
