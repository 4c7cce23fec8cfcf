"""Train a network on the digits and watch it learn."""

import os
from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.figures.confusion import confusion_alt, confusion_figure
from dlcore.figures.curves import accuracy_chart, loss_chart
from dlcore.mnist.files import load_test
from dlcore.runs.compare import steps_per_epoch
from dlcore.runs.disk import resumable
from dlcore.runs.mnist import WATCHED
from dlcore.runs.pace import pace
from dlcore.runs.protocol import Control, Run
from dlcore.runs.shipped import shipped_run
from dlcore.runs.tasks import Task
from dlcore.schema import knobs, number, parse, parse_leniently
from dlcore.training.cards import CARDS
from dlcore.training.config import TrainConfig
from dlcore.training.diagnostics import diagnose
from dlcore.training.evaluation import Evaluation
from dlcore.training.questions import lesson_answers
from dlcore.training.recipes import PRESETS, preset_of
from dlcore.training.source import marked_step
from ui import cards, form, live, messages, resources, services, state

PAGE = "mnist_train"
KNOBS = knobs(TrainConfig)
FIRST = ("net", "optimizer", "epochs", "seed", "batch_size", "lr")
CONFIGS = {name: preset.config for name, preset in PRESETS.items()}


def start() -> None:
    """A second click on the same start finds a run under way and does nothing."""
    run = shown_run()
    if not (run.active and state.mine(run)):
        begin(form.read(PAGE, TrainConfig))


def start_again(run_id: str, cure: dict[str, object]) -> None:
    """The same run once more with what a diagnosis advises."""
    config = parse(TrainConfig, state.run_named(run_id).config).replace(**cure)
    form.write(PAGE, config)
    begin(config)


def begin(config: TrainConfig) -> None:
    base = preset_of(config) or config.net
    name = f"{base}-{services.store().count(state.owner(), prefix=base) + 1}"
    run_id = services.runner().submit(
        state.owner(), "mnist", config, name=name, total_steps=config.total_steps
    )
    state.choose_run(run_id)


def steer(run_id: str, action: str) -> None:
    state.steer(state.run_named(run_id), Control(action))


def move_lr(run_id: str) -> None:
    """A learning rate moved by hand while its run is under way goes to the run."""
    run = state.run_named(run_id)
    if run.status in ("running", "paused") and state.mine(run):
        state.steer(run, Control("set", "lr", st.session_state[f"{PAGE}__lr"]))


def go_on(run_id: str, more: int) -> None:
    """An ended run goes on where it stopped, or for some epochs more."""
    run = state.run_named(run_id)
    config = parse(TrainConfig, run.config)
    config = config.replace(epochs=config.epochs + more)
    services.runner().resume(run.id, config=config, total_steps=config.total_steps)


def config_of(run: Run) -> tuple[TrainConfig, list[str]]:
    """What was set for a run, and what this version of the lab does not understand of it."""
    return parse_leniently(TrainConfig(), run.config)


def apply_preset() -> None:
    preset = st.session_state[f"{PAGE}__preset"]
    if preset is not None:
        form.write(PAGE, CONFIGS[preset])


def apply_card(card: Card) -> None:
    st.session_state[f"{PAGE}__preset"] = card.setup["preset"]
    changes = {name: value for name, value in card.setup.items() if name != "preset"}
    form.write(PAGE, CONFIGS[card.setup["preset"]].replace(**changes))


def shown_run() -> Run:
    """The chosen run, else this visitor's latest one, else the shipped one."""
    chosen = state.chosen_run()
    if chosen is not None:
        return chosen
    mine = state.my_runs("mnist")
    return state.run_named(mine[0].id) if mine else shipped_run()


def transport(run: Run) -> None:
    """Preset and buttons in one row."""
    paused = run.status in ("paused", "interrupted")
    steerable = state.mine(run) and (run.active or run.status == "interrupted")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Preset",
            list(PRESETS),
            format_func=lambda name: PRESETS[name].title,
            key=f"{PAGE}__preset",
            on_change=apply_preset,
            persist_state="session",
            disabled=run.active and state.mine(run),
        )
        st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            key=f"{PAGE}__start",
            on_click=messages.guarded(PAGE, start),
            disabled=run.active and state.mine(run),
        )
        buttons = (
            ("pause", "Resume" if paused else "Pause", "resume" if paused else "pause"),
            ("step", "Step", "skip_next"),
            ("stop", "Stop", "stop"),
        )
        for name, label, icon in buttons:
            action = "resume" if name == "pause" and paused else name
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"{PAGE}__{name}",
                on_click=messages.guarded(PAGE, steer),
                args=(run.id, action),
                disabled=not steerable,
            )
    st.caption(about_settings())


