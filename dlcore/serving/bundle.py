"""Take it with you: one zip that reads a picture of a digit wherever there is PyTorch."""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from safetensors.torch import save

from dlcore.datasets import plain
from dlcore.datasets.catalogue import class_names
from dlcore.datasets.dataset import MNIST
from dlcore.mnist import canvas, photo, scan
from dlcore.serving.own_picture import are_strokes, inverted, prepared_words
from dlcore.serving.script import training_script
from dlcore.serving.trained import Trained, source_file
from dlcore.vision import pictures

# The oldest and the newest of each that the zip was tried with, on the oldest and the newest Python.
TRIED = {
    "torch": ("2.13.0", "2.14.1"),
    "safetensors": ("0.4.5", "0.8.0"),
    "numpy": ("1.26.4", "2.5.5"),
    "pillow": ("10.1.0", "13.0.0"),
}
PYTHONS = "3.11 to 3.13"
DATE = (1980, 1, 1, 0, 0, 0)  # of every file: the same weights make the same zip

README = """# {net}, epoch {epoch}

A network that reads {reads}: weights, architecture and preprocessing.

1. `pip install -r requirements.txt`, into a new environment (tried on Python {python}, without a GPU)
2. `python predict.py picture.png` prints the {answer}, then ten shares that add up to 1
3. `weights.safetensors` and `model.py`: the numbers, and what is computed with them
4. {prepared}
5. `config.json`: every setting, the seed ({seed}), mean {mean} and deviation {std} of the normalisation
6. `python train.py FOLDER` trains one like it from the four .gz files of its images
"""

AS_MNIST = "`photo.py`, `scan/` and `canvas.py`: paper removed, ink scaled and centred as MNIST does"
PLAIN = "`plain.py` and `pictures.py`: {}, as its own images were"

PREDICT = '''"""Which {answer} does a picture show?  python predict.py picture.png"""

import json
import sys
import warnings
from pathlib import Path

import torch
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # `python -I` leaves a script's own folder out

import model  # noqa: E402
{imports}
CONFIG = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
NET = getattr(model, CONFIG["net"])()
NET.load_state_dict(load_file(HERE / "weights.safetensors"))
NET.eval()  # no dropout


@torch.inference_mode()
def predict(image):
    """(28, 28) uint8, 0 = paper and 255 = ink -> ten shares."""
    grey = torch.tensor(image)[None, None] / 255
    images = (grey - CONFIG["normalize"]["mean"]) / CONFIG["normalize"]["std"]
    return NET(images).softmax(1)[0].tolist()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one picture: python predict.py picture.png")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # Pillow's, of a picture that is refused in a sentence anyway
    try:
        shares = predict({prepare})
    except (OSError, UploadError) as error:
        sys.exit(f"This picture cannot be read: {error}")
    print(CONFIG["classes"][shares.index(max(shares))])
    for name, share in zip(CONFIG["classes"], shares):
        print(f"{name} {share:.4f}")
'''

# The lab's own preprocessing; only where its error comes from is another place.
OWN_ERROR = '''

class UploadError(ValueError):
    """A picture that cannot be used."""
'''
CANVAS_CHANGES = (("\nfrom dlcore.errors import UploadError\n", OWN_ERROR),)
CHANGES = (
    (
        "from dlcore.errors import UploadError\nfrom dlcore.mnist.canvas import decoding\n",
        "from canvas import UploadError, decoding\n",
    ),
    ("from dlcore.errors import UploadError\n", "from canvas import UploadError\n"),
    ("from dlcore.mnist.scan.", "from scan."),
    ("from dlcore.vision.pictures import", "from pictures import"),
)

# A picture's bytes to an image: what comes from where, and how.
DRAWN_IMPORTS = """from canvas import UploadError, to_digit  # noqa: E402
from photo import decode_photo  # noqa: E402
"""
PLAIN_IMPORTS = """from canvas import UploadError  # noqa: E402
from plain import grey_square  # noqa: E402
"""
READ = "Path(sys.argv[1]).read_bytes()"


def bundle(trained: Trained) -> bytes:
    """The zip's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in bundled_files(trained).items():
            packed = zipfile.ZIP_STORED if name.endswith(".safetensors") else zipfile.ZIP_DEFLATED
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content, packed)
    return out.getvalue()


def bundled_files(trained: Trained) -> Mapping[str, str | bytes]:
    """What lies in the zip, by name."""
    about, weights = trained.about(), trained.model.state_dict()
    words, read = _preparation(trained.config.dataset)
    return {
        "README.md": README.format(
            python=PYTHONS, reads=_reads(trained), **words, **about, **about["normalize"]
        ),
        **read,
        "model.py": source_file(trained.model),
        "canvas.py": _elsewhere(inspect.getsource(canvas), CANVAS_CHANGES),
        "train.py": training_script(trained.config, trained.moved),
        "config.json": json.dumps(about, indent=1) + "\n",
        "requirements.txt": "".join(f"{name}>={old},<={new}\n" for name, (old, new) in TRIED.items()),
        "weights.safetensors": save({name: value.contiguous() for name, value in weights.items()}),
    }


def _preparation(dataset: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """How a picture is prepared as the training's images were: in words, and the files that do it."""
    answer = "digit" if dataset == MNIST else "class"
    if are_strokes(dataset):
        script = _predict(answer, DRAWN_IMPORTS, f"to_digit(decode_photo({READ}))")
        files = {"predict.py": script, "photo.py": _elsewhere(inspect.getsource(photo)), **_scan_files()}
        return {"answer": answer, "prepared": AS_MNIST}, files
    less = "255 - " if inverted(dataset) else ""
    files = {
        "predict.py": _predict(answer, PLAIN_IMPORTS, f"{less}grey_square({READ})"),
        "plain.py": _elsewhere(inspect.getsource(plain)),
        "pictures.py": _elsewhere(inspect.getsource(pictures)),
    }
    return {"answer": answer, "prepared": PLAIN.format(prepared_words(dataset))}, files


def _predict(answer: str, imports: str, prepare: str) -> str:
    found = {"{answer}": answer, "{imports}": imports, "{prepare}": prepare}
    text = PREDICT
    for place, words in found.items():
        text = text.replace(place, words)
    return text


def _reads(trained: Trained) -> str:
    """What it has learnt to tell apart."""
    if trained.config.dataset == MNIST:
        return "handwritten digits"
    return f"28×28 images of {', '.join(class_names(trained.config.dataset))}"


def _scan_files() -> Mapping[str, str]:
    """The steps from a photo to its ink, a file each."""
    folder = Path(scan.__file__).parent
    return {f"scan/{path.name}": _elsewhere(path.read_text("utf-8")) for path in sorted(folder.glob("*.py"))}


def _elsewhere(source: str, changes: Sequence[tuple[str, str]] = CHANGES) -> str:
    """A file of the lab that needs nothing of it."""
    for ours, theirs in changes:
        source = source.replace(ours, theirs)
    assert "dlcore" not in source
    return source
