"""``python -m lamp.transcriber CONFIG_FILE``."""

from lamp.runtime.entry_point import main
from lamp.transcriber.process import serve

if __name__ == "__main__":
    main("transcriber", serve)
