"""The virtual year in small: what may grow does not, once the diary is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from lamp.anticipator import process
from tests.siege import year
from tests.siege.year import PARTS, Year, diary_counts


@pytest.mark.slow
def test_a_lamp_with_a_full_diary_grows_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(year, "COMMANDS_A_DAY", 2)
    monkeypatch.setattr(year, "OVERHEARD_A_DAY", 18)
    monkeypatch.setattr(year, "REFITS", 2)
    monkeypatch.setattr(year, "STARTS", 3)
    monkeypatch.setattr(process, "PRUNE_EVERY", 10)
    home = Year(tmp_path, seed=1, most=60)
    home.live(PARTS)
    assert home.said == 20 * PARTS
    assert len(home.starts) == 4
    counts = diary_counts(home)
    assert 60 <= counts["exchanges"] <= 70
    assert 0 < counts["flips"] <= 60
    assert sum(part.commands for part in home.parts) > 12
    full, last = home.parts[5], home.parts[-1]
    assert last.files <= 1.5 * full.files
    assert last.refit <= 1.2 * max(part.refit for part in home.parts[:7])
