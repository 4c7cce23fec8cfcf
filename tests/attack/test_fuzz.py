"""Made-up input at every border: a value of ours or an error of ours, nothing else, and never for long.

`pytest tests/attack/test_fuzz.py --examples 1000000 -s` tries a million, other ones than with another number,
and says how many of which.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import json
import pkgutil
import random
import re
import string
import sys
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

import dlcore
from dlcore.classifier.gather import Gathered, Given, iter_gathered
from dlcore.classroom import assignment as assignments
from dlcore.datasets.contents import Contents, contents_of
from dlcore.datasets.idx import idx_files
from dlcore.datasets.reading import LEAST, LEAST_ASKED, read_dataset
from dlcore.errors import DlcoreError
from dlcore.gan.plane.config import PlaneConfig
from dlcore.mnist.canvas import decode_canvas, to_digit
from dlcore.mnist.image_sets import read_set
from dlcore.mnist.photo import decode_photo
from dlcore.nets.blocks import LAYERS, parse_blocks
from dlcore.nets.shapes import checked_plan
from dlcore.playground.config import PlaygroundConfig
from dlcore.runs.shipped import shipped_run
from dlcore.runs.storage.checkpoint_files import read_checkpoint
from dlcore.runs.storage.checkpoints import load_config, load_model
from dlcore.schema import Config, knobs, parse, parse_leniently
from dlcore.serving.other_images import AT_ONCE_BYTES
from dlcore.signals.config import SignalsConfig
from dlcore.sweep.setup import SUGGESTED, SweepConfig, plan_of
from dlcore.tensors.config import TensorsConfig
from dlcore.training.config import TrainConfig
from tests.attack.payloads import PAYLOADS
from ui import forging, identity, playing, tracing
from ui.answering import said_of
from ui.components.plotly3d import component
from ui.identity import owner_in
from ui.messages import plain
from ui.turnstile import _rerun

SIDE = 28
ODD = (
    "nan",
    "inf",
    "-inf",
    "1e400",
    "5e-324",
    "-0",
    "0x1",
    "1_000",
    "９",
    "true",
    "None",
    "[]",
    "{}",
    "\0",
    "é" * 500,
)
LETTERS = string.printable + "é☃\u202e\u2060\ud7ff"


class Fuzz:
    """Input from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def word(self) -> str:
        chance = self.chance
        match chance.randrange(5):
            case 0:
                return chance.choice(ODD)
            case 1:
                return chance.choice(PAYLOADS)
            case 2:
                return str(chance.choice((-1, 1)) * 10 ** chance.uniform(-12, 12))
            case 3:
                return str(chance.randrange(-(10 ** chance.randrange(1, 30)), 10**6))
        return "".join(chance.choices(LETTERS, k=chance.randrange(40)))

    def value(self, depth: int = 0) -> Any:
        """Anything that JSON can say."""
        chance = self.chance
        kinds = 5 if depth > 2 else 7
        match chance.randrange(kinds):
            case 0:
                return None
            case 1:
                return chance.random() < 0.5
            case 2:
                return chance.randrange(-(10**6), 10**6)
            case 3:
                return chance.uniform(-1e6, 1e6)
            case 5:
                return [self.value(depth + 1) for _ in range(chance.randrange(4))]
            case 6:
                return {self.word(): self.value(depth + 1) for _ in range(chance.randrange(4))}
        return self.word()

    def setting(self, config: type[Config], name: str) -> Any:
        """Of a knob: mostly one that it may have, a bound of its own, or a little beyond."""
        knob, chance = knobs(config)[name], self.chance
        if chance.random() < 0.2:
            return self.value()
        if knob.options:
            return chance.choice(list(knob.options))
        if knob.low is None or knob.high is None:
            return chance.choice((True, False, self.word()))
        return chance.choice((knob.low, knob.high, chance.uniform(knob.low, knob.high), 1.01 * knob.high))

    def damaged(self, content: bytes) -> bytes:
        """Some bytes changed, left out, or put in; now and then cut short."""
        changed, chance = bytearray(content), self.chance
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(changed) or 1)
            changed[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        return bytes(changed[: chance.randrange(len(changed) + 1)] if chance.random() < 0.1 else changed)

    def odd_png(self, png: bytes) -> bytes:
        """Some bytes changed in place. The sums of its chunks fit all the same: else nobody looks further."""
        changed, chance = bytearray(png), self.chance
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(8, len(changed))] = chance.randrange(256)
        at = 8
        while (end := at + 8 + int.from_bytes(changed[at : at + 4], "big")) + 4 <= len(changed):
            changed[end : end + 4] = zlib.crc32(changed[at + 4 : end]).to_bytes(4, "big")
            at = end + 4
        return bytes(changed)


