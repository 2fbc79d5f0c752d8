"""``python -m lamp.trainer CONFIG_FILE``."""

from lamp.runtime.entry_point import main
from lamp.trainer.process import serve

if __name__ == "__main__":
    main("trainer", serve)
