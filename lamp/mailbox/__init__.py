"""Mailboxes: how the lamp's processes talk, and go on talking when one of them is killed.

Every process has one :class:`Mailbox`: an inbox that others write to, and an outbox for each
of them. See docs/mailboxes.md for why this is not a ``multiprocessing.Queue``.
"""

from lamp.mailbox.inbox import Delivery
from lamp.mailbox.mailbox import OBSERVERS, Mailbox

__all__ = ["OBSERVERS", "Delivery", "Mailbox"]