def pictures() -> list[bytes]:
    found = []
    ink = Image.fromarray((np.indices((SIDE, SIDE)).sum(axis=0) % 7 < 3).astype(np.uint8) * 255)
    for mode, format in (
        ("L", "PNG"),
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("RGB", "JPEG"),
        ("P", "GIF"),
        ("L", "BMP"),
        ("RGB", "WEBP"),
    ):
        out = io.BytesIO()
        ink.convert(mode).save(out, format)
        found.append(out.getvalue())
    light = np.linspace(120, 230, 120 * 90).reshape(120, 90)
    light[30:90, 40:52] = 20  # a stroke on a paper that is lit from one side
    out = io.BytesIO()
    Image.fromarray(light.astype(np.uint8)).save(out, "JPEG")
    return [*found, out.getvalue()]


PICTURES = pictures()


@cache
def configs() -> tuple[type[Config], ...]:
    """Every configuration of the lab that has knobs."""
    for module in pkgutil.walk_packages(dlcore.__path__, "dlcore."):
        if not module.name.startswith(("dlcore.runs.ray", "dlcore.__main__")):
            importlib.import_module(module.name)
    return tuple(sorted(filter(knobs, _below(Config)), key=lambda config: config.__qualname__))


def _below(config: type[Config]) -> Iterator[type[Config]]:
    for kind in config.__subclasses__():
        if kind.__module__.startswith("dlcore."):
            yield kind
        yield from _below(kind)


def query(fuzz: Fuzz, folder: Path) -> None:
    """A link with fields of a form."""
    config = fuzz.chance.choice(configs())
    names = [*knobs(config), fuzz.word()]
    fields = {fuzz.chance.choice(names): fuzz.word() for _ in range(fuzz.chance.randrange(1, 5))}
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlencode(fields, errors="replace")))
    checked, sentences = parse_leniently(config(), {k: v for k, v in given.items() if k in knobs(config)})
    assert isinstance(checked, config)
    assert all(len(plain(sentence)) < 2000 for sentence in sentences)


def widget(fuzz: Fuzz, folder: Path) -> None:
    """What a form's widgets say."""
    config = fuzz.chance.choice(configs())
    names = list(knobs(config))
    parse(config, {name: fuzz.setting(config, name) for name in fuzz.chance.choices(names, k=3)})


def photo(fuzz: Fuzz, folder: Path) -> None:
    odd = fuzz.chance.random() < 0.3
    to_digit(decode_photo(fuzz.odd_png(PICTURES[0]) if odd else fuzz.damaged(fuzz.chance.choice(PICTURES))))


def canvas(fuzz: Fuzz, folder: Path) -> None:
    png = PICTURES[fuzz.chance.randrange(2)]
    to_digit(decode_canvas(fuzz.odd_png(png) if fuzz.chance.random() < 0.5 else fuzz.damaged(png), side=SIDE))


def click(fuzz: Fuzz, folder: Path) -> None:
    """What a component says was clicked."""
    names = ("trace", "point", "x", "y", "z")
    said = {name: fuzz.value() for name in names} if fuzz.chance.random() < 0.9 else fuzz.value()
    found = component._click(said)
    assert found is None or isinstance(found, component.Click)


def board(fuzz: Fuzz, folder: Path) -> None:
    """What a board asks: of ours, with odd things in it, or damaged."""
    chance = fuzz.chance
    read, config = chance.choice(BOARDS)
    names = chance.sample(list(knobs(config)), k=chance.randrange(3))
    said = {"config": {name: fuzz.setting(config, name) for name in names}, "epochs": 1, "times": 1}
    said |= {name: fuzz.value() for name in chance.sample(SAID_BY_BOARDS, k=chance.randrange(4))}
    body = json.dumps(said).encode()
    read(fuzz.damaged(body) if chance.random() < 0.2 else body)


def assignment(fuzz: Fuzz, folder: Path) -> None:
    """A link that a teacher may have made."""
    chance = fuzz.chance
    names = [*assignments.NAMES, assignments.SIGNED, "playground__lr", fuzz.word()]
    link = {name: fuzz.word() for name in chance.sample(names, k=chance.randrange(1, 5))}
    found, sentences = assignments.read(link)
    assert not assignments.is_signed(link, "playground", b"nobody knows it")
    if found is not None:
        sentences += assignments.unknown(found.hidden, ["lr"], "knob")
        again, _ = assignments.read(assignments.written(found.hidden, found.cards, answers=found.answers))
        assert again is None or again.asks_like(found), "what is written is read"
    assert all(len(plain(sentence)) < 2000 for sentence in sentences)


