"""What the page says after a button was pressed."""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """A line at the top of the page."""

    text: str
    bad: bool = False


NOTES = {
    "paired": Note("This browser is paired."),
    "no-such-code": Note("That is not the code, or it is too old. Ask for a new one.", bad=True),
    "muted": Note("It no longer listens. The switch works as always."),
    "listens": Note("It listens again."),
    "frozen": Note("Learning is frozen: it obeys as before, and the switch teaches nothing."),
    "learns": Note("It learns from the switch again."),
    "talk": Note("That was talk, then: it will not act on it again unless you teach it to."),
    "for-it": Note("It takes that for a command from now on."),
    "forgotten": Note("Forgotten: its words are erased and teach nothing."),
    "erased": Note("It is forgetting everything, and starts knowing nothing."),
    "no-answer": Note(
        "The lamp has not answered yet. It does what you asked as soon as it can; see Health.",
        bad=True,
    ),
}
