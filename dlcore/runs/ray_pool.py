"""Workers on the nodes of a Ray cluster: the pool of the lab, whose workers are actors."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import ray

from dlcore.errors import ConfigError
from dlcore.runs.pool import Handle, LocalPool
from dlcore.runs.ray_worker import SHARE, RayWorker

GPU_SHARE = 0.5  # of a GPU, for a worker that may use one: two of them share it
NAMESPACE = "dllab"
COUNT_SECONDS = 2.0  # between two looks at what nodes there are
# A cluster that begins here. How nice a worker is, it says itself.
OWN: dict[str, Any] = {"include_dashboard": False, "_system_config": {"worker_niceness": 0}}

log = logging.getLogger(__name__)


def connect(address: str | None, **more: Any) -> None:
    """Join the cluster at this address; None begins one of this machine alone, which ends with the server.

    Raises ConfigError, with the way out, if there is none, or one of another version.
    """
    try:
        ray.init(
            address=address or "local",
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level=logging.WARNING,
            **({} if address else OWN),
            **more,
        )
    except Exception as error:  # Ray raises what its parts raise: sockets, gRPC, itself
        first = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        log.warning("Ray: %s", error)
        raise ConfigError(
            f"The Ray cluster {address or 'of this machine'} cannot be used ({first}): start its head with "
            f"`ray start --head` and Ray {ray.__version__}, or leave DLLAB_ENGINE away to compute on this "
            "machine."
        ) from error


def disconnect() -> None:
    """Leave the cluster; one that `connect` began ends."""
    ray.shutdown()


def cluster_cores() -> int:
    """Of all its nodes, as they are now; 1 if nobody can say."""
    try:
        return max(1, int(ray.cluster_resources().get("CPU", 1)))
    except (ray.exceptions.RayError, ConnectionError, RuntimeError):
        return 1


def has_gpu() -> bool:
    """Has any node one that Ray knows of? Those of this machine alone do not count."""
    return bool(ray.cluster_resources().get("GPU", 0) > 0)


class RayPool(LocalPool):
    """As many workers as are asked for; where each works Ray decides, and waits while no node has room."""

    elsewhere = True

    def __init__(self, *, nice: int, share: float = SHARE) -> None:
        super().__init__(nice=nice)
        self._nice, self._share = nice, share
        self._most, self._counted = 1, -math.inf

    @property
    def most(self) -> float:
        """The cluster's cores: nodes come and go, and it is asked about them every now and then."""
        if time.monotonic() > self._counted + COUNT_SECONDS:
            self._most, self._counted = cluster_cores(), time.monotonic()
        return self._most

    def _start_one(self, gpu: bool) -> Handle:
        return RayWorker(
            self._on_report, self._ended, nice=self._nice, share=self._share, gpu=GPU_SHARE if gpu else 0.0
        )
