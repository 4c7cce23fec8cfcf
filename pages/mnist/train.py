"""Train a network on the digits and watch it learn."""

import os
from functools import partial
from html import escape

import streamlit as st

from dlcore.datasets.catalogue import class_names, count_classes, noun_of, samples, title_of
from dlcore.datasets.dataset import MNIST
from dlcore.figures.confusion import confusion_alt, confusion_figure
from dlcore.figures.curves import accuracy_chart, loss_chart
from dlcore.figures.run_tables import preset_title
from dlcore.nets.registry import WITHOUT
from dlcore.run import Run, moment
from dlcore.runs.moves import moves_of
from dlcore.runs.pace import Pace, pace
from dlcore.schema import knobs
from dlcore.training.cards import CARDS
from dlcore.training.config import MOVABLE, TrainConfig
from dlcore.training.devices import bfloat16_words, has_bfloat16, on_processor
from dlcore.training.diagnostics import diagnose, only_guesses, warning
from dlcore.training.evaluation import Evaluation
from dlcore.training.recent import Recent, recent
from dlcore.training.recipes import PRESETS
from dlcore.training.source import marked_step
from dlcore.words import count_of, duration, exact_percent, number, percent, vote_percent
from ui import cards, form, layout, live, messages, other_images, path, pickers, state, taken, ways_on, work
from ui.explain import explain
from ui.following import still_there
from ui.lenses import mnist
from ui.views import (
    augmented,
    blocks,
    hill,
    image_sets,
    internals,
    judged,
    lesson_questions,
    lr_finder,
    sweep,
)

PAGE = "mnist_train"
key = partial(form.key, PAGE)
KNOBS = knobs(TrainConfig)
TRAINING = image_sets.ImagesTraining(PAGE, "mnist", TrainConfig, PRESETS, own="called", rates=MOVABLE)


def show_status(run: Run) -> None:
    """In one sentence, then what to do about it; both in the colour of what they say.

    All in one box: what follows keeps its place among its neighbours, and no chart is made anew.
    """
    classes = count_classes(run.config.get("dataset", MNIST))
    with st.container():
        with st.container(key=key("two_lines")), st.container(key=key("status")):
            name = "No run of yours yet" if TRAINING.nothing_yet(run) else messages.plain(run.name)
            taken.line(run, f"**{name}** · {explain(status_words(run, classes))}")
        messages.show_reason(run)
        ways_on.show_diagnosis(TRAINING, run, diagnose(run, classes))
        if sentence := warning(run, classes):
            st.warning(messages.plain(sentence), icon=":material/healing:")


def status_words(run: Run, classes: int) -> str:
    if TRAINING.nothing_yet(run):
        return "Press Start training: these images flip as it learns."
    if run.status == "finished" and only_guesses(run, classes):
        chance = percent(1 / classes)
        return f":red[Finished, but it only guesses]: {messages.test_score(run)} Chance is {chance}."
    if run.status == "diverged":  # its reason is the first sentence of the advice
        return f":red[Broke off at step {run.step:,} of {run.total_steps:,}.]"
    said = messages.status_sentence(run, onlooker=not state.mine(run))
    return f":red[{said}]" if run.status == "failed" else said


def show_progress(run: Run, config: TrainConfig) -> None:
    """Of one's own run; before it, where its numbers will stand."""
    mine = not TRAINING.nothing_yet(run)
    step = run.step if mine else 0
    # A bar keeps its element while it moves: in a box of each run's own, a new run has a new one.
    with st.container(key=key(f"bar_{run.id}")):
        st.progress(min(1.0, step / max(1, run.total_steps)))
    latest, val = (recent(run, config), run.last("val_accuracy")) if mine else (None, None)
    speed = pace(run, config.batch_size) if mine else None
    tiles = st.container(horizontal=True, gap="large")
    tiles.metric(f"Epoch, of {config.epochs}", f"{step / config.steps_per_epoch:.1f}", width="content")
    tiles.metric("Loss", f"{latest.loss:.3f}" if latest else "–", width="content")
    if val:
        tiles.metric("Correct, validation", exact_percent(val.value), width="content")
    else:
        tiles.metric("Correct, training", exact_percent(latest.accuracy) if latest else "–", width="content")
    if run.active or not mine:
        left = duration(speed.seconds_left) if speed and not run.stopping else "–"
        tiles.metric("Time left", left, width="content")
    else:
        tiles.metric("Took", duration(run.seconds), width="content")
    with st.container():
        st.caption(over_words(config, latest, validated=val is not None))
        if mine:
            st.caption(made_words(run, config))
            st.caption(speed_words(run, speed))


