"""What several ranks have shown, in sentences with their numbers. Markdown."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from dlcore.distributed.scaling import Machine
from dlcore.distributed.shares import Share
from dlcore.distributed.training import WORK, Fate, Trained, Trainings
from dlcore.words import count_of, exact_percent, percent

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
        f"Before, the {ranks} processes had drawn {count_of(drawn, 'different network')}; DDP gave all "
        f"rank 0's. Equal weights and equal gradients stay equal: no weight is ever sent again."
    )


def whole_words(trained: Trained, here: Sequence[Share] = ()) -> str:
    """How near the mean is to the gradient of the whole batch, and to what was computed here."""
    config = trained.config
    apart = max(step.apart for step in trained.seen)
    text = (
        f"Rank 0 also computed all {config.whole} images alone: the 215,194 averaged gradients lie off "
        f"its own by **{apart:.0e}** of their length at most. The mean of {config.ranks} × {config.batch} "
        f"is the gradient of {config.whole}; only the order of adding differs."
    )
    if here:
        off = max(
            abs(said - computed)
            for own, share in zip(trained.seen[0].own, here, strict=True)
            for said, computed in zip(own, share.gradient, strict=True)
        )
        differ = f"differ by {off:.0e}" if off else "are equal, bit by bit"
        text += f" What the processes found for step 1 and what the ring above shows {differ}."
    return text


def steps_table(trained: Trained) -> dict[str, list[object]]:
    """A row for each step: losses, digests, equality, distance to the whole batch."""
    ranks = range(trained.config.ranks)
    table: dict[str, list[object]] = {"Step": [step.step for step in trained.seen]}
    table |= {f"Loss, rank {rank}": [round(step.losses[rank], 4) for step in trained.seen] for rank in ranks}
    table |= {
        f"SHA-256, rank {rank}": [step.digests[rank][:SHOWN] for step in trained.seen] for rank in ranks
    }
    table["Equal"] = ["✓" if step.equal else "✗" for step in trained.seen]
    table["Off the whole batch"] = [f"{step.apart:.1e}" for step in trained.seen]
    return table


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
        f"{alone.config.batch} images a step; of each, the middle of {alone.config.steps} steps counts."
    )


def apart_words(trained: Trained) -> str:
    """Where the time of a step goes on the slowest rank."""
    steps = {stretch.step for stretch in trained.stretches}
    each = {
        work: sum(s.seconds for s in trained.stretches if s.work == work) / trained.config.ranks / len(steps)
        for work in WORK
    }
    total = sum(each.values())
    told = ", ".join(
        f"{work} {1000 * seconds:.1f} ms ({percent(seconds / total)})" for work, seconds in each.items()
    )
    return (
        f"A step of {trained.config.ranks} ranks, taken apart — {told}. Who is done first waits. "
        "DDP reduces one bucket while the backward pass still fills the next; these gradients are one bucket."
    )


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
    return (
        f"{1e6 * machine.compute:,.0f} µs an image, {1e3 * machine.fixed:.1f} ms a step besides, "
        f"{machine.bandwidth / 1e9:.2f} GB/s, {1e6 * machine.latency:,.0f} µs a message, "
        f"{machine.weights / 1e6:.2f} MB of gradients."
    )


def pays_words(machine: Machine, total: int) -> str:
    """Until when one more GPU makes it quicker, and how near it is to the ideal."""
    until = machine.pays_until(total)
    gain = machine.shared(until, total) / machine.shared(1, total)
    if until == 1:
        return f"A batch of {total:,} shared out: already two are slower than one. The reduction costs more."
    share = machine.reduction(until) / machine.step(until, total / until)
    return (
        f"A batch of {total:,} shared out: quickest with **{until}** GPUs, {gain:.1f} times one, where "
        f"{until} would be ideal. There each step reduces for {percent(share)} of its time."
    )
