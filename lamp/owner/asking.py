"""Asking for something: the request is written down, and whoever can carries it out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from lamp.config import Config
from lamp.diary import erasure
from lamp.diary.exchange import Exchange
from lamp.diary.reader import DiaryReader
from lamp.diary.writer import Diary
from lamp.errors import StateError, StateInUse
from lamp.owner.frozen import set_frozen
from lamp.owner.requests import Forget, Freeze, Meant, Request
from lamp.owner.waiting import Waiting
from lamp.runtime.paths import diary_path, lock_state, state_directory

PATIENCE = 5.0  # s to wait for a living anticipator
LOOKED_THROUGH = 200  # exchanges, for the last thing that the lamp did
_LOOK_EVERY = 0.05  # s


def ask(
    config: Config,
    request: Request,
    patience: float = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Ask for ``request``; whether it is carried out by now. If not, it will be.

    Args:
        config: of the lamp, which may be off.
        request: what is asked for.
        patience: s to wait for a lamp that is on.
        sleep: waits.

    Raises:
        StateError: the disk refuses; nothing is asked for.
    """
    waiting = Waiting(config)
    path = waiting.put(request)
    until = time.monotonic() + patience
    while path.exists():
        with contextlib.suppress(StateInUse), _nobody_else(config):
            _carry_out(config, waiting)
            return True
        if time.monotonic() >= until:
            return False
        sleep(_LOOK_EVERY)
    return True


def last_action(diary: DiaryReader) -> Exchange | None:
    """The last thing that the lamp did by itself, for who says that this was wrong."""
    heard = reversed(diary.last_exchanges(LOOKED_THROUGH))
    return next((exchange for exchange in heard if exchange.acted), None)


def forget(diary: Diary, config: Config, exchange: str) -> bool:
    """Leave nothing of ``exchange`` in the diary and its copies; whether that is done by now.

    Where another program just reads, something is left in the diary's log. To be called again.

    Raises:
        StateError: the disk refuses.
    """
    diary.forget(exchange)
    if not diary.scrub():
        return False
    for copy in erasure.copies(config):
        copy.unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _nobody_else(config: Config) -> Iterator[None]:
    """While neither the anticipator nor the trainer lives.

    Raises:
        StateInUse: one of them does.
    """
    directory = state_directory(config)
    with lock_state(directory, "anticipator"), lock_state(directory, "trainer"):
        yield


def _carry_out(config: Config, waiting: Waiting) -> None:
    """All that waits, in a diary that is ours alone."""
    for path, request in waiting.all().items():
        _in_the_diary(config, request, diary_path(config))
        waiting.done(path)


def _in_the_diary(config: Config, request: Request, path: Path) -> None:
    if isinstance(request, Freeze):
        try:
            set_frozen(config, request.frozen)
        except OSError as error:
            raise StateError(f"that cannot be written down: {error.strerror}") from error
        return
    if not path.exists():
        return
    with closing(Diary.open(path)) as diary:
        if isinstance(request, Forget):
            if not forget(diary, config, request.exchange):
                raise StateError("another program reads the diary. Ask again when it is done")
            # Models learned from it. The next one is made from the diary alone.
            erasure.erase_models(config)
        else:
            _label(diary, request)


def _label(diary: Diary, request: Meant) -> None:
    exchange = diary.exchange(request.exchange)
    if exchange is not None:
        diary.write_labels([(exchange.id, request.label(exchange))])
