"""What the owner asks of the lamp other than by the switch, and what the lamp says for itself.

The command line and the page both come here. A request is a small file in the state directory
(:mod:`lamp.owner.waiting`), so that it is never lost: a living anticipator carries it out within a
second (:mod:`lamp.anticipator.requests`); while none lives, whoever asks does it in the diary
(:mod:`lamp.owner.asking`).
"""

from lamp.owner.asking import ask, last_action
from lamp.owner.explain import Explanation, explain
from lamp.owner.requests import Forget, Freeze, Meant, Request, wrong

__all__ = [
    "Explanation",
    "Forget",
    "Freeze",
    "Meant",
    "Request",
    "ask",
    "explain",
    "last_action",
    "wrong",
]
