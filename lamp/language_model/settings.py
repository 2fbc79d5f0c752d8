"""Every number of the model that is chosen rather than learned, the presets, and how they grow.

>>> PRESETS["potato"].vocabulary, sizes_at(PRESETS["potato"], exchanges=2_500).vocabulary
(63, 252)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .closed_form import Smoothing
from .embeddings import capacity
from .errors import SettingsInvalid

_FIRST_DOUBLING = 1_000  # exchanges
_MOST_DOUBLINGS = 3
_LONGER_BLOCK = 4  # tokens for each doubling


@dataclass(frozen=True)
class Settings:
    """How large the model is and how strongly it is held back.

    bits: of a token's cipher; bounds the vocabulary at 2^bits - 1 tokens.
    radii: of the co-occurrence ciphers, in tokens; an embedding has bits * (1 + radii) numbers.
    vocabulary: most tokens, ``<unk>``, actions and characters included.
    block: most tokens of the block context.
    radial: most tokens of the radial context.
    longest_gram: characters of the longest n-gram in the document context.
    gram_capacity: most n-grams that are told apart.
    relative_smoothing: in proportion to a feature's own count (no unit).
    pseudo_count: mass of a feature: how much of it must be seen to be believed.
    prior_none: exchanges of action 0 that the model believes it saw before the first one.
    logit_scale: the closed form is multiplied by it; below 1 because n-grams overlap.
    output_prior: how much more the output layer believes the hidden layer than the counts say.
    l2: weighs half the squared distance of the refined weights from the closed form.
    balance: class weights of the refinement are (share of the class) ** -balance, so 0 is none;
        above 1, rare actions weigh more in all than frequent ones.
    label_smoothing: share of every target that is spread over all actions.
    """

    bits: int = 8
    radii: tuple[int, ...] = (1, 2)
    vocabulary: int = 255
    block: int = 24
    radial: int = 6
    longest_gram: int = 4
    gram_capacity: int = 32_768
    relative_smoothing: float = 0.1
    pseudo_count: float = 1.0
    prior_none: float = 6.0
    logit_scale: float = 0.2
    output_prior: float = 20.0
    l2: float = 0.07
    balance: float = 1.8
    label_smoothing: float = 0.05

    def __post_init__(self) -> None:
        for name in ("bits", "vocabulary", "block", "radial", "longest_gram", "gram_capacity"):
            if getattr(self, name) < 1:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("relative_smoothing", "prior_none", "balance"):
            if getattr(self, name) < 0:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must not be negative")
        for name in ("pseudo_count", "logit_scale", "output_prior", "l2"):
            if not getattr(self, name) > 0:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must be positive")
        if any(radius < 1 for radius in self.radii):
            raise SettingsInvalid(f"radii are {self.radii}; each must be at least 1")
        if self.vocabulary > capacity(self.bits):
            raise SettingsInvalid(
                f"{self.bits} bits tell {capacity(self.bits)} tokens apart, not "
                f"{self.vocabulary}; raise bits or lower vocabulary"
            )

    @property
    def smoothing(self) -> Smoothing:
        """Of every closed form but the output layer's."""
        return Smoothing(self.relative_smoothing, self.pseudo_count)


_SMALL = Settings()

PRESETS: dict[str, Settings] = {
    "potato": replace(
        _SMALL, bits=6, vocabulary=63, radii=(1,), block=12, radial=4, gram_capacity=8_192
    ),
    "micro": replace(_SMALL, bits=7, vocabulary=127, block=16, gram_capacity=16_384),
    "small": _SMALL,
    "big": replace(
        _SMALL,
        bits=12,
        vocabulary=1_023,
        radii=(1, 2, 4),
        block=48,
        radial=12,
        gram_capacity=65_536,
    ),
}


def sizes_at(settings: Settings, exchanges: int) -> Settings:
    """The sizes for so many exchanges: they double with them, from 1,000 on, thrice."""
    doublings = 0
    while doublings < _MOST_DOUBLINGS and exchanges >= _FIRST_DOUBLING * 2**doublings:
        doublings += 1
    bits = settings.bits + doublings
    return replace(
        settings,
        bits=bits,
        vocabulary=min(settings.vocabulary * 2**doublings, 2**bits - 1),
        block=settings.block + _LONGER_BLOCK * doublings,
        gram_capacity=settings.gram_capacity * 2**doublings,
    )
