"""Draws docs/soft_hearing.svg: how a shipped clip becomes soft text, and what is made of it.

    python -m bench.soft_hearing [CLIP] [--png FILE]

From above: the sound, what the acoustic model believes frame by frame, the slots that are kept of
it, and the two things that are compared of an utterance: its soft n-grams and its embedding.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lamp.config import Config
from lamp.messages import SAMPLE_RATE
from lamp.recorder.wav import read_recording
from lamp.similarity import Calibration, LabelledExamples
from lamp.similarity.embedding import unpacked
from lamp.simulate.repertoire import CLIPS
from lamp.soft_text import SoftText
from lamp.transcriber.engine import make_engine
from lamp.transcriber.transcriber import Transcriber, Transcription, samples_as_float

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "soft_hearing.svg"
CLIP = "ada-lumos-1"
OTHERS = ("ada-lumos-2", "ada-nox-1", "ada-turn-on-the-light-1")
SEEN = 0.1  # probability that a letter reaches somewhere to get a row
GRAMS = 24
COLUMN = 20  # samples that share one line of the sound's picture
BLUE, INK = "#1f6fb2", "#1f2937"

mpl.rcParams["svg.hashsalt"] = "lamp"  # the same picture for the same numbers


@dataclass(frozen=True)
class Heard:
    """A clip and all that is shown of it.

    samples: float32 [n].
    probabilities: float32 [frames, rows], of the letters that have a row, and of blank above.
    rows: their names.
    written: what was made of it.
    """

    name: str
    samples: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    rows: tuple[str, ...]
    written: Transcription


def hear(transcriber: Transcriber, name: str) -> Heard:
    """Play the shipped clip ``name`` to the model."""
    samples = samples_as_float(read_recording(CLIPS / f"{name}.wav").samples)
    logs, embedding = transcriber.model.hear(samples)
    alphabet = transcriber.model.directory.alphabet
    probabilities = np.exp(logs)
    letters = [
        column
        for column in range(probabilities.shape[1])
        if alphabet.written(column) and probabilities[:, column].max() > SEEN
    ]
    letters.sort(key=lambda column: int(probabilities[:, column].argmax()))
    shown = [alphabet.blank, *letters]
    rows = ("blank", *(alphabet.written(column).replace(" ", "space") for column in letters))
    written = transcriber.read(logs, {}, embedding)
    return Heard(name, samples, probabilities[:, shown], rows, written)


def draw(heard: Heard, others: Sequence[Heard], calibration: Calibration) -> Figure:
    """The picture."""
    figure = plt.figure(figsize=(9, 9.6), layout="constrained")
    grid = figure.add_gridspec(5, 1, height_ratios=(0.7, 2.4, 1.5, 1.5, 1.2))
    panels = [figure.add_subplot(row) for row in grid]
    _sound(panels[0], heard)
    _posteriors(panels[1], heard)
    _slots(panels[2], heard.written.soft)
    _grams(panels[3], heard.written.soft)
    _embedding(panels[4], heard, others, calibration)
    return figure


def _sound(axes: Axes, heard: Heard) -> None:
    whole = len(heard.samples) // COLUMN * COLUMN
    pieces = heard.samples[:whole].reshape(-1, COLUMN)
    time = (np.arange(len(pieces)) + 0.5) * COLUMN / SAMPLE_RATE
    axes.fill_between(time, pieces.min(axis=1), pieces.max(axis=1), color=INK, lw=0)
    axes.set_xlim(0, len(heard.samples) / SAMPLE_RATE)
    axes.set_yticks([])
    axes.set_xlabel("s", labelpad=0)
    axes.set_title(f"1  Sound ({heard.name}.wav). It is never kept.", loc="left")


def _posteriors(axes: Axes, heard: Heard) -> None:
    axes.imshow(
        heard.probabilities.T, aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest"
    )
    axes.set_yticks(range(len(heard.rows)), heard.rows)
    axes.set_xlabel("frame of 20 ms", labelpad=0)
    text = heard.written.text
    axes.set_title(
        f"2  How likely which letter is in which frame. The best path writes {text}.", loc="left"
    )


def _slots(axes: Axes, soft: SoftText) -> None:
    deepest = max(len(slot) for slot in soft.slots)
    for column, slot in enumerate(soft.slots):
        for row, (letter, p) in enumerate(slot):
            axes.add_patch(
                mpl.patches.Rectangle(
                    (column + 0.06, row + 0.06), 0.88, 0.88, color=mpl.colormaps["Blues"](p)
                )
            )
            colour = "white" if p > 0.55 else INK
            shown = f"{letter.replace(' ', '␣')} {p:.2f}".replace(" 0.", " .")
            axes.text(
                column + 0.5, row + 0.5, shown, ha="center", va="center", color=colour, fontsize=9
            )
    axes.set_xlim(0, len(soft.slots))
    axes.set_ylim(deepest, 0)
    axes.set_xticks(
        [column + 0.5 for column in range(len(soft.slots))], range(1, len(soft.slots) + 1)
    )
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title(
        "3  Slots: where a letter was heard, and which ones it may have been", loc="left"
    )


def _grams(axes: Axes, soft: SoftText) -> None:
    grams = sorted(soft.grams(3).items(), key=lambda each: (-each[1], each[0]))
    longer = [(gram, p) for gram, p in grams if gram.strip()][:GRAMS]
    axes.bar(range(len(longer)), [p for _, p in longer], color=BLUE)
    names = [gram.replace(" ", "␣") for gram, _ in longer]
    axes.set_xticks(range(len(longer)), names, rotation=60, fontsize=9)
    axes.set_xlim(-0.6, len(longer) - 0.4)
    axes.set_ylim(0, 1)
    axes.set_title(
        f"4a  Runs of one to three letters, the {len(longer)} weightiest of {len(grams)}"
        " (␣: an end)",
        loc="left",
    )


def _embedding(axes: Axes, heard: Heard, others: Sequence[Heard], calibration: Calibration) -> None:
    vector = unpacked(heard.written.soft.embedding)
    axes.bar(range(len(vector)), vector, color=BLUE)
    axes.set_xlim(-0.6, len(vector) - 0.4)
    axes.axhline(0, color=INK, lw=0.5)
    axes.set_title(
        f"4b  All of it as {len(vector)} numbers, the embedding, by the same run of the model",
        loc="left",
    )
    examples = LabelledExamples(calibration)
    lines = [f"with {'cosine':>33} {'nats':>7}"]
    for other in others:
        cosine = float(vector @ unpacked(other.written.soft.embedding))
        nats = examples.likeness(heard.written.soft, other.written.soft)
        lines.append(f"{other.name:30} {cosine:7.2f} {nats:7.1f}")
    axes.set_xlabel("\n".join(lines), family="monospace", fontsize=9)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Draw how a clip becomes soft text.")
    parser.add_argument("clip", nargs="?", default=CLIP)
    parser.add_argument("--svg", type=Path, default=PICTURE)
    parser.add_argument("--png", type=Path, help="the same for the eye")
    options = parser.parse_args()
    transcriber = make_engine(Config())
    assert isinstance(transcriber, Transcriber)  # the model that ships
    calibration = Calibration.beside(transcriber.model.directory.path)
    others = [hear(transcriber, name) for name in OTHERS]
    figure = draw(hear(transcriber, options.clip), others, calibration)
    figure.savefig(options.svg, metadata={"Date": None}, format="svg")
    if options.png:
        figure.savefig(options.png, dpi=110)
    print(f"{options.svg}")


if __name__ == "__main__":
    main()
