"""What can go wrong with a model file: one class for each cause, each message says what to do."""

from __future__ import annotations


class LanguageModelError(Exception):
    """Base of everything this package raises on purpose."""


class ModelFileMissing(LanguageModelError):
    """There is no file at the path."""


class ModelFileUnreadable(LanguageModelError):
    """The file is there but the system does not let it be read."""


class ModelFileDamaged(LanguageModelError):
    """The file is cut off or its checksum does not match."""


class ModelFileForeign(LanguageModelError):
    """The file is not a language model at all."""


class ModelFileTooNew(LanguageModelError):
    """The file was written by a newer version of this package."""


class ModelFileTooOld(LanguageModelError):
    """The file was written by an older version of this package, in a format it reads no more."""


class UnknownAction(LanguageModelError):
    """An example's label is not the index of one of the model's actions."""


class SettingsInvalid(LanguageModelError):
    """A setting is outside its range."""
