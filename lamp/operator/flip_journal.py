"""Flips that are not yet in the diary, kept where neither a kill nor a power cut reaches them."""

from __future__ import annotations

from pathlib import Path

from lamp.clock import Clock
from lamp.messages import Correction, EarlierFlip, Flip, Message
from lamp.runtime.journal import Journal
from lamp.runtime.journal_file import Entry, memory_backed

NAME = "flips.journal"


class FlipJournal:
    """Knows every flip from the moment after the lamp has followed until the diary has it.

    Args:
        journal: where they are kept.
        boot: this start of the machine.
        clock: the lamp's clock, which begins anew with the machine.
    """

    def __init__(self, journal: Journal, boot: str, clock: Clock) -> None:
        self._journal = journal
        self._boot = boot
        self._clock = clock

    @property
    def left(self) -> list[Message]:
        """What is not in the diary, as it can be told now, oldest first.

        A flip of an earlier start of the machine has the time of the clock on the wall alone:
        it cannot be said any more which words came before it.
        """
        told = (self._message(entry) for entry in self._journal.owed)
        return [message for message in told if message is not None]

    @property
    def in_memory(self) -> bool:
        """Whether :meth:`note` keeps a flip by itself, so that a kill does not lose it."""
        return self._journal.in_memory

    @property
    def waiting(self) -> int:
        """How many flips are not in the diary."""
        return len(self._journal)

    @property
    def kept(self) -> bool:
        """Whether those survive this process."""
        return self._journal.kept

    def note(self, flip: Flip | Correction) -> None:
        """Keep ``flip``. Never waits for a disk, never raises."""
        directive = flip.directive if isinstance(flip, Correction) else ""
        self._journal.add(
            {
                "id": flip.id,
                "state": flip.state,
                "at": flip.at,
                "directive": directive,
                "wall": self._clock.wall().isoformat(),
                "boot": self._boot,
            }
        )

    def save(self) -> None:
        """Let what is kept survive a power cut. May wait for the disk."""
        self._journal.save()

    def written(self, flip: str) -> None:
        """The flip of this id is in the diary. May wait for the disk."""
        self._journal.strike_out(flip)

    def close(self) -> None:
        """Close the files."""
        self._journal.close()

    def _message(self, entry: Entry) -> Message | None:
        try:
            name, state, at = str(entry["id"]), entry["state"], float(entry["at"])
            directive, wall = str(entry["directive"]), str(entry["wall"])
            ours = entry["boot"] == self._boot and at <= self._clock.now()
        except (KeyError, TypeError, ValueError, OverflowError):
            state = None
        if state not in ("lit", "dark"):  # of another version of the lamp
            self._journal.strike_out(str(entry.get("id", "")))
            return None
        if not ours:
            return EarlierFlip(name, state, at, directive, wall)
        return Correction(name, state, at, directive) if directive else Flip(name, state, at)


def open_flip_journal(state: Path, runtime: Path | None, boot: str, clock: Clock) -> FlipJournal:
    """The journal in the state directory and, where that is in memory, the runtime directory."""
    memory = runtime / NAME if runtime is not None and memory_backed(runtime) else None
    return FlipJournal(Journal(memory, state / NAME), boot, clock)
