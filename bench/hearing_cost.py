"""What hearing costs, and what it takes for speech that is none.

    python -m bench.hearing_cost [--noise FOLDER] [--speech FOLDER]

CPU of the recorder in silence, noise and speech; false triggers on made-up noise and, with
--noise, on a folder of recordings of noise (WAV or FLAC, 16 kHz); what is noticed of a folder
of speech with an index.csv of file and set, and of the shipped clips, whistles among them;
CPU, time and memory of the transcriber with the shipped model; how partial transcripts agree
with final ones. webrtcvad stands beside where installed.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from lamp.config import Audio, Config
from lamp.messages import SAMPLE_RATE, Utterance
from lamp.recorder.block import BLOCK, Block
from lamp.recorder.recorder import Recorder
from lamp.recorder.voice import SileroVoice
from lamp.recorder.wav import read_recording
from lamp.simulate.repertoire import CLIPS
from lamp.transcriber.model_path import added_models, find_model
from lamp.transcriber.partial import PartialHearing
from lamp.transcriber.profile import profile
from lamp.transcriber.transcriber import Transcriber, as_float

Sound = NDArray[np.int16]
ROOM = 12.0  # RMS of the quiet room, steps of 16 bit (-69 dB)
MOST = 100  # recordings of a set
RNG = np.random.default_rng(0)
MEMORY_OF_RECORDER = """
import numpy as np
from lamp.config import Audio
from lamp.recorder.block import Block
from lamp.recorder.recorder import Recorder
from lamp.recorder.voice import SileroVoice
from lamp.transcriber.profile import peak_memory
import lamp.runtime.entry_point, lamp.recorder.process
recorder = Recorder(Audio(), SileroVoice(), str)
noise = np.random.default_rng(0).integers(-3000, 3000, 160_000).astype(np.int16)
for start in range(0, 160_000, 512):
    recorder.hear(Block(noise[start : start + 512], start / 16_000))
print(peak_memory() / 1e6)
"""


def hiss(seconds: float, rms: float) -> Sound:
    """White noise."""
    noise = RNG.standard_normal(round(seconds * SAMPLE_RATE)) * rms
    return np.clip(noise, -32768, 32767).astype(np.int16)


def noises() -> dict[str, Sound]:
    """A minute each of what a lamp hears that is no speech."""
    count = 60 * SAMPLE_RATE
    time = np.arange(count) / SAMPLE_RATE
    brown = np.cumsum(RNG.standard_normal(count))
    brown -= np.convolve(brown, np.ones(4001) / 4001, "same")
    hum = sum(np.sin(2 * np.pi * 50 * harmonic * time) / harmonic for harmonic in (1, 2, 3, 5))
    claps = RNG.standard_normal(count) * np.exp(-(time % 2.5) / 0.02) * 9000
    fan = RNG.standard_normal(count) * 600 * (1 + 0.3 * np.sin(2 * np.pi * 0.4 * time))
    parts = {
        "digital silence": np.zeros(count),
        "room": np.zeros(count),
        "white, loud": RNG.standard_normal(count) * 2000,
        "brown": brown / brown.std() * 1500,
        "hum of 50 Hz": hum * 1500,
        "fan that swells": fan,
        "claps": claps,
        "steady tone": 2000 * np.sin(2 * np.pi * 1000 * time),
    }
    room = {name: 0.0 if name == "digital silence" else ROOM for name in parts}
    return {
        name: np.clip(part + hiss(60, room[name]), -32768, 32767).astype(np.int16)
        for name, part in parts.items()
    }


def play(sound: Sound, audio: Audio) -> tuple[list[Utterance], float]:
    """The utterances in ``sound``, and CPU seconds a second of sound."""
    recorder = Recorder(audio, SileroVoice(), lambda started: f"{started:.2f}")
    told = []
    began = process_time()
    for start in range(0, len(sound) - BLOCK, BLOCK):
        told += recorder.hear(Block(sound[start : start + BLOCK], start / SAMPLE_RATE))
    took = (process_time() - began) / (len(sound) / SAMPLE_RATE)
    return [one for one in told if isinstance(one, Utterance) and one.final], took


def webrtc(sound: Sound) -> str:
    """Share of 20 ms frames that webrtcvad (mode 3) takes for speech."""
    if importlib.util.find_spec("webrtcvad") is None:
        return "-"
    import webrtcvad  # noqa: PLC0415

    detector = webrtcvad.Vad(3)
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    share = np.mean([detector.is_speech(frame.tobytes(), SAMPLE_RATE) for frame in frames])
    return f"{share:.0%}"


def recorder_on_noise(folder: Path | None) -> None:
    """Print CPU and false triggers."""
    print(f"{'a minute of':20} {'CPU %':>6} {'utterances':>10} {'webrtcvad frames':>17}")
    sounds = noises()
    if folder:
        sounds["recorded noise"] = np.concatenate(list(recordings(folder)))
    for name, sound in sounds.items():
        found, cpu = play(sound, Audio(partial_every=0))
        minutes = len(sound) / SAMPLE_RATE / 60
        print(f"{name:20} {100 * cpu:6.2f} {len(found) / minutes:10.1f} {webrtc(sound):>17}")


def recordings(folder: Path) -> Iterator[Sound]:
    """Every WAV and FLAC file, or those of a kitchen where there are such."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".wav", ".flac")]
    kitchen = [path for path in paths if path.name.startswith("noise-kitchen")]
    return (read(path) for path in kitchen or paths)


