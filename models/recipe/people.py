"""Stage 1: bring recordings of people into the store.

    python -m models.recipe.people FOLDER NAME [--drop PATTERN] [--text] [--store STORE]

FOLDER is searched for recordings (anything ffmpeg reads). They are resampled to 16 kHz mono,
long silences at the ends cut to `EDGE_S`, clips longer than `LONGEST_S` cut into pieces at their
quietest moments. Recordings stay in the store, outside the repository: none is ever committed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from models.recipe.store import RATE, Samples, Writer

SUFFIXES = frozenset((".wav", ".flac", ".ogg", ".mp3", ".g722", ".gsm", ".opus", ".raw"))
EDGE_S = 0.25  # silence kept at both ends
LONGEST_S = 9.0
SHORTEST_S = 0.2
FRAME = RATE // 100
SPEECH_BELOW_PEAK_DB = 40.0  # a frame this far below the loudest one is silence


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Bring recordings of people into the store.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("name", help="source in the store")
    parser.add_argument("--drop", default="(?!)", help="leave out paths that match this pattern")
    parser.add_argument("--only", default="", help="take only paths that match this pattern")
    parser.add_argument("--store", type=Path, required=True)
    options = parser.parse_args()
    paths = list(recordings(options.folder, options.only, options.drop))
    if not paths:
        raise SystemExit(
            f"people: no recording under {options.folder} matches. Check the folder, "
            "--only and --drop"
        )
    with Writer(options.store, options.name) as writer:
        for path in paths:
            key = str(path.relative_to(options.folder))
            if f"{key}#0" in writer.known:
                continue
            for number, piece in enumerate(pieces(read(path))):
                writer.add(f"{key}#{number}", piece, voice=path.parent.name)
        print(f"{options.name}: {len(writer.known)} clips")


def recordings(folder: Path, only: str, drop: str) -> Iterator[Path]:
    """Yield the recordings under `folder`, always in the same order."""
    for path in sorted(folder.rglob("*")):
        name = str(path)
        if path.suffix.lower() in SUFFIXES and re.search(only, name) and not re.search(drop, name):
            yield path


def read(path: Path) -> Samples:
    """Decode a recording to mono 16 kHz; empty if it cannot be read."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        resampled: Samples = resample_poly(samples.mean(axis=1), RATE, rate).astype(np.float32)
        return resampled
    except soundfile.LibsndfileError:
        pass  # a format of telephony: ask ffmpeg
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path)]
    command += ["-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    found = subprocess.run(command, capture_output=True, check=False)
    return np.frombuffer(found.stdout, dtype="<f4").copy()


def pieces(samples: Samples) -> Iterator[Samples]:
    """Cut silence off the ends and long clips into pieces; each is of a usable length."""
    trimmed = trim(samples)
    while len(trimmed) > LONGEST_S * RATE:
        cut = quietest(trimmed, int(LONGEST_S / 2 * RATE), int(LONGEST_S * RATE))
        yield trimmed[:cut]
        trimmed = trimmed[cut:]
    if len(trimmed) >= SHORTEST_S * RATE:
        yield trimmed


def trim(samples: Samples) -> Samples:
    """Cut the silent ends, all but `EDGE_S`."""
    level = levels(samples)
    if not len(level):
        return samples
    loud = np.flatnonzero(level > level.max() - SPEECH_BELOW_PEAK_DB)
    start = max(0, int(loud[0] * FRAME - EDGE_S * RATE))
    return samples[start : int((loud[-1] + 1) * FRAME + EDGE_S * RATE)]


def quietest(samples: Samples, first: int, last: int) -> int:
    """Sample in the middle of the quietest tenth of a second between two samples."""
    level = np.convolve(levels(samples[first:last]), np.ones(10) / 10, mode="valid")
    return first + (int(np.argmin(level)) + 5) * FRAME


def levels(samples: Samples) -> Samples:
    """Level of every 10 ms, dB; shape [n // 160]."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    decibels: Samples = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-10)
    return decibels


if __name__ == "__main__":
    main()
