"""Nothing here is collected without ``-m hil_arm``: emulating another processor takes its time."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hil_arm import made
from tests.hil_arm.machine import NEEDED


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = any("hil_arm" in Path(each.split("::")[0]).parts for each in config.args)
    return None if named or "hil_arm" in config.option.markexpr.split() else True


@pytest.fixture(scope="session")
def tools() -> None:
    """All programs that are needed; deploy/image/build.sh gets its own."""
    missing = [package for tool, package in NEEDED if not _there(tool)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", "-qq", *words], check=True, env=environment)
    elif missing:
        pytest.fail(f"sudo apt install {' '.join(missing)}", pytrace=False)
    if os.geteuid() != 0:
        pytest.fail("an image is built as root: sudo make hil-arm", pytrace=False)


def _there(tool: str) -> bool:
    return Path(tool).exists() or shutil.which(tool) is not None


@pytest.fixture(scope="session")
def card(tools: None) -> Path:
    """The image, as it comes from deploy/image/build.sh. Not to be written to."""
    return made.image()


@pytest.fixture(scope="session")
def arm_root(card: Path) -> Path:
    return made.root(card)
