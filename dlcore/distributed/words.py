"""What several ranks have shown, in sentences with their numbers. Markdown."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from statistics import median

from dlcore.distributed.config import WARM
from dlcore.distributed.scaling import Machine
from dlcore.distributed.shares import Share
from dlcore.distributed.training import WORK, Fate, Trained, Trainings
from dlcore.words import count_of, exact_percent, number, percent

SHOWN = 8  # digits of a digest


def shares_words(shares: Sequence[Share]) -> str:
    """Why their gradients differ, where they differ most."""
    spread = [
        max(share.gradient[digit] for share in shares) - min(share.gradient[digit] for share in shares)
        for digit in range(10)
    ]
    digit = max(range(10), key=spread.__getitem__)
    told = ", ".join(
        f"rank {rank} has {share.labels.count(digit)} of it and finds {_signed(share.gradient[digit])}"
        for rank, share in enumerate(shares)
    )
    return (
        f"Each number is the gradient of one output's bias. They differ most for the **{digit}**: {told}. "
        "What a rank has many of, it wants more of: a negative gradient."
    )


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def equal_words(trained: Trained) -> str:
    """Are all weights equal, and what made them so?"""
    ranks, steps = trained.config.ranks, len(trained.seen)
    drawn = len(set(trained.drawn))
    same = sum(step.equal for step in trained.seen)
    return (
        f"**After {same} of {steps} steps all 215,194 weights are equal on all {ranks} ranks, bit by bit.** "
        f"Before, the {ranks} processes had drawn {count_of(drawn, 'different network')}; at the start all "
        f"got rank 0's. Equal weights with equal gradients stay equal: no weight is ever sent again."
    )


def whole_words(trained: Trained, here: Sequence[Share] = ()) -> str:
    """How near the mean is to the gradient of the whole batch, and to what was computed here."""
    config = trained.config
    apart = max(step.apart for step in trained.seen)
    text = (
        f"Rank 0 also computed all {config.whole} images alone: the 215,194 averaged gradients lie "
        f"off by **{_small(apart)}** of their length at most. The mean of {config.ranks} × {config.batch} "
        f"is the gradient of {config.whole}; only the order of adding differs."
    )
    if here:
        off = max(
            abs(said - computed)
            for own, share in zip(trained.seen[0].own, here, strict=True)
            for said, computed in zip(own, share.gradient, strict=True)
        )
        differ = f"differ by {_small(off)}" if off else "are equal, bit by bit"
        text += f" What the processes found for step 1 and what the ring above shows {differ}."
    return text


def _small(value: float) -> str:
    """In one digit: 0.0000003."""
    return number(float(f"{value:.0e}"))


def steps_table(trained: Trained) -> dict[str, list[object]]:
    """A row for each step: what each rank lost and has, in the order of the ranks."""
    return {
        "Step": [step.step for step in trained.seen],
        "Losses": [" · ".join(f"{loss:.3f}" for loss in step.losses) for step in trained.seen],
        "Fingerprints": [
            (" = " if step.equal else " ≠ ").join(digest[:SHOWN] for digest in step.digests)
            for step in trained.seen
        ],
    }


def fingerprint_words() -> str:
    """What the table compares."""
    return (
        f"A fingerprint: the first {SHOWN} signs of a checksum (SHA-256) of all weights of a rank after this "
        "step. If one bit of one weight differs, so does the fingerprint."
    )


def trained_words(trained: Trained) -> str:
    """One training in a sentence."""
    config = trained.config
    text = (
        f"{count_of(config.ranks, 'rank')} of {config.batch} images, {count_of(config.most_steps, 'step')}: "
        f"weights {'equal' if trained.equal else 'not equal'}, SHA-256 {trained.final[0][:SHOWN]}…"
    )
    if trained.speed:
        text += f", {trained.speed:,.0f} images a second"
    if trained.total:
        text += f", {exact_percent(trained.accuracy)} of {trained.total:,} test digits right"
    return text + "."


def speed_words(found: Trainings) -> str:
    """What more ranks bring here."""
    plain = [trained for trained in found.each if not trained.config.apart]
    alone = plain[0]
    told = ", ".join(f"{trained.config.ranks}: {trained.speed:,.0f}" for trained in plain)
    best = max(plain, key=lambda trained: trained.speed)
    gain = best.speed / alone.speed
    verdict = (
        "More ranks bring nothing here"
        if best is alone or gain < 1.05
        else f"{best.config.ranks} ranks bring {gain:.2f} times one"
    )
    return (
        f"Images a second by ranks — {told}. **{verdict}**: {count_of(found.cores, 'core')} here, and "
        f"{found.busy:.1f} threads of others at work when it began. Each rank has one thread and "
        f"{alone.config.batch} images a step. What counts is the median of {_counted(alone)} steps: half "
        "took longer."
    )


def _counted(trained: Trained) -> int:
    """Steps whose time counts in its pace."""
    return trained.config.most_steps - WARM - 1


def apart_words(trained: Trained, usual: Trained | None = None) -> str:
    """Where the time of a step goes, in medians; beside it a step of as many ranks as it is `usual`."""
    counted = [stretch for stretch in trained.stretches if stretch.step > WARM + 1]
    each = {work: median(s.seconds for s in counted if s.work == work) for work in WORK}
    told = ", ".join(f"{work} {1000 * seconds:.1f} ms" for work, seconds in each.items())
    words = (
        f"A step of {trained.config.ranks} ranks, one thing after the other: {told}, each the median of "
        f"{_counted(trained)} steps on all ranks. Who is done first waits."
    )
    if usual is not None:
        words += (
            f" Taken apart, a whole step takes {1000 * trained.pace:.1f} ms; as it is done, "
            f"{1000 * usual.pace:.1f} ms (the bar of {usual.config.ranks} ranks): medians too, measured one "
            "after the other."
        )
    return words


def epoch_words(found: Trainings) -> str:
    """Alone, alone with the whole batch, together, together with the rate scaled."""
    alone, whole, together, scaled = found.each
    config = together.config
    gap = abs(whole.accuracy - together.accuracy)
    return (
        f"One process with batch {whole.config.batch} reads {exact_percent(whole.accuracy)} of "
        f"{whole.total:,} test digits, {config.ranks} ranks of {config.batch} "
        f"{exact_percent(together.accuracy)}: {100 * gap:.2f} points apart. "
        f"**{config.ranks} × {config.batch} is batch {config.whole}.** One process with batch "
        f"{alone.config.batch} makes {alone.config.most_steps} updates instead of "
        f"{config.most_steps} and reads {exact_percent(alone.accuracy)}. "
        f"With the learning rate × {config.ranks} the ranks read {exact_percent(scaled.accuracy)}."
    )


def fate_words(fate: Fate) -> str:
    """How one rank ended."""
    after = f"Rank {fate.rank}, after {count_of(fate.steps, 'step')}"
    if fate.code < 0:
        return f"{after}: ended from outside by {signal.Signals(-fate.code).name}."
    if fate.code:
        return f"{after}: broke off. torch says:"
    return f"{after}: came to its end."


def trap_words(trained: Trained) -> str:
    """What has happened, and the way out."""
    config, fates = trained.config, trained.fates
    if config.kill:
        lost = [fate for fate in fates if fate.code < 0]
        return (
            f"Rank {lost[0].rank if lost else config.ranks - 1} was killed after step {config.kill}. The "
            "other waits for its part of the sum, the connection closes, and torch raises an error: nothing "
            "is averaged without all. **The way out:** keep checkpoints, start all ranks again; `torchrun "
            "--max-restarts` does it."
        )
    batches = [config.most_steps, config.most_steps - 1]
    if config.joined:
        return (
            f"Rank 0 has {batches[0]} batches, rank 1 has {batches[1]}. With `model.join()` a rank without a "
            "batch answers each all-reduce with zeros until the last is done: "
            + ("all ranks come to their end" if trained.whole else "still a rank broke off")
            + (", with equal weights." if trained.equal and trained.whole else ".")
        )
    return (
        f"Rank 0 has {batches[0]} batches, rank 1 has {batches[1]}. Rank 1 leaves, rank 0 waits for its part "
        "of the sum, the connection closes, and torch raises an error that names no batch. **The way out:** "
        "as many steps everywhere (`drop_last`, `DistributedSampler`), or `model.join()`."
    )


def machine_words(machine: Machine) -> str:
    """What the model is fed with."""
    fixed = f"{1e3 * machine.fixed:.1f} ms" if machine.fixed else "nothing"
    return (
        f"{1e6 * machine.compute:,.0f} µs an image, {fixed} a step besides, "
        f"{machine.bandwidth / 1e9:.2f} GB/s, {1e6 * machine.latency:,.0f} µs a message, "
        f"{machine.weights / 1e6:.2f} MB of gradients."
    )


def measured_words(machine: Machine) -> dict[str, str]:
    """What stands for each knob of the model that is left at 0."""
    return {
        "compute": f"{1e6 * machine.compute:,.0f} µs an image, {1e3 * machine.fixed:.1f} ms for each step",
        "bandwidth": f"{machine.bandwidth / 1e9:.2f} GB/s",
        "latency": f"{1e6 * machine.latency:,.0f} µs",
    }


def pays_words(machine: Machine, total: int) -> str:
    """Until when one more GPU makes it quicker, and how near it is to the ideal."""
    until = machine.pays_until(total)
    gain = machine.shared(until, total) / machine.shared(1, total)
    if until == 1:
        return f"A batch of {total:,} shared out: already two are slower than one. The reduction costs more."
    share = machine.reduction(until) / machine.step(until, total / until)
    return (
        f"A batch of {total:,} shared out: quickest with **{until}** GPUs, {gain:.1f} times one, where "
        f"{until} would be ideal. There, adding up the gradients takes {percent(share)} of each step."
    )
