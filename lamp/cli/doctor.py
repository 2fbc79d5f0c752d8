"""``lamp doctor``: checks what a lamp needs, and says how to mend each thing."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from lamp.cli.main import configuration
from lamp.doctor import examine
from lamp.errors import EXIT_FAILED, EXIT_OK


@click.command()
@click.option("--simulate", is_flag=True, help="Do without pins, as `lamp run --simulate` does.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@click.pass_context
def command(ctx: click.Context, simulate: bool, as_json: bool) -> None:
    """Check microphone, pins, models, permissions and disk. Exit status 0 if all is well."""
    findings = list(examine(configuration(ctx), simulate))
    for finding in findings:
        if as_json:
            click.echo(json.dumps(asdict(finding)))
            continue
        click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}")
        if finding.mend:
            click.echo(f"     {finding.mend}")
    ctx.exit(EXIT_OK if all(finding.ok for finding in findings) else EXIT_FAILED)
