"""A wav2vec2 CTC checkpoint of the hub, or of a directory in the hub's layout.

Needs torch and transformers (the extra `models`), on the machine that adds a model only.
"""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamp.errors import AcousticModelError

EXAMPLE = "for instance facebook/wav2vec2-base-960h"


@dataclass(frozen=True)
class Checkpoint:
    """What was loaded.

    Args:
        network: a torch module in evaluation mode; float [1, samples] -> .logits.
        vocabulary: symbol -> column.
        config: for config.json.
        preprocessor: for preprocessor_config.json.
    """

    name: str
    network: Any
    vocabulary: dict[str, int]
    config: dict[str, Any]
    preprocessor: dict[str, Any]


def load_library(name: str) -> Any:
    """One of the modules that only this part of the lamp needs.

    Raises:
        AcousticModelError: the extra is not installed.
    """
    # Nothing is told to the hub about this machine.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise AcousticModelError(
            f"adding a model needs {name.partition('.')[0]}. "
            "Install it once, in the lamp's directory: pip install '.[models]'"
        ) from error


def load_checkpoint(name: str) -> Checkpoint:
    """The checkpoint called ``name`` on the hub, or lying at the path ``name``.

    Raises:
        AcousticModelError: it cannot be had, or is no wav2vec2 CTC model for 16 kHz.
    """
    transformers = load_library("transformers")
    load_library("torch")
    config = _config(transformers, name)
    vocabulary = _vocabulary(name)
    delimiter = _optional(name, "tokenizer_config.json").get("word_delimiter_token", "|")
    try:
        network = transformers.Wav2Vec2ForCTC.from_pretrained(
            # Never a pickle: it could run anything.
            name,
            use_safetensors=True,
            trust_remote_code=False,
            attn_implementation="eager",
        ).eval()
    except Exception as error:  # of three libraries, which share no tree of exceptions
        raise AcousticModelError(
            f"the weights of {name} cannot be loaded ({_short(error)}). "
            f"Use a checkpoint with a whole model.safetensors, {EXAMPLE}"
        ) from error
    if config.vocab_size != len(vocabulary):
        raise AcousticModelError(
            f"{name} writes {config.vocab_size} symbols, its vocab.json has {len(vocabulary)}. "
            f"Use a checkpoint whose parts fit, {EXAMPLE}"
        )
    return Checkpoint(
        name=name,
        network=network,
        vocabulary=vocabulary,
        config=config.to_dict() | {"word_delimiter_token": delimiter},
        preprocessor={"sampling_rate": 16_000, "do_normalize": True}
        | _optional(name, "preprocessor_config.json"),
    )


def _config(transformers: Any, name: str) -> Any:
    try:
        config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise AcousticModelError(_unreachable(name, error)) from error
    kinds = config.architectures or ["nothing that it would name"]
    if config.model_type != "wav2vec2" or not any(kind.endswith("ForCTC") for kind in kinds):
        raise AcousticModelError(
            f"{name} is a {config.model_type} model ({kinds[0]}), not a wav2vec2 with a CTC head. "
            f"Use one that is, {EXAMPLE}"
        )
    return config


def _vocabulary(name: str) -> dict[str, int]:
    vocabulary = _optional(name, "vocab.json")
    columns = sorted(column for column in vocabulary.values() if isinstance(column, int))
    if not vocabulary or columns != list(range(len(vocabulary))):
        raise AcousticModelError(
            f"the tokenizer of {name} is not a CTC one: it has no vocab.json that numbers its "
            f"symbols 0, 1, 2, ... Use another checkpoint, {EXAMPLE}"
        )
    return vocabulary


def _optional(name: str, file: str) -> dict[str, Any]:
    """A JSON file of the checkpoint; empty if it has none."""
    hub = load_library("transformers.utils.hub")
    found = hub.cached_file(
        name,
        file,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    if found is None:
        return {}
    try:
        tree = json.loads(Path(found).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AcousticModelError(f"{file} of {name} is damaged. Fetch it again") from error
    return tree if isinstance(tree, dict) else {}


def _unreachable(name: str, error: Exception) -> str:
    if Path(name).expanduser().exists():
        return f"{name} is not a checkpoint in the hub's layout ({_short(error)}). Check its files"
    return (
        f"cannot fetch {name}: the hub does not answer, or has no such model. "
        f"Check the network and the name, {EXAMPLE}, or name a directory that holds a copy"
    )


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
