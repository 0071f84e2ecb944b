"""How it shows that memory has run out."""

import torch

_SIGNS = (
    "can't allocate memory",  # the CPU's allocator
    "CUDA error: out of memory",  # the driver, below torch's own allocator
    "ALLOC_FAILED",  # cuBLAS and cuDNN
)


def is_out_of_memory(error: Exception) -> bool:
    """Whether that is what an error says; some have no type of their own."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