def about_settings() -> str:
    """What the preset promises, or which knobs no longer stand where it put them."""
    preset = st.session_state[f"{PAGE}__preset"]
    if not preset:
        return "Settings of your own."
    config = CONFIGS[preset]
    turned = [
        knob.title
        for name, knob in KNOBS.items()
        if name not in ("seed", "device") and st.session_state[f"{PAGE}__{name}"] != getattr(config, name)
    ]
    if not turned:
        return PRESETS[preset].about
    return f"Changed from {PRESETS[preset].title}: {', '.join(turned)}."


def settings(run: Run) -> None:
    marks = {name: {getattr(config, name) for config in CONFIGS.values()} for name in KNOBS}
    pairs = st.columns(2)
    for position, name in enumerate(FIRST[:4]):
        with pairs[position % 2]:
            form.widget(PAGE, KNOBS[name])
    for name in FIRST[4:]:
        moved = partial(messages.guarded(PAGE, move_lr), run.id) if name == "lr" else None
        form.widget(PAGE, KNOBS[name], marks[name], moved)
    if run.active:
        st.caption("Move the learning rate now: the run takes it at its next step.")
    with st.expander("More settings"):
        for name, knob in KNOBS.items():
            if name not in FIRST:
                form.widget(PAGE, knob, marks[name])


def show_progress(run: Run, config: TrainConfig) -> None:
    with st.container(key=f"{PAGE}__status"):
        st.markdown(f"**{run.name}** · {messages.status_sentence(run)}")
    if run.reason and run.status not in ("diverged", "failed"):
        st.warning(messages.plain(run.reason), icon=":material/save:")
    st.progress(min(1.0, run.step / max(1, run.total_steps)))
    loss, correct, val = run.last("train_loss"), run.last("train_accuracy"), run.last("val_accuracy")
    speed = pace(run, config.batch_size)
    tiles = st.container(horizontal=True, gap="large")
    tiles.metric(f"Epoch, of {config.epochs}", f"{run.step / config.steps_per_epoch:.1f}", width="content")
    tiles.metric("Loss, last batches", f"{loss.value:.3f}" if loss else "–", width="content")
    if config.val_size:
        tiles.metric("Correct, validation", f"{val.value:.2%}" if val else "–", width="content")
    else:
        tiles.metric("Correct, last batches", f"{correct.value:.2%}" if correct else "–", width="content")
    if run.active:
        tiles.metric("Time left", messages.duration(speed.seconds_left) if speed else "–", width="content")
    else:
        tiles.metric("Took", messages.duration(run.seconds), width="content")
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
        live.show_chart(loss_chart(run, steps_per_epoch(run), theme), f"{PAGE}__loss")
    with right:
        live.show_chart(accuracy_chart(run, steps_per_epoch(run), theme), f"{PAGE}__accuracy")


def show_watched(run: Run) -> None:
    test = load_test()
    images, labels = test.images[list(WATCHED), 0].numpy(), test.labels[list(WATCHED)].tolist()
    captions, alts = [], []
    for label, probabilities in zip(labels, run.watched, strict=False):
        said = max(range(10), key=probabilities.__getitem__)
        mark = "✓" if said == label else "✗"
        captions.append(f"{mark} <b>{said}</b> {probabilities[said]:.0%}")
        alts.append(f"A test digit, a {label}, read as {said}")
    if captions:
        st.markdown("**Twelve test digits it never learns from**, judged now")
        live.digit_tiles(images, captions, alts)


def show_step(run: Run) -> None:
    """The code that runs, its running line marked."""
    with st.expander("The training step, as it runs", expanded=run.active):
        st.code(marked_step(run.status), language="python")
        rate, config = run.last("lr"), config_of(run)[0]
        words = f"{number(rate.value)}" if rate else "–"
        if config.schedule != "constant":
            moved = run.last("set_lr")
            base = moved.value if moved else config.lr
            words += f", {KNOBS['schedule'].options[config.schedule].lower()} of {number(base)}"
        st.caption(f"Learning rate now: {words}.")


