"""Which browsers are paired: random tokens, of which the disk has digests only."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from lamp.clock import Clock
from lamp.runtime.files import write_whole

MOST = 32  # browsers; the one that was paired first has to go for another
_FILE = "page/sessions.json"  # in the state directory

log = logging.getLogger(__name__)

#: What a change of the file shows in: inode, time of change, size.
_Signature = tuple[int, int, int] | None


class Sessions:
    """The paired browsers, which outlive a restart where there is a disk for them.

    Args:
        state: the state directory.
        clock: says since when.
    """

    def __init__(self, state: Path, clock: Clock) -> None:
        self._path = state / _FILE
        self._clock = clock
        self._since: dict[str, str] = {}  # by digest, in the order of pairing
        self._read: _Signature = None
        self._look()

    def __len__(self) -> int:
        self._look()
        return len(self._since)

    def begin(self) -> str:
        """Pair one more; the token that its cookie shall have."""
        self._look()
        token = secrets.token_urlsafe(32)
        self._since[_digest(token)] = self._clock.wall().isoformat(timespec="seconds")
        while len(self._since) > MOST:
            del self._since[next(iter(self._since))]
        self._keep()
        return token

    def known(self, token: str) -> bool:
        """Whether this is the token of a paired browser."""
        self._look()
        digest = _digest(token)
        return any(hmac.compare_digest(digest, each) for each in self._since)

    def end(self, token: str) -> None:
        """Forget one browser."""
        self._look()
        if self._since.pop(_digest(token), None) is not None:
            self._keep()

    def _look(self) -> None:
        """Read the file, if another process has changed it or taken it away."""
        found = _signature(self._path)
        if found == self._read:
            return
        self._read = found
        self._since = dict(_pairs(self._path)) if found is not None else {}

    def _keep(self) -> None:
        try:
            write_whole(self._path, json.dumps(self._since))
        except OSError as error:
            log.warning("paired browsers are forgotten at the next start: %s", error)
        self._read = _signature(self._path)


def forget_all(state: Path) -> None:
    """Let nobody in any more; also a page that runs takes notice.

    Raises:
        OSError: the disk refuses.
    """
    (state / _FILE).unlink(missing_ok=True)


def form_token(token: str) -> str:
    """What the forms of this session carry: nobody else's page can know it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _signature(path: Path) -> _Signature:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _pairs(path: Path) -> Iterable[tuple[str, str]]:
    try:
        found = json.loads(path.read_bytes())
        return [(str(digest), _moment(since)) for digest, since in found.items()][:MOST]
    except (OSError, ValueError, AttributeError, RecursionError):
        return []


def _moment(text: object) -> str:
    return datetime.fromisoformat(str(text)).isoformat()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
