"""A tiny language model that learns which action follows an utterance, from labelled exchanges.

After Jake Ryland Williams' LAMP talk and the SAFFU papers (arXiv 2311.07498, 2311.07510,
2311.11012): bit ciphers, concatenated contexts, softmax layers with a closed-form warm start from
counts, and a short correction by logistic regression. Needs numpy only; never reads the clock.

Ten files to read, in this order, each with a worked example at its head that the tests run:

1.  text         a text becomes tokens and n-grams
2.  embeddings   bit ciphers and co-occurrence ciphers: what a token is
3.  contexts     block, radial, document; self-attention, with W
4.  features     what the hidden layer reads; matrices of two parts
5.  closed_form  the warm start: weights from counts, with K
6.  encoder      1 to 4 put together
7.  counts       the hidden layer as exact running counts
8.  refine       U = P + D: the correction D, under a budget
9.  fitting      all layers from the bottom up, held-out exchanges as judges
10. model        predict, observe, fit, save, load

Beside them: arrays, settings, lbfgs, model_file, errors. The formulas in the comments are marked
[T] (in the talk), [C] (in the author's published code), [D] (derived here) and [O] (our choice).
"""

from .encoder import Example
from .errors import (
    LanguageModelError,
    ModelFileDamaged,
    ModelFileForeign,
    ModelFileMissing,
    ModelFileTooNew,
    ModelFileTooOld,
    ModelFileUnreadable,
    SettingsInvalid,
    UnknownAction,
)
from .fitting import Scores
from .model import LanguageModel
from .refine import Budget, StepBudget, TimeBudget
from .settings import PRESETS, Settings, sizes_at
from .text import SoftText, Text

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
    "ModelFileTooOld",
    "ModelFileUnreadable",
    "Scores",
    "Settings",
    "SettingsInvalid",
    "SoftText",
    "StepBudget",
    "Text",
    "TimeBudget",
    "UnknownAction",
    "sizes_at",
]
