from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamp.soft_text import NOTHING_HEARD, SoftText
from lamp.transcriber.acoustic_model import AcousticModel
from lamp.transcriber.partial import BEFORE, PartialHearing
from lamp.transcriber.transcriber import Transcriber, Transcription, as_float
from tests.transcriber.beeps import SYMBOLS, say, write_model


@pytest.mark.parametrize("text", ["a", "abc", "fade", "bee", "a cab faced ed"])
def test_beeps_are_spelled(transcriber: Transcriber, text: str) -> None:
    heard = transcriber.transcribe(say(text))
    assert heard.text == text
    assert heard.confidence > 0.8


def test_clear_sound_leaves_no_doubt(transcriber: Transcriber) -> None:
    soft = transcriber.transcribe(say("bad")).soft
    assert [slot[0][0] for slot in soft.slots] == ["b", "a", "d"]
    assert soft.grams(3)["bad"] > 0.8
    assert soft.best == "bad"


def heard_as(transcriber: Transcriber, *weights: float) -> Transcription:
    """Of frames between blanks, in each of which one letter has its weight and blank the rest."""
    table = np.full((2 * len(weights) + 1, len(SYMBOLS)), 1e-6)
    table[1::2, SYMBOLS.index("a")] = weights
    table[:, 0] = 1 - table[:, 1:].sum(axis=1)
    return transcriber.read(np.log(table).astype(np.float32), {})


def test_a_word_that_the_best_path_leaves_out_is_heard(transcriber: Transcriber) -> None:
    heard = heard_as(transcriber, 0.4, 0.2, 0.45)
    assert heard.text == heard.soft.best == ""
    assert [slot[0][1] for slot in heard.soft.slots] == pytest.approx([0.4, 0.2, 0.45])


def test_noise_stays_quiet(transcriber: Transcriber) -> None:
    assert heard_as(transcriber, 0.2, 0.25, 0.29).soft == NOTHING_HEARD


def test_an_engine_that_cannot_tell_is_certain_of_every_letter() -> None:
    assert Transcription("lumos", 0.5).soft == SoftText.of_text("lumos")
    assert Transcription("", 0.0).soft == NOTHING_HEARD


@pytest.mark.parametrize("length", [0, 1, 160, 16_000])
def test_silence_of_any_length_is_no_text(transcriber: Transcriber, length: int) -> None:
    heard = transcriber.transcribe(np.zeros(length, np.float32))
    assert (heard.text, heard.confidence, heard.soft) == ("", 0.0, NOTHING_HEARD)


def test_dither_is_not_blown_up_to_speech(tmp_path: Path) -> None:
    transcriber = Transcriber.from_directory(write_model(tmp_path / "m", normalise=True))
    rng = np.random.default_rng(0)
    dither = rng.integers(-8, 9, 16_000).astype(np.float32) / 32768
    assert transcriber.transcribe(dither).text == ""


def test_a_very_short_sound_is_heard_without_failing(transcriber: Transcriber) -> None:
    beep = say("a")[1000:1100]
    assert np.abs(beep).max() > 0.1
    assert transcriber.transcribe(beep).text in ("", "a")


def test_a_normalising_model_hears_the_same_from_afar(tmp_path: Path) -> None:
    transcriber = Transcriber.from_directory(write_model(tmp_path / "m", normalise=True))
    texts = {transcriber.transcribe(say("face") * gain).text for gain in (1.0, 0.1, 0.02)}
    assert texts == {"face"}


def test_stages_are_timed(beep_model: AcousticModel) -> None:
    ticks = iter(range(10))
    heard = Transcriber(beep_model, timer=lambda: next(ticks)).transcribe(say("a"))
    assert heard.stages == {"model": 1, "decode": 1}


def test_pcm_becomes_numbers_between_minus_one_and_one() -> None:
    pcm = np.array([-32768, 0, 16384], "<i2").tobytes()
    assert as_float(pcm).tolist() == [-1.0, 0.0, 0.5]


def test_telemetry_is_off_before_the_library_is_loaded(beep_directory: Path) -> None:
    program = (
        "import sys, os\n"
        "class Spy:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime':\n"
        "            assert os.environ.get('ORT_DISABLE_TELEMETRY') == '1'\n"
        "            print('asked')\n"
        "sys.meta_path.insert(0, Spy())\n"
        "from pathlib import Path\n"
        "from lamp.transcriber.acoustic_model import AcousticModel\n"
        f"AcousticModel(Path({str(beep_directory)!r}))\n"
    )
    bare = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=bare, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "asked", done.stderr


def parts(samples: np.ndarray, every: float = 0.25) -> list[np.ndarray]:
    step = round(every * 16_000)
    return [samples[:end] for end in range(step, len(samples) + step, step)]


def test_partial_transcripts_are_the_beginning_of_the_final_one(
    transcriber: Transcriber,
) -> None:
    samples = say("abc fed cab bad dad ace bee fade decade")
    final = transcriber.transcribe(samples).text
    hearing = PartialHearing(transcriber.model)
    texts = [hearing.hear(part) for part in parts(samples)]
    for text in texts:
        assert final.startswith(text[:-1]), "only the last character may still change"
    assert texts[-1] == final
    assert len({*texts}) > 20


def test_partial_transcripts_cost_as_much_as_the_utterance_is_long(
    beep_model: AcousticModel,
) -> None:
    costs = []
    for text in ("fade " * 16, "fade " * 32):
        hearing = PartialHearing(beep_model)
        samples = say(text)
        for part in parts(samples):
            hearing.hear(part)
        costs.append(hearing.heard / len(samples))
    assert costs[1] < 1.15 * costs[0], "twice the length must not cost more per second"
    assert costs[1] < (BEFORE + 1.2) / 0.25


def test_a_lost_partial_changes_nothing(beep_model: AcousticModel) -> None:
    samples = say("abc fed cab bad dad ace")
    every, some = PartialHearing(beep_model), PartialHearing(beep_model)
    for number, part in enumerate(parts(samples)):
        text = every.hear(part)
        if number % 3 == 0:
            assert some.hear(part) == text
