"""What is the same in all five processes: start, signals, last words and exit status.

Nothing heavy is imported here: the operator starts through this module.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from lamp import config as configuration
from lamp import places
from lamp.clock import Clock, LiveClock, ReplayClock
from lamp.config import Config
from lamp.errors import EXIT_FAILED, EXIT_OK, LampError, StateFull, StateReadOnly, exit_code
from lamp.health import Heartbeat
from lamp.mailbox import Post
from lamp.messages import SAMPLE_RATE, Message, Sound
from lamp.notify import Systemd

Serve = Callable[[Config, Post, Clock, Heartbeat], None]
Load = Callable[[Path | None], Config]

REPLAY_BEGAN = datetime(2026, 1, 1, 18, 0, tzinfo=UTC)  # an evening: wall clock at audio time 0
SUPERVISED = "LAMP_SUPERVISED"  # in the environment: standard input ends with the supervisor
_GRACE = 3.0  # s that an orphan gets to end by itself
_PATIENCE = 2.0  # s to wait for a predecessor that is just dying
_BYTES_A_SAMPLE = 2
_TIMES = ("until", "heard", "at", "cut", "issued")  # fields that tell the time of a message

log = logging.getLogger("lamp")


def main(
    name: str,
    serve: Serve,
    arguments: Sequence[str] | None = None,
    load: Load = configuration.load,
    open_post: Callable[..., Any] = Post,
) -> NoReturn:
    """Be the process ``name`` until told to stop: ``python -m lamp.NAME [CONFIG_FILE]``.

    ``load`` and ``open_post``: for a process that must work without either.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    config_file = Path(arguments[0]) if arguments else None
    sys.exit(run(name, serve, config_file, load, open_post))


def run(
    name: str,
    serve: Serve,
    config_file: Path | None,
    load: Load = configuration.load,
    open_post: Callable[..., Any] = Post,
) -> int:
    """The same, with the exit status as a result."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s {name}: %(message)s"
    )
    try:
        config = places.resolved(load(config_file))
        clock = _clock(config)
        runtime = places.runtime_directory(config)
        heartbeat = Heartbeat(runtime, name, clock, systemd=Systemd(os.environ))
    except LampError as error:
        log.error("%s", error)
        return exit_code(error)
    try:
        _serve(name, serve, config, clock, heartbeat, open_post)
    except LampError as error:
        log.error("%s", error)
        heartbeat.last(state="failed", error=str(error))
        return exit_code(error)
    except Exception as error:
        log.exception("a fault in the program itself, please report it")
        heartbeat.last(state="failed", error=f"{type(error).__name__}: {error}")
        return EXIT_FAILED
    return EXIT_OK


def moment(message: Message) -> float | None:
    """The audio time at which ``message`` was sent, in s; None if it does not tell."""
    if isinstance(message, Sound):
        return message.started + len(message.pcm) / _BYTES_A_SAMPLE / SAMPLE_RATE
    times = (getattr(message, each, None) for each in _TIMES)
    return next((each for each in times if each is not None), None)


def _clock(config: Config) -> LiveClock | ReplayClock:
    return ReplayClock(REPLAY_BEGAN) if config.clock == "replay" else LiveClock()


def _serve(
    name: str,
    serve: Serve,
    config: Config,
    clock: LiveClock | ReplayClock,
    heartbeat: Heartbeat,
    open_post: Callable[..., Any],
) -> None:
    _lock(name, config)
    seen = None
    if isinstance(clock, ReplayClock):

        def seen(message: Message) -> None:
            at = moment(message)
            if at is not None:
                clock.advance(at)

    post = open_post(places.runtime_directory(config), name, seen=seen)
    signal.signal(signal.SIGTERM, lambda *_: post.stop())
    signal.signal(signal.SIGINT, lambda *_: post.stop())
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_end_with_supervisor, args=(post,), daemon=True).start()
    try:
        heartbeat.beat(state="starting")
        serve(config, post, clock, heartbeat)
        heartbeat.last(state="stopped" if post.stopped else "finished")
    finally:
        post.close()


def _lock(name: str, config: Config) -> None:
    """Make sure that no other lamp writes where this process writes."""
    if name not in places.WRITERS:
        return
    try:
        places.lock_state(places.state_directory(config), name, _PATIENCE)  # until the end
    except (StateReadOnly, StateFull) as error:
        log.warning("%s", error)  # what can be done without a disk is still done


def _end_with_supervisor(post: Post) -> None:
    """Wait for the end of standard input, which the supervisor holds open, and end too."""
    while os.read(0, 1):
        pass
    log.warning("the supervisor is gone, so this process ends too")
    post.stop()
    time.sleep(_GRACE)
    os._exit(EXIT_FAILED)
