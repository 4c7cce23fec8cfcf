"""Arrays from an .npz file that came with the lab: whatever has happened to it is one ValueError."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """All of its arrays by name. Raises OSError if it cannot be read, ValueError if it is damaged.

    It is a zip file of packed arrays: what damage brings out in the three who read it is in no list.
    """
    content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content)) as found:
            return {name: found[name] for name in found.files}
    except Exception as error:
        raise ValueError(f"it is damaged: {error}") from error
