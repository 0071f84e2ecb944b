"""A checkpoint and clips, made once, and engines on them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from ishowtts_synth.engines.f5 import F5Engine
from ishowtts_synth.settings import F5Settings
from tests.synth.f5.checkpoints import write_checkpoint
from tests.synth.f5.clips import voice, write_clip

MakeEngine = Callable[..., F5Engine]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an official download; read only, please."""
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(folder)
    return folder


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder of clips of your own: ann.wav and bob.wav."""
    for name, hz in (("ann", 220), ("bob", 330)):
        write_clip(tmp_path / f"{name}.wav", hz=hz)
    return tmp_path


@pytest.fixture
def make_engine(checkpoint: Path, clips: Path) -> Iterator[MakeEngine]:
    """Loads engines with voices ann and bob, few steps, three rows."""
    made: list[F5Engine] = []

    def make(**changes: Any) -> F5Engine:
        facts: dict[str, Any] = {
            "ckpt_file": str(checkpoint),
            "device": "cpu",
            "default_nfe_step": 2,
            "max_rows": 3,
            "voices": (voice(clips, "ann"), voice(clips, "bob")),
        }
        made.append(F5Engine(F5Settings(**(facts | changes))))
        made[-1].check(made[-1].settings)
        made[-1].load()
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def engine(make_engine: MakeEngine) -> F5Engine:
    return make_engine()
