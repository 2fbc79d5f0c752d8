"""Stage 6: from a checkpoint to a model directory in the hub's layout.

    python -m models.recipe.export --run RUN --to models/potato-wav2vec2

Exports the running mean to ONNX, checks it against torch, stores the constant matrices as int8
(the ears stay in full precision) and counts how often both agree.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from models.recipe.checkpoints import load
from models.recipe.letters import VOCABULARY
from models.recipe.model import FRAME, HOP, RATE, WINDOW, Potato, Size, Twice

Floats = NDArray[np.float32]
PARITY = 1e-3  # logits may differ by this much between torch and ONNX in full precision


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Export, quantise, check.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--bold", type=float, default=0.9, help="taken off the blank's logit")
    options = parser.parse_args()
    state = load(options.run / "state.pt")
    model = Potato(Size()).eval()
    model.load_state_dict(state.mean)
    embolden(model, options.bold)
    doubled = Twice(model).eval()
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        to_onnx(doubled, full)
        quantise(full, options.to / "model.onnx")
        report = check(doubled, full, options.to / "model.onnx")
    write_layout(model.size, options.to)
    print(f"step {state.step}, {state.heard_hours:.0f} h heard; {json.dumps(report)}")


@torch.no_grad()
def embolden(model: Potato, logit: float) -> None:
    """Write what is half heard rather than leave it out: shift the blank of both frames."""
    model.head.bias[:: model.size.symbols] -= logit


def to_onnx(model: Twice, path: Path) -> None:
    """Write the graph: `input_values` [1, n] to `logits` [1, n // 320 + 1, 32]."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is the one that folds constants
        torch.onnx.export(
            model,
            (torch.randn(1, 2 * RATE) * 0.1,),
            str(path),
            input_names=["input_values"],
            output_names=["logits"],
            dynamic_axes={"input_values": {1: "samples"}, "logits": {1: "frames"}},
            opset_version=17,
            dynamo=False,
        )


def quantise(full: Path, small: Path) -> None:
    """Keep constant matrices as int8, a scale for every column; all but the mel bands.

    Only the weights: sums stay in full precision. int8 activations would take a third of the time
    off, but their scale depends on everything in the window, so that a partial transcript would
    not equal the final one, and they cost about a percent of consistency on the hearing bench.
    """
    model = onnx.load(full)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    opened = []
    for node in graph.node:
        tensor = stored.get(node.input[1]) if node.op_type == "MatMul" else None
        if tensor is None or "/ears/" in node.name:
            continue
        columns, scale = eight_bits(numpy_helper.to_array(tensor))
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(columns, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        inputs = [f"{name}.int8", f"{name}.scale"]
        opened.append(helper.make_node("DequantizeLinear", inputs, [name], axis=1))
    ordered = [*opened, *graph.node]
    del graph.node[:]
    graph.node.extend(ordered)
    onnx.save(model, small)


def eight_bits(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Columns of [rows, columns] as -127..127, and the scale of each column."""
    scale = (np.abs(matrix).max(axis=0) / 127 + 1e-12).astype(np.float32)
    return np.round(matrix / scale).astype(np.int8), scale


def session(path: Path) -> onnxruntime.InferenceSession:
    """A session on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(model: Twice, full: Path, small: Path) -> dict[str, float]:
    """Compare torch, ONNX and int8 on speech-like noise of several lengths."""
    rng = np.random.default_rng(0)
    worst, same, frames = 0.0, 0, 0
    plain, quick = session(full), session(small)
    for seconds in (0.1, 0.73, 2.0, 5.01):
        count = int(seconds * RATE)
        swell = np.repeat(rng.random(count // 800 + 1), 800)[:count]
        samples = (rng.standard_normal(count) * swell * 0.1).astype(np.float32)[None]
        with torch.no_grad():
            wanted = model(torch.from_numpy(samples)).numpy()
        got = plain.run(["logits"], {"input_values": samples})[0]
        small_got = quick.run(["logits"], {"input_values": samples})[0]
        if wanted.shape != (1, count // FRAME + 1, len(VOCABULARY)) or wanted.shape != got.shape:
            raise SystemExit(f"export: {got.shape} instead of {wanted.shape}")
        worst = max(worst, float(np.abs(wanted - got).max()))
        same += int((small_got.argmax(-1) == wanted.argmax(-1)).sum())
        frames += wanted.shape[1]
    if worst > PARITY:
        raise SystemExit(f"export: ONNX differs from torch by {worst}")
    bytes_ = small.stat().st_size
    return {"worst": worst, "int8 agrees": same / frames, "megabytes": bytes_ / 1e6}


def write_layout(size: Size, folder: Path) -> None:
    """Write vocab.json, preprocessor_config.json, config.json."""
    write(folder / "vocab.json", {symbol: number for number, symbol in enumerate(VOCABULARY)})
    write(
        folder / "preprocessor_config.json",
        {
            "feature_extractor_type": "Wav2Vec2FeatureExtractor",
            "feature_size": 1,
            "sampling_rate": RATE,
            "padding_value": 0.0,
            "padding_side": "right",
            "do_normalize": False,
            "return_attention_mask": False,
        },
    )
    write(
        folder / "config.json",
        {
            "model_type": "wav2vec2",
            "architectures": ["PotatoForCTC"],
            "vocab_size": size.symbols,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "hidden_size": size.width,
            "num_hidden_layers": size.depth,
            "num_attention_heads": size.heads,
            "intermediate_size": size.inner,
            "conv_dim": [2 * (WINDOW // 2 + 1), size.width],
            "conv_kernel": [WINDOW, 4],
            "conv_stride": [HOP, 2],
            "inputs_to_logits_ratio": FRAME,
            "feat_extract_norm": "layer",
            "potato": size.as_dict(),
        },
    )


def write(path: Path, content: dict[str, Any]) -> None:
    """Write JSON for people to read."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
