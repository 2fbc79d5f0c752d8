"""What is made once and kept, as in tests/hil/guest/cache.py: the image, its pins, and its root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.hil.guest import cache

HERE = Path(__file__).parent
BUILD = cache.REPOSITORY / "deploy/image/build.sh"
PARTITIONS = (16 << 20, 256 << 20)  # bytes from the beginning of an image: FAT, root
#: What the whole suite needs in the ARM machine besides the lamp: [dev] without linters.
DEV = ("hypothesis", "matplotlib", "onnx", "pytest", "pytest-cov", "pytest-randomly",
       "pytest-timeout", "rapidfuzz", "scikit-learn", "scipy", "soundfile")  # fmt: skip
PLATFORMS = [f"manylinux_2_{glibc}_aarch64" for glibc in (17, 24, 26, 27, 28, 31, 34, 36)]


def image() -> Path:
    """A card with the bench's own few files on it, never booted."""

    def make(new: Path) -> None:
        kept = cache.made("debian-arm", cache.digest([BUILD]), _nothing_yet)
        environment = {**_with_our_python(), "LAMP_DEBIAN": str(kept / "debian.tar")}
        build = [BUILD, new, HERE / "overlay"]
        subprocess.run(build, check=True, timeout=7200, env=environment)

    release = cache.tree(*(cache.REPOSITORY / name for name in cache.RELEASE))
    return cache.made("image", cache.digest([*release, *cache.tree(HERE / "overlay")]), make)


def _nothing_yet(new: Path) -> None:
    new.mkdir()


def pins(card: Path) -> Path:
    """A kernel module with a Le Potato's pins, for the kernel on ``card``."""
    listed = _debugfs(card, "ls -p /usr/lib/modules")
    version = next(
        name for name in (line.split("/")[5] for line in listed.split()) if name[:1].isdigit()
    )

    def make(new: Path) -> None:
        subprocess.run([HERE / "pins/build.sh", version, new], check=True, timeout=7200)

    return cache.made("pins", cache.digest(cache.tree(HERE / "pins"), version), make)


def root(card: Path) -> Path:
    """The root file system of ``card``, unpacked, with the suite's packages for Python added."""
    locked = cache.REPOSITORY / "requirements.lock"

    def make(new: Path) -> None:
        new.mkdir()
        _debugfs(card, f"rdump / {new}")
        shutil.rmtree(new / "lost+found", ignore_errors=True)
        packages = new / "usr/local/lib/python3.13/dist-packages"
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-compile",
            "--target",
            packages,
        ]
        foreign = ["--only-binary=:all:", "--python-version", "3.13", "-c", locked]
        foreign += [word for each in PLATFORMS for word in ("--platform", each)]
        subprocess.run([*install, *foreign, *DEV, *_needed_by_the_lamp()], check=True, timeout=1800)
        (packages / "checkout.pth").write_text("/mnt\n")  # see enter.sh

    return cache.made("root-arm", cache.digest([locked], card.name, *DEV), make)


def _needed_by_the_lamp() -> list[str]:
    project = tomllib.loads((cache.REPOSITORY / "pyproject.toml").read_text())
    return [need.split(";")[0] for need in project["project"]["dependencies"]]


def _debugfs(card: Path, command: str) -> str:
    """A command to the tool that reads ext4 without mounting it."""
    partition = f"{card}?offset={PARTITIONS[1]}"
    done = subprocess.run(
        ["debugfs", "-R", command, partition], check=True, capture_output=True, text=True
    )
    return done.stdout


def _with_our_python() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
