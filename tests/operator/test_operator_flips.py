import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.clock import ReplayClock
from lamp.messages import Correction, Directive, Flip, LampChanged, opposite
from lamp.operator.operator import REMEMBERED_DIRECTIVES, Operator
from lamp.operator.state import LastState
from lamp.runtime.entry_point import REPLAY_BEGAN

WINDOW = 12.0


class FakeLamp:
    def __init__(self):
        self.states = []

    def on(self):
        self.states.append("lit")

    def off(self):
        self.states.append("dark")


class House:
    """An operator with a clock to turn and ears for what it says."""

    def __init__(self, state="dark", **last):
        self.clock = ReplayClock(REPLAY_BEGAN)
        self.lamp = FakeLamp()
        self.said = []
        self.last = None
        self.operator = Operator(
            self.lamp,
            self.clock,
            self.hear,
            LastState(state, **last),
            WINDOW,
            "test",
            stopwatch=iter(i / 8 for i in range(10_000)).__next__,
        )

    def hear(self, change):
        self.said += change.said
        self.last = change.last

    def flip(self, at):
        self.clock.advance(at)
        self.operator.flip()
        return self.said[-2]

    def obey(self, state, at, name=None, issued=None, expires=None):
        self.clock.advance(at)
        issued = at if issued is None else issued
        expires = issued + 3 if expires is None else expires
        name = name or f"d{at}"
        return self.operator.obey(Directive(name, state, "u1", "", issued, expires))


def test_a_flip_moves_the_lamp_and_is_told():
    house = House()
    assert house.flip(5.0) == Flip("test-5.000-1", "lit", 5.0)
    assert house.lamp.states == ["lit"]
    assert house.said[-1] == LampChanged("lit", 5.0, "switch", took=0.125)


def test_every_flip_has_an_id_of_its_own():
    house = House()
    ids = {house.flip(5.0).id for _ in range(5)}
    assert len(ids) == 5


def test_a_directive_moves_the_lamp_and_is_told():
    house = House()
    assert house.obey("lit", 5.0, "d1") == "obeyed"
    assert house.lamp.states == ["lit"]
    assert house.said == [LampChanged("lit", 5.0, "directive", "d1", 0.125)]


def test_a_directive_to_what_the_lamp_is_already_changes_nothing():
    house = House("lit")
    assert house.obey("lit", 5.0, "d1") == "already so"
    assert house.obey("lit", 5.5, "d1") == "repeated"
    assert house.lamp.states == []
    assert house.said == []


def test_a_directive_that_comes_twice_counts_once():
    house = House()
    house.obey("lit", 5.0, "d1")
    house.flip(6.0)
    assert house.obey("lit", 6.5, "d1", issued=6.4) == "repeated"
    assert house.operator.state == "dark"


def test_a_directive_that_has_expired_is_refused():
    house = House()
    assert house.obey("lit", 8.1, issued=5.0, expires=8.0) == "expired"
    assert house.obey("lit", 8.1, issued=5.0, expires=8.2) == "obeyed"


@pytest.mark.parametrize("issued", [4.0, 5.0])
def test_a_directive_issued_before_a_flip_does_not_undo_it(issued):
    house = House()
    house.flip(5.0)
    assert house.obey("dark", 5.2, issued=issued) == "stale"
    assert house.operator.state == "lit"


def test_a_directive_issued_after_a_flip_is_obeyed():
    house = House()
    house.flip(5.0)
    assert house.obey("dark", 5.5, issued=5.1) == "obeyed"


def test_a_flip_soon_after_a_directive_is_a_correction_and_no_flip():
    house = House()
    house.obey("lit", 5.0, "d1")
    assert house.flip(5.0 + WINDOW) == Correction("test-17.000-1", "dark", 17.0, "d1")
    assert sum(isinstance(said, Flip) for said in house.said) == 0


def test_a_flip_long_after_a_directive_is_a_flip():
    house = House()
    house.obey("lit", 5.0, "d1")
    assert isinstance(house.flip(5.1 + WINDOW), Flip)


def test_only_the_first_flip_corrects_a_directive():
    house = House()
    house.obey("lit", 5.0, "d1")
    assert isinstance(house.flip(6.0), Correction)
    assert isinstance(house.flip(7.0), Flip)


