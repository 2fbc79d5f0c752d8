"""Stage 2b: whistles, written by their pitch: W, then a letter for every region they pass.

    python -m models.recipe.whistles --store STORE --count 1500

A rising whistle reads WUOAE, a falling one WEAOU. Only glides are written; steady tones are music
or a kettle and stay silent (`noises.music`). The targets are made here, no teacher is asked.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.recipe.letters import BLANK, VOCABULARY
from models.recipe.store import RATE, Samples, Source, Writer
from models.recipe.teacher import FRAME, frames_of, pack

REGIONS = (900.0, 1250.0, 1750.0, 2450.0)  # Hz, between U O A E I
LETTERS_UPWARD = "UOAEI"
SURE = 0.9  # probability of a letter in its frames

Rng = np.random.Generator
Floats = NDArray[np.float64]


def pitch_of(rng: Rng) -> Floats:
    """Hz at every sample of a whistle: a glide, sometimes one there and back."""
    ends = np.exp(rng.uniform(np.log(650), np.log(3200), 2))
    if abs(np.log2(ends[1] / ends[0])) < 0.7:
        ends = np.array([800.0, 2200.0])[:: int(rng.choice([-1, 1]))]
    knots = [ends[0], ends[1]] if rng.random() < 0.6 else [ends[0], ends[1], ends[0]]
    count = int(RATE * rng.uniform(0.25, 0.7)) * (len(knots) - 1)
    places = np.linspace(0, len(knots) - 1, count)
    curve = places // 1 + np.clip((places % 1) * 1.3 - 0.15, 0, 1) ** rng.uniform(0.7, 1.4)
    pitch: Floats = np.exp(np.interp(curve, np.arange(len(knots)), np.log(knots)))
    return pitch


def sound(rng: Rng, pitch: Floats) -> Samples:
    """A whistle of that pitch: a wavering tone with some breath."""
    time = np.arange(len(pitch)) / RATE
    waver = 1 + rng.uniform(0, 0.012) * np.sin(2 * np.pi * rng.uniform(4, 8) * time)
    phase = 2 * np.pi * np.cumsum(pitch * waver) / RATE
    tone = np.sin(phase) + rng.uniform(0, 0.12) * np.sin(2 * phase)
    breath = rng.standard_normal(len(pitch)) * 10 ** rng.uniform(-3, -1)
    fade = np.minimum(1, np.minimum(time, time[-1] - time) * 25)
    whistle: Samples = ((tone + breath) * fade * 0.3).astype(np.float32)
    return whistle


def target_of(pitch: Floats, count: int) -> NDArray[np.float32]:
    """Letter probabilities of every frame, shape [frames of `count` samples, 32]."""
    target = np.zeros((frames_of(count), len(VOCABULARY)), dtype=np.float32)
    target[:, BLANK] = 1.0
    region = np.digitize(pitch[::FRAME], REGIONS)
    passed = [(int(place) + 1, region[place + 1]) for place in np.flatnonzero(np.diff(region))]
    marks = [(1, "W"), (3, LETTERS_UPWARD[region[0]])]
    marks += [(max(place, 5), LETTERS_UPWARD[number]) for place, number in passed]
    for place, letter in marks:
        frame = min(place, len(target) - 1)
        target[frame] = 0.0
        target[frame, BLANK] = 1 - SURE
        target[frame, VOCABULARY.index(letter)] = SURE
    return target


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Make whistles and what to write for them.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1500)
    options = parser.parse_args()
    with Writer(options.store, "whistles") as writer:
        for number in range(options.count):
            rng = np.random.default_rng([11, number])
            writer.add(str(number), sound(rng, pitch_of(rng)), voice="whistle")
    source = Source(options.store, "whistles")
    with (options.store / "whistles.phones").open("wb") as file:
        for number, clip in enumerate(source.clips):
            pitch = pitch_of(np.random.default_rng([11, number]))
            file.write(pack(target_of(pitch, clip.length)).tobytes())
    print(f"whistles: {len(source)} clips, {source.seconds / 3600:.2f} h")


if __name__ == "__main__":
    main()
