"""The page's process: browsers in, a few messages out. The lamp does not notice it."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

from lamp.clock import Clock
from lamp.config import Config
from lamp.errors import PageError
from lamp.mailbox import Mailbox
from lamp.page.requests import Requests
from lamp.page.sessions import Sessions
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import state_directory

_GRACE = 3.0  # s for the server to end

log = logging.getLogger(__name__)


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Show the page until told to stop.

    Raises:
        PageError: the port cannot be had, or the packages are not installed.
    """
    try:
        from lamp.page.app import Page  # noqa: PLC0415  an optional extra
        from lamp.page.server import PageServer, listen  # noqa: PLC0415
    except ImportError as error:
        raise PageError(
            f"the page needs packages that are not installed ({error.name})."
            " Do, in the lamp's directory: pip install '.[page]'"
        ) from error
    # A line for every malformed request would let anybody in the network fill the journal.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    sessions = Sessions(Path(state_directory(config)), clock)
    page = Page(config, Requests(mailbox.send), sessions, clock)
    server = PageServer(
        page.app,
        lambda: heartbeat.beat(state="serving", paired=len(sessions), watching=page.watching),
    )
    socket = listen(config.page.address, config.page.port)
    heartbeat.beat(state="serving", port=socket.getsockname()[1])
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(server.serve([socket]))
        except BaseException as failure:  # whatever it is ends the process, and is told
            failures.append(failure)
        finally:
            mailbox.stop()

    thread = threading.Thread(target=run, name="page", daemon=True)
    thread.start()
    log.info("the page is at port %d", socket.getsockname()[1])
    while not mailbox.stopped:
        delivery = mailbox.get()
        if delivery is not None:
            delivery.ack()
    server.stop()
    thread.join(_GRACE)
    if failures:
        raise failures[0]
