"""400 faults of a diary's file: what a lamp that starts on it still knows."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.diary.damage import KINDS, LABELS, damage, make_diary, start_on

FAULTS = 400  # at scale 1


def attack(folder: Path, scale: float, seed: int) -> list[tuple[str, str, bool]]:
    """Each fault once; crashes, labels that could be read and did not come back, and the rest."""
    whole = make_diary(folder / "whole.sqlite")
    chance = random.Random(seed)
    count: Counter[str] = Counter()
    kept: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for _ in range(round(FAULTS * scale)):
        kind, content = damage(whole, chance)
        try:
            outcome = start_on(folder / "diary.sqlite", content)
        except Exception as error:
            count["crashes"] += 1
            print(f"{kind}: {type(error).__name__}: {error}")
            continue
        kept[kind].append(outcome.labels)
        count["not back"] += outcome.labels < outcome.readable
    rows = [
        (f"{sum(map(len, kept.values()))} faults of a diary: crashes", str(count["crashes"])),
        ("the same: less came back than SQLite gives", str(count["not back"])),
    ]
    found = [(attack, figure, figure == "0") for attack, figure in rows]
    for kind, numbers in kept.items():
        numbers.sort()
        if numbers:
            middle, nothing = numbers[len(numbers) // 2], numbers.count(0)
            told = f"median {middle} of {LABELS} labels, none in {nothing} of {len(numbers)}"
            found.append((f"the same, {kind}", told, True))
    return found
