"""A classifier of one's own, taken away: one zip with the network, a small app, and what is known of it."""

from __future__ import annotations

import inspect
import io
import json
import zipfile
from collections.abc import Iterator, Sequence

import torch
from safetensors.torch import save
from torch import nn

from dlcore.classifier import squares
from dlcore.classifier.app import App
from dlcore.classifier.pictures import LONGEST
from dlcore.classifier.project import Plan
from dlcore.events import Stage
from dlcore.serving.bundle import DATE, PYTHONS, TRIED
from dlcore.serving.formats import onnx_bytes, quiet, torchscript_bytes
from dlcore.serving.torchscript import traced
from dlcore.vision import lite0, recipe
from dlcore.vision.lite0 import FEATURES, EfficientNetLite0
from dlcore.vision.weights import pretrained

APP = '''"""What is in the picture?  streamlit run app.py"""

import streamlit as st

from predict import CARD, CLASSES, PROBLEMS, predict, upright

st.set_page_config(page_title="What is in the picture?")
st.title("What is in the picture?")
st.write(f"It tells apart: {', '.join(CLASSES)}. It knows nothing else, and must pick one of them.")
upload, camera = st.tabs(["A file", "Camera"])
with upload:
    file = st.file_uploader("A picture", type=["jpg", "jpeg", "png", "webp", "bmp", "gif"])
with camera:
    file = st.camera_input("Hold it into the picture") if st.toggle("Use the camera") else file
if file is not None:
    try:
        picture = upright(file)
    except PROBLEMS:
        st.error("This file cannot be read as a picture: try a JPEG or PNG.")
        st.stop()
    shares = predict(picture)
    best = max(shares, key=shares.get)
    st.image(picture, width=320)
    st.subheader(f"{best}, {shares[best]:.0%} sure")
    st.bar_chart({"class": list(shares), "share": list(shares.values())}, x="class", y="share")
with st.expander("What is known of it"):
    st.markdown(CARD)
'''

PREDICT = '''"""Which class does a picture show?  python predict.py picture.jpg"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # `python -I` leaves a script's own folder out

from model import EfficientNetLite0  # noqa: E402

ABOUT = json.loads((HERE / "labels.json").read_text(encoding="utf-8"))
CLASSES = ABOUT["classes"]
CARD = (HERE / "README.md").read_text(encoding="utf-8")
NET = EfficientNetLite0()
NET.fc = torch.nn.Linear(NET.fc.in_features, len(CLASSES))  # the layer that has learned
NET.load_state_dict(load_file(HERE / "model.safetensors"))
NET.eval()  # batch norm by its averages
PROBLEMS = (OSError, ValueError, Image.DecompressionBombError)  # of a file that is no picture to use
{constants}

{square}

def upright(file):
    """A picture as it was held, red, green and blue, small. One of PROBLEMS if it is none."""
    image = ImageOps.exif_transpose(Image.open(file))
    if image.mode.startswith(("I", "F")):  # deeper than 8 bits: from the darkest to the lightest there is
        grey = np.asarray(image, np.float64)
        grey = (grey - grey.min()) * (255 / ((grey.max() - grey.min()) or 1))
        image = Image.fromarray(grey.astype(np.uint8))
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    image = image.convert("RGB")
    image.thumbnail(({longest}, {longest}), Image.Resampling.BICUBIC)
    return image


@torch.inference_mode()
def predict(picture):
    """From an upright picture to the share of each class; together they are 1."""
    values = np.asarray(square(picture, ABOUT["fit"]), np.float32)
    batch = torch.from_numpy((values - MIDDLE) / SPREAD).permute(2, 0, 1)[None]
    return dict(zip(CLASSES, NET(batch).softmax(1)[0].tolist(), strict=True))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name one picture: python predict.py picture.jpg")
    try:
        shares = predict(upright(sys.argv[1]))
    except PROBLEMS as error:
        sys.exit(f"This picture cannot be read: {{error}}")
    print(max(shares, key=shares.get))
    for name, share in shares.items():
        print(f"{{share:.4f}} {{name}}")
'''

