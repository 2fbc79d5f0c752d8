"""Which engine hears: the model directory of lamp.yaml, or one that somebody else wrote.

`hearing.model: package.module:function` names a function that gets the configuration and
returns an :class:`Engine`; docs/hearing.md has one as an example.
"""

from __future__ import annotations

import importlib
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamp.config import Config
from lamp.errors import AcousticModelError
from lamp.transcriber.model_path import added_models, find_model
from lamp.transcriber.transcriber import Transcriber, Transcription


class Follower(Protocol):
    """Follows one utterance while it is being said."""

    def hear(self, samples: NDArray[np.float32]) -> str:
        """The text of all samples so far: float32 [n], 16 kHz mono, -1..1."""


class Engine(Protocol):
    """Anything that writes down what it hears; consistency matters, spelling does not."""

    def transcribe(self, samples: NDArray[np.float32]) -> Transcription:
        """Of a whole utterance: float32 [n], 16 kHz mono, -1..1."""

    def follow(self) -> Follower:
        """For an utterance that begins now."""


def make_engine(config: Config) -> Engine:
    """The engine that ``hearing.model`` names.

    Raises:
        AcousticModelError: there is no such engine or model, or it cannot be used.
    """
    name = config.hearing.model
    module, colon, function = name.partition(":")
    if not colon:
        path = find_model(name, added_models(config))
        return Transcriber.from_directory(path, config.hearing.threads)
    try:
        engine: Engine = getattr(importlib.import_module(module), function)(config)
    except (ImportError, AttributeError) as error:
        raise AcousticModelError(
            f"there is no engine {name} ({error}). "
            "Install it, or name a model directory under hearing.model"
        ) from error
    return engine
