from lamp.runtime.entry_point import main
from tests.supervisor.tiny.serving import serve

if __name__ == "__main__":
    main("operator", serve)
