"""Train a network on the digits and watch it learn."""

import os
from functools import partial

import streamlit as st

from dlcore.figures.confusion import confusion_alt, confusion_figure
from dlcore.figures.curves import accuracy_chart, loss_chart
from dlcore.mnist.files import load_test
from dlcore.run import Run
from dlcore.runs.jobs.mnist import WATCHED
from dlcore.runs.pace import pace
from dlcore.schema import knobs
from dlcore.training.cards import CARDS
from dlcore.training.config import TrainConfig
from dlcore.training.diagnostics import diagnose
from dlcore.training.evaluation import Evaluation
from dlcore.training.questions import lesson_answers
from dlcore.training.recipes import PRESETS
from dlcore.training.source import marked_step
from dlcore.words import duration, exact_percent, number, percent
from ui import cards, form, layout, live, messages, other_images, path, pickers, state
from ui.lenses import mnist
from ui.training import TrainingPage

PAGE = "mnist_train"
key = partial(form.key, PAGE)
KNOBS = knobs(TrainConfig)
TRAINING = TrainingPage(PAGE, "mnist", TrainConfig, PRESETS, own="net")


def show_progress(run: Run, config: TrainConfig) -> None:
    with st.container(key=key("status")):
        st.markdown(f"**{messages.plain(run.name)}** · {messages.status_sentence(run)}")
    if run.reason and run.status not in ("diverged", "failed"):
        st.warning(messages.plain(run.reason), icon=":material/save:")
    st.progress(min(1.0, run.step / max(1, run.total_steps)))
    loss, correct, val = run.last("train_loss"), run.last("train_accuracy"), run.last("val_accuracy")
    speed = pace(run, config.batch_size)
    tiles = st.container(horizontal=True, gap="large")
    tiles.metric(f"Epoch, of {config.epochs}", f"{run.step / config.steps_per_epoch:.1f}", width="content")
    tiles.metric("Loss, last batches", f"{loss.value:.3f}" if loss else "–", width="content")
    if config.val_size:
        tiles.metric("Correct, validation", exact_percent(val.value) if val else "–", width="content")
    else:
        tiles.metric(
            "Correct, last batches", exact_percent(correct.value) if correct else "–", width="content"
        )
    if run.active:
        tiles.metric("Time left", duration(speed.seconds_left) if speed else "–", width="content")
    else:
        tiles.metric("Took", duration(run.seconds), width="content")
    others = run.sharing - 1 if run.status == "running" else 0
    sharing = (
        f", sharing {os.cpu_count()} cores with {others} other run{'s' * (others > 1)}" if others else ""
    )
    images = f"{speed.images_per_second:,.0f} images a second" if speed else "no speed yet"
    threads = f"{run.threads} thread{'s' if run.threads != 1 else ''}"
    st.caption(f"{images} on {threads} ({run.device or 'waiting'}){sharing}. Seed {config.seed}.")


def show_curves(run: Run) -> None:
    theme = state.theme()
    live.split_legend()
    left, right = st.columns(2)
    with left:
        live.show_chart(loss_chart(run, run.steps_per_epoch, theme), key("loss"))
    with right:
        live.show_chart(accuracy_chart(run, run.steps_per_epoch, theme), key("accuracy"))


def show_watched(run: Run) -> None:
    test = load_test()
    images, labels = test.images[list(WATCHED), 0].numpy(), test.labels[list(WATCHED)].tolist()
    captions, alts = [], []
    for label, probabilities in zip(labels, run.watched, strict=False):
        said = max(range(10), key=probabilities.__getitem__)
        mark = "✓" if said == label else "✗"
        captions.append(f"{mark} <b>{said}</b> {percent(probabilities[said])}")
        alts.append(f"A test digit, a {label}, read as {said}")
    if captions:
        st.markdown("**Twelve test digits it never learns from**, judged now")
        live.digit_tiles(images, captions, alts)


