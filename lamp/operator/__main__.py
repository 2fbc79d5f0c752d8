"""``python -m lamp.operator [CONFIG_FILE]``."""

from lamp.operator.priority import go_first

if __name__ == "__main__":
    go_first()  # before the imports, which are most of the start
    from lamp.operator.fallback import load_with_care
    from lamp.operator.mail import RetryingMailbox
    from lamp.operator.process import serve
    from lamp.runtime.entry_point import main

    main("operator", serve, load=load_with_care, open_mailbox=RetryingMailbox)
