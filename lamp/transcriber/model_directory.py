"""A model directory in the hub's layout: what must lie in it, and what is wrong when it does not.

model.onnx                 input float32 [batch, samples], output logits [batch, frames, symbols]
vocab.json                 symbol -> column
config.json                model_type and pad_token_id of the checkpoint
preprocessor_config.json   sampling_rate, do_normalize
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamp.errors import AcousticModelError
from lamp.messages import SAMPLE_RATE
from lamp.transcriber.alphabet import Alphabet

FILES = ("model.onnx", "vocab.json", "config.json", "preprocessor_config.json")
AGAIN = "Copy it again, or name another under hearing.model in lamp.yaml"


@dataclass(frozen=True)
class ModelDirectory:
    """What is known of a model before it is loaded.

    Args:
        path: the directory.
        normalise: bring every utterance to mean 0 and variance 1 first.
        stride: samples between two frames of the output.
    """

    path: Path
    alphabet: Alphabet
    normalise: bool
    stride: int

    @property
    def onnx(self) -> Path:
        """The network itself."""
        return self.path / "model.onnx"


def read_model_directory(path: Path) -> ModelDirectory:
    """Check the directory at ``path``, all but the network.

    Raises:
        AcousticModelError: a file is missing, cut off, or belongs to another kind of model.
    """
    if not path.is_dir():
        raise AcousticModelError(f"there is no acoustic model at {path}. {AGAIN}")
    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        raise AcousticModelError(f"{path} lacks {', '.join(missing)}. {AGAIN}")
    vocabulary = _json(path / "vocab.json")
    config = _json(path / "config.json")
    preprocessor = _json(path / "preprocessor_config.json")
    rate = preprocessor.get("sampling_rate", SAMPLE_RATE)
    if rate != SAMPLE_RATE:
        raise AcousticModelError(
            f"{path} hears sound at {rate} Hz, the lamp at {SAMPLE_RATE}. Use a model for 16 kHz"
        )
    return ModelDirectory(
        path=path,
        alphabet=_alphabet(vocabulary, config, path),
        normalise=bool(preprocessor.get("do_normalize", True)),
        stride=_stride(config),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AcousticModelError(f"{path} is cut off or damaged. {AGAIN}") from error
    if not isinstance(tree, dict):
        raise AcousticModelError(f"{path} is not of the kind the hub writes. {AGAIN}")
    return tree


def _alphabet(vocabulary: dict[str, Any], config: dict[str, Any], path: Path) -> Alphabet:
    foreign = AcousticModelError(
        f"{path / 'vocab.json'} does not number its symbols 0, 1, 2, ... as a CTC model's does. "
        "Use a wav2vec2 model with a CTC head"
    )
    columns = {column: symbol for symbol, column in vocabulary.items() if isinstance(column, int)}
    if not columns or sorted(columns) != list(range(len(vocabulary))):
        raise foreign
    symbols = tuple(columns[column] for column in range(len(columns)))
    if any(unicodedata.category(letter) == "Cc" for letter in "".join(symbols)):
        raise AcousticModelError(  # they would reach the owner's terminal, and do things there
            f"{path / 'vocab.json'} has control characters among its symbols. {AGAIN}"
        )
    named = next((vocabulary[name] for name in ("<pad>", "[PAD]") if name in vocabulary), None)
    blank = config.get("pad_token_id", named)
    if not isinstance(blank, int) or not 0 <= blank < len(symbols):
        raise foreign
    delimiter = config.get("word_delimiter_token", "|")
    return Alphabet(symbols, blank, str(delimiter))


def _stride(config: dict[str, Any]) -> int:
    strides = config.get("conv_stride")
    if not isinstance(strides, list) or not all(
        type(stride) is int and 0 < stride < SAMPLE_RATE for stride in strides
    ):
        return 320  # 20 ms, as all wav2vec2 models
    product = 1
    for stride in strides:
        product *= stride
    return product
