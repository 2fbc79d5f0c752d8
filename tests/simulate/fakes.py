"""Lamps of a few lines, for households to live with."""

from __future__ import annotations

from lamp.messages import State, opposite
from lamp.simulate.evening import play
from lamp.simulate.habits import Habits
from lamp.simulate.household import Act, Household, MoveSwitch, Say, evening_at_home
from lamp.simulate.room import Room

USUAL = Habits(shows_per_hour=0.0)  # nobody is shown anything


class DeafLamp:
    """Does what the switch says, and nothing else."""

    def __init__(self) -> None:
        self.state: State = "dark"
        self.stretches: list[tuple[float, float]] = []
        self.said: list[tuple[float, Say]] = []  # (heard at, what)
        self.acts: list[Act] = []

    def tell(self, act: Act) -> None:
        self.acts.append(act)
        if isinstance(act, Say):
            self.said.append((act.at + act.saying.seconds + 0.5, act))

    def hear(self, sound: bytes, started: float, until: float) -> None:
        assert len(sound) == 2 * (round(until * 16000) - round(started * 16000))
        self.stretches.append((started, until))
        for at, say in self.said:
            if started < at <= until:
                self.understand(say)

    def understand(self, say: Say) -> None:
        """Overridden by lamps that are not deaf."""

    def flip(self, at: float) -> None:
        self.state = opposite(self.state)

    @property
    def moves(self) -> list[MoveSwitch]:
        return [act for act in self.acts if isinstance(act, MoveSwitch)]


class ObedientLamp(DeafLamp):
    """Knows every command."""

    def understand(self, say: Say) -> None:
        if say.wanted is not None:
            self.state = say.wanted


class LearningLamp(DeafLamp):
    """Knows the words after which the switch was moved."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, State] = {}
        self.last = ""

    def understand(self, say: Say) -> None:
        self.last = say.saying.clip.words
        self.state = self.known.get(self.last, self.state)

    def flip(self, at: float) -> None:
        super().flip(at)
        self.known[self.last] = self.state


class NervousLamp(DeafLamp):
    """Changes whenever anybody speaks who does not mean it."""

    def understand(self, say: Say) -> None:
        self.state = opposite(self.state) if say.wanted is None else say.wanted


class BrokenLamp(DeafLamp):
    """Its switch does nothing."""

    def flip(self, at: float) -> None:
        pass


class MuteRoom(Room):
    """Nothing in it can be heard: the lamps above are told what is said."""

    def __init__(self) -> None:
        super().__init__(0)

    def sound(self, started: float, until: float) -> bytes:
        return bytes(2 * (round(until * 16000) - round(started * 16000)))


def evening(
    lamp: DeafLamp, seed: int = 1, minutes: float = 20.0, habits: Habits | None = USUAL
) -> Household:
    """An evening with ``lamp``, to its end; ``habits`` None: drawn for the seed."""
    household = evening_at_home(seed, minutes, habits)
    play(household, MuteRoom(), lamp, lamp.tell)
    return household
