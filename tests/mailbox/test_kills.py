from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def killed(sockets: Path, kills: int, seed: int) -> dict[str, Any]:
    program = [sys.executable, str(HERE / "kill_many.py"), str(sockets), str(kills), str(seed)]
    result = subprocess.run(program, check=True, capture_output=True, text=True, timeout=380)
    assert result.stderr == ""
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def check(report: dict[str, Any], kills: int) -> None:
    assert report["kills"] >= kills
    assert report["odd_deaths"] == []  # only by our hand
    assert report["end"] == 0, "it hangs"
    assert report["acknowledged"] > 0
    assert report["lost"] == 0
    assert report["twice"] == 0
    assert report["in_order"]


def test_dozens_of_deaths_inside_get_and_put_hang_lose_and_repeat_nothing(sockets: Path) -> None:
    check(killed(sockets, 60, seed=1), kills=60)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_thousands_of_deaths_inside_get_and_put_hang_lose_and_repeat_nothing(
    sockets: Path,
) -> None:
    report = killed(sockets, 2000, seed=2)
    check(report, kills=2000)
    assert report["killed_in"]["get"] > 500
    assert report["killed_in"]["put"] > 50
    assert report["killed_in"]["flush"] > 500
    assert report["acknowledged"] > 500
