"""A run in this very process, recorded like any other: the command line's way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

from dlcore.events import CheckpointReady, Event, Finished, Tick, Watched
from dlcore.run import metrics_of, new_run
from dlcore.run_config import RunConfig
from dlcore.runs.heart import Heart
from dlcore.runs.kinds import make_job
from dlcore.runs.protocol import Control, Steerable, Submission
from dlcore.runs.storage.disk import thin
from dlcore.runs.storage.rows import LOCAL_OWNER
from dlcore.runs.storage.store import Store
from dlcore.runs.storage.writer import News, write_down

OWNER = LOCAL_OWNER
WRITE_SECONDS = 1.0


def iter_local_run(
    store: Store,
    kind: str,
    config: RunConfig,
    *,
    name: str,
    threads: int,
    stopping: Callable[[], bool] = lambda: False,
) -> Generator[tuple[str, Event], None, None]:
    """Run a job here and now, yielding (run id, event); all but Ticks is in the store when it ends.

    Once `stopping` says so it stops at its next step and keeps its weights. Closed early, or on an error,
    the run is recorded as stopped or failed. Raises LeaseError, and records nothing more, if another process
    has taken the run up while this one was suspended.
    """
    run = new_run(OWNER, kind, config, name=name, status="running", threads=threads)
    folder = store.run_folder(run.id)
    job = make_job(Submission(run.id, OWNER, kind, run.config, folder, threads, lease=store.lease))
    store.create(run)
    run = replace(run, device=job.device)
    heart = Heart(store, run.id)
    began = written = time.monotonic()
    news = News(run)
    status, reason = "failed", "The command broke off."
    try:
        for event in job.events():
            if stopping() and isinstance(job, Steerable):
                job.control(Control("stop"))
            match event:
                case CheckpointReady() if isinstance(job, Steerable):
                    news.checkpoints.append(job.save(event))
                    saved = (*run.checkpoints, news.checkpoints[-1])
                    run = replace(run, checkpoints=thin(saved))
                    news.dropped += [c for c in saved if c not in run.checkpoints]
                case Watched(probabilities=probabilities):
                    run = replace(run, watched=probabilities)
                case Finished():
                    status, reason = event.status, event.reason
            now = time.monotonic()
            news.metrics += metrics_of(event, now - began)
            if not isinstance(event, Tick) and now - written > WRITE_SECONDS:
                news.run = replace(run, step=job.step, epoch=job.epoch, seconds=now - began)
                write_down(store, news)
                news, written = News(run), now
            yield run.id, event
    except BaseException as end:
        if not isinstance(end, Exception):  # closed, or ended by a signal: asked for, and no failure
            status, reason = "stopped", ""
        raise
    finally:
        heart.close()
        run = replace(run, step=job.step, epoch=job.epoch, seconds=time.monotonic() - began)
        news.run = replace(run, status=status, reason=reason)  # type: ignore[arg-type]
        write_down(store, news)
