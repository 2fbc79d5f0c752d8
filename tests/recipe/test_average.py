"""Runs of one family, averaged."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [models]")

from models.recipe import average  # noqa: E402
from models.recipe.checkpoints import State, load, save  # noqa: E402


def run_of(path: Path, value: float, hours: float) -> Path:
    weights = {"bias": torch.full((3,), value)}
    save(path / "state.pt", State(int(hours), hours, weights, weights, {}))
    return path


def test_shares_weigh_the_runs_and_need_not_add_up_to_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = run_of(tmp_path / "first", 1.0, 10.0), run_of(tmp_path / "second", 5.0, 20.0)
    words = ["average", "--to", str(tmp_path / "both"), f"{first}:3", f"{second}:1"]
    monkeypatch.setattr("sys.argv", words)
    average.main()
    both = load(tmp_path / "both/state.pt")
    torch.testing.assert_close(both.mean["bias"], torch.full((3,), 2.0))
    assert both.heard_hours == 20.0


def test_a_run_without_a_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(tmp_path / "alone", 1.0, 10.0)
    monkeypatch.setattr("sys.argv", ["average", "--to", str(tmp_path / "to"), str(run)])
    with pytest.raises(SystemExit, match="RUN:SHARE"):
        average.main()
    assert not (tmp_path / "to").exists()
