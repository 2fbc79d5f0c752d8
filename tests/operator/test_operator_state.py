import errno
import os

import pytest

from lamp.operator.state import LONG_AGO, LastState, recall, remember, starting_state


def test_what_is_remembered_is_recalled(tmp_path):
    last = LastState("lit", "boot-1", 12.5, "d7", 13.25)
    remember(tmp_path / "new" / "operator.json", last)
    assert recall(tmp_path / "new" / "operator.json") == last


def test_long_ago_survives_the_file(tmp_path):
    remember(tmp_path / "operator.json", LastState("dark"))
    assert recall(tmp_path / "operator.json").flipped == LONG_AGO


def test_the_first_start_has_nothing_to_recall(tmp_path):
    assert recall(tmp_path / "operator.json") is None


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0\0\0\0",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b"\xff\xfe",
        b'{"state": "green", "boot": "", "flipped": 0, "directive": "", "obeyed": 0}',
        b'{"state": ["lit"], "boot": "", "flipped": 0, "directive": "", "obeyed": 0}',
        b'{"state": "lit", "boot": "", "flipped": null, "directive": "", "obeyed": 0}',
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path, damage):
    (tmp_path / "operator.json").write_bytes(damage)
    assert recall(tmp_path / "operator.json") is None


def test_a_full_disk_keeps_what_was_there_before(tmp_path, monkeypatch):
    path = tmp_path / "operator.json"
    remember(path, LastState("lit"))

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        remember(path, LastState("dark"))
    monkeypatch.undo()
    assert recall(path) == LastState("lit")
    assert [p.name for p in tmp_path.iterdir()] == ["operator.json"]


LAST = LastState("lit", "boot-1", 10.0, "d1", 11.0)


@pytest.mark.parametrize(("policy", "state"), [("previous", "lit"), ("on", "lit"), ("off", "dark")])
def test_after_a_power_loss_the_owners_policy_decides(policy, state):
    assert starting_state(LAST, "boot-2", None, policy) == LastState(state, "boot-2")


@pytest.mark.parametrize(
    ("policy", "state"), [("previous", "dark"), ("on", "lit"), ("off", "dark")]
)
def test_a_first_start_is_dark_unless_the_policy_says_otherwise(policy, state):
    assert starting_state(None, "boot-2", None, policy) == LastState(state, "boot-2")


@pytest.mark.parametrize("policy", ["previous", "on", "off"])
@pytest.mark.parametrize("found", [None, "lit"])
def test_a_restart_of_the_operator_alone_changes_nothing(policy, found):
    assert starting_state(LAST, "boot-1", found, policy) == LAST


def test_at_a_restart_the_relay_knows_better_than_the_file():
    assert starting_state(LAST, "boot-1", "dark", "on") == LastState("dark", "boot-1", 10.0)


def test_without_a_file_the_relay_is_left_as_it_is():
    assert starting_state(None, "boot-1", "lit", "off") == LastState("lit", "boot-1")


def test_after_a_power_loss_what_the_firmware_drives_does_not_count():
    assert starting_state(LAST, "boot-2", "dark", "previous").state == "lit"


CLOSED = LastState("lit", "boot-1", 10.0, contact="31 closed")


def test_a_switch_that_was_moved_while_the_operator_was_away_is_left_to_be_flipped():
    assert starting_state(CLOSED, "boot-1", "lit", "previous", "31 open") == CLOSED
    assert starting_state(CLOSED, "boot-1", None, "previous", "31 open") == CLOSED


def test_a_flip_that_was_not_yet_written_down_is_not_done_twice():
    start = starting_state(CLOSED, "boot-1", "dark", "previous", "31 open")
    assert (start.state, start.contact) == ("dark", "31 open")


@pytest.mark.parametrize(
    ("policy", "state"), [("previous", "dark"), ("on", "lit"), ("off", "dark")]
)
def test_a_switch_that_was_moved_without_power_counts_where_the_lamp_is_to_be_as_before(
    policy, state
):
    start = starting_state(CLOSED, "boot-2", None, policy, "31 open")
    assert start == LastState(state, "boot-2", contact="31 open")


@pytest.mark.parametrize("contact", ["29 open", "", "31 closed"])
@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
def test_another_pin_or_kind_of_switch_was_not_moved(boot, contact):
    start = starting_state(CLOSED, boot, None, "previous", contact)
    assert (start.state, start.contact) == ("lit", contact)


def test_the_file_of_an_older_version_says_nothing_of_the_contact(tmp_path):
    path = tmp_path / "operator.json"
    path.write_text(
        '{"state": "lit", "boot": "boot-1", "flipped": 1, "directive": "", "obeyed": 1}'
    )
    start = starting_state(recall(path), "boot-1", "lit", "previous", "31 open")
    assert (start.state, start.contact) == ("lit", "31 open")
