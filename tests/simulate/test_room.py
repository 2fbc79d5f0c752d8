"""The room's sound is one endless recording, however it is asked for."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from lamp.messages import SAMPLE_RATE
from lamp.simulate.repertoire import Clip, load_clips, samples
from lamp.simulate.room import Room, Saying, played


def clip() -> Clip:
    return load_clips()[0]


def heard(room: Room, *bounds: float) -> NDArray[np.int16]:
    pieces = [room.sound(start, end) for start, end in itertools.pairwise(bounds)]
    return np.frombuffer(b"".join(pieces), "<i2")


def loudness(sound: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean((sound / 32768) ** 2)))


def test_a_stretch_is_as_long_as_asked_for() -> None:
    assert len(heard(Room(1), 0, 1.5)) == 1.5 * SAMPLE_RATE


def test_a_quiet_room_hisses_softly() -> None:
    assert 0.0003 < loudness(heard(Room(1), 0, 2)) < 0.001


def test_a_saying_is_heard_when_it_is_said_and_not_before_or_after() -> None:
    room = Room(1)
    room.add(Saying(clip()), 1.0)
    sound = heard(room, 0, 4)
    end = 1.0 + Saying(clip()).seconds
    assert loudness(sound[: 1 * SAMPLE_RATE]) < 0.001
    assert loudness(sound[SAMPLE_RATE : round(end * SAMPLE_RATE)]) > 0.03
    assert loudness(sound[round(end * SAMPLE_RATE) + 1 :]) < 0.001


def test_a_saying_across_many_stretches_is_heard_whole() -> None:
    silent = [Room(1, hiss=0.0) for _ in range(2)]
    for room in silent:
        room.add(Saying(clip()), 0.25)
    once = heard(silent[0], 0, 3)
    in_pieces = heard(silent[1], 0, 0.3, 0.3333, 0.75, 1.1, 3)
    assert np.array_equal(once, in_pieces)


def test_two_sayings_at_once_are_heard_together() -> None:
    room, alone = Room(1, hiss=0.0), Room(1, hiss=0.0)
    room.add(Saying(clip(), 0.5), 0.0)
    room.add(Saying(clip(), 0.5), 0.0)
    alone.add(Saying(clip(), 1.0), 0.0)
    assert np.abs(heard(room, 0, 1).astype(int) - heard(alone, 0, 1)).max() <= 1


def test_what_is_too_loud_is_cut_off_and_does_not_wrap_around() -> None:
    room = Room(1)
    room.add(Saying(clip(), 50.0), 0.0)
    sound = heard(room, 0, 1)
    assert sound.max() == 32767
    assert sound.min() >= -32767


def test_the_same_seed_gives_the_same_hiss_and_another_one_another() -> None:
    assert np.array_equal(heard(Room(3), 0, 1), heard(Room(3), 0, 1))
    assert not np.array_equal(heard(Room(3), 0, 1), heard(Room(4), 0, 1))


def test_speed_and_gain_change_length_and_loudness() -> None:
    original, fast = samples(clip()), played(Saying(clip(), 0.5, 1.25))
    assert abs(len(fast) - len(original) / 1.25) < 2
    assert abs(np.abs(fast).max() / np.abs(original).max() - 0.5) < 0.05
    assert abs(Saying(clip(), 0.5, 1.25).seconds - len(fast) / SAMPLE_RATE) < 0.001
