"""A training on somebody's own images: the settings of one on the digits, and which images they are."""

from __future__ import annotations

from pydantic import Field

from dlcore.mnist.files import ASSETS
from dlcore.training.config import TrainConfig


class ImagesConfig(TrainConfig):
    """What no form and no link can set: only a command names a folder of its machine."""

    images: str = Field("MNIST", title="Images", max_length=100)
    folder: str = Field(str(ASSETS), title="Folder", max_length=4096)
    digest: str = Field("", title="Digest of the images", pattern="^[0-9a-f]*$", max_length=16)
