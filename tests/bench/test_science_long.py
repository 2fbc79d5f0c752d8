"""The long experiments: what was done is kept, what is missing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.science import long


def test_after_an_interruption_the_missing_rows_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def row(case: int) -> dict[str, float]:
        if case == 2 and asked.count(2) == 0:
            asked.append(case)
            raise KeyboardInterrupt
        asked.append(case)
        return {"case": case, "square": case**2}

    monkeypatch.setattr(long, "KEPT", tmp_path)
    monkeypatch.setattr(long, "EXPERIMENTS", {"one": long.Experiment("Squares", row, range(4))})
    with pytest.raises(KeyboardInterrupt):
        long.main([])
    long.main([])
    assert asked == [0, 1, 2, 2, 3]
    assert capsys.readouterr().out.endswith("| 2 | 4 |\n| 3 | 9 |\n")
