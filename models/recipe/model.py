"""The potato: raw waveform in, 32 character logits every 20 ms out, 3.7 M parameters.

    waveform --Ears--> 80 log-mel bands every 10 ms --stem--> 40 ms steps --blocks--> logits

`Ears` is a convolution whose filters are windowed waves (kernel 400, stride 160) followed by
squaring, mel bands and a logarithm with a floor: nothing in it depends on the rest of the
utterance, so a partial transcript equals the final one. The blocks work on 40 ms steps, which
halves the cost, and each step writes two frames of 20 ms. Each block sees two steps ahead, so a
frame is final once half a second of sound has come after it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

RATE = 16_000
WINDOW = 400  # 25 ms
HOP = 160  # 10 ms
FRAME = 320  # samples of a frame of logits: 20 ms
STEP = 640  # samples of a step inside: 40 ms
TAKEN = 80  # samples that `Above` makes at a time
FLOOR = 1e-7  # power added to every mel band: 16 bit dither stays below it


@dataclass(frozen=True)
class Size:
    """Everything that decides the shape of the weights."""

    bands: int = 80
    width: int = 192
    depth: int = 5
    heads: int = 4
    inner: int = 1152  # of the feed-forward part of a block
    kernel: int = 11  # steps the convolution of a block sees
    behind: int = 25  # steps each attention sees back: 1 s; it sees none ahead
    ahead: int = 2  # steps each convolution sees ahead: 80 ms
    symbols: int = 32

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for config.json."""
        return asdict(self)


