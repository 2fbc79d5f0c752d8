"""What an experiment hands in: a claim, what came out, a table and perhaps a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIGURES = DOCS / "science"

mpl.rcParams["svg.hashsalt"] = "lamp"  # the same picture for the same numbers

Curve = tuple[str, Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Section:
    """One experiment of docs/science.md.

    name: of its module, so that the command is ``python -m bench.science NAME``.
    claim: what is said in the talk or in our own notes.
    outcome: what was found, in words that the numbers at hand decide.
    head, rows: of the table.
    figures: file names under docs/science.
    """

    name: str
    title: str
    claim: str
    outcome: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    figures: Sequence[str] = ()

    def markdown(self) -> str:
        """The section as it stands in docs/science.md."""
        lines = [f"## {self.title}", "", f"**Claim.** {self.claim}", ""]
        lines += [f"**Found.** {self.outcome}", "", f"`python -m bench.science {self.name}`", ""]
        lines += ["| " + " | ".join(self.head) + " |", "|---" * len(self.head) + "|"]
        lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in self.rows]
        lines += [f"\n![{self.title}](science/{figure})" for figure in self.figures]
        return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def draw(name: str, curves: Sequence[Curve], across: str, upwards: str, log: str = "") -> str:
    """Lines in one picture; the file's name. ``log`` names the logarithmic axes."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for label, x, y in curves:
        axes.plot(x, y, marker="o", markersize=3, label=label)
    axes.set(xlabel=across, ylabel=upwards)
    for letter, axis, scale in (
        ("x", axes.xaxis, axes.set_xscale),
        ("y", axes.yaxis, axes.set_yscale),
    ):
        if letter in log:
            scale("log")
            wide = np.ptp(np.log10(axis.get_view_interval())) > 2
            axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 3.0, 5.0)))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter(NullFormatter())
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FIGURES / f"{name}.svg", metadata={"Date": None}, format="svg")
    plt.close(figure)
    return f"{name}.svg"