def show_step(run: Run) -> None:
    """The code that runs, its running line marked."""
    with st.expander("The training step, as it runs", expanded=run.active):
        st.code(marked_step(run.status), language="python")
        rate, config = run.last("lr"), TRAINING.config_of(run)[0]
        words = f"{number(rate.value)}" if rate else "–"
        if config.schedule != "constant":
            moved = run.last("set_lr")
            base = moved.value if moved else config.lr
            words += f", {KNOBS['schedule'].options[config.schedule].lower()} of {number(base)}"
        st.caption(f"Learning rate now: {words}.")


def follow(run_id: str, status: str) -> None:
    """The live part of the page. A change of status redraws all of it."""
    run = state.run_named(run_id)
    config, _ = TRAINING.config_of(run)
    show_progress(run, config)
    show_curves(run)
    show_watched(run)
    show_step(run)
    if waiting(run_id):
        asked = mnist.evaluation(state.chosen_checkpoint(run))
        st.caption(messages.plain(asked.reason) or "Measuring it on the 10,000 test digits …")
    if run.status != status or (not run.active and measured(run) is not None and waiting(run_id)):
        st.rerun()


def measured(run: Run) -> Evaluation | None:
    """The chosen weights on the test digits, once the task that measures them is done."""
    if run.active or not run.checkpoints:
        return None
    return mnist.evaluation(state.chosen_checkpoint(run)).result


def waiting(run_id: str) -> bool:
    return st.session_state.get(key("waiting")) == run_id


def show_results(run: Run, test: Evaluation | None) -> None:
    """The chosen weights on the test digits, and the slider that chooses them."""
    st.subheader("Where it fails")
    pickers.select_checkpoint(PAGE, run)
    if test is None:
        st.caption("Measuring these weights on the 10,000 test digits …")
    else:
        show_mistakes(run, test)
    other_images.show(PAGE, state.chosen_checkpoint(run))


def show_mistakes(run: Run, test: Evaluation) -> None:
    test_digits = load_test()
    st.write(f"{messages.evaluation_score(test)}, epoch {state.chosen_checkpoint(run).epoch}.")
    left, right = st.columns([1, 1], gap="large")
    with left:
        figure = confusion_figure(test.confusion, state.theme())
        live.show_figure(figure, key("confusion"), confusion_alt(test.confusion))
    with right:
        worst = test.worst(18)
        st.markdown("**Its worst mistakes**: what it said, and how sure it was; then the label")
        live.digit_tiles(
            [test_digits.images[index, 0].numpy() for index in worst],
            [
                f"✗ <b>{test.predictions[i]}</b> {percent(test.confidences[i])}<br>is {test.labels[i]}"
                for i in worst
            ],
            [f"Test digit {i + 1:,}, a {test.labels[i]}, read as {test.predictions[i]}" for i in worst],
        )
    at_the_end = state.chosen_checkpoint(run) == run.checkpoints[-1]
    if run.config.get("net") == "SimpleCNN" and at_the_end and run.status != "diverged":
        st.subheader("The lesson's questions")
        for answer in lesson_answers(run, test):
            with st.expander(answer.question):
                st.write(answer.answer)


path.title(__file__)
st.write("Predict, measure, blame, nudge. The learning rate sizes the nudge.")
run = TRAINING.open()
TRAINING.transport(run, {"step": ("Step", "")})
side, stage = layout.side_and_stage(PAGE)
with side:
    TRAINING.settings(run, ("net", "optimizer", "epochs", "seed"), ("batch_size", "lr"))
with stage:
    result = measured(run)
    pending = bool(run.checkpoints) and not run.active and result is None
    st.session_state[key("waiting")] = run.id if pending else None
    ticking = run.active or pending
    st.fragment(follow, run_every=0.5 if ticking else None)(run.id, run.status)
    TRAINING.show_diagnosis(run, diagnose(run))
    TRAINING.offer_to_go_on(run)
if run.checkpoints and not run.active:
    show_results(run, result)
cards.show(PAGE, CARDS, run, apply=TRAINING.apply_card, busy=TRAINING.under_way(run))
path.next_link(__file__, run)
