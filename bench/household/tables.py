"""Scores of many hours as tables: medians or means over seeds, and seed against seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bench.household.measures import MEASURES, Measure, Scores

BySeed = Mapping[int, Scores]
COMPARED = ("flips", "false", "obeyed_20", "charged_now")


def table(rows: Sequence[tuple[str, BySeed]], quartiles: bool) -> str:
    """A Markdown table, a row a contestant."""
    head = ["", "hours", *(one.title + (" (mean)" if one.mean else "") for one in MEASURES)]
    lines = [row(head), "|" + "---|" * len(head)]
    for name, scores in rows:
        cells = [_cell(one, scores, quartiles) for one in MEASURES]
        lines.append(row([name, str(len(scores)), *cells]))
    return "\n".join(lines)


def versus(name: str, own: BySeed, rival: str, other: BySeed) -> str:
    """Seeds won, drawn and lost, and which were lost, one line a measure."""
    lines = []
    for measure in MEASURES:
        if measure.name not in COMPARED:
            continue
        pairs = {seed: (own[seed][measure.name], other[seed][measure.name]) for seed in own}
        known = {seed: pair for seed, pair in pairs.items() if not any(map(math.isnan, pair))}
        lost = {seed: pair for seed, pair in known.items() if _wins(measure, *pair[::-1])}
        won = sum(_wins(measure, *pair) for pair in known.values())
        drawn = len(known) - won - len(lost)
        line = (
            f"{name} against {rival}, {measure.title}: {won} won, {drawn} drawn, {len(lost)} lost"
        )
        which = ", ".join(
            f"seed {seed} ({shown(measure, mine)} to {shown(measure, its)})"
            for seed, (mine, its) in lost.items()
        )
        lines.append(line + (f": {which}" if which else ""))
    return "\n".join(lines)


def shown(measure: Measure, value: float) -> str:
    """A number as the tables have it."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "never"
    if measure.name == "ece":
        return f"{value:.3f}"
    return f"{100 * value:.0f}" if measure.percent else f"{value:.3g}"


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two values nearest to it, of values that may be infinite."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low if low == high else low + (high - low) * (place - math.floor(place))


def row(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def _cell(measure: Measure, scores: BySeed, quartiles: bool) -> str:
    values = [each[measure.name] for each in scores.values()]
    values = [value for value in values if not math.isnan(value)]
    if not values:
        return "-"
    if measure.mean:
        middle = sum(values) / len(values)
        return f"{middle:.1f}" + (f" (worst {max(values):.0f})" if quartiles else "")
    cell = shown(measure, quantile(values, 0.5))
    if quartiles:
        low, high = (shown(measure, quantile(values, share)) for share in (0.25, 0.75))
        cell += f" ({low}-{high})"
    return cell


def _wins(measure: Measure, own: float, other: float) -> bool:
    return own < other if measure.better == "less" else own > other
