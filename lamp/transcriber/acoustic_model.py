"""The network: samples in, log probabilities of symbols out, and one vector for all of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamp.errors import AcousticModelError
from lamp.transcriber.model_directory import AGAIN, ModelDirectory, read_model_directory

SHORTEST = 800  # samples, 50 ms; a convolution needs something to slide over
FAINTEST = 9 / 32768  # peak; below it there is only the converter's own noise
# As the hub's feature extractor: it also keeps near silence from being blown up to full scale.
VARIANCE_FLOOR = 1e-7
# Its memory grows by what is asked for, not by doubling. Without an arena malloc's own heap comes
# to hold more after a long utterance, and gives no more of it back.
PROCESSOR = ("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})

LogProbabilities = NDArray[np.float32]  # shape [frames, symbols]
Embedding = NDArray[np.float32]  # shape [dimensions], of length one; [0] where there is none
NO_EMBEDDING: Embedding = np.empty(0, np.float32)
EMBEDDING = "embedding"  # the output of a model that has one
WANTED = "embedding_wanted"  # its input with a default: without it the vector costs nothing


class AcousticModel:
    """A wav2vec2 CTC model under onnxruntime.

    Args:
        path: a model directory.
        threads: CPU threads to use.

    Raises:
        AcousticModelError: the directory cannot be used.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.directory: ModelDirectory = read_model_directory(path)
        self._session = _session(self.directory, threads)
        self._input = _only(self._session.get_inputs(), "input", path)
        outputs = [output.name for output in self._session.get_outputs()]
        self._output = outputs[0]
        self._embeds = EMBEDDING in outputs
        self._check()

    @property
    def stride(self) -> int:
        """Samples between two frames."""
        return self.directory.stride

    def log_probabilities(self, samples: NDArray[np.float32]) -> LogProbabilities:
        """Of every symbol in every frame of 20 ms; natural logarithms, shape [frames, symbols].

        Args:
            samples: float32, shape [n], 16 kHz mono, -1..1. No frames for near silence.
        """
        return self._heard(samples, embedded=False)[0]

    def hear(self, samples: NDArray[np.float32]) -> tuple[LogProbabilities, Embedding]:
        """The same, and the utterance as one vector, where the model has such an output."""
        return self._heard(samples, embedded=self._embeds)

    def _heard(
        self, samples: NDArray[np.float32], embedded: bool
    ) -> tuple[LogProbabilities, Embedding]:
        columns = len(self.directory.alphabet.symbols)
        if not len(samples) or float(np.abs(samples).max()) <= FAINTEST:
            return np.empty((0, columns), np.float32), NO_EMBEDDING
        logits, embedding = self._run(self._prepared(samples), embedded)
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits, embedding

    def _prepared(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        samples = np.asarray(samples, np.float32)
        if self.directory.normalise:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + VARIANCE_FLOOR)
        if len(samples) < SHORTEST:
            samples = np.pad(samples, (0, SHORTEST - len(samples)))
        return samples

    def _run(
        self, samples: NDArray[np.float32], embedded: bool
    ) -> tuple[NDArray[np.float32], Embedding]:
        inputs = {self._input: samples[None]}
        if embedded:
            logits, vectors = self._session.run([self._output, EMBEDDING], inputs)
            return np.asarray(logits[0], np.float32), np.asarray(vectors[0], np.float32)
        if self._embeds:
            inputs[WANTED] = np.array(False)
        logits = self._session.run([self._output], inputs)[0]
        return np.asarray(logits[0], np.float32), NO_EMBEDDING

    def _check(self) -> None:
        """Run once: a foreign network is found out here, and the first sentence comes fast."""
        path, columns = self.directory.path, len(self.directory.alphabet.symbols)
        try:
            logits, _ = self._run(np.zeros(8000, np.float32), self._embeds)
        except Exception as error:  # onnxruntime has no public tree of exceptions
            raise AcousticModelError(
                f"the network of {path} cannot hear plain sound ({_short(error)}). {AGAIN}"
            ) from error
        if logits.ndim != 2 or logits.shape[1] != columns:
            raise AcousticModelError(
                f"the network of {path} writes {logits.shape[-1]} symbols, its vocab.json has "
                f"{columns}. {AGAIN}"
            )


def _session(directory: ModelDirectory, threads: int) -> Any:
    # Nothing leaves the machine: to be said before the library is loaded.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # no two utterances are of one length
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights that are stored as int8 are for the disk: computing with int8 sounds too would make
    # a frame depend on how much sound is in the window, and partial transcripts differ.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        return onnxruntime.InferenceSession(str(directory.onnx), options, providers=[PROCESSOR])
    except Exception as error:
        raise AcousticModelError(
            f"{directory.onnx} is cut off, damaged or no ONNX network ({_short(error)}). {AGAIN}"
        ) from error


def _only(inputs: list[Any], what: str, path: Path) -> str:
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 2:
        wanted = ", ".join(f"{value.name} {value.type} {value.shape}" for value in inputs)
        raise AcousticModelError(
            f"the network of {path} wants as {what}: {wanted}; the lamp has float [1, samples]. "
            "Use a wav2vec2 model with a CTC head"
        )
    return str(inputs[0].name)


def _short(error: Exception) -> str:
    """The first words of a long complaint, on one line."""
    return " ".join(str(error).split())[:120]
