"""What tells one start of the machine from another: the lamp's clock begins anew with each."""

from __future__ import annotations

from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_boot(path: Path = BOOT_ID) -> str:
    """The id of this start of the machine; empty where the system has no such (macOS)."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
