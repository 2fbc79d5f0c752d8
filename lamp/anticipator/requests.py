"""Carries out what the owner asks for: labels, forgetting, and learning that is frozen."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from lamp.anticipator.anticipator import Anticipator
from lamp.config import Config
from lamp.diary.daily_copy import DailyCopy
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.messages import Forgotten, Message
from lamp.owner.asking import forget
from lamp.owner.frozen import is_frozen, set_frozen
from lamp.owner.requests import Forget, Freeze, Request
from lamp.owner.waiting import Waiting

log = logging.getLogger(__name__)


class Send(Protocol):
    """Puts a message into somebody's mailbox; tells when the recipient has dealt with it."""

    def __call__(
        self, recipient: str, message: Message, acknowledged: Callable[[], None], /
    ) -> None:
        """Never waits. ``acknowledged`` is called by another thread."""


class OwnersRequests:
    """Each request is taken up once a life, and waits on the disk until all of it is done.

    Args:
        config: of the lamp.
        anticipator: learns.
        diary: of the same.
        copy: of the diary.
        send: the way to the trainer.
    """

    def __init__(
        self, config: Config, anticipator: Anticipator, diary: Diary, copy: DailyCopy, send: Send
    ) -> None:
        self._config = config
        self._anticipator = anticipator
        self._diary = diary
        self._copy = copy
        self._send = send
        self._waiting = Waiting(config)
        self._taken: set[Path] = set()
        self._to_write: dict[Path, Request] = {}  # the diary has not got it yet
        self._by_trainer: deque[Path] = deque()  # that the trainer has dealt with, too
        self.forgotten: set[str] = set()  # exchanges, which somebody may still deliver again
        anticipator.frozen = is_frozen(config)

    def look(self, now: float) -> None:
        """Carry out what was asked for since the last look; ``now`` in s. To be called often."""
        for path, request in self._waiting.all().items():
            if path not in self._taken:
                self._taken.add(path)
                self._take(request, now)
                self._to_write[path] = request
        for path, request in list(self._to_write.items()):
            if self._written(request):
                del self._to_write[path]
                self._finish(path, request)
        while self._by_trainer:
            self._done(self._by_trainer.popleft())

    def _take(self, request: Request, now: float) -> None:
        if isinstance(request, Freeze):
            self._anticipator.frozen = request.frozen
        elif isinstance(request, Forget):
            self.forgotten.add(request.exchange)
            self._anticipator.forget(request.exchange)
        else:
            self._anticipator.told(request, now)

    def _written(self, request: Request) -> bool:
        try:
            if isinstance(request, Freeze):
                set_frozen(self._config, request.frozen)
                return True
            if isinstance(request, Forget):
                # A copy that is being made may be of the diary as it was.
                return self._copy.forget() and forget(self._diary, self._config, request.exchange)
            return self._diary.flush()
        except (OSError, StateError) as error:
            log.debug("%s", error)  # the heartbeat says it
            return False

    def _finish(self, path: Path, request: Request) -> None:
        if isinstance(request, Forget):
            self._send("trainer", Forgotten(), lambda: self._by_trainer.append(path))
        else:
            self._done(path)

    def _done(self, path: Path) -> None:
        try:
            self._waiting.done(path)
        except StateError as error:
            log.warning("%s", error)
