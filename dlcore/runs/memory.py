"""Work that needs more memory than there is: it ends alone, and what it held is free again."""

from __future__ import annotations

import gc
import sys

SAID = "This needs more memory than is free here: choose a smaller batch size or network, and start it again."
SAID_OF_A_TASK = "This needs more memory than is free here: wait until other work has ended, then try again."
ALLOCATORS = ("can't allocate memory", "not enough memory", "out of memory")  # torch's, of CPU, CUDA and MPS


def ran_out(error: Exception) -> bool:
    """Did Python, NumPy or an allocator of torch find no memory? Only that of CUDA has a class for it."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in ALLOCATORS)


def give_back() -> None:
    """What nobody holds any more is the machine's again. To be called when the error has gone: its traceback
    holds every tensor on its way.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
