from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamp.errors import AcousticModelError
from lamp.transcriber import add_model as adding
from lamp.transcriber import checkpoint as checkpoints
from lamp.transcriber.add_model import add_model
from lamp.transcriber.profile import ModelCost
from lamp.transcriber.transcriber import Transcriber

SYMBOLS = ["<pad>", "<s>", "</s>", "<unk>", "_", *"ETAONIHSRDLU"]


@pytest.fixture(scope="session")
def libraries() -> Any:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    return pytest.importorskip("transformers")


@pytest.fixture(scope="session")
def original(libraries: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint with random weights, in the hub's layout."""
    directory = tmp_path_factory.mktemp("hub") / "tiny-wav2vec2"
    config = libraries.Wav2Vec2Config(
        vocab_size=len(SYMBOLS),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[16] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    libraries.set_seed(1)
    network = libraries.Wav2Vec2ForCTC(config)
    network.lm_head.weight.data *= 50  # random, but sure of itself
    network.save_pretrained(directory)
    vocabulary = {symbol: column for column, symbol in enumerate(SYMBOLS)}
    write(directory / "vocab.json", vocabulary)
    write(directory / "tokenizer_config.json", {"word_delimiter_token": "_"})
    write(directory / "preprocessor_config.json", {"sampling_rate": 16_000, "do_normalize": True})
    return directory


@pytest.fixture
def checkpoint(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / original.name))


def write(path: Path, tree: object) -> None:
    path.write_text(json.dumps(tree))


def change(path: Path, **values: object) -> None:
    write(path, json.loads(path.read_text()) | values)


def refusal(name: Path | str, added: Path) -> str:
    with pytest.raises(AcousticModelError) as caught:
        list(add_model(str(name), added))
    assert not list(added.glob("*")), "nothing half done is left"
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.models
@pytest.mark.slow
def test_a_checkpoint_becomes_a_model_that_writes_the_same(
    libraries: Any, checkpoint: Path, tmp_path: Path
) -> None:
    import torch

    added = tmp_path / "added"
    lines = list(add_model(str(checkpoint), added))
    assert [path.name for path in added.iterdir()] == ["tiny-wav2vec2"]
    made = added / "tiny-wav2vec2"
    rng = np.random.default_rng(3)
    samples = (rng.standard_normal(24_000) * 0.1).astype(np.float32)
    model = Transcriber.from_directory(made).model
    heard = model.log_probabilities(samples)
    network = libraries.Wav2Vec2ForCTC.from_pretrained(checkpoint).eval()
    prepared = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.no_grad():
        wanted = network(torch.from_numpy(prepared[None])).logits[0].log_softmax(-1).numpy()
    assert heard.shape == wanted.shape
    assert (heard.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.95
    assert model.directory.alphabet.delimiter == "_"
    assert model.directory.normalise
    told = "\n".join(lines)
    assert "million parameters" in lines[0]
    assert "which deviates by" in told
    assert "this machine carries it easily" in told
    assert "hearing: {model: tiny-wav2vec2}" in lines[-1]


@pytest.mark.models
@pytest.mark.slow
def test_a_model_of_the_same_name_is_replaced(checkpoint: Path, tmp_path: Path) -> None:
    added = tmp_path / "added"
    (added / "tiny-wav2vec2").mkdir(parents=True)
    (added / "tiny-wav2vec2" / "old.txt").touch()
    list(add_model(str(checkpoint), added))
    assert not (added / "tiny-wav2vec2" / "old.txt").exists()
    assert [path.name for path in added.iterdir()] == ["tiny-wav2vec2"]


@pytest.mark.models
def test_another_architecture_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    change(checkpoint / "config.json", model_type="hubert", architectures=["HubertModel"])
    assert "is a hubert model (HubertModel)" in refusal(checkpoint, tmp_path / "added")


@pytest.mark.models
def test_a_model_without_a_ctc_head_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    change(checkpoint / "config.json", architectures=["Wav2Vec2ForPreTraining"])
    told = refusal(checkpoint, tmp_path / "added")
    assert "not a wav2vec2 with a CTC head. Use one that is" in told


@pytest.mark.models
@pytest.mark.parametrize("vocabulary", [None, {}, {"eng": {"a": 0}}, {"a": 0, "b": 7}])
def test_a_tokenizer_that_is_not_ctc_is_refused(
    checkpoint: Path, tmp_path: Path, vocabulary: object
) -> None:
    (checkpoint / "vocab.json").unlink()
    if vocabulary is not None:
        write(checkpoint / "vocab.json", vocabulary)
    assert "is not a CTC one" in refusal(checkpoint, tmp_path / "added")


@pytest.mark.models
def test_a_vocabulary_of_another_size_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    write(checkpoint / "vocab.json", {symbol: n for n, symbol in enumerate(SYMBOLS[:-1])})
    assert "writes 17 symbols, its vocab.json has 16" in refusal(checkpoint, tmp_path / "added")


@pytest.mark.models
def test_cut_off_weights_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    weights = checkpoint / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    assert "cannot be loaded" in refusal(checkpoint, tmp_path / "added")


@pytest.mark.models
def test_pickled_weights_are_never_opened(checkpoint: Path, tmp_path: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert "model.safetensors" in refusal(checkpoint, tmp_path / "added")


@pytest.mark.models
def test_an_empty_directory_is_refused(libraries: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "not a checkpoint" in refusal(tmp_path / "empty", tmp_path / "added")


@pytest.mark.models
@pytest.mark.slow
def test_a_hub_that_does_not_answer_is_told_in_one_line(libraries: Any, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path\n"
        "from lamp.errors import AcousticModelError\n"
        "from lamp.transcriber.add_model import add_model\n"
        "try:\n"
        f"    list(add_model('nobody/nothing', Path({str(tmp_path)!r})))\n"
        "except AcousticModelError as error:\n"
        "    print(error)\n"
    )
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=offline, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("cannot fetch nobody/nothing: the hub does not answer")
    assert done.stdout.count("\n") == 1


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(checkpoints.importlib, "import_module", absent)
    assert "pip install '.[models]'" in refusal("some/model", tmp_path / "added")


@pytest.mark.parametrize(
    ("factor", "memory", "words"),
    [
        (0.05, 60e6, "carries it easily"),
        (0.5, 60e6, "with some waiting"),
        (1.2, 60e6, "cannot carry it: .* slower than people talk"),
        (0.05, 900e6, "cannot carry it: .* 90% of its memory"),
    ],
)
def test_the_verdict_is_about_this_machine(
    monkeypatch: pytest.MonkeyPatch, factor: float, memory: float, words: str
) -> None:
    monkeypatch.setattr(adding, "memory_of_this_machine", lambda: 1_000_000_000)
    told = adding._verdict(ModelCost(1.0, factor, factor, int(memory)))
    assert re.search(words, told)
