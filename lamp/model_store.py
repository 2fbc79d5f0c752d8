"""Where language models lie: one file each, and a small one that names the current.

Written to a temporary file, flushed to the disk and renamed, so that a power cut leaves
the old or the new one, never half of one. Earlier models stay for a rollback.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lamp.diary import conversation
from lamp.errors import LanguageModelUnusable, StateError
from lamp.language_model import LanguageModel, LanguageModelError
from lamp.messages import State
from lamp.runtime.files import write_whole

CURRENT = "current.json"
STATES: tuple[State, State] = ("lit", "dark")
_FILE = re.compile(r"model-[0-9]{6,9}\.lamp")  # what else lies here is somebody else's


@dataclass(frozen=True)
class StoredModel:
    """A model file: its name in the store, checksum, and the label position it knows."""

    file: str
    sha256: str
    trained_to: int


def load_model(path: Path) -> LanguageModel:
    """The language model in the file ``path``, which was tried out.

    Raises:
        LanguageModelUnusable: it is missing, corrupt or of another version, or does not answer.
    """
    try:
        model = LanguageModel.load(path)
        for state in STATES:
            model.predict("lumos", conversation.before(state))
    except LanguageModelError as error:
        raise LanguageModelUnusable(str(error)) from error
    except Exception as error:  # whatever a file can hold under a right checksum
        raise LanguageModelUnusable(
            f"{path} has a right checksum and gives no answer ({error!r});"
            " delete it and fit a new model to the examples"
        ) from error
    if model.actions != conversation.TOKENS:
        raise LanguageModelUnusable(f"{path} answers {model.actions}, not as a lamp; delete it")
    return model


class ModelStore:
    """The language models of one lamp.

    Args:
        directory: made if need be.
        keep: how many earlier models stay.
    """

    def __init__(self, directory: Path, keep: int) -> None:
        self._directory = directory
        self._keep = keep

    def put(self, model: LanguageModel) -> StoredModel:
        """Store ``model`` and make it the current one.

        Raises:
            OSError: the disk refuses; the current model stays.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"model-{self._next_number():06d}.lamp"
        path = self._directory / name
        model.save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stored = StoredModel(name, digest, model.trained_to)
        self._point_to(stored)
        self._forget_old(name)
        return stored

    def current(self) -> StoredModel | None:
        """The model the lamp lives with; None before the first, or where nothing says which."""
        try:
            entry = (self._directory / CURRENT).read_bytes()
            stored = msgspec.json.decode(entry, type=StoredModel)
        except (OSError, msgspec.MsgspecError, RecursionError):
            return None
        ours = _FILE.fullmatch(stored.file) and 0 <= stored.trained_to < 1 << 53
        return stored if ours else None

    def path(self, stored: StoredModel) -> Path:
        """Where its file lies."""
        return self._directory / stored.file

    def load(self) -> LanguageModel | None:
        """The current model, or None before the first.

        Raises:
            LanguageModelUnusable: its file is missing, corrupt or of another version.
        """
        stored = self.current()
        return None if stored is None else load_model(self.path(stored))

    def files(self) -> list[Path]:
        """All model files, oldest first."""
        found = self._directory.glob("model-*.lamp")
        return sorted(path for path in found if _FILE.fullmatch(path.name))

    def roll_back(self) -> StoredModel:
        """Make the model before the current one current again.

        Raises:
            StateError: there is no earlier model.
            LanguageModelUnusable: the earlier one is damaged; the current one stays.
        """
        stored = self.current()
        earlier = [path for path in self.files() if stored is None or path.name < stored.file]
        if not earlier:
            raise StateError("there is no earlier model to go back to. The current one stays")
        path = earlier[-1]
        model = load_model(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        back = StoredModel(path.name, digest, model.trained_to)
        self._point_to(back)
        return back

    def _next_number(self) -> int:
        files = self.files()
        return int(files[-1].stem.removeprefix("model-")) + 1 if files else 1

    def _forget_old(self, current: str) -> None:
        older = [path for path in self.files() if path.name < current]
        for path in older[: max(0, len(older) - self._keep)]:
            path.unlink(missing_ok=True)
        for torn in self._directory.glob(".model-*.new"):  # of a writer that was killed
            torn.unlink(missing_ok=True)

    def _point_to(self, stored: StoredModel) -> None:
        write_whole(self._directory / CURRENT, msgspec.json.encode(stored))
