"""A tiny language model that learns which action follows an utterance, from labelled exchanges.

After Jake Ryland Williams' LAMP talk and the SAFFU papers (arXiv 2311.07498, 2311.07510,
2311.11012): bit ciphers, concatenated contexts, softmax layers with a closed-form warm start from
counts, and a short polish. Needs numpy only; knows nothing of lamps, never reads the clock.
Read the files in this order: bit_cipher, tokenizer, cooccurrence, contexts, attention, grams,
label_cipher, warm_start, tally, counts, network, gradients, polish, fitting, model, growth, ways.
docs/learning.md explains the formulas and the marks [T] (in the talk), [C] (in the author's
published code), [D] (derived here) and [O] (our choice).
"""

from .budget import Budget, StepBudget, TimeBudget
from .errors import (
    LanguageModelError,
    ModelFileDamaged,
    ModelFileForeign,
    ModelFileMissing,
    ModelFileTooNew,
    ModelFileUnreadable,
    SettingsInvalid,
    UnknownAction,
)
from .examples import Example, Scores
from .growth import grow, sizes_at
from .model import LanguageModel
from .settings import PRESETS, Settings
from .ways import blended, grown

__all__ = [
    "PRESETS",
    "Budget",
    "Example",
    "LanguageModel",
    "LanguageModelError",
    "ModelFileDamaged",
    "ModelFileForeign",
    "ModelFileMissing",
    "ModelFileTooNew",
    "ModelFileUnreadable",
    "Scores",
    "Settings",
    "SettingsInvalid",
    "StepBudget",
    "TimeBudget",
    "UnknownAction",
    "blended",
    "grow",
    "grown",
    "sizes_at",
]
