"""``python -m lamp.trainer CONFIG_FILE``."""

from lamp.trainer.process import serve
from lamp.process import main

if __name__ == "__main__":
    main("trainer", serve)
