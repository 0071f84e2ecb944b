"""Fixtures of the synth's tests."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ishowtts_synth.settings import SynthSettings
from tests.synth.bench import SETTINGS, Bench, Start
from tests.synth.fakes import SOON_S, GateEngine
from tests.synth.site import Site


@pytest.fixture
def espeak_program(tmp_path: Path) -> str:
    """Path of a program that behaves as espeak-ng's does."""
    stand_in = Path(__file__).with_name("espeak_stand_in.py")
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {stand_in} "$@"\n')
    program.chmod(0o755)
    return str(program)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    benches: list[Bench] = []

    async def _start(settings: SynthSettings = SETTINGS, **engine: Any) -> Bench:
        bench = Bench(GateEngine(**engine), settings)
        benches.append(bench)
        await bench.worker.start()
        return bench

    yield _start
    for bench in benches:
        bench.engine.open()
        await bench.worker.stop(SOON_S)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.listener.start()
    yield site
    site.broker.come_back()
    for node in list(site.nodes):
        await site.stop(node)
    await site.listener.bus.close()


@pytest.fixture
async def gate(site: Site) -> AsyncIterator[GateEngine]:
    engine = GateEngine()
    await site.synth(engine)
    yield engine
    engine.open()
