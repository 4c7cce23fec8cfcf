"""Train a network of plain Python to find a black patch, and see what its test hides."""

from functools import partial

import streamlit as st

from dlcore.blackpatch.config import PRESETS, PatchConfig
from dlcore.blackpatch.diagnostics import diagnose
from dlcore.blackpatch.looks import PositionMap, judge_places, missed_painting, painted, position_map
from dlcore.blackpatch.train_cards import CARDS, ShownRun
from dlcore.figures.blackpatch import greys, patch_curve, position_chart, weights_image
from dlcore.figures.digits import data_uri
from dlcore.run import Metric, Run, moment
from dlcore.words import percent, vote_percent
from ui import cards, form, layout, live, messages, path, pickers, state, taken, ways_on
from ui.components.pixel_pad.component import pixel_pad
from ui.explain import explain
from ui.following import follow_run
from ui.lenses import black_patch
from ui.training import TrainingPage

PAGE = "black_patch_train"
key = partial(form.key, PAGE)
TRAINING = TrainingPage(PAGE, "black_patch", PatchConfig, PRESETS, own="where")
IMAGES = 7  # of each kind: a row
STEPS = {"step": ("Step", ""), "step_epoch": ("Epoch", "epoch")}


def at(run: Run, name: str) -> Metric | None:
    """A measurement of the weights being looked at; while training, the latest. None if there is none."""
    if run.active or not run.checkpoints:
        return run.last(name)
    step = state.chosen_checkpoint(run).step
    return next((point for point in run.series.get(name, ()) if point.step == step), None)


def show_progress(run: Run, config: PatchConfig) -> None:
    with st.container():  # one box: what follows keeps its place, and no chart is made anew
        with st.container(key=key("status")):
            stands = messages.status_sentence(run, onlooker=not state.mine(run))
            taken.line(run, f"**{messages.plain(run.name)}** · {explain(stands)}")
        messages.show_reason(run)
        ways_on.show_diagnosis(TRAINING, run, diagnose(run))
        if run.active:
            st.progress(min(1.0, run.step / max(1, run.total_steps)))
    epoch = state.chosen_checkpoint(run).epoch if run.checkpoints else 0
    loss = run.last("train_loss") if run.active else at(run, "epoch_loss")
    test, fair = at(run, "test_accuracy"), at(run, "fair_accuracy")
    tiles = st.container(horizontal=True, gap="large")
    done = run.step / config.steps_per_epoch if run.active else epoch
    tiles.metric(f"Epoch, of {config.epochs}", f"{done:.1f}" if run.active else f"{done}", width="content")
    tiles.metric("Loss", f"{loss.value:.4f}" if loss else "–", width="content")
    tiles.metric(
        "Its own test",
        percent(test.value) if test else "–",
        help=f"Correct of {config.test_size:,} images, made as its training images were",
        width="content",
    )
    tiles.metric(
        "Fair test",
        percent(fair.value) if fair else "–",
        help=f"Correct of {config.test_size:,} images with patches anywhere in the middle half",
        width="content",
    )


def show_curves(run: Run) -> None:
    theme = state.theme()
    st.markdown(":blue[●] training ◆ its own test :orange[▲] fair test")
    left, right = st.columns(2)
    with left:
        live.show_chart(patch_curve(run, "loss", run.steps_per_epoch, theme), key("loss"))
    with right:
        live.show_chart(patch_curve(run, "accuracy", run.steps_per_epoch, theme), key("accuracy"))


def places(run: Run, config: PatchConfig) -> PositionMap:
    """Live while it trains; afterwards by the weights of the chosen epoch."""
    if run.active and run.watched:
        return position_map(config.maker, tuple(p for (p,) in run.watched))
    return judge_places(black_patch.network(state.chosen_checkpoint(run))[0], config.maker)


def show_places(run: Run, config: PatchConfig) -> None:
    if TRAINING.nothing_yet(run) and not cards.asked_first(PAGE, "trap", CARDS["trap"]):
        return
    found = places(run, config)
    all_places = len(found.probabilities)
    st.markdown(f"**{found.found} of {all_places} places found**: how sure it is of a patch there")
    live.show_chart(position_chart(found, state.theme()), key("places"))
    alarms = at(run, "false_alarms")
    if alarms is not None:
        st.markdown(f"False alarms: {percent(alarms.value)} of the fair test's images without a patch.")


