"""``python -m lamp.operator [CONFIG_FILE]``."""

from lamp.operator.priority import raise_priority

if __name__ == "__main__":
    raise_priority()  # before the imports, which are most of the start
    from lamp.operator.fallback import load_tolerantly
    from lamp.operator.process import serve
    from lamp.operator.retrying_mailbox import RetryingMailbox
    from lamp.runtime.entry_point import main

    main("operator", serve, load=load_tolerantly, open_mailbox=RetryingMailbox)