class Ears(nn.Module):
    """Log-mel bands of a waveform; nothing here is trained."""

    waves: Tensor
    mel: Tensor

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.register_buffer("waves", windowed_waves())
        self.register_buffer("mel", mel_bands(bands))

    def forward(self, samples: Tensor) -> Tensor:
        """[batch, n] -> [batch, bands, n // 160 + 1]; frame i is centred on sample 160 i."""
        padded = functional.pad(samples, (WINDOW // 2, WINDOW // 2))
        parts = functional.conv1d(padded[:, None], self.waves, stride=HOP)
        power = parts.square()
        half = power.shape[1] // 2
        bands = torch.matmul(self.mel, power[:, :half] + power[:, half:])
        return torch.log(bands + FLOOR) / 4 + 2


def windowed_waves() -> Tensor:
    """Cosines, then sines, under a Hann window; shape [2 * 201, 1, 400]."""
    time = torch.arange(WINDOW, dtype=torch.float64)
    frequency = torch.arange(WINDOW // 2 + 1, dtype=torch.float64)
    angle = 2 * math.pi * frequency[:, None] * time[None] / WINDOW
    window = torch.hann_window(WINDOW, periodic=True, dtype=torch.float64)
    waves = torch.cat([torch.cos(angle), torch.sin(angle)]) * window / window.sum()
    return waves[:, None].float()


def mel_bands(bands: int, lowest: float = 60.0, highest: float = 7600.0) -> Tensor:
    """Triangles on the mel scale, each summing to at most a few bins; shape [bands, 201]."""

    def mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    edges = torch.linspace(mel(lowest), mel(highest), bands + 2, dtype=torch.float64)
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float64) * RATE / WINDOW
    rise = (bins[None] - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    fall = (hertz[2:, None] - bins[None]) / (hertz[2:] - hertz[1:-1])[:, None]
    weights = torch.minimum(rise, fall).clamp(min=0)
    narrow = weights.sum(dim=1) < 1e-3  # a band between two bins takes the nearest one
    nearest = (hertz[1:-1] * WINDOW / RATE).round().long()
    weights[narrow] = functional.one_hot(nearest[narrow], weights.shape[1]).double()
    return weights.float()


class Attention(nn.Module):
    """Each step attends to itself and those up to `behind` before it."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads, self.behind = size.heads, size.behind
        self.inward = nn.Linear(size.width, 3 * size.width)
        self.outward = nn.Linear(size.width, size.width)
        self.nearness = nn.Parameter(torch.zeros(size.heads, size.behind + 1))

    def forward(self, x: Tensor) -> Tensor:
        """[batch, steps, width], same shape out."""
        batch, steps, width = x.shape
        query, key, value = (
            part.view(batch, steps, self.heads, width // self.heads).transpose(1, 2)
            for part in self.inward(x).split(width, dim=-1)
        )
        scores = query @ key.transpose(2, 3) / math.sqrt(width // self.heads)
        weights = torch.softmax(scores + self.bias(steps, x.device), dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, steps, width)
        out: Tensor = self.outward(mixed)
        return out

    def bias(self, steps: int, device: torch.device) -> Tensor:
        """Learnt preference by distance, minus infinity out of reach; [heads, steps, steps]."""
        place = torch.arange(steps, device=device)
        distance = place[None] - place[:, None] + self.behind
        reach = (distance >= 0) & (distance <= self.behind)
        bias = self.nearness[:, distance.clamp(0, self.behind)]
        return bias.masked_fill(~reach, -1e4)


class Mixing(nn.Module):
    """Gated depthwise convolution over neighbouring steps."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.edges = (size.kernel - 1 - size.ahead, size.ahead)
        self.inward = nn.Linear(size.width, 2 * size.width)
        self.near = nn.Conv1d(size.width, size.width, size.kernel, groups=size.width)
        self.norm = nn.LayerNorm(size.width)
        self.outward = nn.Linear(size.width, size.width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, steps, width], same shape out."""
        gated = functional.glu(self.inward(x), dim=-1)
        near = self.near(functional.pad(gated.transpose(1, 2), self.edges)).transpose(1, 2)
        out: Tensor = self.outward(functional.silu(self.norm(near)))
        return out


class Block(nn.Module):
    """Attention, mixing of neighbours, feed-forward; each around a residual."""

    def __init__(self, size: Size, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(size.width) for _ in range(3))
        feed = nn.Sequential(
            nn.Linear(size.width, size.inner), nn.GELU(), nn.Linear(size.inner, size.width)
        )
        self.parts = nn.ModuleList([Attention(size), Mixing(size), feed])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, steps, width], same shape out."""
        for norm, part in zip(self.norms, self.parts, strict=True):
            x = x + self.dropout(part(norm(x)))
        return x


class Potato(nn.Module):
    """The whole model."""

    def __init__(self, size: Size | None = None, dropout: float = 0.0) -> None:
        super().__init__()
        self.size = size = size or Size()
        self.ears = Ears(size.bands)
        self.stem = nn.Linear(4 * size.bands, size.width)
        self.stem_norm = nn.LayerNorm(size.width)
        self.near = nn.Linear(2 * size.width, size.width)
        self.blocks = nn.ModuleList(Block(size, dropout) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width)
        self.head = nn.Linear(size.width, 2 * size.symbols)

    def forward(self, samples: Tensor) -> Tensor:
        """[batch, n] -> logits [batch, n // 320 + 1, symbols]."""
        frames = samples.shape[1] // FRAME + 1
        return self.steps(self.ears(samples))[:, :frames]

    def steps(self, mel: Tensor) -> Tensor:
        """[batch, bands, ticks of 10 ms] -> logits [batch, 2 * steps, symbols]."""
        batch, bands, ticks = mel.shape
        steps = (ticks + 3) // 4
        padded = functional.pad(mel, (0, 4 * steps - ticks))
        folded = padded.transpose(1, 2).reshape(batch, steps, 4 * bands)
        x = functional.gelu(self.stem_norm(self.stem(folded)))
        before = functional.pad(x, (0, 0, 1, 0))[:, :-1]
        x = x + self.near(torch.cat([before, x], dim=-1))
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(self.norm(x))
        return logits.reshape(batch, 2 * steps, self.size.symbols)


class Above(nn.Module):
    """Takes off what is deeper than `hertz`, however loud: rumble, hum, breath on a microphone.

    A filter of 50 ms, written as a convolution that makes `TAKEN` samples at a time: one that
    makes them one by one would need hundreds of times the memory.
    """

    taps: Tensor

    def __init__(self, hertz: float = 100.0, reach: int = 400) -> None:
        super().__init__()
        place = torch.arange(-reach, reach + 1, dtype=torch.float64)
        deep = (
            torch.sinc(2 * hertz / RATE * place)
            * torch.hann_window(2 * reach + 3, periodic=False, dtype=torch.float64)[1:-1]
        )
        one = -deep / deep.sum()
        one[reach] += 1
        rows = [functional.pad(one, (shift, TAKEN - 1 - shift)) for shift in range(TAKEN)]
        self.reach = reach
        self.register_buffer("taps", torch.stack(rows)[:, None].float())

    def forward(self, samples: Tensor) -> Tensor:
        """[1, n], same shape out."""
        count = samples.shape[1]
        padded = functional.pad(samples, (self.reach, self.reach + TAKEN - 1))
        parts = functional.conv1d(padded[:, None], self.taps, stride=TAKEN)
        return parts.transpose(1, 2).reshape(1, -1)[:, :count]


class Twice(nn.Module):
    """What ships: hears everything above 100 Hz twice, half a step apart, and takes the mean.

    A step writes two frames, the first of which it has heard for 20 ms longer. Shifted by a
    frame, the roles change, so that what is written depends less on where the steps happen to lie.
    """

    def __init__(self, potato: Potato) -> None:
        super().__init__()
        self.potato = potato
        self.above = Above()

    def forward(self, samples: Tensor) -> Tensor:
        """[1, n] -> logits [1, n // 320 + 1, symbols]."""
        frames = samples.shape[1] // FRAME + 1
        mel = self.potato.ears(self.above(samples))
        ticks = FRAME // HOP
        later = functional.pad(mel, (ticks, 0), value=math.log(FLOOR) / 4 + 2)
        both = self.potato.steps(torch.cat([functional.pad(mel, (0, ticks)), later]))
        return (both[:1, :frames] + both[1:, 1 : frames + 1]) / 2
