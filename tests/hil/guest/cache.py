"""What is made once and kept outside the checkout: the guest, the wheels, the installed lamp.

Everything lies in $LAMP_HIL_CACHE (~/.cache/lamp-hil) under a name that depends on what it was
made from, so that it is made anew when that changes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
#: What is taken to a board.
RELEASE = ("lamp", "models", "systemd", "deploy", "pyproject.toml", "README.md", "LICENSE",
           "requirements.lock")  # fmt: skip
KEPT = 2  # of each kind, the newest
LEFTOVERS = {"__pycache__", ".DS_Store"}  # of programs that ran in the checkout


def place() -> Path:
    """The directory of all of it."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(os.environ.get("LAMP_HIL_CACHE") or Path(home) / "lamp-hil")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def alone(kind: str) -> Iterator[None]:
    """Be the only one, of all processes of this host, who makes things of this kind."""
    with (place() / f".{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The thing of this kind and key; ``make`` puts it where it is told to, if it is not there."""
    with alone(kind):
        return _made(kind, key, make)


def _made(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    wanted = place() / f"{kind}-{key}"
    if not wanted.exists():
        with tempfile.TemporaryDirectory(dir=place(), prefix=f"{kind}.") as scratch:
            new = Path(scratch) / "new"
            make(new)
            new.rename(wanted)
    os.utime(wanted)
    others = sorted(place().glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)
    for old in others[:-KEPT]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    return wanted


def digest(files: Iterable[Path], *words: str) -> str:
    """Short name of these files' names and contents, and of the words."""
    found = hashlib.sha256(" ".join(words).encode())
    for file in sorted(files):
        found.update(f"{file.name} {file.stat().st_mode:o} {file.stat().st_size}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()[:12]


def tree(*roots: Path) -> list[Path]:
    """All files that are ``roots`` or lie under them, also behind links, but no leftovers."""
    found = []
    for root in roots:
        inside = (
            Path(folder) / name
            for folder, _, names in os.walk(root, followlinks=True)
            for name in names
        )
        found += [root] if root.is_file() else inside
    return sorted(path for path in found if LEFTOVERS.isdisjoint(path.parts))


def base_image() -> Path:
    """Debian, and nothing of the lamp."""
    recipe = HERE / "recipe.sh"

    def make(new: Path) -> None:
        subprocess.run([recipe, new], check=True, timeout=900)

    key = digest([recipe, *tree(HERE / "overlay")])
    return made("guest", key, make)


def release() -> Path:
    """A directory with what is taken to a board that has no network: the files and the wheels."""

    def make(new: Path) -> None:
        copied = new / "lamp"
        for file in tree(*(REPOSITORY / name for name in RELEASE)):
            target = copied / file.relative_to(REPOSITORY)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        wheels = [copied / "deploy/wheelhouse.sh", new / "wheelhouse", "x86_64", "3.13"]
        subprocess.run(wheels, check=True, timeout=600, env=_with_our_python())

    files = tree(*(REPOSITORY / name for name in RELEASE))
    return made("release", digest(files), make)


def copy_of(image: Path, target: Path) -> Path:
    """``image`` to be written to; holes stay holes."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", image, target], check=True)
    return target


def empty_disk(target: Path, megabytes: int = 128) -> Path:
    """An ext4 file system with nothing in it."""
    with target.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-qF", "-L", "state", target], check=True)
    return target


def _with_our_python() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