def message(fuzz: Fuzz, folder: Path) -> None:
    """What comes over a page's socket."""
    sent, chance = BackMsg(), fuzz.chance
    sent.rerun_script.query_string, sent.rerun_script.fragment_id = fuzz.word(), fuzz.word()
    for _ in range(chance.randrange(3)):
        sent.rerun_script.widget_states.widgets.add(id=fuzz.word(), json_value=fuzz.word())
    body = sent.SerializeToString()
    found = _rerun({"bytes": fuzz.damaged(body) if chance.random() < 0.7 else body})
    assert found is None or isinstance(found, ClientState)


def cookie(fuzz: Fuzz, folder: Path) -> None:
    owner = owner_in(f"{identity.OWNER_COOKIE}={fuzz.word()}; {fuzz.word()}={fuzz.word()}")
    assert owner is None or re.fullmatch(r"[A-Za-z0-9_-]{22}", owner)


def host(fuzz: Fuzz, folder: Path) -> None:
    headers = {"Host": fuzz.word(), "Origin": fuzz.word(), fuzz.word() or "x": fuzz.word()}
    assert not identity.at_the_machine("127.0.0.1", headers, behind_proxy=True)
    identity.at_the_machine(fuzz.word(), headers, behind_proxy=False)


def checkpoint(fuzz: Fuzz, folder: Path) -> None:
    """The description beside weights: a field of it is anything, or some bytes are damaged."""
    original = shipped_run("mnist").checkpoints[-1]
    path = folder / original.path.name
    if not path.exists():
        path.write_bytes(original.path.read_bytes())
    content = original.path.with_suffix(".json").read_bytes()
    if fuzz.chance.random() < 0.5:
        about: Any = json.loads(content)
        place = fuzz.chance.choice((about, about["config"]))
        place[fuzz.chance.choice(list(place))] = fuzz.value()
        content = json.dumps(about).encode()
    else:
        content = fuzz.damaged(content)
    path.with_suffix(".json").write_bytes(content)
    load_config(read_checkpoint(path), TrainConfig)


def weights(fuzz: Fuzz, folder: Path) -> None:
    """Weights that are damaged, under the digest of the whole ones and under their own."""
    original = shipped_run("mnist").checkpoints[0]
    path = folder / f"w-{original.path.name}"
    path.with_suffix(".json").write_bytes(original.path.with_suffix(".json").read_bytes())
    head = original.path.read_bytes()
    content = fuzz.damaged(head[:2000]) + head[2000:]
    path.write_bytes(content)
    if fuzz.chance.random() < 0.5:
        about = json.loads(path.with_suffix(".json").read_bytes())
        about["sha256"] = hashlib.sha256(content).hexdigest()
        path.with_suffix(".json").write_text(json.dumps(about))
    load_model(read_checkpoint(path))


def blocks(fuzz: Fuzz, folder: Path) -> None:
    """A network of one's own, as a line of text."""
    chance = fuzz.chance
    words = chance.choices(BLOCKS, k=chance.randrange(1, 12))
    if chance.random() < 0.2:
        words[chance.randrange(len(words))] = fuzz.word()
    text = ", ".join([*words, "dense 10"])
    if chance.random() < 0.3:
        text = fuzz.damaged(text.encode()).decode(errors="replace")
    checked_plan(parse_blocks(text))


def sweep(fuzz: Fuzz, folder: Path) -> None:
    """Which values of which knobs many runs try."""
    chance = fuzz.chance
    fields: dict[str, Any] = {"way": chance.choice(("grid", "draw")), "seeds": chance.randrange(1, 4)}
    for name, turned in zip(("first", "second", "third"), chance.sample(list(SUGGESTED), 3), strict=True):
        values = [fuzz.word() if chance.random() < 0.1 else each for each in SUGGESTED[turned].split(",")]
        fields |= {name: turned, f"{name}_values": ",".join(chance.choices(values, k=chance.randrange(1, 4)))}
    plan_of(parse(SweepConfig, fields))


def gathered(fuzz: Fuzz, folder: Path) -> None:
    """Pictures and zips of somebody's own, some of them damaged, under odd names."""
    chance = fuzz.chance
    given = []
    for _ in range(chance.randrange(1, 4)):
        content = chance.choice(PICTURES)
        if chance.random() < 0.4:
            content = zipped({f"{fuzz.word()}/{fuzz.word()}.png": content, f"cat/{fuzz.word()}.jpg": content})
        name = fuzz.word() + chance.choice((".png", ".zip", ".JPG", ""))
        given.append(Given(name, fuzz.damaged(content) if chance.random() < 0.6 else content, fuzz.word()))
    (*_, found) = iter_gathered(given)
    assert isinstance(found, Gathered)
    assert len(found.pictures) > 0


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("\0", "") or "x", content)
    return out.getvalue()


