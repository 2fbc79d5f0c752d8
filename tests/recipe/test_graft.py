"""A second output on the shipped network: the first one stays what it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [models]")
pytest.importorskip("onnx", reason="needs the extra [models]")

import onnx  # noqa: E402
import onnxruntime  # noqa: E402

from models.recipe.activations import SHIPPED  # noqa: E402
from models.recipe.embedding import Embedding  # noqa: E402
from models.recipe.graft import (  # noqa: E402
    NOT,
    OUTPUT,
    PREFIX,
    Grafted,
    check,
    examples,
    grafted,
    head_graph,
    session,
    without,
)  # fmt: skip


@pytest.fixture(scope="module")
def head() -> Grafted:
    torch.manual_seed(0)
    return Grafted(Embedding().eval())


@pytest.fixture(scope="module")
def network(head: Grafted, tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    folder = tmp_path_factory.mktemp("head")
    return grafted(without(onnx.load(SHIPPED)), head_graph(head, folder))


def test_logits_are_the_same_bits_and_the_vector_is_torchs(
    head: Grafted, network: onnx.ModelProto
) -> None:
    report = check(without(onnx.load(SHIPPED)), network, head)
    assert report["cosine with torch"] > 0.999


def test_a_fresh_graft_replaces_the_old_one(network: onnx.ModelProto) -> None:
    plain = without(network)
    assert [output.name for output in plain.graph.output] == ["logits"]
    assert not [node.name for node in plain.graph.node if node.name.startswith(PREFIX)]


def test_the_vector_has_length_one_for_any_length(network: onnx.ModelProto) -> None:
    running = session(network)
    for samples in examples():
        vector = running.run([OUTPUT], {"input_values": samples[None]})[0]
        assert vector.shape == (1, 64)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_who_does_not_want_the_vector_does_not_pay_for_it(
    network: onnx.ModelProto, tmp_path: Path
) -> None:
    def computed(feed: dict[str, np.ndarray]) -> set[str]:
        options = onnxruntime.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(tmp_path / "profile")
        running = onnxruntime.InferenceSession(network.SerializeToString(), options)
        running.run(["logits"], {"input_values": examples()[1][None], **feed})
        events = json.loads(Path(running.end_profiling()).read_text())
        return {event["name"] for event in events if event["cat"] == "Node"}

    def of_the_head(names: set[str]) -> set[str]:
        return {name for name in names if name.startswith(PREFIX)}

    assert len(of_the_head(computed({}))) > 20
    spared = computed(NOT)
    assert len(spared) > 50
    assert len(of_the_head(spared)) <= 4  # the `If` itself and its zeros


def test_the_lamp_sees_one_input_and_zeros_where_the_vector_is_not_wanted(
    network: onnx.ModelProto,
) -> None:
    running = session(network)
    assert [one.name for one in running.get_inputs()] == ["input_values"]
    vector = running.run([OUTPUT], {"input_values": examples()[0][None], **NOT})[0]
    assert vector.shape == (1, 64)
    assert not vector.any()
