"""The glossary: short, in order, and complete for every teaching text of the lab."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dlcore.glossary import BY_SPELLING, SPELLED, TERMS, Term

ROOT = Path(__file__).resolve().parents[2]

# What a first-time learner cannot know, whether or not any text uses it. Nothing goes from here.
EXPERT = """
activation, Adam, AdamW, adversarial example, architecture, autograd, backpropagation, batch, bias,
checkpoint, confusion, convolution, criterion, cross-entropy, dropout, embedding, epoch, gradient,
hyperparameter, inference, kernel, knob, label, learning rate, logit, logits, loss, MNIST, momentum,
multiply-add, multiply-adds, nat, nats, Nesterov, neuron, noise floor, normalisation, ONNX, operator,
optimizer, overfitting, parameter, parameters, PCA, perplexity, pooling, preprocessing, preset, ReLU,
regularisation, RMSprop, safetensors, saddle, schedule, seed, SGD, sharpness, sigmoid, softmax, t-SNE,
thread, threads, TorchScript, validation, variance, weight decay, weights
"""


def texts(path: Path) -> list[str]:
    """The prose in a file: its strings of several words that are neither documentation nor a pattern."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    holders = [node for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docs = {id(node.body[0].value) for node in holders if isinstance(node.body[0], ast.Expr)}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    return [node.value for node in strings if isinstance(node.value, str) and " " in node.value.strip()]


def teaching() -> list[Path]:
    files = [path for path in (ROOT / "dlcore").rglob("*.py") if path.stem.endswith(("cards", "words"))]
    return [
        *files,
        *(ROOT / "pages").rglob("*.py"),
        *(ROOT / "ui").glob("*.py"),
        *(ROOT / "ui/views").glob("*.py"),
    ]


def test_every_expert_word_of_a_teaching_text_is_in_the_glossary() -> None:
    paths = teaching()
    assert {"cards.py", "words.py", "path.py", "train.py"} <= {path.name for path in paths}
    prose = "\n".join(text for path in paths for text in texts(path))
    words = [word.strip() for word in EXPERT.split(",")]
    used = [word for word in words if re.search(rf"(?i)(?<!\w){word}(?!\w)", prose)]
    assert len(used) > 40, "the texts were found"
    assert [word for word in used if word.lower() not in BY_SPELLING] == []


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.slug)
def test_a_meaning_is_one_short_sentence(term: Term) -> None:
    assert len(term.meaning.split()) <= 20
    assert term.meaning.endswith(".")
    assert ". " not in term.meaning
    assert not set(term.meaning) & set('"[]()`$*'), "it stands in a link's title"


def test_words_stand_from_a_to_z_and_none_twice() -> None:
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(names)
    assert len({term.slug for term in TERMS}) == len(TERMS)
    assert len(BY_SPELLING) == sum(len(term.spellings) for term in TERMS)


def test_the_longest_word_is_found_as_a_whole() -> None:
    found = SPELLED.findall("Weight decay, weights, a weightless learning rate and lr")
    assert found == ["Weight decay", "weights", "learning rate", "lr"]