def read(path: Path) -> Sound:
    """A WAV or FLAC file of 16 kHz."""
    if path.suffix == ".wav":
        return read_recording(path).samples
    import soundfile  # noqa: PLC0415

    return soundfile.read(path, dtype="int16")[0]


def recorder_on_speech(folder: Path) -> None:
    """Print how many recordings of every set give an utterance, each out of a hush."""
    sets: dict[str, list[str]] = {}
    with (folder / "index.csv").open(encoding="utf-8") as index:
        for row in csv.DictReader(index):
            sets.setdefault(row["set"], []).append(row["file"])
    print()
    for name, files in sets.items():
        chosen = files[:: max(1, len(files) // MOST)]
        found = 0
        for file in chosen:
            sound = np.concatenate([hiss(1, ROOM / 3), read(folder / file), hiss(1.5, ROOM / 3)])
            found += bool(play(sound, Audio(partial_every=0))[0])
        print(f"noticed of {name}: {found} of {len(chosen)}")


def clips() -> dict[str, Sound]:
    """The shipped recordings."""
    return {path.stem: read_recording(path).samples for path in sorted(CLIPS.glob("*.wav"))}


def recorder_on_clips() -> list[Utterance]:
    """Print what is cut out of the shipped clips; the utterances."""
    heard, whole, missed, cpus = [], 0, [], []
    for name, clip in clips().items():
        sound = np.concatenate([hiss(2, ROOM), clip, hiss(1.5, ROOM)])
        found, cpu = play(sound, Audio())
        heard += found
        whole += len(found) == 1
        missed += [] if found else [name]
        cpus.append(cpu)
    print(f"\nclips in one piece: {whole} of {len(cpus)}; unheard: {', '.join(missed) or 'none'}")
    print(f"recorder's CPU while someone speaks: {100 * np.mean(cpus):.1f} %")
    command = [sys.executable, "-c", MEMORY_OF_RECORDER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(f"recorder's peak memory: {float(done.stdout):.0f} MB")
    return heard


def transcriber_on(heard: list[Utterance]) -> None:
    """Print CPU, time and memory with the shipped model."""
    config = Config()
    directory = find_model(config.hearing.model, added_models(config))
    once = profile(directory)
    print(
        f"\ntranscriber with {directory.name}: {100 * once.cpu:.2f} % CPU of the sound's time, "
        f"{once.load:.2f} s to load, {once.memory / 1e6:.0f} MB at the peak"
    )
    transcriber = Transcriber.from_directory(directory)
    took, cpu, cost, agreed, length = [], [], 0, [], 0
    for utterance in heard:
        samples = as_float(utterance.pcm)
        began, cpu_began = perf_counter(), process_time()
        final = transcriber.transcribe(samples).text
        took.append(perf_counter() - began)
        cpu.append(process_time() - cpu_began)
        hearing = PartialHearing(transcriber.model)
        for end in range(4000, len(samples), 4000):
            text = hearing.hear(samples[:end])
            agreed.append(final.startswith(text[:-2]))
        cost += hearing.heard
        length += len(samples)
    middle, slow = 1000 * np.percentile(took, [50, 95])
    print(
        f"from utterance to transcript: median {middle:.0f} ms, 95 % within {slow:.0f} ms; "
        f"CPU, median: {1000 * np.median(cpu):.0f} ms"
    )
    print(
        f"partial transcripts: {np.mean(agreed):.0%} begin the final one (all but 2 characters), "
        f"{cost / length:.1f} s run for a second of speech"
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--noise", type=Path, help="a folder of recordings of noise")
    parser.add_argument("--speech", type=Path, help="a folder with an index.csv: file, set")
    options = parser.parse_args()
    recorder_on_noise(options.noise)
    if options.speech:
        recorder_on_speech(options.speech)
    transcriber_on(recorder_on_clips())


if __name__ == "__main__":
    main()