CARD = """# {classes}

A classifier of {count} classes: {classes}.

## What it is for

- **Objective.** {plan.objective}
- **Levers.** {plan.levers}
- **Data.** {plan.data}
- **Model.** {plan.model}

## What is known of it

- Learned from {pictures} pictures: {counts}.
- {score}
- EfficientNet-Lite0 (Tan and Le 2019; weights Apache 2.0, by Google) finds 1,280 features; one layer of
  {parameters:,} numbers was trained on them.
- A picture becomes a square: {fit}.

## What it cannot do

- It picks one of its classes, whatever it is shown: there is no "none of these".
- It was judged on pictures of the same collection. Other cameras, backgrounds and places were not tried.

## How to use it

1. `pip install -r requirements.txt`, into a new environment (tried on Python {python}, without a GPU)
2. `streamlit run app.py` opens the app; `python predict.py picture.jpg` answers in the terminal
3. `model.safetensors`, `model.py`, `labels.json`: numbers, network, classes{more}
"""
MORE = (
    "\n4. `model.onnx`, `model-traced.pt`: from pictures (B, 3, 224, 224) to logits, for ONNX Runtime and C++"
)
FITS = {"pad": "with a white margin", "crop": "its sides are cut", "squash": "it is squeezed"}
STREAMLIT = "streamlit>=1.40\n"


def network_of(taken: App) -> EfficientNetLite0:
    """The whole network in evaluation mode. Raises VisionError if its weights are not here."""
    network = pretrained()
    network.fc = nn.Linear(FEATURES, len(taken.classes))
    with torch.no_grad():
        network.fc.weight.copy_(torch.from_numpy(taken.weight))
        network.fc.bias.copy_(torch.from_numpy(taken.bias))
    return network.eval()


def app_files(taken: App, *, more: bool = False) -> dict[str, str | bytes]:
    """What lies in the zip, by name, but for the formats of other engines; `more`: those come along."""
    weights = {name: value.contiguous() for name, value in network_of(taken).state_dict().items()}
    constants = f"MIDDLE, SPREAD, SIDE = {recipe.MIDDLE}, {recipe.SPREAD}, {recipe.SIDE}"
    square = inspect.getsource(squares.square).replace(": Image.Image, fit: Fit) -> Image.Image", ", fit)")
    about = {"classes": list(taken.classes), "fit": taken.fit}
    return {
        "README.md": _card(taken, more),
        "app.py": APP,
        "predict.py": PREDICT.format(constants=constants, square=square, longest=LONGEST),
        "model.py": inspect.getsource(lite0),
        "labels.json": json.dumps(about, indent=1, ensure_ascii=False) + "\n",
        "requirements.txt": STREAMLIT
        + "".join(f"{name}>={old},<={new}\n" for name, (old, new) in TRIED.items()),
        "model.safetensors": save(weights),
    }


def app_zip(taken: App) -> bytes:
    """The zip's bytes: a third of a second."""
    return zipped(app_files(taken))


def iter_zip(taken: App) -> Iterator[Stage | bytes]:
    """With TorchScript and ONNX too, some ten seconds; the zip's bytes are the last event."""
    files = app_files(taken, more=True)
    example = torch.zeros(2, 3, recipe.SIDE, recipe.SIDE)
    yield Stage(0.3, "Writing TorchScript")
    with quiet():  # torch warns that it reads squares of one size: so it does
        files["model-traced.pt"] = torchscript_bytes(traced(network_of(taken), example))
    yield Stage(0.5, "Writing ONNX")
    files["model.onnx"] = onnx_bytes(network_of(taken), {"pictures": example}, "logits")
    yield zipped(files)


def zipped(files: dict[str, str | bytes]) -> bytes:
    """The same files make the same zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            packed = zipfile.ZIP_DEFLATED if isinstance(content, str) else zipfile.ZIP_STORED
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content, packed)
    return out.getvalue()


def _card(taken: App, more: bool) -> str:
    return CARD.format(
        classes=", ".join(taken.classes),
        count=len(taken.classes),
        plan=Plan(**{name: text or "(not written)" for name, text in taken.plan.as_plain().items()}),
        pictures=sum(taken.counts),
        counts=_counts(taken.classes, taken.counts),
        score=taken.score,
        parameters=taken.weight.size + taken.bias.size,
        fit=FITS[taken.fit],
        python=PYTHONS,
        more=MORE if more else "",
    )


def _counts(classes: Sequence[str], counts: Sequence[int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in zip(classes, counts, strict=True))
