"""``python -m lamp.runtime.wanted NAME CONFIG_FILE``: exit status 0 if lamp.yaml wants the process.

For systemd, which starts the optional ones under that condition. A lamp.yaml with a mistake
wants nothing: the lamp is just a switch then.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lamp.config import load
from lamp.errors import EXIT_FAILED, EXIT_OK, ConfigError
from lamp.runtime.processes import start_order


def main(name: str, config_file: str) -> int:
    """The exit status."""
    try:
        wanted = name in start_order(load(Path(config_file)))
    except ConfigError:
        wanted = False
    return EXIT_OK if wanted else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
