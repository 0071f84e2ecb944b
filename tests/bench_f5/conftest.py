"""One tiny checkpoint, loaded by both sides, for all tests of the bench."""

from pathlib import Path

import pytest
import torch

from ishowtts_cli.bench_f5.bench import Bench, load, settings_for
from ishowtts_cli.bench_f5.checkpoints import write_random


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random")
    write_random(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def bench(checkpoint: Path) -> Bench:
    return load(settings_for(checkpoint, "cpu", "auto"), "cpu")