def test_a_directive_that_changed_nothing_is_not_corrected():
    house = House("lit")
    house.obey("lit", 5.0)
    assert isinstance(house.flip(6.0), Flip)


def test_a_directive_obeyed_before_a_restart_is_corrected_after_it():
    house = House()
    house.obey("lit", 5.0, "d1")
    again = House(**vars(house.last))
    again.clock.advance(5.5)
    assert again.obey("lit", 6.0, "d1", issued=5.0) == "repeated"
    assert again.flip(7.0).directive == "d1"


def test_a_flip_before_a_restart_makes_older_directives_stale_after_it():
    house = House()
    house.flip(5.0)
    again = House(**vars(house.last))
    assert again.obey("dark", 5.5, issued=4.9) == "stale"


def test_a_flip_from_the_future_of_a_clock_that_began_anew_means_nothing():
    house = House("lit", flipped=500.0, directive="old", obeyed=499.0)
    assert house.obey("dark", 5.0) == "obeyed"
    house = House("lit", flipped=500.0, directive="old", obeyed=499.0)
    assert isinstance(house.flip(5.0), Flip)


def test_the_lamp_is_announced_with_its_state():
    house = House("lit")
    house.operator.announce()
    assert house.said == [LampChanged("lit", 0.0, "start")]
    assert house.last.state == "lit"


def test_directives_of_long_ago_are_forgotten_so_that_memory_does_not_grow():
    house = House()
    for number in range(REMEMBERED_DIRECTIVES + 1):
        house.obey("lit", 1.0, f"d{number}")
    assert house.obey("lit", 1.0, f"d{REMEMBERED_DIRECTIVES}") == "repeated"
    assert house.obey("lit", 1.0, "d1") == "repeated"
    assert house.obey("lit", 1.0, "d0") == "already so"


def test_a_relay_that_cannot_be_written_leaves_everything_as_it_was():
    house = House()
    house.lamp.on = lambda: (_ for _ in ()).throw(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        house.operator.flip()
    with pytest.raises(OSError, match="gone"):
        house.obey("lit", 1.0, "d1")
    assert house.operator.state == "dark"
    assert house.said == []
    del house.lamp.on
    assert house.obey("lit", 1.0, "d1") == "obeyed"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("flip"), st.floats(0, 1)),
            st.tuples(st.sampled_from(["lit", "dark"]), st.floats(0, 5)),
        ),
        max_size=40,
    )
)
def test_whatever_happens_the_story_told_is_the_story_of_the_lamp(events):
    house = House()
    now = 0.0
    flips = 0
    for number, (kind, delay) in enumerate(events):
        now += delay
        before = house.operator.state
        if kind == "flip":
            house.flip(now)
            flips += 1
            assert house.operator.state == opposite(before)
        else:
            house.obey(kind, now, f"d{number}", issued=now - 0.5)
    changes = [said.state for said in house.said if isinstance(said, LampChanged)]
    assert house.lamp.states == changes
    assert all(one != other for one, other in pairwise(changes))
    assert sum(isinstance(said, Flip | Correction) for said in house.said) == flips
    undone = [said.directive for said in house.said if isinstance(said, Correction)]
    assert len(undone) == len(set(undone))


def test_flips_and_directives_racing_end_in_one_story_and_no_stale_directive_wins():
    house = House()
    house.operator._stopwatch = lambda: 0.0
    tick = iter(range(1, 1_000_000)).__next__
    house.clock.now = tick
    stale = []

    def order(thread):
        for number in range(300):
            issued = tick()
            directive = Directive(f"{thread}-{number}", "lit", "u", "", issued, 1e9)
            if house.operator.obey(directive) == "stale":
                stale.append(directive)

    threads = [threading.Thread(target=order, args=(n,)) for n in range(2)]
    threads += [
        threading.Thread(target=lambda: [house.operator.flip() for _ in range(300)])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    changes = [said for said in house.said if isinstance(said, LampChanged)]
    assert [change.state for change in changes] == house.lamp.states
    assert changes[-1].state == house.operator.state
    assert all(one.state != two.state for one, two in pairwise(changes))
    assert sum(change.cause == "switch" for change in changes) == 600
    assert not {change.directive for change in changes} & {directive.id for directive in stale}
