"""The network, its losses, checkpoints and export. Needs torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.recipe import losses, plot  # noqa: E402
from models.recipe.checkpoints import RunningMean, State, load, save  # noqa: E402
from models.recipe.model import Above, Ears, Potato, Size, Twice, mel_bands  # noqa: E402

SMALL = Size(width=32, depth=2, heads=2, inner=48)


@pytest.fixture
def potato() -> Potato:
    torch.manual_seed(0)
    return Potato(SMALL).eval()


def test_a_frame_every_20_ms(potato: Potato) -> None:
    for count in (1, 319, 320, 16_000, 16_001):
        assert potato(torch.zeros(1, count)).shape == (1, count // 320 + 1, 32)


def test_hearing_twice_is_the_mean_of_two_hearings_a_frame_apart(potato: Potato) -> None:
    samples = torch.randn(1, 16_000) * 0.1
    for count in (1, 319, 16_000):
        assert Twice(potato)(torch.zeros(1, count)).shape == (1, count // 320 + 1, 32)
    heard = Above()(samples)
    later = potato(torch.nn.functional.pad(heard, (320, 0)))[:, 1:]
    wanted = (potato(torch.nn.functional.pad(heard, (0, 320)))[:, :-1] + later) / 2
    assert torch.allclose(Twice(potato)(samples)[:, 40:-12], wanted[:, 40:-12], atol=1e-3)


@pytest.mark.parametrize(("hertz", "left"), [(0, 0.0), (50, 0.0), (200, 1.0), (3000, 1.0)])
def test_what_is_deep_is_taken_off(hertz: int, left: float) -> None:
    tone = torch.cos(2 * torch.pi * hertz * torch.arange(16_001) / 16_000)[None]
    kept = Above()(tone)
    assert kept.shape == tone.shape
    middle = kept[0, 4_000:12_000] / (1 if hertz else 2**0.5)
    assert abs(float(middle.square().mean() * 2) ** 0.5 - left) < 0.12
    assert torch.allclose(kept[0, 4_000:12_000], left * tone[0, 4_000:12_000], atol=0.12)


def test_the_ears_hear_pitch() -> None:
    tone = torch.sin(torch.arange(16_000) * 2 * torch.pi * 1000 / 16_000)[None]
    bands = Ears(80)(tone)[0, :, 50]
    middle = (mel_bands(80) * torch.arange(201)).sum(1) / mel_bands(80).sum(1) * 40
    assert abs(float(middle[int(bands.argmax())]) - 1000) < 80


def test_dither_stays_below_the_floor() -> None:
    ears = Ears(80)
    faint = torch.randn(1, 16_000) * 2 / 32_768
    assert float((ears(faint) - ears(torch.zeros(1, 16_000))).abs().max()) < 0.1


def test_the_past_is_settled_half_a_second_later(potato: Potato) -> None:
    samples = torch.randn(1, 64_000) * 0.1
    whole = potato(samples)
    part = potato(samples[:, :32_000])
    settled = part.shape[1] - 25 - 4
    assert torch.allclose(part[:, :settled], whole[:, :settled], atol=1e-4)


def test_losses_prefer_the_truth() -> None:
    target = torch.zeros(2, 10, 32)
    target[:, :, 0] = 1
    target[:, 3] = 0
    target[:, 3, 7] = 1
    right, wrong = target * 12, torch.zeros_like(target)
    assert losses.distillation(right, target) < losses.distillation(wrong, target)
    wanted = losses.strings(target.numpy())
    assert wanted == [[7], [7]]
    assert losses.ctc(right, wanted) < losses.ctc(wrong, wanted)
    assert float(losses.unsteadiness(right, right)) == 0
    assert float(losses.unsteadiness(right, wrong)) > 0


def test_checkpoints_come_back(tmp_path: Path, potato: Potato) -> None:
    mean = RunningMean(potato)
    mean.update(potato, 3)
    optimiser = torch.optim.AdamW(potato.parameters())
    state = State(5, 1.5, potato.state_dict(), mean.weights, optimiser.state_dict())
    save(tmp_path / "run" / "state.pt", state)
    back = load(tmp_path / "run" / "state.pt")
    assert back.step == 5
    assert torch.equal(back.mean["head.weight"], mean.weights["head.weight"])


def test_export_agrees_with_torch(tmp_path: Path, potato: Potato) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    export = pytest.importorskip("models.recipe.export")
    twice = Twice(potato)
    export.to_onnx(twice, tmp_path / "full.onnx")
    export.quantise(tmp_path / "full.onnx", tmp_path / "model.onnx")
    report = export.check(twice, tmp_path / "full.onnx", tmp_path / "model.onnx")
    assert report["worst"] < 1e-3
    assert report["int8 agrees"] > 0.98
    matrices = sum(
        p.numel() for n, p in potato.named_parameters() if p.ndim == 2 and "near" not in n
    )
    saved = (tmp_path / "full.onnx").stat().st_size - (tmp_path / "model.onnx").stat().st_size
    assert saved > 2.5 * matrices, "a weight should take one byte, not four"
    export.write_layout(potato.size, tmp_path)
    assert (tmp_path / "vocab.json").exists()


def test_the_curve_is_a_picture() -> None:
    points = [{"hours": float(n), "error": 1 / (n + 1), "distil": 2 / (n + 1)} for n in range(5)]
    assert plot.draw(points).startswith("<svg")
    assert np.isfinite(points[-1]["error"])
