"""Official model YAML files, and others."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ishowtts_synth.errors import EngineUnavailableError
from ishowtts_synth.f5.config import F5TTS_BASE, F5TTS_V1_BASE, ModelConfig, load_config
from tests.synth.f5 import stock
from tests.synth.f5.checkpoints import MEL_SPEC, V1_ARCH, write_yaml


@pytest.mark.parametrize("known", [F5TTS_V1_BASE, F5TTS_BASE], ids=lambda config: config.name)
def test_the_official_files_say_what_is_built_in(known: ModelConfig) -> None:
    official = load_config(stock.official_config(known.name))
    trained = {"tokenizer": official.tokenizer, "vocoder": official.vocoder}
    assert msgspec.structs.replace(known, **trained) == official


@pytest.mark.parametrize("name", ["F5TTS_v1_Small", "F5TTS_Small"])
def test_the_small_models_are_known(name: str) -> None:
    assert load_config(stock.official_config(name)).arch.dim == 768


@pytest.mark.parametrize("name", ["E2TTS_Base", "E2TTS_Small"])
def test_another_backbone_is_refused(name: str) -> None:
    with pytest.raises(EngineUnavailableError, match=re.escape("'UNetT' - at `$.backbone`")):
        load_config(stock.official_config(name))


@pytest.mark.parametrize(
    ("arch", "reason"),
    [
        ({"colour": "red"}, "unknown field `colour`"),
        ({"dim": 100}, "multiple of 16 - at `$.arch.dim`"),
        ({"depth": 0}, "`int` >= 1 - at `$.arch.depth`"),
        ({"heads": "many"}, "Expected `int`, got `str` - at `$.arch.heads`"),
        ({"qk_norm": "layer_norm"}, "Invalid enum value 'layer_norm'"),
        ({"pe_attn_head": 3}, "pe_attn_head is larger than heads"),
        ({"long_skip_connection": True}, "not supported"),
        ({"text_embedding_average_upsampling": True}, "not supported"),
    ],
)
def test_an_unknown_arch_is_refused(tmp_path: Path, arch: dict[str, Any], reason: str) -> None:
    path = tmp_path / "model.yaml"
    write_yaml(path, {**V1_ARCH, **arch})
    with pytest.raises(EngineUnavailableError, match=re.escape(reason)):
        load_config(path)


def test_another_vocoder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    write_yaml(path, V1_ARCH, mel_spec={**MEL_SPEC, "mel_spec_type": "bigvgan"})
    with pytest.raises(
        EngineUnavailableError, match=re.escape("'bigvgan' - at `$.mel_spec.mel_spec_type`")
    ):
        load_config(path)


@pytest.mark.parametrize("key", ["dim", "depth", "heads"])
def test_a_missing_size_is_named(tmp_path: Path, key: str) -> None:
    path = tmp_path / "model.yaml"
    write_yaml(path, {name: value for name, value in V1_ARCH.items() if name != key})
    with pytest.raises(EngineUnavailableError, match=f"missing required field `{key}`"):
        load_config(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("model: [", "is not readable"),
        ("- 1", "has no section 'model'"),
        ("model: 3", "has no section 'model'"),
        ("\x00", "is not readable"),
    ],
)
def test_no_yaml_of_a_model(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(content)
    with pytest.raises(EngineUnavailableError, match=re.escape(reason)):
        load_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"nothing\.yaml is not readable"):
        load_config(tmp_path / "nothing.yaml")
