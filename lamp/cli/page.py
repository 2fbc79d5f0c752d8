"""``lamp page``: where the page is, and who may see it."""

from __future__ import annotations

import socket

import click

from lamp.cli.main import configuration
from lamp.config import Config
from lamp.errors import PageError
from lamp.page.pairing import LIFE, offer
from lamp.page.sessions import forget_all
from lamp.runtime.heartbeat import read_one
from lamp.runtime.paths import runtime_directory, state_directory
from lamp.runtime.private import own_directory


@click.command()
@click.option("--pair", is_flag=True, help="Show a code that lets one browser in.")
@click.option("--unpair", is_flag=True, help="Let no browser in any more.")
@click.pass_context
def command(ctx: click.Context, pair: bool, unpair: bool) -> None:
    """Say where the page is that phones of this network can open, and who may see it."""
    config = configuration(ctx)
    try:
        if unpair:
            forget_all(state_directory(config))
            click.echo("No browser is paired any more.")
        refuse_if_off(config)
        if pair:
            own_directory(runtime_directory(config))
            click.echo(f"Code    {offer(runtime_directory(config))}")
            click.echo(f"        for one browser, within {LIFE / 60:.0f} minutes")
    except OSError as error:
        raise PageError(f"that cannot be noted: {error}. See: lamp doctor") from error
    click.echo(f"Open    {'  or  '.join(addresses(config))}")


def refuse_if_off(config: Config) -> None:
    """Say so where there is no page.

    Raises:
        PageError: lamp.yaml does not want one, or it does not run.
    """
    if not config.page.enabled:
        raise PageError(
            "there is no page, as lamp.yaml wants none. Write there: page: {enabled: yes}"
        )
    health = read_one(runtime_directory(config), "page")
    if health is None or not health.alive:
        said = health.facts.get("error") if health is not None else None
        raise PageError(f"the page does not run: {said or 'the lamp is off. See: lamp status'}")


def addresses(config: Config) -> list[str]:
    """What to type into a browser: a name, which not every network knows, and an address."""
    name = f"http://{socket.gethostname().partition('.')[0]}.local:{config.page.port}/"
    own = config.page.address or _own_address()
    if not own:
        return [name]
    host = f"[{own}]" if ":" in own else own
    return [name, f"http://{host}:{config.page.port}/"]


def _own_address() -> str:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for examples
        except OSError:
            return ""
        return str(probe.getsockname()[0])
