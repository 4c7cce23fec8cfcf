"""Take a trained network elsewhere: its formats, what each holds, the zip, the script, the race."""

import secrets
from functools import partial

import streamlit as st

from dlcore.cards import Card
from dlcore.events import Stage
from dlcore.figures.digits import digit_image
from dlcore.figures.inference_race import inference_race_chart, race_words
from dlcore.mnist.files import load_test
from dlcore.runs.tasks import Task
from dlcore.serving.export import Export, Exported
from dlcore.serving.export_cards import CARDS, ShownExport
from dlcore.serving.export_words import agreement, parts, script_goes_on, table
from dlcore.serving.formats import FORMATS
from dlcore.serving.race import InferenceRace
from dlcore.serving.script import training_script
from dlcore.serving.snippets import language, snippet
from dlcore.serving.trained import Trained
from ui import cards, live, messages, resources, state

PAGE = "mnist_export"
WANTED, FORMAT = f"{PAGE}__race_wanted", f"{PAGE}__format"
SIDE = 140  # pixels of the digit that races

st.title("Export")
st.write(
    "A model is weights, architecture and preprocessing. A file that lacks one of them is not the model."
)


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[f"{PAGE}__{name}"] = value


def race_now() -> None:
    """Race the current digit on these weights; the same once more is measured anew."""
    st.session_state[WANTED] = (checkpoint, digit().pixels, secrets.token_hex(4))


def cancel() -> None:
    """The page wants it no longer: what it does not ask for is dropped."""
    st.session_state.pop(WANTED, None)


def wanted_race() -> InferenceRace | Task | None:
    """The race that was asked for; of other weights, or of another digit, it is another race."""
    asked = st.session_state.get(WANTED)
    if asked is None or asked[0] != checkpoint or asked[1].tobytes() != digit().pixels.tobytes():
        return None
    return resources.inference_race(*asked)


def show_failed(task: Task, name: str) -> None:
    st.error(messages.plain(task.reason), icon=":material/error:")
    st.button(
        "Try again",
        icon=":material/refresh:",
        key=f"{PAGE}__again_{name}",
        on_click=resources.retry,
        args=(task,),
    )


def digit() -> state.CurrentDigit:
    """The digit every lens looks at; a test digit if there is none."""
    test = load_test()
    first = state.CurrentDigit(test.images[0, 0].numpy(), f"Test digit 1, labelled {int(test.labels[0])}.")
    return state.current_digit() or first


def made(found: Export | Task) -> list[Exported]:
    """The files there are by now; quick ones from the first moment."""
    events = found.files if isinstance(found, Export) else found.events
    files = {file.format: file for file in resources.quick_exports(checkpoint, trained)}
    return list((files | {event.format: event for event in events if isinstance(event, Exported)}).values())


def content(file: Exported) -> bytes:
    """Its bytes, at the moment they are asked for."""
    return resources.exports().read(file.digest) if file.digest else FORMATS[file.format].write(trained)


def three_parts() -> None:
    row = st.container(horizontal=True, gap="large")
    for name, short, source in parts(trained):
        with row.container(width="content", gap="small"):
            st.metric(name, short, width="content")
            st.caption(source)


def offer_files(files: list[Exported]) -> None:
    """A button for each file. Never in a part that is drawn again and again: a click would be lost."""
    ready = {file.format: file for file in files if not file.problem}
    with st.container(horizontal=True, key=f"{PAGE}__files"):
        for name, form in sorted(FORMATS.items(), key=lambda item: item[0] != "zip"):
            file = ready.get(name)
            st.download_button(
                form.title,
                partial(content, file) if file is not None else b"",
                file_name=f"{trained.stem}{form.suffix}",
                mime="application/octet-stream",
                icon=":material/download:",
                type="primary" if name == "zip" else "secondary",
                key=f"{PAGE}__get_{name}",
                on_click="ignore",
                disabled=file is None,
            )


def follow() -> None:
    """Formats appear one by one; when that has ended, the whole page is drawn again."""
    found = resources.export(checkpoint)
    if not (isinstance(found, Task) and found.active):
        st.rerun()
    files = made(found)
    measured = sum(file.difference is not None or bool(file.problem) for file in files)
    words = f"Writing, reading back, comparing: {measured} of {len(FORMATS)} …"
    st.progress(measured / (len(FORMATS) + 1), text=messages.task_sentence(found, words))
    st.dataframe(table(files), hide_index=True)


