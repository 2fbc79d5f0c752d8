from __future__ import annotations

import hashlib
import random
import struct
from pathlib import Path

import pytest

from lamp.diary import conversation
from lamp.errors import LanguageModelUnusable, StateError
from lamp.language_model import PRESETS, Example, LanguageModel
from lamp.model_store import STATES, ModelStore, load_model


def model(trained_to: int) -> LanguageModel:
    made = LanguageModel.fresh(conversation.TOKENS, PRESETS["potato"])
    for _ in range(trained_to):
        made.observe(Example("lumos", 1))
    made.trained_to = trained_to
    return made


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", keep=2)


def test_an_empty_store_has_no_model(store: ModelStore) -> None:
    assert store.current() is None
    assert store.load() is None


def test_the_last_model_put_is_current(store: ModelStore) -> None:
    store.put(model(1))
    stored = store.put(model(2))
    assert store.current() == stored
    loaded = store.load()
    assert loaded is not None
    assert loaded.trained_to == 2
    assert (loaded.predict("lumos") == model(2).predict("lumos")).all()


def test_some_earlier_models_stay_and_older_ones_go(store: ModelStore) -> None:
    for trained_to in range(1, 6):
        store.put(model(trained_to))
    assert [path.name for path in store.files()] == [
        "model-000003.lamp",
        "model-000004.lamp",
        "model-000005.lamp",
    ]


def test_rolling_back_goes_one_model_back_each_time(store: ModelStore) -> None:
    for trained_to in (1, 2, 3):
        store.put(model(trained_to))
    assert store.roll_back().trained_to == 2
    assert store.roll_back().trained_to == 1
    with pytest.raises(StateError, match="no earlier model"):
        store.roll_back()
    current = store.current()
    assert current is not None
    assert current.trained_to == 1


def test_a_model_put_after_a_rollback_gets_a_number_of_its_own(store: ModelStore) -> None:
    for trained_to in (1, 2):
        store.put(model(trained_to))
    store.roll_back()
    assert store.put(model(3)).file == "model-000003.lamp"


def test_a_current_file_that_was_damaged_counts_as_none(store: ModelStore) -> None:
    stored = store.put(model(1))
    (store.path(stored).parent / "current.json").write_text("{")
    assert store.current() is None


def test_a_model_file_that_has_gone_is_told(store: ModelStore) -> None:
    store.path(store.put(model(1))).unlink()
    with pytest.raises(LanguageModelUnusable):
        store.load()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"null",
        b'{"file":"../../../etc/passwd","sha256":"","trained_to":0}',
        b'{"file":"a\\u0000b","sha256":"","trained_to":0}',
        b'{"file":"","sha256":"","trained_to":0}',
        b'{"file":"' + b"a" * 5000 + b'","sha256":"","trained_to":0}',
        b'{"file":"model-000001.lamp","sha256":"","trained_to":' + b"9" * 30 + b"}",
        None,  # a directory
    ],
)
def test_whatever_says_which_is_current_it_is_one_of_ours_or_none(
    store: ModelStore, content: bytes | None
) -> None:
    current = store.path(store.put(model(1))).parent / "current.json"
    if content is None:
        current.unlink()
        current.mkdir()
    else:
        current.write_bytes(content)
    assert store.current() is None
    assert store.load() is None


@pytest.mark.parametrize("name", ["model-old.lamp", "model-000001 (copy).lamp", "model-.lamp"])
def test_somebody_elses_files_are_left_alone(store: ModelStore, name: str) -> None:
    """Such a name made every promotion fail."""
    first = store.put(model(1))
    foreign = store.path(first).with_name(name)
    foreign.write_bytes(b"mine")
    for trained_to in range(2, 7):
        store.put(model(trained_to))
    assert store.put(model(7)) == store.current()
    assert foreign.read_bytes() == b"mine"
    assert all(path.name != name for path in store.files())


def test_what_a_killed_writer_left_is_taken_away(store: ModelStore) -> None:
    torn = store.path(store.put(model(1))).with_name(".model-000002.lamp.4711.new")
    torn.write_bytes(b"half")
    store.put(model(2))
    assert not torn.exists()


def garbled(content: bytes, chance: random.Random) -> bytes:
    """A model file with other things in its header, under a right checksum."""
    magic, body = content[:8], content[40:]
    version, length = struct.unpack_from("<IQ", body)
    header = bytearray(body[12 : 12 + length])
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(header))
        match chance.randrange(3):
            case 0:
                header[place] = chance.choice(b'0123456789{}[]",:-.eantl')
            case 1:
                header[place:place] = chance.choice([b"9", b"-1", b"null", b"[]", b"{}"])
            case 2:
                del header[place : place + chance.randint(1, 20)]
    whole = struct.pack("<IQ", version, len(header)) + bytes(header) + body[12 + length :]
    return magic + hashlib.sha256(whole).digest() + whole


def test_a_model_that_is_loaded_answers_or_is_refused_in_a_line(store: ModelStore) -> None:
    """14 of 3000 were loaded, and ended the anticipator with the first word it heard."""
    path = store.path(store.put(model(3)))
    content, chance, loaded = path.read_bytes(), random.Random(3), 0
    for _ in range(400):
        path.write_bytes(garbled(content, chance))
        try:
            found = load_model(path)
        except LanguageModelUnusable:
            continue
        loaded += 1
        for state in STATES:
            assert len(found.predict("open sesame", conversation.before(state))) >= 1
    assert 0 < loaded < 100


def test_a_model_without_the_lamps_own_tokens_is_refused(store: ModelStore) -> None:
    stranger = LanguageModel.fresh(("<on>", "<off>"), PRESETS["potato"])
    path = store.path(store.put(stranger))
    with pytest.raises(LanguageModelUnusable, match="not as a lamp"):
        load_model(path)
