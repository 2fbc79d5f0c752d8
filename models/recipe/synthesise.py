"""Stage 2: free synthetic voices say things (`texts`) into the store.

    python -m models.recipe.synthesise --store STORE --hours 4

Voices: espeak-ng (English accents and other languages, with its variants, pitches and speeds),
flite and festival, as far as they are installed. Clip `n` is always the same.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.recipe.people import read, trim
from models.recipe.store import RATE, Samples, Writer
from models.recipe.texts import Rng, lines

ACCENTS = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-gb-x-gbclan"]
LANGUAGES = ["es", "fr", "it", "de", "es-419", "pt", "pt-br", "nl", "sv", "pl", "ca"]
SPEAKS = {"es-419": "es", "ca": "es", "pt": "es", "pt-br": "es", "nl": "de", "sv": "de", "pl": "de"}
VARIANTS = [
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
    "m6",
    "m7",
    "m8",
    "f1",
    "f2",
    "f3",
    "f4",
    "f5",
    "Alex",
    "Andy",
    "Annie",
    "Diogo",
    "Gene",
    "Jacky",
    "Lee",
    "Linda",
    "Mario",
    "Michael",
    "Mike",
    "Mr_serious",
    "Nguyen",
    "Reed",
    "Steph",
    "Steph2",
    "Steph3",
    "Tweaky",
    "anikaRobot",
    "aunty",
    "belinda",
    "benjamin",
    "boris",
    "caleb",
    "edward",
    "grandma",
    "kaukovalta",
    "linda",
    "max",
    "michel",
    "miguel",
    "norbert",
    "pablo",
    "paul",
    "quincy",
    "rob",
    "robert",
    "steph",
    "travis",
    "victor",
    "zac",
]
FLITE = ["kal16", "awb", "rms", "slt"]
FESTIVAL = ["kal_diphone", "ked_diphone", "cmu_us_slt_hts"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Let free synthetic voices speak.")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--name", default="voices")
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    languages = ("en", "es", "fr", "it", "de")
    said = {code: lines(np.random.default_rng(options.seed), code) for code in languages}
    seconds, number = 0.0, 0
    with Writer(options.store, options.name) as writer, tempfile.TemporaryDirectory() as folder:
        while seconds < options.hours * 3600:
            rng = np.random.default_rng([options.seed, number])
            speaker, language, speak = choose(rng)
            text = next(said[language])
            key = f"{number}"
            number += 1
            if key in writer.known:
                seconds += 2.5  # about what it was; the text is drawn all the same
                continue
            samples = speak(text, Path(folder) / "said.wav")
            seconds += len(samples) / RATE
            writer.add(key, samples, text, speaker)
    print(f"{options.name}: {number} clips, {seconds / 3600:.2f} h")


def choose(rng: Rng) -> tuple[str, str, Callable[[str, Path], Samples]]:
    """Who speaks, in which language, and how to make them."""
    kind = rng.random()
    if kind < 0.3 and shutil.which("flite"):
        voice = str(rng.choice(FLITE))
        stretch, shift = rng.uniform(0.8, 1.25), rng.uniform(70, 230)
        return voice, "en", lambda text, path: flite(voice, stretch, shift, text, path)
    if kind < 0.45 and shutil.which("text2wave"):
        name = str(rng.choice(FESTIVAL))
        return name, "en", lambda text, path: festival(name, text, path)
    foreign = rng.random() < 0.4
    language = str(rng.choice(LANGUAGES if foreign else ACCENTS))
    voice = f"{language}+{rng.choice(VARIANTS)}"
    pitch, speed = int(rng.integers(20, 80)), int(rng.integers(110, 210))
    words = SPEAKS.get(language, language if foreign else "en")
    return voice, words, lambda text, path: espeak(voice, pitch, speed, text, path)


def espeak(voice: str, pitch: int, speed: int, text: str, path: Path) -> Samples:
    """espeak-ng; empty if it does not have the voice."""
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(path), text]
    return made(command, path)


def flite(voice: str, stretch: float, shift: float, text: str, path: Path) -> Samples:
    """flite, slower or faster, higher or lower."""
    command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}"]
    command += ["--setf", f"int_f0_target_mean={shift:.0f}", "-t", text, "-o", str(path)]
    return made(command, path)


def festival(voice: str, text: str, path: Path) -> Samples:
    """festival, through its text2wave."""
    return made(["text2wave", "-eval", f"(voice_{voice})", "-o", str(path)], path, text)


def made(command: list[str], path: Path, text: str = "") -> Samples:
    """Samples a command wrote to `path`, silence at the ends cut; empty if it failed."""
    path.unlink(missing_ok=True)
    subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    samples = trim(read(path)) if path.exists() else np.zeros(0, dtype=np.float32)
    return samples[: 9 * RATE]


if __name__ == "__main__":
    main()
