"""The object store that DLLAB_BLOBS names, opened; what is wrong with it is one sentence, with the way out.

It never repeats the URL: there may be a password in it.
"""

from __future__ import annotations

import re
from typing import Any

from dlcore.errors import BlobError
from dlcore.runs.storage.address import told
from dlcore.runs.storage.blobs import VARIABLE

EXAMPLE = "s3://bucket/prefix"
EXTRA = "pip install -r requirements-cluster.txt"
# Where putting a blob is all or nothing. Anywhere else it gets its name when it is whole.
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"})
# A store that does not answer must not hold up the lab for minutes.
PATIENCE = {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 2}}
TRIES = 2
HOST = re.compile(r"""(?:https?://)(?:[^/@\s"']*@)?([^/\s"']+)[^\s"']*""")  # of the address of a blob
FREE_ROOM = "free some room in it"
# What stores say, in small letters, and the way out of it.
WAYS_OUT = {
    FREE_ROOM: ("no space left", "quota", "storagefull", "storage full", "insufficient storage"),
    "mend the credentials, or let them read, write and delete there": (
        *("credential", "access key", "accesskey", "access denied", "accessdenied", "forbidden"),
        *("signature", "permission", "not permitted", "token", "read-only"),
    ),
    "make that bucket or folder": ("bucket does not exist", "nosuchbucket", "no such file", "not found"),
    "see that its host runs and can be reached": (
        *("connect", "timeout", "timed out", "resolve", "unreachable", "not known", "endpoint"),
    ),
}
ANY_WAY_OUT = "see that its host runs, and that bucket and credentials are right"


def open_files(url: str) -> tuple[Any, str, bool]:
    """The file system of fsspec, the root of all blobs in it, and whether a blob is put whole or not at all.

    It need not be asked for that. Raises BlobError if fsspec, or what it needs for this URL, is missing, or
    it is no URL that it knows.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise refusal("fsspec is not installed", f"install it by {EXTRA}") from error
    scheme, found, _ = url.partition("://")
    if not found:
        raise refusal("it is no URL", f"write it like {EXAMPLE} or file:///folder")
    try:
        files, root = url_to_fs(url, skip_instance_cache=True, **_options(scheme))
    except ImportError as error:
        install = EXTRA if scheme in ("s3", "s3a") else f'pip install "fsspec[{scheme}]"'
        raise refusal(f"{scheme}: {told(error)}", f"install it by {install}") from error
    except ValueError as error:
        raise refusal(f"{scheme}: {told(error)}", f"write it like {EXAMPLE} or file:///folder") from error
    except Exception as error:  # whatever a driver raises, it cannot be used
        raise unusable(error) from error
    if not root.strip("/") and scheme != "memory":
        raise refusal("it names no bucket or folder", f"write it like {EXAMPLE}")
    if hasattr(files, "retries"):
        files.retries = TRIES
    return files, root.rstrip("/"), scheme in OBJECT_STORES


def _options(scheme: str) -> dict[str, Any]:
    """How patient to be. What fsspec's own settings say of it comes first."""
    if scheme not in ("s3", "s3a"):
        return {}
    from fsspec.config import conf

    given = dict(conf.get("s3", {})).get("config_kwargs", {})
    return {"config_kwargs": PATIENCE | dict(given), "use_listings_cache": False}


def way_out(error: BaseException) -> str:
    cause = f"{type(error).__name__} {_said(error)}".lower()
    found = [way for way, words in WAYS_OUT.items() if any(word in cause for word in words)]
    return found[0] if found else ANY_WAY_OUT


def unusable(error: BaseException) -> BlobError:
    """What went wrong with the store that the variable names, now or at the start."""
    return refusal(_said(error), way_out(error))


def _said(error: BaseException) -> str:
    """Without the rest of an address, in which any word may stand, and a password."""
    return HOST.sub(r"\1", told(error))


def refusal(cause: str, way: str) -> BlobError:
    return BlobError(f"The weights' store of {VARIABLE} cannot be used ({cause}): {way}, or name another.")