def show_weights(run: Run) -> None:
    checkpoint = state.chosen_checkpoint(run)
    network, _ = black_patch.network(checkpoint)
    picture, when = weights_image(network, state.theme()), moment(run.checkpoints, checkpoint)
    units = network.widths[1]
    st.markdown(f"**What each of the {units} first units looks for**, after {when}")
    st.html(
        f'<img src="{data_uri(picture)}" alt="The weights of {units} units as images: green above 0, '
        'violet below 0" style="width:100%;max-width:770px;image-rendering:pixelated">'
    )
    st.markdown(
        explain(":green[Green] weights add to the sum, :violet[violet] ones take away; 0 is the background.")
    )


def show_images(run: Run, config: PatchConfig) -> None:
    """What it is trained on, and what it makes of the fair test, by the weights of the chosen epoch."""
    network, _ = black_patch.network(state.chosen_checkpoint(run))
    trained, fair = black_patch.example_images(
        config.maker, config.train_size, config.test_size, config.seed, IMAGES
    )
    st.markdown(explain("**Some of its training images**, with their labels"))
    words = ["patch" if label else "no patch" for label in trained.labels]
    alts = [f"A training image labelled {word}" for word in words]
    live.digit_tiles([greys(image) for image in trained.images], words, alts, side=48)
    st.markdown("**Some of the fair test**, and how sure it is of a patch")
    sure = [network.predict(image) for image in fair.images]
    right = [(p > 0.5) == bool(label) for p, label in zip(sure, fair.labels, strict=True)]
    live.digit_tiles(
        [greys(image) for image in fair.images],
        [f"{'✓' if ok else '✗'} {vote_percent(p, brief=True)}" for ok, p in zip(right, sure, strict=True)],
        [
            f"A test image with{'' if label else 'out'} a patch, judged {'right' if ok else 'wrong'}"
            for ok, label in zip(right, fair.labels, strict=True)
        ],
        side=48,
    )


def live_part(run: Run) -> None:
    """The live part of the page."""
    config, _ = TRAINING.config_of(run)
    show_progress(run, config)
    if run.checkpoints:
        left, right = st.columns(2)
        with left:
            show_places(run, config)
        with right:
            paint(run, config)
    show_curves(run)
    if run.checkpoints:
        show_weights(run)
        show_images(run, config)


def clear(size: int) -> None:
    st.session_state[key("painting")] = [False] * size**2
    st.session_state[key("wiped")] = st.session_state.get(key("wiped"), 0) + 1


def paint(run: Run, config: PatchConfig) -> None:
    """An image of one's own, judged at once."""
    st.markdown("**Paint one**: click or drag")
    size = config.size
    painting = st.session_state.get(key("painting"), [])
    if len(painting) != size**2:
        painting = missed_painting(size)
    version = f"{size}-{st.session_state.get(key('wiped'), 0)}"
    with st.container(key=key("verdict__two_lines")):
        verdict = st.container(key=key("verdict"))
    with st.container(key=key("pad")):
        label = f"{size} by {size} pixels: arrow keys move, space paints"
        black = pixel_pad(f"{PAGE}_pad", size, painting, version=version, label=label)
    st.session_state[key("painting")] = black  # the pad forgets it where it is not shown
    network, _ = black_patch.network(state.chosen_checkpoint(run))
    probability = network.predict(painted(black))
    word = ":green[**Patch**]" if probability > 0.5 else ":violet[**No patch**]"
    verdict.markdown(f"{word}: it is {vote_percent(probability)} sure of one")
    st.button("Clear", key=key("clear"), icon=":material/ink_eraser:", on_click=clear, args=(size,))


path.title(__file__)
st.write(
    "Is there a black patch in a grey image? A network of plain Python lists learns to tell. "
    "*100 % on a test can hide half the task.*"
)
run = TRAINING.open()
TRAINING.transport(run, STEPS)
side, stage = layout.side_and_stage(PAGE)
with side:
    TRAINING.settings(run, ("where", "hidden", "epochs", "seed"), ("lr", "init"))
with stage:
    follow_run(run, live_part, TRAINING.overtaken)
    ways_on.offer_to_go_on(TRAINING, run)
with st.container():  # so that the cards keep their place
    if run.checkpoints and not run.active:
        st.subheader("Back in time")
        pickers.select_checkpoint(PAGE, run)
seen = ShownRun(run, black_patch.network(run.checkpoints[-1])[0] if run.checkpoints else None)
cards.show(
    PAGE,
    CARDS,
    seen,
    apply=TRAINING.apply_card,
    wants=TRAINING.wants,
    busy=TRAINING.under_way(run),
    own=state.mine(run),
)
path.next_link(__file__, run)
