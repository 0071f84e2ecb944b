"""Files that are no checkpoint of the model in question say so; nothing is unpickled."""

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.checkpoint import load_checkpoint
from ishowtts_synth.f5.config import load_config
from tests.synth.f5.checkpoints import MODEL_YAML, V1_ARCH, WEIGHTS, tokens, write_yaml

VOCAB_SIZE = len(tokens())


def load(
    folder: Path, name: str = WEIGHTS, vocab_size: int = VOCAB_SIZE, *, averaged: bool = True
) -> dict[str, Tensor]:
    config = load_config(folder / MODEL_YAML)
    return load_checkpoint(folder / name, config, vocab_size=vocab_size, averaged=averaged)


def refusal(folder: Path, name: str = WEIGHTS, vocab_size: int = VOCAB_SIZE) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        load(folder, name, vocab_size)
    return str(caught.value)


@pytest.fixture
def content(checkpoint: Path) -> dict[str, Tensor]:
    return safetensors.torch.load_file(checkpoint / WEIGHTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model YAML that waits for its weights."""
    write_yaml(tmp_path / MODEL_YAML, V1_ARCH)
    return tmp_path


def write(folder: Path, content: dict[str, Tensor]) -> None:
    safetensors.torch.save_file(content, folder / WEIGHTS)


@pytest.mark.parametrize("prefix", ["ema_model.transformer.", "transformer.", ""])
def test_plain_and_averaged_keys_give_the_same(
    checkpoint: Path, folder: Path, content: dict[str, Tensor], prefix: str
) -> None:
    write(
        folder,
        {key.replace("ema_model.transformer.", prefix): value for key, value in content.items()},
    )
    wanted, found = load(checkpoint), load(folder)
    assert wanted.keys() == found.keys()
    assert all(torch.equal(found[key], wanted[key]) for key in wanted)


def test_averaged_weights_win_over_plain_ones(
    checkpoint: Path, folder: Path, content: dict[str, Tensor]
) -> None:
    raw = {
        key.removeprefix("ema_model."): torch.zeros_like(value) for key, value in content.items()
    }
    write(folder, content | {key: value for key, value in raw.items() if key not in content})
    assert float(load(folder)["proj_out.weight"].norm()) > 0
    assert float(load(folder, averaged=False)["proj_out.weight"].norm()) == 0


def test_without_plain_weights_the_averaged_ones_must_be_asked_for(checkpoint: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"averaged weights only: .* use_ema = true"):
        load(checkpoint, averaged=False)


def test_queries_keys_and_values_are_one_product(
    checkpoint: Path, content: dict[str, Tensor]
) -> None:
    fused = load(checkpoint)["transformer_blocks.1.attn.to_qkv.weight"]
    prefix = "ema_model.transformer.transformer_blocks.1.attn.to_"
    for part, name in zip(fused.chunk(3), "qkv", strict=True):
        assert torch.equal(part, content[f"{prefix}{name}.weight"])


def test_a_missing_file_is_named(folder: Path) -> None:
    assert refusal(folder) == f"there is no checkpoint {folder / WEIGHTS}"


@pytest.mark.parametrize("size", [0, 7, 100, 20_000, 700_000])
def test_a_truncated_file_is_damaged(checkpoint: Path, folder: Path, size: int) -> None:
    (folder / WEIGHTS).write_bytes((checkpoint / WEIGHTS).read_bytes()[:size])
    assert "is damaged or cut short, load it again" in refusal(folder)


@pytest.mark.parametrize("name", ["model_1250000.pt", "model.bin", "model.ckpt"])
def test_pickles_are_never_opened(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    assert "only .safetensors is" in refusal(folder, name)


def test_a_pickle_under_another_name_is_damaged(folder: Path) -> None:
    torch.save({"a": torch.zeros(3)}, folder / WEIGHTS)
    assert "is damaged" in refusal(folder)


def test_another_vocabulary_is_refused(checkpoint: Path) -> None:
    told = refusal(checkpoint, vocab_size=2545)
    assert f"knows {VOCAB_SIZE} tokens and the vocabulary has 2545" in told


def test_another_models_shapes_are_refused(
    checkpoint: Path, folder: Path, content: dict[str, Tensor]
) -> None:
    write(folder, content)
    write_yaml(folder / MODEL_YAML, {**V1_ARCH, "ff_mult": 4})
    told = refusal(folder)
    assert "is no checkpoint of F5TTS_v1_Tiny" in told
    assert "transformer_blocks.0.ff.0.bias is (128,), not (256,); " in told
    assert told.endswith("and 3 more")


def test_a_missing_or_unknown_weight_is_named(folder: Path, content: dict[str, Tensor]) -> None:
    prefix = "ema_model.transformer."
    del content[f"{prefix}transformer_blocks.0.attn.to_k.bias"]
    del content[f"{prefix}input_embed.proj.bias"]
    content[f"{prefix}extra"] = torch.zeros(1)
    write(folder, content)
    told = refusal(folder)
    assert told.endswith(
        ": input_embed.proj_context.bias is missing;"
        " transformer_blocks.0.attn.to_qkv.bias is missing; extra is unknown"
    )


def test_another_file_altogether(folder: Path) -> None:
    write(folder, {"weight": torch.zeros(2)})
    assert "is no checkpoint of" in refusal(folder)


def test_no_weight_of_another_shape_gets_through(
    checkpoint: Path, folder: Path, content: dict[str, Tensor]
) -> None:
    for key in content:
        if key.startswith("ema_model."):
            write(folder, content | {key: torch.tensor(1.0)})
            assert "is no checkpoint of" in refusal(folder), key
