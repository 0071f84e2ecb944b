"""Whether ours says what stock says; before that, no speed is worth a line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from ishowtts_cli.bench_f5.bench import REFERENCE_TEXT, Bench
from ishowtts_cli.bench_f5.results import Parity

ALLOWED_FP32 = 1e-5
ALLOWED_FP16 = 1.1
"""Times what stock itself loses in half precision."""
_CASES = (
    ("both, odd length, 5 steps", "666 主播 nice one!", 617, 5),
    ("Chinese, 7 steps", "你好，今天的比赛真精彩", 656, 7),
    ("English, 16 steps", " Hello there, how are you?", 656, 16),
)
_SEED = 7


def check_parity(bench: Bench, *, cases: int) -> list[Parity]:
    """Compare mel for mel, the same seed for both."""
    found: list[Parity] = []
    precise = bench.load_stock_fp32() if bench.dtype == torch.float16 else None
    for what, text, frames, steps in _CASES[:cases]:
        asked = (bench.reference, REFERENCE_TEXT + text, frames, steps, _SEED)
        stock, ours = bench.stock.sample(*asked), bench.ours.sample(*asked)
        if precise is None:
            error, allowed, criterion = relative(ours, stock), ALLOWED_FP32, "of stock in fp32"
        else:
            with _exact_products(), _noise_in_half():
                truth = precise.sample(*asked)
            error, own = relative(ours, truth), relative(stock, truth)
            allowed, criterion = ALLOWED_FP16 * own, f"{ALLOWED_FP16} x stock's own fp16 error"
        found.append(Parity(what=what, error=error, allowed=allowed, criterion=criterion))
    return found


def relative(found: Tensor, wanted: Tensor) -> float:
    """Norm of the difference over the norm; infinite for other shapes, zeros or no numbers."""
    if found.shape != wanted.shape or not found.isfinite().all() or not wanted.any():
        return float("inf")
    return float((found - wanted).norm() / wanted.norm())


@contextmanager
def _noise_in_half() -> Iterator[None]:
    """Draw as half precision does: the same seed gives other numbers in another dtype."""
    drawn: Any = torch.randn

    def randn(*shape: int, dtype: torch.dtype, **options: Any) -> Tensor:
        return drawn(*shape, dtype=torch.float16, **options).to(dtype)

    torch.randn = randn
    try:
        yield
    finally:
        torch.randn = drawn


@contextmanager
def _exact_products() -> Iterator[None]:
    """No TF32, which convolutions take by default."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
