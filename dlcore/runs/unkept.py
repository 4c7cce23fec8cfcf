"""What a run says of weights that could not be kept, on the disk or in an object store."""

from __future__ import annotations

from dlcore.errors import BlobError

WAITS_FOR_ROOM = "Trained to the end; its weights wait for room on the disk: free some."


def not_kept(error: OSError) -> str:
    """Of one epoch, while the run goes on."""
    if isinstance(error, BlobError):
        return f"The run goes on, but this epoch is not kept. {error}"
    return f"A checkpoint could not be written ({error.strerror}): free some room."


def waits(error: OSError | None) -> str:
    """Of the last weights of a run that has ended: they are tried again and again."""
    if isinstance(error, BlobError):
        return f"Trained to the end; its weights wait until they can be kept. {error}"
    return WAITS_FOR_ROOM
