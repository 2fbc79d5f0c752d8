"""How each of the five processes starts and ends: signals, last words and exit status."""

from __future__ import annotations

import contextlib
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
from lamp.clock import Clock, LiveClock, ReplayClock
from lamp.config import Config
from lamp.errors import EXIT_FAILED, EXIT_OK, LampError, StateFull, StateReadOnly, exit_code
from lamp.mailbox import Mailbox
from lamp.messages import Message
from lamp.runtime import paths
from lamp.runtime.heartbeat import Heartbeat, supervisors_pipe
from lamp.runtime.log import PatientHandler
from lamp.runtime.private import protect
from lamp.runtime.processes import WRITERS
from lamp.runtime.systemd import Systemd

Serve = Callable[[Config, Mailbox, Clock, Heartbeat], None]
Load = Callable[[Path | None], Config]

REPLAY_BEGAN = datetime(2026, 1, 1, 18, 0, tzinfo=UTC)  # an evening: wall clock at audio time 0
SUPERVISED = "LAMP_SUPERVISED"  # in the environment: standard input ends with the supervisor
_GRACE = 3.0  # s that an orphan gets to end by itself
_PATIENCE = 2.0  # s to wait for a predecessor that is just dying

log = logging.getLogger("lamp")


def main(
    name: str,
    serve: Serve,
    arguments: Sequence[str] | None = None,
    load: Load = configuration.load,
    open_mailbox: Callable[..., Any] = Mailbox,
) -> NoReturn:
    """Be the process ``name`` until told to stop: ``python -m lamp.NAME [CONFIG_FILE]``.

    ``load`` and ``open_mailbox``: for a process that must work without either.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    config_file = Path(arguments[0]) if arguments else None
    sys.exit(run(name, serve, config_file, load, open_mailbox))


def run(
    name: str,
    serve: Serve,
    config_file: Path | None,
    load: Load = configuration.load,
    open_mailbox: Callable[..., Any] = Mailbox,
) -> int:
    """The same, with the exit status as a result."""
    protect(hears=name != "operator")
    logging.basicConfig(
        handlers=[PatientHandler(sys.stderr)],
        level=logging.INFO,
        format=f"%(asctime)s {name}: %(message)s",
    )
    try:
        config = paths.resolved(load(config_file))
        clock = _clock(config)
        runtime = paths.runtime_directory(config)
        pipe = supervisors_pipe(os.environ)
        heartbeat = Heartbeat(runtime, name, clock, systemd=Systemd(os.environ), pipe=pipe)
    except LampError as error:
        log.error("%s", error)
        return exit_code(error)
    try:
        _serve(name, serve, config, clock, heartbeat, open_mailbox)
    except LampError as error:
        log.error("%s", error)
        heartbeat.last(state="failed", error=str(error))
        return exit_code(error)
    except Exception as error:
        log.exception("a fault in the program itself, please report it")
        heartbeat.last(state="failed", error=f"{type(error).__name__}: {error}")
        return EXIT_FAILED
    return EXIT_OK


def _clock(config: Config) -> LiveClock | ReplayClock:
    return ReplayClock(REPLAY_BEGAN) if config.clock == "replay" else LiveClock()


def _serve(
    name: str,
    serve: Serve,
    config: Config,
    clock: LiveClock | ReplayClock,
    heartbeat: Heartbeat,
    open_mailbox: Callable[..., Any],
) -> None:
    with contextlib.ExitStack() as locks:
        _lock(name, config, locks)
        _serve_locked(name, serve, config, clock, heartbeat, open_mailbox)


def _serve_locked(
    name: str,
    serve: Serve,
    config: Config,
    clock: LiveClock | ReplayClock,
    heartbeat: Heartbeat,
    open_mailbox: Callable[..., Any],
) -> None:
    seen = None
    if isinstance(clock, ReplayClock):

        def seen(message: Message) -> None:
            if message.sent_at is not None:
                clock.advance(message.sent_at)

    mailbox = open_mailbox(paths.runtime_directory(config), name, seen=seen)
    signal.signal(signal.SIGTERM, lambda *_: mailbox.stop())
    signal.signal(signal.SIGINT, lambda *_: mailbox.stop())
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_end_with_supervisor, args=(mailbox,), daemon=True).start()
    try:
        heartbeat.beat(state="starting")
        serve(config, mailbox, clock, heartbeat)
        heartbeat.last(state="stopped" if mailbox.stopped else "finished")
    finally:
        mailbox.close()


def _lock(name: str, config: Config, locks: contextlib.ExitStack) -> None:
    """Make sure that no other lamp writes where this process writes, until ``locks`` closes."""
    if name not in WRITERS:
        return
    try:
        locks.enter_context(paths.lock_state(paths.state_directory(config), name, _PATIENCE))
    except (StateReadOnly, StateFull) as error:
        log.warning("%s", error)  # what can be done without a disk is still done


def _end_with_supervisor(mailbox: Mailbox) -> None:
    """Wait for the end of standard input, which the supervisor holds open, and end too."""
    while os.read(0, 1):
        pass
    log.warning("the supervisor is gone, so this process ends too")
    mailbox.stop()
    time.sleep(_GRACE)
    os._exit(EXIT_FAILED)
