"""The code that lets a browser in, once: made by ``lamp page --pair``, tried by the page.

It lies in the runtime directory, which nobody else reads, and only as a digest.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from lamp.runtime.files import write_whole

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
LENGTH = 8  # characters: 6e11 codes
LIFE = 600.0  # s
_FILE = "pairing.json"


def offer(runtime: Path, now: Callable[[], float] = time.monotonic) -> str:
    """A new code, in the place of an earlier one.

    Args:
        runtime: the runtime directory.
        now: s, the machine's monotonic clock, which all processes share.

    Raises:
        OSError: it cannot be written.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    offered = {"digest": _digest(code), "until": now() + LIFE}
    write_whole(runtime / _FILE, json.dumps(offered), durable=False)
    return f"{code[:4]}-{code[4:]}"


def accept(runtime: Path, code: str, now: Callable[[], float] = time.monotonic) -> bool:
    """Whether ``code`` is the one on offer; if so, it is used up."""
    try:
        offered = json.loads((runtime / _FILE).read_bytes())
        digest, until = str(offered["digest"]), float(offered["until"])
    except (OSError, ValueError, TypeError, KeyError):
        return False
    # A moment too far away is one of before the machine's last start.
    if not 0 <= until - now() <= LIFE or not hmac.compare_digest(digest, _digest(code)):
        return False
    try:
        (runtime / _FILE).unlink()
    except OSError:
        return False  # who cannot use it up must not use it
    return True


def _digest(code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
