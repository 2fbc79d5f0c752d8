from __future__ import annotations

import dataclasses
import subprocess
import sys

from lamp.messages import ACTIONS, KINDS, Message, opposite


def test_every_message_is_frozen_and_known_by_its_name() -> None:
    assert len(KINDS) >= 15
    for name, kind in KINDS.items():
        assert kind.__name__ == name
        assert issubclass(kind, Message)
        assert dataclasses.is_dataclass(kind)
        assert kind.__dataclass_params__.frozen


def test_what_must_not_be_lost_is_kept() -> None:
    kept = {name for name, kind in KINDS.items() if kind.kept}
    assert {"Flip", "Correction", "Transcript", "Directive", "ModelReady"} <= kept
    assert not kept & {"Sound", "Utterance", "Watermark", "PartialTranscript"}


def test_a_lamp_has_two_states_and_three_answers() -> None:
    assert (opposite("lit"), opposite("dark")) == ("dark", "lit")
    assert ACTIONS == ("none", "lit", "dark")


def test_messages_cost_the_operator_no_numpy() -> None:
    code = "import sys, lamp.messages, lamp.config; print('numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
