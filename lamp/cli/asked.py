"""What the commands share that ask the lamp for something."""

from __future__ import annotations

from contextlib import closing

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.diary.exchange import Exchange
from lamp.diary.writer import Diary
from lamp.errors import StateError
from lamp.owner import Request, ask, last_action
from lamp.runtime.paths import diary_path

LATER = "The lamp is busy, and does that as soon as it can. How it is: lamp status"


def request(ctx: click.Context, asked: Request, done: str) -> None:
    """Ask the lamp of ``ctx`` for ``asked``; say ``done`` when it is carried out."""
    click.echo(done if ask(configuration(ctx), asked) else LATER)


def found(config: Config, name: str) -> Exchange:
    """The exchange of this id; "last" is the last thing heard, "" the last thing the lamp did.

    Raises:
        StateError: there is none.
    """
    with closing(Diary.open(diary_path(config), read_only=True)) as diary:
        if name == "last":
            exchange = next(iter(diary.last_exchanges(1)), None)
        else:
            exchange = diary.exchange(name) if name else last_action(diary)
    if exchange is None and not name:
        raise StateError("the lamp has done nothing by itself yet. What was heard: lamp why")
    if exchange is None:
        raise StateError(f"nothing of the id {name!r} was heard. The ids are in: lamp why")
    return exchange
