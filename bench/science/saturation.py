"""How much text the counts can use."""

from __future__ import annotations

from bench.science.report import Section, draw
from bench.science.text import contexts, tokens
from bench.science.warm_start import SMOOTHING, TEST, counted, perplexity
from lamp.language_model.warm_start import closed_form

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
RADII = (1, 4)


def run() -> Section:
    """Step-0 perplexity against the number of words counted."""
    rows: list[list[object]] = []
    last = len(tokens()) - TEST
    curves = []
    for radius in RADII:
        test = contexts(radius, last, last + TEST)
        seen = [size for size in SIZES if size <= last]
        along = []
        for size in seen:
            mass = counted(*contexts(radius, last - size + 8, last))
            along.append(
                perplexity(closed_form(mass, mass.sum(0), float(radius), SMOOTHING), *test)
            )
        curves.append((f"{radius} tokens of context", seen, along))
    for place, size in enumerate(seen):
        rows.append([size, *(curve[2][place] for curve in curves)])
    gain = [curve[2][-2] / curve[2][-1] - 1 for curve in curves]
    return Section(
        "saturation",
        "Data saturation of the warm start",
        "Counting saturates: beyond some amount of text more counting hardly helps, and only "
        "gradient steps do.",
        "The last doubling of the text improves perplexity by "
        + " and ".join(
            f"{100 * each:.0f}% ({radius} tokens)" for each, radius in zip(gain, RADII, strict=True)
        )
        + ". The text is small; we saw the curve bend, not its end.",
        ["words counted", *(f"perplexity, {radius} tokens" for radius in RADII)],
        rows,
        [draw("saturation", curves, "words counted", "step-0 perplexity", "xy")],
    )
