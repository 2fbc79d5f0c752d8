"""The ``lamp`` command: one file a command, each importing only what it needs."""

from lamp.cli.main import main

__all__ = ["main"]
