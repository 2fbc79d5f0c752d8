"""Give the shipped network its second output, from a run of `train_embedding`.

    python -m models.recipe.graft --run E --to models/potato-wav2vec2 [--from OTHER/model.onnx]

The graph that writes `logits` stays as it is, node for node; the head hangs on two of its blocks
and writes `embedding` [1, 64], a unit vector for everything that was heard, the mean of what both
shifts say. Its matrices are stored as int8 like the others. onnxruntime works everything out that a
graph has, whatever outputs are asked for, so the head sits in an `If`: who feeds `embedding_wanted`
as False does not pay for it and gets a vector of zeros; who feeds nothing gets the vector. Checked
before the file is replaced: logits are the same bits, and onnxruntime's vector is torch's.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import compose, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from models.recipe.activations import SHIPPED, TAPS
from models.recipe.checkpoints import load
from models.recipe.embedding import DIMENSIONS, WIDTH, Embedding
from models.recipe.export import quantise
from models.recipe.store import RATE, Samples

OUTPUT = "embedding"
WANTED = "embedding_wanted"  # an input with a default: True
PREFIX = "embedding/"
NOT = {WANTED: np.array(False)}
CLOSE = 0.999  # cosine of torch's vector and that of int8 weights


class Grafted(nn.Module):
    """The head as it ships: both shifts, one vector."""

    def __init__(self, head: Embedding) -> None:
        super().__init__()
        self.head = head

    def forward(self, third: Tensor, last: Tensor) -> Tensor:
        """Two blocks' activations [2, steps, 192] -> [1, 64], length one."""
        steps = torch.cat([third, last], dim=-1)
        vectors = self.head(steps, torch.ones_like(steps[..., 0]))
        return functional.normalize(vectors.mean(dim=0, keepdim=True), dim=-1)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Add the embedding to a model.")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True, help="model directory")
    parser.add_argument("--from", dest="trunk", type=Path, default=SHIPPED)
    options = parser.parse_args()
    state = load(options.run / "state.pt")
    head = Embedding().eval()
    head.load_state_dict(state.mean)
    plain = onnx.load(options.trunk)
    with tempfile.TemporaryDirectory() as folder:
        network = grafted(without(plain), head_graph(Grafted(head), Path(folder)))
    report = check(plain, network, Grafted(head))
    options.to.mkdir(parents=True, exist_ok=True)
    fresh = options.to / "model.onnx.new"
    onnx.save(network, fresh)
    report["megabytes"] = fresh.stat().st_size / 1e6
    os.replace(fresh, options.to / "model.onnx")
    print(f"step {state.step}; {json.dumps(report)}")


def head_graph(head: Grafted, folder: Path) -> onnx.ModelProto:
    """The head as a graph of its own, its matrices int8."""
    example = torch.randn(2, 2, 50, WIDTH // 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is the one that folds constants
        torch.onnx.export(
            head, (example[0], example[1]), str(folder / "full.onnx"),
            input_names=["third", "last"], output_names=[OUTPUT],
            dynamic_axes={"third": {1: "steps"}, "last": {1: "steps"}},
            opset_version=17, dynamo=False,
        )  # fmt: skip
    quantise(folder / "full.onnx", folder / "small.onnx")
    return onnx.load(folder / "small.onnx")


def without(network: onnx.ModelProto) -> onnx.ModelProto:
    """A copy without an earlier embedding."""
    plain = onnx.ModelProto()
    plain.CopyFrom(network)
    graph = plain.graph
    for part in (graph.node, graph.initializer, graph.input, graph.output):
        kept = [one for one in part if not one.name.startswith((PREFIX, OUTPUT))]
        del part[:]
        part.extend(kept)
    return plain


def grafted(network: onnx.ModelProto, head: onnx.ModelProto) -> onnx.ModelProto:
    """One network with both outputs; `network` is changed."""
    named = compose.add_prefix(head, PREFIX).graph
    taps = {f"{PREFIX}third": TAPS[0], f"{PREFIX}last": TAPS[1]}
    for number, node in enumerate(named.node):
        node.name = f"{PREFIX}{number}"
        for at, name in enumerate(node.input):
            node.input[at] = taps.get(name, name)
    del named.input[:]  # a branch takes what it needs from around it
    zeros = numpy_helper.from_array(np.zeros((1, DIMENSIONS), np.float32))
    nothing = helper.make_graph(
        [helper.make_node("Constant", [], [f"{PREFIX}zeros"], f"{PREFIX}zeros", value=zeros)],
        "nothing",
        [],
        [vector(f"{PREFIX}zeros")],
    )
    choice = helper.make_node(
        "If", [WANTED], [OUTPUT], f"{PREFIX}if", then_branch=named, else_branch=nothing
    )
    graph = network.graph
    graph.node.append(choice)
    graph.initializer.append(numpy_helper.from_array(np.array(True), WANTED))
    graph.input.append(helper.make_tensor_value_info(WANTED, onnx.TensorProto.BOOL, []))
    graph.output.append(vector(OUTPUT))
    onnx.checker.check_model(network)
    return network


def vector(name: str) -> onnx.ValueInfoProto:
    """An output of shape [1, 64]."""
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, DIMENSIONS])


def check(plain: onnx.ModelProto, network: onnx.ModelProto, head: Grafted) -> dict[str, float]:
    """Same logits to the bit; the same vector as torch; what it costs."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(plain)
    for tap in TAPS:
        tapped.graph.output.append(helper.make_tensor_value_info(tap, onnx.TensorProto.FLOAT, None))
    before, now, inside = session(plain), session(network), session(tapped)
    closest = 1.0
    for samples in examples():
        feed = {"input_values": samples[None]}
        logits, vector = now.run(["logits", OUTPUT], feed)
        wanted = before.run(["logits"], feed)[0]
        if not np.array_equal(wanted, logits) or not np.array_equal(
            wanted, now.run(["logits"], {**feed, **NOT})[0]
        ):
            raise SystemExit("graft: the logits are not the same bits as before")
        with torch.no_grad():
            taps = [torch.from_numpy(tap) for tap in inside.run(list(TAPS), feed)]
            closest = min(closest, float(vector[0] @ head(*taps)[0].numpy()))
    if closest < CLOSE:
        raise SystemExit(f"graft: the vector is not torch's (cosine {closest})")
    return {"cosine with torch": closest, **cost(before, now)}


def cost(
    before: onnxruntime.InferenceSession, now: onnxruntime.InferenceSession
) -> dict[str, float]:
    """Milliseconds of CPU for 2 s of sound: before, logits only, both outputs."""
    feed = {"input_values": next(s for s in examples() if len(s) == 2 * RATE)[None]}
    ways = {
        "ms before": lambda: before.run(["logits"], feed),
        "ms logits": lambda: now.run(["logits"], {**feed, **NOT}),
        "ms both": lambda: now.run(["logits", OUTPUT], feed),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(40):
        for name, way in ways.items():
            began = time.process_time()
            way()
            best[name] = min(best[name], 1e3 * (time.process_time() - began))
    return best


def examples() -> list[Samples]:
    """Speech-like noise of several lengths."""
    rng = np.random.default_rng(0)
    found = []
    for seconds in (0.1, 0.73, 2.0, 5.01):
        count = int(seconds * RATE)
        swell = np.repeat(rng.random(count // 800 + 1), 800)[:count]
        found.append((rng.standard_normal(count) * swell * 0.1).astype(np.float32))
    return found


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """A session on one thread, as the lamp's."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


if __name__ == "__main__":
    main()
