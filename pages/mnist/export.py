"""Take a trained network elsewhere: its formats, what each holds, the zip, the script, the race."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from dlcore.datasets.catalogue import count_classes, load, noun_of
from dlcore.datasets.dataset import MNIST
from dlcore.datasets.idx import idx_zip
from dlcore.events import Stage
from dlcore.figures.digits import digit_image
from dlcore.figures.inference_race import inference_race_chart, race_words
from dlcore.run import Checkpoint, Run
from dlcore.runs.moves import moves_words
from dlcore.runs.tasks import Task
from dlcore.serving.export import Exported, files_by_now
from dlcore.serving.export_cards import CARDS, ShownExport
from dlcore.serving.export_words import agreement, parts, script_goes_on, table
from dlcore.serving.formats import FORMATS, FormatName
from dlcore.serving.race import InferenceRace
from dlcore.serving.script import training_script
from dlcore.serving.trained import Trained
from dlcore.training.diagnostics import only_guesses
from dlcore.training.fine_tune_config import FineTuneConfig
from ui import cards, form, live, messages, path, pickers, state, work
from ui.lenses import exports, mnist
from ui.measuring import MeasuringPage
from ui.views import run_elsewhere
from ui.work import Asked

PAGE = "mnist_export"
key = partial(form.key, PAGE)
RACE = MeasuringPage(PAGE, exports.inference_race, shared=False)
SIDE = 140  # pixels of the digit that races


def current_digit() -> state.CurrentDigit:
    """The digit every lens looks at; a test digit if there is none."""
    return state.current_digit() or state.test_image(state.shown_images(), 0)


def racing(checkpoint: Checkpoint) -> exports.Racing:
    return exports.Racing(checkpoint, current_digit().pixels.tobytes())


def three_parts(trained: Trained) -> None:
    row = st.container(horizontal=True, gap="large")
    for name, short, source in parts(trained):
        with row.container(width="content", gap="small"):
            st.metric(name, short, width="content")
            st.caption(source)


def offer(name: FormatName, files: list[Exported], trained: Trained) -> None:
    """The button of a file. Never in a part that is drawn again and again: a click would be lost."""
    file, format_ = ready(files).get(name), FORMATS[name]
    st.download_button(
        format_.title,
        partial(exports.content, file, trained) if file is not None else b"",
        file_name=f"{trained.stem}{format_.suffix}",
        mime="application/octet-stream",
        icon=":material/download:",
        type="primary" if name == "zip" else "secondary",
        key=key(f"get_{name}"),
        on_click="ignore",
        disabled=file is None,
    )


def ready(files: Iterable[Exported]) -> dict[str, Exported]:
    """What can be had, by format."""
    return {file.format: file for file in files if not file.problem}


def writing(task: Task) -> Stage:
    files = files_by_now((), task.events)
    measured = sum(file.difference is not None or bool(file.problem) for file in files)
    words = f"Writing, reading back, comparing: {measured} of {len(FORMATS)}"
    return Stage(measured / (len(FORMATS) + 1), words)


def show_files(quick: tuple[Exported, ...], offered: int, task: Task) -> None:
    """The table as it fills. For each file that can be had the page is drawn again, so its button works."""
    files = files_by_now(quick, task.events)
    if len(ready(files)) > offered:
        messages.redraw()
    st.dataframe(table(files), hide_index=True)


def script(run: Run, trained: Trained) -> None:
    st.subheader("Train it elsewhere")
    text = training_script(trained.config, trained.moved)
    if isinstance(trained.config, FineTuneConfig):
        st.caption("It went on from the shipped network and learned drawings too. The script begins anew.")
    else:
        st.caption("This run in plain PyTorch: the same weights at first, the same order of images.")
    if (dataset := trained.config.dataset) != MNIST:
        st.download_button(
            "Its images, as four files of MNIST's format",
            lambda: idx_zip(load(dataset)),
            file_name=f"{dataset.partition('@')[0]}.zip",
            icon=":material/download:",
            key=key("images"),
            on_click="ignore",
        )
    if not run.active and (sentence := script_goes_on(run, trained.config)):
        st.caption(messages.plain(sentence))
    if trained.moved:
        st.caption(messages.plain(f"While it ran, you moved {trained.moved}. The script does not."))
    st.code(text, language="python", height=420)
    st.download_button(
        "Download train.py",
        text,
        file_name="train.py",
        mime="text/x-python",
        icon=":material/download:",
        key=key("get_script"),
        on_click="ignore",
    )


def show_race(race: Asked[InferenceRace], checkpoint: Checkpoint, *, busy: bool) -> None:
    st.subheader("Inference race")
    left, right = st.columns([1, 3], gap="large")
    now = current_digit()
    with left:
        st.image(digit_image(now.pixels, SIDE), width=SIDE, alt="The image that races")
        st.caption(messages.plain(now.source))
        RACE.buttons("Race", partial(racing, checkpoint), busy=busy, active=race.active, name="race")
    with right:
        if race.task is None:
            st.caption(
                "One network, six engines: eager, scripted, frozen, optimized, exported, ONNX Runtime. "
                f"Which answers first on your {noun_of(state.shown_images())}? It takes about ten seconds."
            )
        begin = partial(work.stage, first="Starting a fresh process")
        work.wait(PAGE, race, begin, again="again_race")
        if race.result is not None:
            show_result(race.result)


def show_result(race: InferenceRace) -> None:
    live.show_chart(inference_race_chart(race, state.theme()), key("race_chart"))
    st.caption(race_words(race))
    st.caption(
        f"The largest difference of a logit on this {noun_of(state.shown_images())}: {race.difference:.1e}."
    )
    for sentence in race.missing:
        st.caption(messages.plain(sentence))


def say_how_good(run: Run, checkpoint: Checkpoint) -> None:
    """What is given away: its test score, or that it is no network to give away yet."""
    if run.active:
        name, epochs = messages.plain(run.name), run.config["epochs"]
        trains = "is still training" if run.status == "running" else "has not ended"
        st.info(f"**{name}** {trains}: this is epoch {checkpoint.epoch} of {epochs}, not its end.")
    elif only_guesses(run, count_classes(run.config.get("dataset", MNIST))):
        guesses = f"**{messages.plain(run.name)}** only guesses: {messages.test_score(run)}"
        st.warning(f"{guesses} Choose another run to give away.", icon=":material/healing:")
    elif score := messages.test_score(run):
        st.caption(score)


path.title(__file__)
st.write(
    "A model is weights, architecture and preprocessing. A file that lacks one of them is not the model."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    run = pickers.select_run(PAGE, "mnist")
    checkpoint = pickers.select_checkpoint(PAGE, run)
with st.container():  # so that what follows keeps its place
    say_how_good(run, checkpoint)
trained = Trained(*mnist.model(checkpoint), checkpoint.epoch, moves_words(run))
written, race = exports.export(checkpoint), RACE.asked(racing(checkpoint))
work.only_task(PAGE, written, race)
quick = exports.quick_exports(checkpoint, trained)
files = files_by_now(quick, written.task.events if written.task is not None else ())
offer("zip", files, trained)
with st.container():
    below = partial(show_files, quick, len(ready(files)))
    work.wait(PAGE, written, writing, below=below, again="again_export")
    if not written.active:
        st.dataframe(table(files), hide_index=True)
    if written.result is not None:
        st.caption(agreement(written.result.files, checkpoint.epoch))
with st.container(horizontal=True, key=key("files")):
    for name in FORMATS:
        if name != "zip":
            offer(name, files, trained)
three_parts(trained)
left, right = st.columns(2, gap="large")
with left:
    run_elsewhere.show(PAGE, files, trained)
with right:
    script(run, trained)
show_race(race, checkpoint, busy=written.active or race.active)
size = next((file.size for file in files if file.format == "safetensors" and file.size), None)
left_out = written.result.left_out if written.result is not None else None
cards.show(PAGE, CARDS, ShownExport(trained.num_params, size, left_out, race.result))
with st.expander("Check yourself: can weights alone predict?", key=key("q")):
    st.write("No: they are numbers without a forward pass. The architecture says what is computed with them.")
path.next_link(__file__, run)
