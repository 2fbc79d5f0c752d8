"""Synthesise the clips of the simulated house: ``python -m lamp.simulate.make_clips``.

Needs flite, festival (festvox-kallpc16k, festvox-kdlpc16k) and espeak-ng on the PATH; the
lamp itself needs none of them, because the clips ship with it. The same versions of the
synthesisers give the same clips, sample for sample.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import wave
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE
from lamp.simulate.clip_sounds import computed
from lamp.simulate.clip_words import LINES, VOICES, Line
from lamp.simulate.repertoire import CLIPS, TABLE, Clip

Samples = NDArray[np.float64]

LOUDNESS = 0.07  # RMS of the louder half of a clip, relative to full scale (-23 dB)
QUIET = 0.02  # of the peak: below this a clip's beginning and end are cut away
TEMPO = (1.08, 1.2, 1.0)  # of take 1, 2, 3
PITCH = (1.0, 1.05, 0.96)


def main() -> None:
    """Write every clip and the table."""
    CLIPS.mkdir(exist_ok=True)
    for old in CLIPS.glob("*.wav"):
        old.unlink()
    clips = [_make(line, take) for line in LINES for take in range(1, line.takes + 1)]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(asdict(clips[0])), lineterminator="\n")
        table.writeheader()
        for clip in clips:
            row = asdict(clip)
            row["state"] = row["state"] or ""
            table.writerow(row)
    size = sum(path.stat().st_size for path in CLIPS.iterdir())
    seconds = sum(clip.seconds for clip in clips)
    sys.stdout.write(f"{len(clips)} clips, {seconds:.1f} s, {size / 1e6:.2f} MB in {CLIPS}\n")


def _make(line: Line, take: int) -> Clip:
    engine, voice, licence = VOICES[line.speaker]
    name = "-".join([line.speaker, *line.words.replace("'", "").split(), str(take)]).lower()
    sound = _spoken(line, take, engine, voice, name)
    sound = _even(_trimmed(sound))
    path = CLIPS / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((sound * 32767).round().astype("<i2").tobytes())
    return Clip(
        file=path.name,
        words=line.words,
        kind=line.kind,
        family=line.family,
        state=line.state,
        speaker=line.speaker,
        take=take,
        seconds=round(len(sound) / SAMPLE_RATE, 3),
        voice=f"{engine} {voice}".strip(),
        licence=licence,
    )


def _spoken(line: Line, take: int, engine: str, voice: str, name: str) -> Samples:
    tempo, pitch = TEMPO[take - 1], PITCH[take - 1]
    if engine == "numpy":
        return computed(line.words, take, np.random.default_rng(list(name.encode())))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "said.wav"
        if engine == "flite":
            base = {"slt": 170, "rms": 105, "awb": 125}[voice]
            _run(
                *("flite", "-voice", voice, "--setf", f"duration_stretch={tempo}"),
                *("--setf", f"int_f0_target_mean={base * pitch}"),
                *("-t", line.words, "-o", str(out)),
            )
        elif engine == "espeak-ng":
            pace, height = round(155 / tempo), round(50 * pitch)
            _run("espeak-ng", "-v", voice, f"-s{pace}", f"-p{height}", "-w", str(out), line.words)
        else:
            program = (
                f"(voice_{voice}) (Parameter.set 'Duration_Stretch {tempo})"
                f' (utt.save.wave (SynthText "{line.words}") "{out}")'
            )
            _run("festival", "--pipe", feed=program)
        return _read(out)


def _run(*command: str, feed: str = "") -> None:
    subprocess.run(command, input=feed, text=True, check=True, capture_output=True)


def _read(path: Path) -> Samples:
    # espeak-ng leaves the length in the header open; wave then takes what there is.
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return np.asarray(soxr.resample(pcm / 32768, rate, SAMPLE_RATE), dtype=np.float64)


def _trimmed(sound: Samples) -> Samples:
    """Without silence before and after, but for 30 ms."""
    loud = np.flatnonzero(np.abs(sound) > QUIET * np.abs(sound).max())
    margin = round(0.03 * SAMPLE_RATE)
    return sound[max(0, loud[0] - margin) : loud[-1] + margin]


def _even(sound: Samples) -> Samples:
    """At the loudness of all clips, as far as the peaks allow."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    levels = np.sort(np.sqrt((frames**2).mean(axis=1)))
    gain = LOUDNESS / levels[len(levels) // 2 :].mean()
    return np.asarray(sound * min(gain, 0.9 / np.abs(sound).max()))


if __name__ == "__main__":
    main()
