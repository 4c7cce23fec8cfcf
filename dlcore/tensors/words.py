"""What was found, in sentences."""

from __future__ import annotations

from dlcore.tensors.broadcasting import Broadcast
from dlcore.tensors.devices import ALL, BUSY, BYTES, CLOSE, COPIED, GPU, ONE, SMALL, Devices
from dlcore.tensors.elsewhere import STATED
from dlcore.tensors.indexing import Indexed, Product
from dlcore.tensors.sharing import Shared
from dlcore.tensors.values import Lies, said_shape
from dlcore.words import count_of, milliseconds, number, size


def lies_words(found: Lies) -> str:
    """How one walks through storage."""
    steps = [f"{count_of(stride, 'cell')} along axis {axis}" for axis, stride in enumerate(found.strides)]
    walk = f"The next value lies {', '.join(steps)} further in storage." if steps else "It is one number."
    order = "" if found.contiguous else " It does not read storage in order: it is not contiguous."
    return f"{walk}{order}"


def printed(name: str, found: Lies) -> str:
    """The lines a learner would type, and what torch answers."""
    lines = {
        "shape": said_shape(found.shape),
        "dtype": f"{found.dtype}, {found.bytes_each} bytes each",
        "stride()": said_shape(found.strides),
        "is_contiguous()": str(found.contiguous),
    }
    return "\n".join(f"{name}.{said:<17}# {answer}" for said, answer in lines.items())


def shared_words(found: Shared) -> str:
    if found.b is None:
        return "Torch refuses: what it says stands below."
    if found.changed is None:
        kind = "looks at the storage of a" if found.shares else "has storage of its own"
        return f"b {kind}. Click a value of a to change it, and watch b."
    if found.follows:
        return "b changed too: it is a view. Both look at the same storage."
    return (
        "b looks at the same storage, but not at that cell."
        if found.shares
        else "b stayed as it was: it is a copy with storage of its own."
    )


def broadcast_words(found: Broadcast) -> str:
    """What came of it, and what its mean square would be as a loss."""
    if found.result is None:
        if any(axis.result is None for axis in found.axes):
            return "These shapes do not go together. Torch says so below."
        return "Torch refuses: what it says stands below."
    shape = said_shape(found.result.shape)
    if not found.stretches:
        return f"Equal shapes: nothing is stretched. The result is {shape}."
    loss = f" As a loss, its mean square would be {found.squares:.4g}." if found.squares is not None else ""
    return f"{said_shape(found.a.shape)} and {said_shape(found.b.shape)} give {shape}.{loss}"


def refused_product_words(found: Product) -> str:
    """In plain words why these two have no product."""
    a, b = found.a.shape, found.b.shape
    if not (a and b):
        return f"{'b' if a else 'a'} is a single number: it has no axis to pair."
    if a[-1] != b[max(len(b) - 2, 0)]:
        if len(a) == len(b) == 2:
            return f"A row of a has {a[1]} values, a column of b {b[0]}: they must be as many, to be paired."
        return "The last axis of a must be as long as the axis of b that it is paired with."
    if found.a.dtype != found.b.dtype:
        return f"a is {found.a.dtype}, b is {found.b.dtype}: both must have the same dtype."
    if len(a) == len(b) == 3 and a[0] != b[0] and 1 not in (a[0], b[0]):
        return "The first axes of a and b must be equally long, or one of them 1."
    return f"Torch has no product for {found.a.dtype}."


def indexed_words(found: Indexed) -> str:
    if found.result is None:
        return "Torch refuses: what it says stands below."
    kind = (
        "a view: it shares a's storage"
        if found.shares
        else "a copy: places picked one by one follow no stride"
    )
    count = len(found.lit)
    return f"{count} {'cell is' if count == 1 else 'cells are'} read. The result is {kind}."


def rate_words(rate: float) -> str:
    return f"{rate / 1e9:.3g} billion operations a second"


def devices_words(found: Devices) -> str:
    """Who was faster from where on."""
    most = found.most
    if found.crossing is None:
        largest = found.of(ONE)[-1].size
        times = found.at(most, largest).seconds / found.at(ONE, largest).seconds
        how = f"took {times:.1f} times as long as" if times > 1 + CLOSE else "took about as long as"
        return f"No gain up to {largest}×{largest}: there {_the(most)} {how} one thread."
    if found.crossing == found.of(ONE)[0].size:
        return f"{_the(most)[0].upper()}{_the(most)[1:]} came first at every size measured."
    return f"From {found.crossing}×{found.crossing} on, {_the(most)} came first."


def busy_words(found: Devices) -> str:
    """Other work on the machine takes the threads away; "" if there was little."""
    if found.busy < BUSY:
        return ""
    return (
        f"About {found.busy:.1f} other threads were at work here meanwhile: measure again when it is quiet."
    )


def small_words(found: Devices) -> str:
    first, most = found.at(ONE, SMALL), found.at(found.most, SMALL)
    return (
        f"{first.size}×{first.size} took {milliseconds(1e3 * first.seconds)} on one thread and "
        f"{milliseconds(1e3 * most.seconds)} on {_the(found.most)}."
    )


def roof_words(found: Devices) -> str:
    """Where this machine's roof bends."""
    bandwidth = max(found.bandwidth.values())
    bend = found.peak / bandwidth
    return (
        f"At best {rate_words(found.peak)}; a copy moves {bandwidth / 1e9:.3g} GB a second. "
        f"Work with fewer than {number(round(bend, 1))} operations a byte waits for memory."
    )


def _the(device: str) -> str:
    return {GPU: "the GPU", ALL: "all threads"}.get(device, device)


def copy_words(found: Devices) -> str:
    """What it costs to copy a tensor, here."""
    best = max(found.bandwidth.values())
    took = 2 * BYTES * COPIED / best
    return (
        f"Copying a tensor of {size(BYTES * COPIED)} took {milliseconds(1e3 * took)}: "
        "each byte is read and written."
    )


def place_words(found: Devices) -> str:
    """What a device is, and where a tensor lies."""
    return (
        "A device is a processor with memory of its own: `cpu`, or `cuda` for a GPU. "
        "`a.device` says where a tensor lies. `a.to(device)` copies it there; "
        f"only tensors of one device can meet. Here {count_of(found.cores, 'core')} can compute at once."
    )


def across_words(found: Devices) -> str:
    """The way to the GPU; where there is none, what others say of one."""
    if found.gpu:
        took = milliseconds(1e3 * BYTES * COPIED / found.across)
        return f"To bring {size(BYTES * COPIED)} to the {found.gpu} took {took}: do it once, not in the loop."
    times = f"{STATED.rate / found.peak:,.0f} times this machine's best"
    return (
        f"There is no GPU here. {STATED.words} That is {times}. "
        f"Stated, not measured: [{STATED.title}]({STATED.source})."
    )
