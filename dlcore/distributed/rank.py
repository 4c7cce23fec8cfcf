"""One rank: `python -m dlcore.distributed.rank RANK WORLD FILE`, with settings on the standard input.

All ranks run this same file. They find each other through FILE, talk over the loopback interface, and say
what they do in lines of JSON. When the standard input closes, whoever started them is gone: they end.
"""

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import IO, Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed import FileStore, GradBucket  # type: ignore[attr-defined]
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.nn.parallel import DistributedDataParallel

from dlcore.distributed.config import WARM, RanksConfig
from dlcore.distributed.shares import make_network, share_of, whole_batches
from dlcore.mnist.files import load_test, load_train
from dlcore.mnist.normalize import NORMALIZE
from dlcore.schema import parse

ENDS_AT_ONCE = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has one way, under this name
PATIENCE = timedelta(seconds=180)  # with the other ranks
REACH = 20  # all-reduces of each size
TRIES, BATCHES = 7, (8, 64)  # passes, and images of them, to tell what an image costs from what a step does
PREPARE = NORMALIZE["mnist"]


class Rank:
    """One of the processes, and its copy of the network. `say` is called with what it has to say."""

    def __init__(self, rank: int, config: RanksConfig, say: Callable[..., None]) -> None:
        self.rank, self.world, self.config, self.say = rank, config.ranks, config, say
        on_gpus = torch.cuda.is_available() and torch.cuda.device_count() >= self.world
        on_gpus = on_gpus and not config.may_break  # NCCL closes no connection: who is left would wait on
        self.device = torch.device("cuda", rank) if on_gpus else torch.device("cpu")
        self.own: dict[nn.Parameter, Tensor] = {}  # this rank's gradients before they are averaged

    def work(self, file: str) -> None:
        """One training, from meeting the others to leaving them."""
        self.join(file)
        self.train()
        if self.config.look and self.world > 1:
            self.reach()
        if self.config.test:
            self.test()
        dist.destroy_process_group()

    def join(self, file: str) -> None:
        """Meet the others. The networks are drawn differently: DDP gives all of them rank 0's weights."""
        network = make_network(self.config.seed + self.rank).to(self.device)
        drawn = digest(network)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        dist.init_process_group(
            "nccl" if self.device.type == "cuda" else "gloo",
            store=FileStore(file, self.world),
            rank=self.rank,
            world_size=self.world,
            timeout=PATIENCE,
        )
        self.model = DistributedDataParallel(
            network, device_ids=[self.rank] if self.device.type == "cuda" else None
        )
        self.network: nn.Module = self.model.module
        self.optimizer = torch.optim.SGD(self.model.parameters(), self.config.lr)
        if self.config.look:
            self.model.register_comm_hook(None, self._look)
        self.say(joined=time.monotonic(), drawn=drawn, digest=digest(network), device=self.device.type)

    def _look(self, _: object, bucket: GradBucket) -> torch.futures.Future[Tensor]:
        """DDP gives its gradients here before it averages them: they are kept, then it goes its usual way."""
        for parameter, gradient in zip(bucket.parameters(), bucket.gradients(), strict=True):
            self.own[parameter] = gradient.clone()  # type: ignore[index]
        return allreduce_hook(dist.group.WORLD, bucket)  # type: ignore[arg-type]

    def train(self) -> None:
        """An epoch: the same number of steps everywhere, or there will be tears."""
        images, labels = (tensor.to(self.device) for tensor in self._digits())
        ends: list[float] = []  # of each step
        with self.model.join() if self.config.joined else nullcontext():
            for step, whole in enumerate(whole_batches(self.config), start=1):
                share = share_of(whole, self.rank, self.config.batch)
                if not len(share):
                    break  # nothing is left for this rank; the others go on
                reference = self._reference(images[whole], labels[whole]) if self.config.look else None
                said = (self._step_apart if self.config.apart else self._step)(images[share], labels[share])
                self.say(step=step, **said, **(self._seen(reference) if reference is not None else {}))
                ends.append(self._now())
                if step == self.config.kill and self.rank == self.world - 1:
                    os.kill(os.getpid(), ENDS_AT_ONCE)
        took = [after - before for before, after in pairwise(ends[WARM:])]
        self.say(pace=median(took) if took else 0.0, digest=digest(self.network))

    def _step(self, images: Tensor, labels: Tensor) -> dict[str, Any]:
        """The whole of data parallelism: an ordinary step, whose backward pass averages the gradients."""
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(PREPARE(images)), labels)
        loss.backward()
        self.optimizer.step()
        return {"loss": loss.item()}

    def _step_apart(self, images: Tensor, labels: Tensor) -> dict[str, Any]:
        """The same by hand, one thing after the other, so that each can be timed."""
        times = [time.monotonic()]
        self.optimizer.zero_grad()
        with self.model.no_sync():
            loss = F.cross_entropy(self.model(PREPARE(images)), labels)
            loss.backward()  # this rank's own gradients
        times.append(self._now())
        dist.barrier()  # the slowest is waited for
        times.append(self._now())
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients]) / self.world
        dist.all_reduce(flat)
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))
        times.append(self._now())
        self.optimizer.step()
        times.append(self._now())
        return {"loss": loss.item(), "times": times}

    def _reference(self, images: Tensor, labels: Tensor) -> Sequence[Tensor]:
        """The gradient of the whole batch, computed here alone."""
        loss = F.cross_entropy(self.network(PREPARE(images)), labels)
        return torch.autograd.grad(loss, tuple(self.network.parameters()))

    def _seen(self, reference: Sequence[Tensor]) -> dict[str, Any]:
        """This step: gradients of the last biases, how far all are from the reference, the weights."""
        *_, bias = self.network.parameters()
        means = [parameter.grad for parameter in self.network.parameters() if parameter.grad is not None]
        mean, whole = (torch.cat([g.flatten() for g in gradients]) for gradients in (means, reference))
        return {
            "own": self.own[bias].tolist() if bias in self.own else [],
            "mean": bias.grad.tolist() if bias.grad is not None else [],
            "apart": float((mean - whole).norm() / whole.norm()),
            "digest": digest(self.network),
        }

    def reach(self) -> None:
        """How long an all-reduce takes, of one number and of as many as there are weights; and an image."""
        size = sum(parameter.numel() for parameter in self.network.parameters())
        found = []
        for numbers in (1, size):
            vector, tries = torch.zeros(numbers, device=self.device), []
            for _ in range(REACH):
                dist.barrier()
                began = time.monotonic()
                dist.all_reduce(vector)
                tries.append(self._now() - began)
            found.append(median(tries))
        passes = [self._passes(batch) for batch in BATCHES]
        compute = max((passes[1] - passes[0]) / (BATCHES[1] - BATCHES[0]), passes[1] / BATCHES[1] / 10)
        fixed = max(0.0, passes[0] - compute * BATCHES[0])
        self.say(small=found[0], large=found[1], weights=4 * size, compute=compute, fixed=fixed)

    def _passes(self, batch: int) -> float:
        """Seconds of a forward and a backward pass of so many images, on all ranks at once."""
        digits, tries = load_train()[:batch].to(self.device), []
        for _ in range(TRIES):
            began = self._now()
            loss = F.cross_entropy(self.network(PREPARE(digits.images)), digits.labels)
            torch.autograd.grad(loss, tuple(self.network.parameters()))
            tries.append(self._now() - began)
        return min(tries)

    @torch.no_grad()
    def test(self) -> None:
        """Each rank reads its share of the 10,000 test digits; the counts are added up."""
        digits = load_test()
        images, labels = digits.images[self.rank :: self.world], digits.labels[self.rank :: self.world]
        right = torch.zeros((), device=self.device)
        for some, labelled in zip(images.split(500), labels.split(500), strict=True):
            logits = self.network(PREPARE(some.to(self.device)))
            right += (logits.argmax(1) == labelled.to(self.device)).sum()
        dist.all_reduce(right)
        self.say(correct=int(right), total=len(digits))

    def _digits(self) -> Iterator[Tensor]:
        digits = load_train()[: self.config.images]
        return iter((digits.images, digits.labels))

    def _now(self) -> float:
        self._finish()
        return time.monotonic()

    def _finish(self) -> None:
        """A GPU works on behind the program's back: the clock waits for it."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def digest(network: nn.Module) -> str:
    """SHA-256 of all weights, bit by bit: equal only if every one of them is."""
    known = hashlib.sha256()
    for parameter in network.parameters():
        known.update(parameter.detach().cpu().numpy().tobytes())
    return known.hexdigest()


def main() -> None:
    given = os.fdopen(os.dup(0), "rb", buffering=0)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with what is said
    rank, file = int(sys.argv[1]), sys.argv[3]
    settings = given.readline()
    if not settings:
        return  # whoever started this rank is gone
    threading.Thread(target=_end_with, args=(given,), daemon=True).start()
    torch.set_num_threads(1)
    for training, fields in enumerate(json.loads(settings)):

        def say(training: int = training, **what: Any) -> None:
            out.write(json.dumps({"training": training, **what}) + "\n")
            out.flush()

        try:
            Rank(rank, parse(RanksConfig, fields), say).work(f"{file}{training}")
        except RuntimeError as error:  # what torch says of a rank that has gone
            say(failed=str(error))
            os._exit(1)
    os._exit(0)  # threads of torch may still be there: tidying up under them now and then aborts


def _end_with(given: IO[bytes]) -> None:
    """End this process when the one that started it has ended: it holds the other end of this pipe."""
    given.read(1)
    os._exit(2)


if __name__ == "__main__":
    main()
