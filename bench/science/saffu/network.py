"""The way forward: two attention distributions, three contexts, a hidden layer, an output [T].

    q = C[token, pivot] / C[pivot, pivot]           compared, by lookup; the pivot's own q is 1
    a = softmax(W^T q)                              one W for the block, one for radial
    h = sum_j a_j E[token_j]                        a context as one vector
    H = softmax(U^T [h_block | h_radial | h_document])
    p = softmax(O^T H)

C = E E^T is made once for frozen embeddings. Divided by the pivot's comparison with itself [O], a
row of W reads "with the pivot at i": the pivot speaks first, the others by how alike they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bench.science.saffu.contexts import Contexts, Flags, Singles, contexts, document_means
from lamp.language_model.arrays import Ints

_NEVER = np.float32(-1e9)  # the logit of a token that is not there


@dataclass(frozen=True)
class Sizes:
    """Numbers that are chosen. bits: of the ciphers; radii: of the company that is counted;
    block, radial, document: tokens of each context; hidden: bits of the label ciphers."""

    vocabulary: int = 1000
    bits: int = 60
    radii: tuple[int, ...] = (1, 2)
    block: int = 16
    radial: int = 4
    document: int = 200
    hidden: int = 60

    @property
    def width(self) -> int:
        """w, numbers of an embedding."""
        return self.bits * (1 + len(self.radii))


class Weights(NamedTuple):
    """block: W, (b, b). radial: W, (r, r). hidden: U, (3 w, hidden). output: O, (hidden, V)."""

    block: Singles
    radial: Singles
    hidden: Singles
    output: Singles

    @property
    def count(self) -> int:
        """How many numbers are learned by steps."""
        return sum(each.size for each in self)


def nothing_known(sizes: Sizes) -> Weights:
    """All zeros: attention to all alike, every token as likely as any other."""
    shapes = (
        (sizes.block, sizes.block),
        (sizes.radial, sizes.radial),
        (3 * sizes.width, sizes.hidden),
        (sizes.hidden, sizes.vocabulary),
    )
    return Weights(*(np.zeros(shape, dtype=np.float32) for shape in shapes))


class Reading(NamedTuple):
    """A batch of n places. documents: (n, w). targets: (n,), the tokens that follow."""

    contexts: Contexts
    documents: Singles
    targets: Ints


def misread(text: Ints, share: float, others: Ints, rng: np.random.Generator) -> Ints:
    """The text with a share of its tokens taken for any of ``others``."""
    wrong = rng.random(len(text)) < share
    return np.where(wrong, rng.choice(others, len(text)), text)


class Reader:
    """A text with frozen embeddings, and any places of it as a batch.

    Args:
        text: ranks of words.
        embeddings: E, (vocabulary, w).
    """

    def __init__(self, text: Ints, embeddings: Singles, sizes: Sizes) -> None:
        self.text = self._read = text
        self.sizes = sizes
        self.refresh(embeddings)

    def move(self, embeddings: Singles) -> None:
        """Other embeddings, and their comparisons; documents stay what they were."""
        self.embeddings = embeddings
        compared = embeddings @ embeddings.T
        self.cache = compared / np.diag(compared)[None, :]

    def refresh(self, embeddings: Singles) -> None:
        """Other embeddings in all three contexts."""
        self.move(embeddings)
        blocks = np.arange(0, len(self.text), self.sizes.block)
        self._documents = document_means(self.text, blocks, embeddings, self.sizes.document)

    def misread(self, share: float, others: Ints, rng: np.random.Generator) -> None:
        """From now on a share of the tokens before a place are any of ``others``, at random.

        What should follow stays true. It smooths as interpolation smooths an n-gram model (Xie et
        al. 2017): no single token can be trusted.
        """
        self._read = misread(self.text, share, others, rng)

    def read_rightly(self) -> None:
        """Every token before a place is what it is."""
        self._read = self.text

    def at(self, places: Ints) -> Reading:
        """The batch of ``places``."""
        found = contexts(self._read, places, self.sizes.block, self.sizes.radial)
        documents = self._documents[(places - 1) // self.sizes.block]
        return Reading(found, documents, self.text[places])


class Attended(NamedTuple):
    """compared: q, (n, m). attention: a, (n, m). vectors: (n, m, w). output: h, (n, w)."""

    compared: Singles
    attention: Singles
    vectors: Singles
    output: Singles


class Pass(NamedTuple):
    """One run. inputs: [h_block | h_radial | h_document]. hidden: H. logits: of the output."""

    block: Attended
    radial: Attended
    inputs: Singles
    hidden: Singles
    logits: Singles


def softmax(logits: Singles) -> Singles:
    """In place of its argument, which is not needed any more."""
    logits -= logits.max(axis=-1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=-1, keepdims=True)
    return logits


def attend(
    weights: Singles, reader: Reader, tokens: Ints, pivot: Ints, inside: Flags | None = None
) -> Attended:
    """One context of n places through its attention."""
    compared = reader.cache[tokens, pivot[:, None]]
    if inside is not None:
        compared *= inside
    logits = compared @ weights
    if inside is not None:
        logits = np.where(inside, logits, _NEVER)
    attention = softmax(logits)
    vectors = reader.embeddings[tokens]
    return Attended(compared, attention, vectors, (attention[:, None, :] @ vectors)[:, 0])


def forward(weights: Weights, reader: Reader, batch: Reading) -> Pass:
    """A batch through the network, up to the logits of the next token."""
    around = batch.contexts
    block = attend(weights.block, reader, around.block, around.pivot, around.inside)
    radial = attend(weights.radial, reader, around.radial, around.pivot)
    inputs = np.concatenate([block.output, radial.output, batch.documents], axis=1)
    hidden = softmax(inputs @ weights.hidden)
    return Pass(block, radial, inputs, hidden, hidden @ weights.output)


def surprise(logits: Singles, targets: Ints) -> Singles:
    """-log p(target), (n,), in nats."""
    highest = logits.max(axis=1)
    total = np.log(np.exp(logits - highest[:, None]).sum(axis=1)) + highest
    return np.asarray(total - logits[np.arange(len(targets)), targets])


def perplexity(weights: Weights, reader: Reader, places: Ints) -> float:
    """exp of the mean surprise over ``places``."""
    chunks = np.array_split(places, -(-len(places) // 1000))
    total = 0.0
    for chunk in chunks:
        batch = reader.at(chunk)
        total += float(surprise(forward(weights, reader, batch).logits, batch.targets).sum())
    return float(np.exp(total / len(places)))
