"""`batches`: what the training data are, and how long they take into a batch on this machine."""

from __future__ import annotations

from dataclasses import asdict

import typer

from dlcore.batches.loading import Loading, LoadingConfig, iter_loading
from dlcore.batches.statistics import statistics_of
from dlcore.batches.words import classes_words, grey_words, loading_words, noise_words, workers_words
from dlcore.cli.options import with_options
from dlcore.cli.talk import AsJson, say
from dlcore.mnist.files import load_test, load_train
from dlcore.schema import parse

batches = typer.Typer(no_args_is_help=True, help="The digits as data, and how they come into batches.")


def _plain(*sentences: str) -> str:
    return "\n".join(sentences).replace("**", "")


@batches.command()
def count(as_json: AsJson = False) -> None:
    """Count classes and grey levels."""
    train, test = statistics_of(load_train()), statistics_of(load_test())
    answer = {
        "train": train.classes,
        "test": test.classes,
        "zeros": train.zeros,
        "mean": train.mean,
        "std": train.std,
    }
    say(as_json, answer, _plain(classes_words(train, test), grey_words(train)))


@batches.command("measure")
@with_options(LoadingConfig, only=("images", "workers"))
def measure(as_json: AsJson = False, **given: str | bool) -> None:
    """Measure DataLoader with 0 and more workers against tensors that lie ready."""
    *_, found = iter_loading(parse(LoadingConfig, given))
    assert isinstance(found, Loading)
    say(as_json, asdict(found), _plain(loading_words(found), workers_words(found), noise_words(found)))
