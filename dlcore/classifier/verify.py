"""What is odd about the pictures of a collection before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlcore.classifier.project import TINY, Picture
from dlcore.words import percent


@dataclass(frozen=True)
class Oddity:
    """`digests`: the pictures that it is about."""

    title: str
    words: str
    digests: tuple[str, ...]


def oddities(pictures: Sequence[Picture], groups: Mapping[str, int] | None = None) -> tuple[Oddity, ...]:
    """`pictures` as they came, the same ones twice too; `groups` by digest, of near-copies the same number.

    Nothing is changed: each is to be decided.
    """
    found = []
    different = list({picture.digest: picture for picture in reversed(pictures)}.values())[::-1]
    if both := _two_classes(pictures):
        found.append(
            Oddity("In two classes", "The same picture came with two labels: the first counts.", both)
        )
    count = Counter(picture.digest for picture in pictures)
    twice = tuple(digest for digest, times in count.items() if times > 1 and digest not in both)
    if twice:
        found.append(Oddity("Twice", "The very same pixels came more than once: they count once.", twice))
    if near := _near(groups or {}):
        found.append(
            Oddity("Near-copies", "Nearly the same picture: the split keeps them on one side.", near)
        )
    if tiny := tuple(picture.digest for picture in different if min(picture.size) < TINY):
        found.append(Oddity("Tiny", f"A side below {TINY} pixels: little can be seen.", tiny))
    if turned := tuple(picture.digest for picture in different if picture.turned):
        found.append(Oddity("Turned", "The camera was held another way: put upright as it says.", turned))
    return tuple(found)


def balance_words(counts: Sequence[int]) -> str:
    """Is one class much larger than another? "" if not."""
    least, most = min(counts), max(counts)
    if most < 2 * least:
        return ""
    always = percent(most / sum(counts))
    return f"The largest class has {most} pictures, the smallest {least}: always the largest is {always}."


def _two_classes(pictures: Sequence[Picture]) -> tuple[str, ...]:
    labels: dict[str, set[str]] = {}
    for picture in pictures:
        labels.setdefault(picture.digest, set()).add(picture.label)
    return tuple(digest for digest, names in labels.items() if len(names) > 1)


def _near(groups: Mapping[str, int]) -> tuple[str, ...]:
    count = Counter(groups.values())
    return tuple(digest for digest, number in groups.items() if count[number] > 1)
