"""The shipped clips: what the people of the simulated house can say, and how it sounds."""

from __future__ import annotations

import csv
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from lamp.errors import BadRecording
from lamp.messages import SAMPLE_RATE, State
from lamp.simulate.clip_words import Kind

CLIPS = Path(__file__).parent / "clips"
TABLE = CLIPS / "clips.csv"


@dataclass(frozen=True)
class Clip:
    """One recording, as the table describes it."""

    file: str
    words: str
    kind: Kind
    family: str
    state: State | None  # what it asks for; None: nothing
    speaker: str
    take: int
    seconds: float
    voice: str
    licence: str


def load_clips(table: Path = TABLE) -> tuple[Clip, ...]:
    """All clips of the table, in its order.

    Raises:
        BadRecording: the table is missing or says something impossible.
    """
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return tuple(_clip(row) for row in csv.DictReader(file))
    except (OSError, KeyError, ValueError) as error:
        raise BadRecording(
            f"the table of clips {table} cannot be used ({error}). Install the lamp again"
        ) from error


def _clip(row: dict[str, str]) -> Clip:
    if row["kind"] not in get_args(Kind) or row["state"] not in (*get_args(State), ""):
        raise ValueError(f"{row['file']}: {row['kind']!r}, {row['state']!r}")
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    states: dict[str, State | None] = {"lit": "lit", "dark": "dark", "": None}
    return Clip(
        file=row["file"],
        words=row["words"],
        kind=kinds[row["kind"]],
        family=row["family"],
        state=states[row["state"]],
        speaker=row["speaker"],
        take=int(row["take"]),
        seconds=float(row["seconds"]),
        voice=row["voice"],
        licence=row["licence"],
    )


@cache
def samples(clip: Clip) -> NDArray[np.float32]:
    """The clip's sound, 16 kHz, -1..1. Kept in memory; do not write into it.

    Raises:
        BadRecording: the file is missing or not 16-bit mono at 16 kHz.
    """
    path = CLIPS / clip.file
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            pcm = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise BadRecording(f"{path} cannot be read: {error}. Install the lamp again") from error
    if shape != (SAMPLE_RATE, 1, 2):
        raise BadRecording(f"{path} is not 16-bit mono at 16 kHz. Install the lamp again")
    sound = (np.frombuffer(pcm, "<i2") / 32768).astype(np.float32)
    sound.flags.writeable = False
    return sound
