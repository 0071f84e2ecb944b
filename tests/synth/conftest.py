"""Fixtures of the synth's tests."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def espeak_program(tmp_path: Path) -> str:
    """Path of a program that behaves as espeak-ng's does."""
    stand_in = Path(__file__).with_name("espeak_stand_in.py")
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {stand_in} "$@"\n')
    program.chmod(0o755)
    return str(program)
