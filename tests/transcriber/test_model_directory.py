from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from lamp.errors import EXIT_MODEL, AcousticModelError, exit_code
from lamp.transcriber.acoustic_model import AcousticModel
from lamp.transcriber.model_directory import FILES, read_model_directory
from tests.transcriber.beeps import SYMBOLS, network, write_model


@pytest.fixture
def directory(beep_directory: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(beep_directory, tmp_path / "copy"))


def refusal(path: Path) -> str:
    with pytest.raises(AcousticModelError) as caught:
        AcousticModel(path)
    assert exit_code(caught.value) == EXIT_MODEL
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(". ") >= 1, "it says what is wrong, and what to do"
    return message


def rewrite(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    tree = json.loads(path.read_text())
    change(tree)
    path.write_text(json.dumps(tree))


def test_a_whole_directory_is_read(directory: Path) -> None:
    known = read_model_directory(directory)
    assert known.alphabet.symbols == SYMBOLS
    assert (known.alphabet.blank, known.stride, known.normalise) == (0, 320, False)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    assert "there is no acoustic model at" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    assert f"lacks {name}" in refusal(directory)


@pytest.mark.parametrize("name", FILES)
def test_a_cut_off_file_is_refused(directory: Path, name: str) -> None:
    whole = (directory / name).read_bytes()
    (directory / name).write_bytes(whole[: len(whole) // 2])
    assert name in refusal(directory)


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_bytes(b"")
    assert refusal(directory)


@pytest.mark.parametrize("name", FILES)
def test_noise_in_place_of_a_file_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_bytes(bytes(range(256)) * 8)
    assert name in refusal(directory)


def test_a_list_in_place_of_a_dictionary_is_refused(directory: Path) -> None:
    (directory / "config.json").write_text("[1, 2]")
    assert "not of the kind the hub writes" in refusal(directory)


def test_a_vocabulary_that_is_nested_without_end_is_refused(directory: Path) -> None:
    (directory / "vocab.json").write_text("[" * 100_000)
    assert "vocab.json is cut off or damaged" in refusal(directory)


def test_symbols_that_would_act_upon_a_terminal_are_refused(directory: Path) -> None:
    def change(tree: dict[str, object]) -> None:
        tree["\x1b[2J"] = tree.pop(SYMBOLS[-1])

    rewrite(directory / "vocab.json", change)
    assert "has control characters" in refusal(directory)


@pytest.mark.parametrize("strides", [[0, 2], [-5], [10**9], [True], "5", None])
def test_strides_that_are_none_are_those_of_all_models(directory: Path, strides: object) -> None:
    rewrite(directory / "config.json", lambda tree: tree.update(conv_stride=strides))
    assert read_model_directory(directory).stride == 320


def test_a_vocabulary_with_holes_is_refused(directory: Path) -> None:
    rewrite(directory / "vocab.json", lambda tree: tree.pop("c"))
    assert "does not number its symbols" in refusal(directory)


def test_a_vocabulary_without_a_blank_is_refused(directory: Path) -> None:
    rewrite(directory / "config.json", lambda tree: tree.pop("pad_token_id"))
    vocabulary = {symbol.replace("<pad>", "x"): n for n, symbol in enumerate(SYMBOLS)}
    (directory / "vocab.json").write_text(json.dumps(vocabulary))
    assert "CTC head" in refusal(directory)


def test_the_blank_is_found_by_its_name_too(directory: Path) -> None:
    rewrite(directory / "config.json", lambda tree: tree.pop("pad_token_id"))
    assert read_model_directory(directory).alphabet.blank == 0


def test_another_sampling_rate_is_refused(directory: Path) -> None:
    rewrite(directory / "preprocessor_config.json", lambda tree: tree.update(sampling_rate=8000))
    assert "8000 Hz" in refusal(directory)


def test_a_network_with_other_symbols_than_the_vocabulary_is_refused(directory: Path) -> None:
    (directory / "model.onnx").write_bytes(network(columns=12).SerializeToString())
    assert "writes 12 symbols, its vocab.json has 11" in refusal(directory)


def test_a_network_that_wants_something_else_than_sound_is_refused(directory: Path) -> None:
    shape = [1, 80, "frames"]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["mel"], ["out"])],
        "spectrogram",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
    )
    foreign = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(foreign, directory / "model.onnx")
    assert "wants as input: mel" in refusal(directory)


def test_a_network_that_wants_sound_of_one_length_is_refused(directory: Path) -> None:
    model = network()
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 16_000
    (directory / "model.onnx").write_bytes(model.SerializeToString())
    assert "cannot hear plain sound" in refusal(directory)


def test_normalising_models_are_told_apart(tmp_path: Path) -> None:
    assert read_model_directory(write_model(tmp_path / "loud", normalise=True)).normalise
