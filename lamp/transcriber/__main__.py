"""``python -m lamp.transcriber CONFIG_FILE``."""

from lamp.process import main
from lamp.transcriber.process import serve

if __name__ == "__main__":
    main("transcriber", serve)