def follow(run_id: str, status: str) -> None:
    """The live part of the page. A change of status redraws all of it."""
    run = state.run_named(run_id)
    config, _ = config_of(run)
    show_progress(run, config)
    show_curves(run)
    show_watched(run)
    show_step(run)
    if waiting(run_id):
        task = resources.evaluation(state.chosen_checkpoint(run))
        reason = task.reason if isinstance(task, Task) else ""
        st.caption(reason or "Measuring it on the 10,000 test digits …")
    if run.status != status or (not run.active and measured(run) is not None and waiting(run_id)):
        st.rerun()


def measured(run: Run) -> Evaluation | None:
    """The chosen weights on the test digits, once the task that measures them is done."""
    if run.active or not run.checkpoints:
        return None
    result = resources.evaluation(state.chosen_checkpoint(run))
    return result if isinstance(result, Evaluation) else None


def waiting(run_id: str) -> bool:
    return st.session_state.get(f"{PAGE}__waiting") == run_id


def show_diagnosis(run: Run) -> None:
    """What went wrong, and the button that cures it."""
    found = diagnose(run)
    if found is not None:
        st.error(found.text, icon=":material/healing:")
        st.button(
            found.cure_words,
            key=f"{PAGE}__cure",
            on_click=messages.guarded(PAGE, start_again),
            args=(run.id, found.cure),
        )


def offer_to_go_on(run: Run) -> None:
    """What can be done with one's own run that has ended."""
    _, unknown = config_of(run)
    if unknown:
        st.info(f"Made by another version of the lab: it can be looked at, not continued. {unknown[0]}")
    elif state.mine(run) and run.status in ("finished", "stopped", "failed") and resumable(run.checkpoints):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            more = 0
            if run.status == "finished":
                more = st.number_input("More epochs", 1, 199, 1, key=f"{PAGE}__more", width=140)
            st.button(
                f"Train {more} more" if more else "Go on from its last whole epoch",
                icon=":material/forward:",
                key=f"{PAGE}__go_on",
                on_click=messages.guarded(PAGE, go_on),
                args=(run.id, more),
            )
        if more and config_of(run)[0].schedule != "constant":
            st.caption("Its schedule is stretched over all epochs, so the learning rate rises again first.")


def show_results(run: Run, test: Evaluation | None) -> None:
    """The chosen weights on the test digits, and the slider that chooses them."""
    st.subheader("Where it fails")
    state.select_checkpoint(PAGE, run)
    if test is None:
        st.caption("Measuring these weights on the 10,000 test digits …")
    else:
        show_mistakes(run, test)


def show_mistakes(run: Run, test: Evaluation) -> None:
    test_digits = load_test()
    st.write(f"{messages.evaluation_score(test)}, epoch {state.chosen_checkpoint(run).epoch}.")
    left, right = st.columns([1, 1], gap="large")
    with left:
        figure = confusion_figure(test.confusion, state.theme())
        st.plotly_chart(figure, key=f"{PAGE}__confusion", alt=confusion_alt(test.confusion))
    with right:
        worst = test.worst(18)
        st.markdown("**Its worst mistakes**: what it said, and how sure it was; then the label")
        live.digit_tiles(
            [test_digits.images[index, 0].numpy() for index in worst],
            [
                f"✗ <b>{test.predictions[i]}</b> {test.confidences[i]:.0%}<br>is {test.labels[i]}"
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


st.title("Train")
st.write("Predict, measure, blame, nudge. The learning rate sizes the nudge.")
asked = st.query_params.get(state.RUN_PARAM)
run = shown_run()
reopened = run.id == asked  # else the link's run is unknown, or none was named
under_way = run.active and state.mine(run)
if (reopened or under_way) and not form.given(PAGE) and not form.prepared(PAGE):
    config, _ = config_of(run)
    form.open_with(PAGE, config, preset_of(config))
form.prepare(PAGE, TrainConfig, CONFIGS)
transport(run)
messages.show_refusal(PAGE)
with st.container(key=f"{PAGE}__picture_first"):
    side, stage = st.columns([1, 2], gap="large")
with side:
    settings(run)
form.share(PAGE, TrainConfig, CONFIGS)
with stage:
    result = measured(run)
    pending = bool(run.checkpoints) and not run.active and result is None
    st.session_state[f"{PAGE}__waiting"] = run.id if pending else None
    ticking = run.active or pending
    st.fragment(follow, run_every=0.5 if ticking else None)(run.id, run.status)
    show_diagnosis(run)
    offer_to_go_on(run)
if run.checkpoints and not run.active:
    show_results(run, result)
cards.show(PAGE, CARDS, apply_card, run, busy=under_way)
state.next_link("mnist/draw.py", "Next: draw a digit for this network", run)
