"""Every number of the model that is chosen rather than learned, and the presets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .bit_cipher import capacity
from .errors import SettingsInvalid


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
    hidden: units of the hidden layer; 0 for as many as there are actions.
    shrinkage: smoothing in proportion to a feature's own count (no unit).
    doubt: smoothing in units of feature mass: how much a feature must be seen to be believed.
    nothing_before: exchanges of action 0 that the model believes it saw before the first one.
    temper: the closed form's logits are multiplied by it; below 1 because n-grams overlap.
    agreement: how much more the output layer believes the hidden layer than the counts say.
    ridge: weighs half the squared distance of the polished weights from the closed form.
    balance: class weights in the polish are (share of the class) ** -balance, so 0 is none;
        above 1, rare actions weigh more in all than frequent ones.
    label_smoothing: share of every target that is spread over all hidden units.
    attend: whether the polish also moves the attention weights.
    """

    bits: int = 8
    radii: tuple[int, ...] = (1, 2)
    vocabulary: int = 255
    block: int = 24
    radial: int = 6
    longest_gram: int = 4
    gram_capacity: int = 32_768
    hidden: int = 0
    shrinkage: float = 0.1
    doubt: float = 1.0
    nothing_before: float = 2.0
    temper: float = 0.2
    agreement: float = 20.0
    ridge: float = 0.07
    balance: float = 1.8
    label_smoothing: float = 0.05
    attend: bool = False

    def __post_init__(self) -> None:
        for name in ("bits", "vocabulary", "block", "radial", "longest_gram", "gram_capacity"):
            if getattr(self, name) < 1:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("hidden", "shrinkage", "nothing_before", "balance"):
            if getattr(self, name) < 0:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must not be negative")
        for name in ("doubt", "temper", "agreement", "ridge"):
            if not getattr(self, name) > 0:
                raise SettingsInvalid(f"{name} is {getattr(self, name)}; it must be positive")
        if any(radius < 1 for radius in self.radii):
            raise SettingsInvalid(f"radii are {self.radii}; each must be at least 1")
        if self.vocabulary > capacity(self.bits):
            raise SettingsInvalid(
                f"{self.bits} bits tell {capacity(self.bits)} tokens apart, not "
                f"{self.vocabulary}; raise bits or lower vocabulary"
            )


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
