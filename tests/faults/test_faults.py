"""Nothing promised is lost, whichever operation on the disk fails; `make siege` tries them all."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.faults.lives import LIVES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler"),
]

EVERY = {"supervisor": 45, "anticipator": 13, "trainer": 13}  # operation that fails


@pytest.mark.parametrize("life", LIVES)
def test_nothing_promised_is_lost(life: str) -> None:
    command = [sys.executable, "-m", "tests.faults", "--every", str(EVERY.get(life, 7)), life]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith(" 0 that lost something\n")