def over_words(config: TrainConfig, latest: Recent | None, *, validated: bool) -> str:
    """Over how many images the two numbers are."""
    trained = f"the last {latest.images:,} training images" if latest else "the latest training images"
    if not validated:
        return explain(f"Loss and correct: over {trained}.")
    return explain(f"Loss: over {trained}. Correct: of {config.val_size:,} others, after each epoch.")


def made_words(run: Run, config: TrainConfig) -> str:
    """How it was made: the same again gives the same numbers."""
    threads = f" · {count_of(run.threads, 'thread')}" if run.threads else ""
    return f"{preset_title(run)} · seed {config.seed}{threads} ({run.device or 'waiting'})"


def speed_words(run: Run, speed: Pace | None) -> str:
    others = run.sharing - 1 if run.status == "running" else 0
    sharing = f", sharing {os.cpu_count()} cores with {count_of(others, 'other run')}" if others else ""
    return f"{speed.images_per_second:,.0f} images a second{sharing}." if speed else "No speed yet."


def show_curves(run: Run) -> bool:
    """One's own; before them the shipped run's, faint. Returns whether the hill beside them is measured."""
    theme, faint = state.theme(), TRAINING.nothing_yet(run)
    classes = count_classes(TRAINING.config_of(run)[0].dataset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        live.split_legend()
        hill.choose(PAGE)
    rolled = hill.look(PAGE, None if faint else run)
    left, right = st.columns(2)
    with left:
        live.show_chart(
            loss_chart(run, run.steps_per_epoch, theme, faint=faint, classes=classes), key("loss")
        )
    with right:
        if hill.chosen(PAGE):
            hill.show(PAGE, rolled)
        else:
            live.show_chart(
                accuracy_chart(run, run.steps_per_epoch, theme, faint=faint, classes=classes), key("accuracy")
            )
    if hill.chosen(PAGE):
        hill.say(PAGE, rolled)
    if faint:
        learnt = TRAINING.config_of(run)[0].dataset
        other = TRAINING.asked().dataset != learnt
        whose = f"{messages.plain(run.name)}{f', on {title_of(learnt)}' if other else ''}"
        st.caption(f"Faint: {whose}. {messages.test_score(run)} Yours will be drawn here.")
    return rolled is not None and rolled.asked.active


def show_step(run: Run) -> None:
    """The code that runs, its running line marked. It opens and shuts by the visitor's hand alone."""
    with st.expander("The training step, as it runs"):
        st.code(marked_step(run.status), language="python")
        rate, config = run.last("lr"), TRAINING.config_of(run)[0]
        words = f"{number(rate.value)}" if rate else "–"
        if config.schedule != "constant":
            moves = [move for move in moves_of(run) if move.name == "lr"]
            base = moves[-1].after if moves else config.lr
            words += f", {KNOBS['schedule'].options[config.schedule].lower()} of {number(base)}"
        st.markdown(f"Learning rate now: {words}.")


def follow(run_id: str, status: str, measuring: bool) -> None:
    """The live part of the page. A change of status redraws all of it, as does a hill to be measured."""
    taken.redraw_all()
    run = still_there(run_id)
    before = TRAINING.nothing_yet(run)
    config = TRAINING.asked() if before else TRAINING.config_of(run)[0]
    show_status(run)
    judged.show(run, config, before=before)
    show_progress(run, config)
    measures = show_curves(run)
    if not before:
        internals.show(PAGE, run, run.steps_per_epoch)
        show_step(run)
    done = waiting(run_id) and not measured(run).active
    ticks_change = not run.active and measures != measuring
    if done or ticks_change or TRAINING.overtaken(run, status):
        messages.redraw()


def measured(run: Run) -> work.Asked[Evaluation]:
    """The chosen weights of an ended run on the test digits, or the task that measures them."""
    if run.active or not run.checkpoints:
        return work.Asked()
    return mnist.evaluation(state.chosen_checkpoint(run))


def waiting(run_id: str) -> bool:
    return st.session_state.get(key("waiting")) == run_id


def show_results(run: Run, test: work.Asked[Evaluation]) -> None:
    """The chosen weights on the test digits, and the slider that chooses them."""
    st.subheader("Where it fails")
    pickers.select_checkpoint(PAGE, run)
    config = TRAINING.config_of(run)[0]
    if test.result is not None:
        show_mistakes(run, test.result, config)
    elif test.active:
        st.caption("Measuring these weights on the test images …")
    else:
        work.wait(PAGE, test, "", again="measure_again")
    if config.dataset == MNIST:
        other_images.show(PAGE, state.chosen_checkpoint(run))


def show_mistakes(run: Run, test: Evaluation, config: TrainConfig) -> None:
    names, images = class_names(config.dataset), samples(config.dataset, "test").images
    noun = noun_of(config.dataset)
    chosen = state.chosen_checkpoint(run)
    st.write(f"{messages.evaluation_score(test)}, {moment(run.checkpoints, chosen)}.")
    left, right = st.columns([1, 1], gap="large")
    with left:
        figure = confusion_figure(test.confusion, state.theme(), names)
        live.show_figure(figure, key("confusion"), confusion_alt(test.confusion, names))
    with right:
        worst = test.worst(18)
        st.markdown("**Its worst mistakes**, the surest first: what it said, how sure it was, the label")
        live.digit_tiles(
            [images[index, 0].numpy() for index in worst],
            [
                f"✗ <b>{escape(names[said])}</b> {vote_percent(sure, brief=True)}<br>"
                f"is {escape(names[label])}"
                for said, sure, label in zip(
                    test.predictions[worst], test.confidences[worst], test.labels[worst], strict=True
                )
            ],
            [
                f"Test {noun} {i + 1:,}, a {escape(names[test.labels[i]])}, "
                f"read as {escape(names[test.predictions[i]])}"
                for i in worst
            ],
        )
    lesson_questions.show(PAGE, run, chosen, test)


path.title(__file__)
st.write(explain("Predict, measure, blame, nudge. The learning rate sizes the nudge."))
image_sets.read_link(PAGE)
run = TRAINING.open()
image_sets.settle(PAGE)
TRAINING.transport(run, {"step": ("Step", "")})
with st.container():
    if TRAINING.under_way(run):
        sweep.say_that_it_trains(run)
side, stage = layout.side_and_stage(PAGE)
with side:
    net = st.session_state[key("net")]
    hidden = ["dataset"] if net == "MyNetwork" else ["dataset", "layers"]
    hidden += [name for name, nets in WITHOUT.items() if net in nets]
    pairs, wide = ("net", "optimizer", "epochs", "seed"), ("batch_size", "lr", "internals")
    TRAINING.choose(KNOBS["dataset"])
    TRAINING.settings(run, pairs, wide, {n: k for n, k in TRAINING.worded().items() if n not in hidden})
    asked = TRAINING.asked()
    with st.container():
        if asked.precision == "bfloat16" and on_processor(asked.device):
            st.caption(explain(bfloat16_words(has=has_bfloat16())))
        augmented.show(asked)
        blocks.link(asked)
    lr_finder.offer()
with stage:
    nothing_yet = TRAINING.nothing_yet(run)
    tested: work.Asked[Evaluation] = work.Asked() if nothing_yet else measured(run)
    st.session_state[key("waiting")] = run.id if tested.active else None
    rolled = hill.look(PAGE, None if nothing_yet else run)
    measuring = rolled is not None and rolled.asked.active
    ticking = run.active or tested.active or measuring
    st.fragment(follow, run_every=work.TICK_SECONDS if ticking else None)(run.id, run.status, measuring)
    ways_on.offer_to_go_on(TRAINING, run)
with st.container():  # so that the cards keep their place
    if nothing_yet:
        name = messages.plain(f"{run.name[:1].lower()}{run.name[1:]}")
        st.caption(f"Until you have trained a network, {name} answers here.")
        other_images.show(PAGE, state.chosen_checkpoint(run))
    elif run.checkpoints and not run.active:
        show_results(run, tested)
shown = None if nothing_yet else run
busy, own = TRAINING.under_way(run), state.mine(run)
cards.show(PAGE, CARDS, shown, apply=TRAINING.set_up, wants=TRAINING.wants, busy=busy, own=own)
path.next_link(__file__, run)