def elsewhere(files: list[Exported]) -> None:
    """How the chosen file is used where there is no lab, and what TorchScript made of the source."""
    st.subheader("Run it elsewhere")
    st.session_state.setdefault(FORMAT, "zip")
    name = st.selectbox(
        "File", list(FORMATS), format_func=lambda name: FORMATS[name].title, key=FORMAT, width=320
    )
    form, file = FORMATS[name], next((file for file in files if file.format == name), None)
    if file is not None and file.problem:
        st.warning(messages.plain(file.problem), icon=":material/block:")
    net = type(trained.model).__name__
    st.code(snippet(name, f"{trained.stem}{form.suffix}", net, trained.normalize), language=language(name))
    if name == "zip":
        st.caption(
            "In it: weights (safetensors), the architecture, the preprocessing of your drawings, predict.py, "
            "the training script, settings and seed, requirements, ten lines to read."
        )
    if file is not None and file.code:
        code, graph = st.tabs(["Its code", "Its graph"])
        code.code(file.code, language="python", height=320)
        graph.code(file.graph, language=None, height=320)


def script() -> None:
    st.subheader("Train it elsewhere")
    text = training_script(trained.config)
    st.caption("This run in plain PyTorch: the same weights at first, the same order of images.")
    if not run.active and (sentence := script_goes_on(run, trained.config)):
        st.caption(sentence)
    if run.controls():
        st.caption("You moved the learning rate while it ran. The script does not.")
    st.code(text, language="python", height=420)
    st.download_button(
        "Download train.py",
        text,
        file_name="train.py",
        mime="text/x-python",
        icon=":material/download:",
        key=f"{PAGE}__get_script",
        on_click="ignore",
    )


def show_race(found: InferenceRace | Task | None, busy: bool) -> None:
    st.subheader("Inference race")
    left, right = st.columns([1, 3], gap="large")
    now = digit()
    with left:
        st.image(digit_image(now.pixels, SIDE), width=SIDE, alt="The digit that races")
        st.caption(messages.plain(now.source))
        with st.container(horizontal=True):
            st.button("Race", icon=":material/timer:", key=f"{PAGE}__race", on_click=race_now, disabled=busy)
            racing = isinstance(found, Task) and found.active
            st.button(
                "Cancel", icon=":material/close:", key=f"{PAGE}__cancel", on_click=cancel, disabled=not racing
            )
    with right:
        if found is None:
            st.caption(
                "One network, six engines: eager, scripted, frozen, optimized, exported, ONNX Runtime. "
                "Which answers first on your digit? It takes about ten seconds."
            )
        elif isinstance(found, Task) and found.active:
            st.fragment(follow_race, run_every=0.5)()
        elif isinstance(found, Task):
            show_failed(found, "race")
        else:
            live.show_chart(inference_race_chart(found, state.theme()), f"{PAGE}__race_chart")
            st.caption(race_words(found))
            st.caption(f"The largest difference of a logit on this digit: {found.difference:.1e}.")
            for sentence in found.missing:
                st.caption(messages.plain(sentence))


def follow_race() -> None:
    found = wanted_race()
    if not (isinstance(found, Task) and found.active):
        st.rerun()
    steps = [event for event in found.events if isinstance(event, Stage)]
    step = steps[-1] if steps else Stage(0.0, "Starting a fresh process")
    st.progress(step.share, text=messages.task_sentence(found, f"{step.words} …"))


with st.container(horizontal=True, vertical_alignment="bottom"):
    run = state.select_run(PAGE, "mnist")
    checkpoint = state.select_checkpoint(PAGE, run)
trained = Trained(*resources.model(checkpoint), checkpoint.epoch)
three_parts()
found, race = resources.export(checkpoint), wanted_race()
tasks = [task for task in (found, race) if isinstance(task, Task)]
resources.only_task(PAGE, *tasks)
if isinstance(found, Task) and found.active:
    st.fragment(follow, run_every=0.5)()
elif isinstance(found, Task):
    show_failed(found, "export")
    st.dataframe(table(made(found)), hide_index=True)
else:
    st.dataframe(table(made(found)), hide_index=True)
    st.caption(agreement(found.files, checkpoint.epoch))
offer_files(made(found))
left, right = st.columns(2, gap="large")
with left:
    elsewhere(made(found))
with right:
    script()
show_race(race, busy=any(task.active for task in tasks))
sizes = [file.size for file in made(found) if file.format == "safetensors" and file.size]
seen = ShownExport(
    trained.num_params,
    sizes[0] if sizes else None,
    found.left_out if isinstance(found, Export) else None,
    race if isinstance(race, InferenceRace) else None,
)
cards.show(PAGE, CARDS, apply_card, seen)
with st.expander("Check yourself: can weights alone predict?", key=f"{PAGE}__q"):
    st.write("No: they are numbers without a forward pass. The architecture says what is computed with them.")
state.next_link("runs.py", "Next: compare runs", run)
