"""Ours against stock's `CFM.sample` at batch 1, fp32: a relative error of at most 1e-5."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import nn

from ishowtts_synth.f5.model import Block
from tests.synth.f5.checkpoints import V0_ARCH, V1_ARCH
from tests.synth.f5.pairs import (
    FP32_TOLERANCE,
    Case,
    Pair,
    load_pair,
    make_pair,
    relative_error,
)

TEXTS = {
    "english": "I don't really care what you call me; I've been a silent spectator.",
    "chinese": "你好，主播！今天的行情怎么样？",
    "mixed": "我用 GTA 玩 hello“你好” world…",
    "short": "6",
    "emoji": "🎉🎉",
    "latin": "señor, ça va? über naïve",
    "unknown": "שלום 안녕",
}


@pytest.fixture(scope="module")
def pair(checkpoint: Path) -> Pair:
    return load_pair(checkpoint)


def assert_parity(pair: Pair, case: Case) -> None:
    (ours,) = pair.ours(case)
    assert relative_error(ours, pair.theirs(case)) <= FP32_TOLERANCE


@pytest.mark.parametrize("steps", range(4, 33))
def test_every_number_of_steps(pair: Pair, steps: int) -> None:
    assert_parity(pair, Case(steps=steps, frames=90))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_kind_of_text(pair: Pair, text: str) -> None:
    assert_parity(pair, Case(text))


@pytest.mark.parametrize("cfg_strength", [0.0, 9e-6, 1e-5, 0.7, 2.0, 3.5])
def test_guidance_on_and_off(pair: Pair, cfg_strength: float) -> None:
    assert_parity(pair, Case(cfg_strength=cfg_strength))


@pytest.mark.parametrize("sway", [None, -1.0, -0.4, 0.6])
@pytest.mark.parametrize("epss", [True, False])
def test_sway_and_pruned_times(pair: Pair, sway: float | None, epss: bool) -> None:
    assert_parity(pair, Case(steps=7, sway=sway, epss=epss))


def test_without_a_seed_noise_comes_from_the_global_generator(pair: Pair) -> None:
    case = Case(seed=None)
    torch.manual_seed(11)
    first, second = pair.theirs(case), pair.theirs(case)
    torch.manual_seed(11)
    ours = [pair.ours(case)[0], pair.ours(case)[0]]
    assert relative_error(ours[0], first) <= FP32_TOLERANCE
    assert relative_error(ours[1], second) <= FP32_TOLERANCE
    assert relative_error(first, second) > 0.1


def test_a_seed_leaves_the_global_generator_alone(pair: Pair) -> None:
    before = torch.get_rng_state()
    pair.ours(Case(seed=3))
    assert torch.equal(torch.get_rng_state(), before)


def test_too_few_frames_are_raised_as_in_stock(pair: Pair) -> None:
    longer_text = "a text of many more letters than there are frames in the reference, by far"
    for case in (Case(frames=1), Case(longer_text, frames=62, reference_frames=20)):
        assert_parity(pair, case)


@pytest.mark.parametrize(
    "arch",
    [
        V0_ARCH,
        {**V1_ARCH, "qk_norm": "rms_norm", "pe_attn_head": 1},
        {**V1_ARCH, "conv_layers": 0, "ff_mult": 3, "depth": 1},
    ],
    ids=["v0", "normed queries", "plain text"],
)
def test_other_architectures(tmp_path: Path, arch: dict[str, object]) -> None:
    pair = make_pair(tmp_path, arch)
    for case in (Case(), Case("你好 world", cfg_strength=0.0)):
        assert_parity(pair, case)


def test_a_padded_bucket_changes_nothing(pair: Pair) -> None:
    case = Case(frames=150)
    (padded,) = pair.ours(case, bucket_frames=64)
    assert relative_error(padded, pair.theirs(case)) <= FP32_TOLERANCE


def test_one_wrong_weight_breaks_parity(pair: Pair) -> None:
    """The comparison is worth something only if it can fail."""
    case = Case(steps=2, frames=90)
    wanted = pair.theirs(case)
    for name, parameter in pair.model.named_parameters():
        if name == "text_embed.text_embed.weight":
            continue  # a row of it concerns one letter
        kept = parameter.detach().clone()
        parameter.view(-1)[parameter.numel() // 2] += 0.5
        (ours,) = pair.ours(case)
        parameter.copy_(kept)
        assert relative_error(ours, wanted) > 2 * FP32_TOLERANCE, name
    assert_parity(pair, case)


def test_zeroed_adaln_breaks_parity(tmp_path: Path) -> None:
    pair = make_pair(tmp_path)
    wanted = pair.theirs(Case())
    for block in pair.model.transformer_blocks:
        assert isinstance(block, Block)
        linear = block.attn_norm["linear"]
        assert isinstance(linear, nn.Linear)
        linear.weight.zero_()
        linear.bias.zero_()
    (ours,) = pair.ours(Case())
    assert relative_error(ours, wanted) > 0.01


def test_every_setting_is_felt(pair: Pair) -> None:
    """Settings that did nothing would agree on both sides too."""
    base = Case(steps=7)
    (plain,) = pair.ours(base)
    changes = {
        "text": "hello thera",
        "steps": 10,
        "cfg_strength": 1.9,
        "sway": -0.9,
        "epss": False,
        "seed": 8,
        "voice": 1,
    }
    for name, value in changes.items():
        (changed,) = pair.ours(dataclasses.replace(base, **{name: value}))
        assert relative_error(changed, plain) > 1e-3, name