@cache
def image_files() -> Mapping[str, bytes]:
    """Of the smallest set that can be learnt, packed and not."""
    chance = np.random.default_rng(0)

    def part(count: int) -> tuple[Any, Any]:
        images = chance.integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)
        return images, np.arange(count, dtype=np.uint8) % 3

    packed = idx_files(part(LEAST), part(LEAST_ASKED))
    return {name.removesuffix(".gz"): gzip.decompress(content) for name, content in packed.items()}


def dropped(fuzz: Fuzz, folder: Path) -> None:
    """Two files in MNIST's format as somebody drops them on a page."""
    files = damaged_files(fuzz)
    part = fuzz.chance.choice(("train", "t10k"))
    kept = {name: content for name, content in files.items() if part in name or fuzz.chance.random() < 0.1}
    assert len(read_set(kept, AT_ONCE_BYTES).samples) > 0


def images(fuzz: Fuzz, folder: Path) -> None:
    held = {PurePosixPath(name): content for name, content in damaged_files(fuzz).items()}
    sizes = {path: len(content) for path, content in held.items()}
    read_dataset(Contents("set", sizes, held.__getitem__), "set")


def damaged_files(fuzz: Fuzz) -> dict[str, bytes]:
    """Files in MNIST's format, one of them damaged where it says what it holds, or anywhere."""
    files = dict(image_files())
    name = fuzz.chance.choice(list(files))
    head = fuzz.chance.choice((16, len(files[name])))
    files[name] = fuzz.damaged(files[name][:head]) + files[name][head:]
    if fuzz.chance.random() < 0.3:
        files[f"{name}.gz"] = fuzz.damaged(gzip.compress(files.pop(name), 1))
    return files


@cache
def pictured() -> bytes:
    """A zip of the smallest set of pictures that can be learnt."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for part, count in (("train", LEAST), ("test", LEAST_ASKED)):
            for place in range(count):
                file.writestr(f"{part}/{place % 2}/{place}.png", PICTURES[0])
    return out.getvalue()


def archive(fuzz: Fuzz, folder: Path) -> None:
    """A zip of pictures with odd names, or one that is damaged."""
    chance, path = fuzz.chance, folder / "set.zip"
    content = pictured() if chance.random() < 0.5 else fuzz.damaged(pictured())
    path.write_bytes(content)
    if content is pictured():
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(fuzz.word().partition("\0")[0] or "x", chance.choice(PICTURES))
    with contents_of(path) as found:
        read_dataset(found, "set")


BLOCKS = [block.strip() for block in LAYERS.split(",")]
BLOCKS += ["norm", "residual 8", "dropout 0.1", "average 2", "tanh", "conv 8x5 pad 2 stride 2"]
BOARDS: tuple[tuple[Callable[[bytes], Any], type[Config]], ...] = (
    (playing.asked, PlaygroundConfig),
    (tracing.asked, TensorsConfig),
    (lambda body: forging._begin(said_of(body)), PlaneConfig),
    (lambda body: parse(SignalsConfig, said_of(body)["config"]), SignalsConfig),
)
SAID_BY_BOARDS = [
    "own",
    "moment",
    "points",
    "epochs",
    "times",
    "expression",
    "values",
    "before",
    "ahead",
    "config",
]
BORDERS: Mapping[str, tuple[Callable[[Fuzz, Path], None], int]] = {  # and how many of 100,000
    "query": (query, 20_000),
    "widget": (widget, 18_000),
    "message": (message, 2_000),
    "photo": (photo, 9_000),
    "gathered": (gathered, 500),
    "dropped": (dropped, 500),
    "canvas": (canvas, 10_000),
    "click": (click, 7_000),
    "board": (board, 4_000),
    "assignment": (assignment, 2_000),
    "cookie": (cookie, 5_000),
    "host": (host, 5_000),
    "blocks": (blocks, 7_000),
    "sweep": (sweep, 3_500),
    "images": (images, 2_000),
    "archive": (archive, 1_000),
    "checkpoint": (checkpoint, 3_000),
    "weights": (weights, 500),
}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage and goes on
@pytest.mark.parametrize("border", BORDERS)
def test_made_up_input_is_taken_or_refused(border: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cross, count = BORDERS[border]
    examples = int(pytestconfig.getoption("--examples"))
    count = max(1, count * examples // 100_000)
    sentences: list[str] = []
    for seed in range(examples, examples + count):
        try:
            cross(Fuzz(seed), tmp_path)
        except DlcoreError as error:
            sentences.append(str(error))
        except Exception as error:
            raise AssertionError(f"{border}, seed {seed}: {error!r}") from error
    assert all(sentence.endswith(".") and len(sentence) < 2000 for sentence in sentences)
    sys.stdout.write(f"{border}: {count} made up, {len(sentences)} refused in a sentence, the others taken\n")


def test_there_are_a_hundred_thousand() -> None:
    assert sum(count for _, count in BORDERS.values()) == 100_000
