"""Stock's way from text to sound, `infer.utils_infer`, without what it imports for its demos."""

import ast
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import numpy as np
import soundfile
import torch
from torch import Tensor

from ishowtts_cli.bench_f5.stock import shipped
from tests.synth.f5.stock import CFM, convert_char_to_pinyin

_WANTED = {"chunk_text", "infer_process", "infer_batch_process"}


class _OneByOne:
    """Threads would draw their noise in any order."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_error: object) -> None: ...

    def submit(self, function: Callable[..., Any], *args: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(function(*args))
        return future


class _Seeded:
    """Stock seeds everything once; this seeds each clause, counting on from the first."""

    def __init__(self, cfm: CFM, seed: int) -> None:
        self._cfm = cfm
        self._seed = seed

    def sample(self, **arguments: Any) -> tuple[Tensor, Tensor]:
        self._seed += 1
        return self._cfm.sample(**arguments, seed=self._seed - 1)


def _load(path: str) -> tuple[Tensor, int]:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(samples.T), rate_hz


def _functions() -> dict[str, Any]:
    def same(items: Iterable[Any]) -> Iterable[Any]:
        return items

    tree = ast.parse(shipped(("infer", "utils_infer.py")).read_text("utf-8"))
    constants = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant | ast.UnaryOp)
    ]
    functions = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in _WANTED
    ]
    names: dict[str, Any] = {
        "np": np,
        "torch": torch,
        "re": __import__("re"),
        "torchaudio": SimpleNamespace(load=_load),
        "tqdm": SimpleNamespace(tqdm=same),
        "device": "cpu",
        "convert_char_to_pinyin": convert_char_to_pinyin,
        "ThreadPoolExecutor": _OneByOne,
    }
    exec(compile(ast.Module([*constants, *functions], []), "utils_infer", "exec"), names)  # noqa: S102
    return names


_STOCK = _functions()

chunk_text: Callable[..., list[str]] = _STOCK["chunk_text"]


def speak(
    cfm: CFM, vocos: Any, clip: str, transcript: str, text: str, *, seed: int, **options: Any
) -> Tensor:
    """[n] samples of stock's `infer_process`, its progress reports unheard."""
    wave, _, _ = _STOCK["infer_process"](
        clip,
        transcript,
        text,
        _Seeded(cfm, seed),
        vocos,
        show_info=lambda _text: None,
        **options,
    )
    return torch.from_numpy(wave)
