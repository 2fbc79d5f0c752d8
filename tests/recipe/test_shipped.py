"""The model directory that ships: complete, small, quiet in silence, the recipe's alphabet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from lamp.mailbox import frame
from lamp.messages import Transcript
from lamp.recorder.wav import read_recording
from lamp.simulate.repertoire import CLIPS, load_clips
from lamp.transcriber.ctc import best_path
from lamp.transcriber.partial import PartialHearing
from lamp.transcriber.transcriber import Transcriber
from models.recipe.hear import SHIPPED, Hearing
from models.recipe.letters import VOCABULARY


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    """The shipped model."""
    return Hearing(SHIPPED)


def test_it_has_the_hubs_layout() -> None:
    files = {path.name for path in SHIPPED.iterdir()}
    assert {"model.onnx", "vocab.json", "config.json", "preprocessor_config.json"} <= files
    assert (SHIPPED / "model.onnx").stat().st_size <= 8_000_000
    assert json.loads((SHIPPED / "config.json").read_text())["model_type"] == "wav2vec2"


def test_its_alphabet_is_the_recipes() -> None:
    vocabulary = json.loads((SHIPPED / "vocab.json").read_text(encoding="utf-8"))
    assert vocabulary == {symbol: number for number, symbol in enumerate(VOCABULARY)}


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-3, 1e-1, 1.0])
def test_silence_and_hiss_say_nothing_at_any_level(hearing: Hearing, level: float) -> None:
    hiss = np.random.default_rng(0).standard_normal(32_000).astype(np.float32) * level
    assert len(hearing.transcribe(hiss)) < 3


def test_any_length_is_heard(hearing: Hearing) -> None:
    for count in (1, 800, 16_001):
        assert isinstance(hearing.transcribe(np.zeros(count, np.float32)), str)


def test_partial_transcripts_are_the_final_one_as_far_as_they_are_settled() -> None:
    transcriber = Transcriber.from_directory(SHIPPED)
    said = [read_recording(CLIPS / clip.file).samples for clip in load_clips()[::12]]
    samples = np.concatenate(said)[: 9 * 16_000].astype(np.float32) / 32768
    final = transcriber.model.log_probabilities(samples)
    hearing = PartialHearing(transcriber.model)
    for end in range(4_000, len(samples) + 4_000, 4_000):
        text = hearing.hear(samples[:end])
        sure = (end - 8_000) // 320  # frames that have half a second of sound after them
        if 0 < sure < len(final):
            settled, _ = best_path(final[:sure], transcriber.model.directory.alphabet)
            assert text.startswith(settled)
    assert len(text) > 20
    assert text == transcriber.transcribe(samples).text


def test_what_may_have_been_heard_is_small_enough_to_send_and_to_keep() -> None:
    transcriber = Transcriber.from_directory(SHIPPED)
    said = [read_recording(CLIPS / clip.file).samples for clip in load_clips()[::12]]
    samples = np.concatenate(said)[: 6 * 16_000].astype(np.float32) / 32768  # no longer is heard
    heard = transcriber.transcribe(samples)
    told = Transcript("u1", heard.text, heard.confidence, 0, 6, 6, heard.soft.encode())
    assert len(heard.soft.slots) > len(heard.text.replace(" ", "")) > 20
    assert 500 < len(frame.pack(*frame.encode(told), 0)) < 4096


def test_nobody_is_named_in_the_folder() -> None:
    for path in Path(SHIPPED).iterdir():
        assert path.suffix in {".onnx", ".json", ".md", ".svg"}


def test_logits_come_first_and_a_vector_of_length_one_second() -> None:
    session = embedding_session()
    assert [output.name for output in session.get_outputs()] == ["logits", "embedding"]
    hiss = np.random.default_rng(0).standard_normal((1, 20_000)).astype(np.float32) * 0.01
    logits, vector = session.run(None, {"input_values": hiss})
    assert logits.shape == (1, 63, 32)
    assert vector.shape == (1, 64)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-4)


def test_the_same_words_later_softer_and_in_hiss_are_more_alike_than_other_words() -> None:
    session, rng = embedding_session(), np.random.default_rng(0)
    clips = [read_recording(CLIPS / clip.file).samples / 32768 for clip in load_clips()[::6]]

    def embedded(samples: np.ndarray) -> np.ndarray:
        feed = {"input_values": samples[None].astype(np.float32)}
        return session.run(["embedding"], feed)[0][0]

    def elsewhere(samples: np.ndarray) -> np.ndarray:
        later = np.concatenate([np.zeros(4_800), 0.2 * samples, np.zeros(3_200)])
        return later + 0.001 * rng.standard_normal(len(later))

    here = np.stack([embedded(clip) for clip in clips])
    there = np.stack([embedded(elsewhere(clip)) for clip in clips])
    similar = here @ there.T
    assert len(clips) >= 5
    assert (similar.argmax(axis=1) == np.arange(len(clips))).mean() >= 0.9
    assert np.median(np.diag(similar)) > 0.8


def embedding_session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(SHIPPED / "model.onnx"))
