"""All of a visitor's runs: found, compared, repeated, shared, taken away."""

from datetime import datetime
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from dlcore.errors import ConfigError
from dlcore.figures.compare import LETTERS, MAX_RUNS, overlay_chart
from dlcore.figures.confusion import confusion_difference_figure
from dlcore.runs.archive import archive, tensorboard_installed
from dlcore.runs.compare import MILESTONES, differing, milestone, setting_words, shared_metrics
from dlcore.runs.disk import GIGABYTE, limit_bytes
from dlcore.runs.protocol import Run
from dlcore.runs.shipped import SHIPPED_ID, shipped_run
from dlcore.schema import number, parse, parse_leniently
from dlcore.training.config import TrainConfig
from dlcore.training.evaluation import Evaluation, band
from dlcore.training.recipes import PRESETS, preset_of
from dlcore.training.variations import VARIATIONS
from ui import live, messages, resources, services, state

PAGE = "runs"
PINNED = f"{PAGE}__pinned"
SPLITS = {"val": "validation", "train": "training", "test": "test"}
AXES = {"epoch": "Epoch", "step": "Step", "second": "Seconds"}


def listed() -> list[Run]:
    """This visitor's runs, newest first, and the shipped one."""
    return [*services.store().runs_of(state.owner(), limit=1000), shipped_run()]


def pinned(runs: list[Run]) -> list[Run]:
    """The runs being compared, with their series, as they stand now. At first the two newest."""
    known = [run.id for run in runs]
    ids = st.session_state.get(PINNED)
    if ids is None:
        in_url = [run_id for run_id in st.query_params.get(PINNED, "").split(",") if run_id in known]
        ids = in_url or known[:2]
    ids = [run_id for run_id in ids if run_id in known][:MAX_RUNS]
    st.session_state[PINNED] = ids
    return [state.run_named(run_id) for run_id in ids]


def share_pins() -> None:
    """The comparison is in the URL."""
    wanted = ",".join(st.session_state[PINNED])
    if wanted != st.query_params.get(PINNED, ""):
        st.query_params[PINNED] = wanted


def letter(run: Run) -> str:
    ids = st.session_state[PINNED]
    return LETTERS[ids.index(run.id)] if run.id in ids else ""


def table(runs: list[Run]) -> None:
    """Every run in a row; ticked rows are compared."""
    values = services.store().last_values(state.owner(), ["test_correct", "test_total", "val_accuracy"])
    values[SHIPPED_ID] = {
        name: points.value
        for name in ("test_correct", "test_total", "val_accuracy")
        if (points := shipped_run().last(name)) is not None
    }
    rows = []
    for run in runs:
        found = values.get(run.id, {})
        total, correct = int(found.get("test_total", 0)), int(found.get("test_correct", 0))
        rows.append(
            {
                "": letter(run),
                "Name": run.name,
                "Status": run.status,
                "Kind": run.kind,
                "Preset": preset_title(run),
                "Test, % right": 100 * correct / total if total else None,
                "±": 100 * band(correct, total).half_width if total else None,
                "Wrong": f"{total - correct:,} of {total:,}" if total else "",
                "Seconds": run.seconds,
                "Seed": run.config.get("seed"),
                "Begun": datetime.fromtimestamp(run.created) if run.id != SHIPPED_ID else None,
            }
        )
    ids = [run.id for run in runs]
    at = [ids.index(run_id) for run_id in st.session_state[PINNED]]
    key = f"{PAGE}__table_{len(ids)}_{ids[0]}"

    def pin() -> None:
        ticked = [ids[row] for row in st.session_state[key].selection.rows if row < len(ids)]
        before = [run_id for run_id in st.session_state[PINNED] if run_id in ticked]
        st.session_state[PINNED] = (before + [i for i in ticked if i not in before])[:MAX_RUNS]

    st.dataframe(
        pd.DataFrame(rows),
        height=38 + 35 * min(len(rows), 7),
        hide_index=True,
        key=key,
        on_select=pin,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": at}},
        column_config={
            "": st.column_config.TextColumn(width=30, help="The letter of this run in the pictures below"),
            "Test, % right": st.column_config.NumberColumn(format="%.2f", help="Of 10,000 test digits"),
            "±": st.column_config.NumberColumn(
                format="%.2f", width=60, help="Half of the 95 % band: closer results are within chance"
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help="Of work, pauses left out"),
            "Begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
        alt=f"{len(rows)} runs with their status, test result, seconds and seed",
    )


def preset_title(run: Run) -> str:
    if run.kind != "mnist":
        return ""
    config, unknown = parse_leniently(TrainConfig(), run.config)
    preset = None if unknown else preset_of(config)
    return PRESETS[preset].title if preset else "own settings"


def curves(runs: list[Run]) -> None:
    """The pinned runs in one picture, and what was set differently."""
    if not runs:
        st.info("Tick up to eight runs in the table: they are drawn into one picture.")
        return
    if len({run.kind for run in runs}) > 1:
        names = ", ".join(shared_metrics(runs)) or "nothing"
        st.warning(f"These runs are of different kinds. What both have measured: {names}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        split = st.segmented_control(
            "Measured on",
            list(SPLITS),
            default="val" if all(run.series.get("val_loss") for run in runs) else "train",
            format_func=SPLITS.__getitem__,
            required=True,
            key=f"{PAGE}__split",
            label_visibility="collapsed",
        )
        axis = st.segmented_control(
            "Against",
            list(AXES),
            default="epoch",
            format_func=AXES.__getitem__,
            required=True,
            key=f"{PAGE}__axis",
            label_visibility="collapsed",
        )
    theme = state.theme()
    left, right = st.columns(2)
    with left:
        live.show_chart(overlay_chart(runs, split, "accuracy", axis, theme), f"{PAGE}__accuracy")
    with right:
        live.show_chart(overlay_chart(runs, split, "loss", axis, theme), f"{PAGE}__loss")
    st.dataframe(
        differences(runs),
        hide_index=True,
        alt="What was set differently in these runs, and how fast they were",
    )
    knobs = [name for name in differing(runs) if name not in ("seed", "device")]
    if len(knobs) > 1:
        st.caption(
            f"{len(knobs)} knobs differ: this comparison cannot say which one helped. "
            "Below, a run can be repeated with one knob turned."
        )
    elif len(runs) > 1 and not knobs:
        st.caption("Only seed or device differ, or nothing: this spread is the noise floor.")


def differences(runs: list[Run]) -> pd.DataFrame:
    """One row a run: letter, name, only the settings that differ, then the milestones."""
    settings = differing(runs)
    rows = []
    for position, run in enumerate(runs):
        row = {"": LETTERS[position], "Run": run.name, "Status": run.status}
        for name, values in settings.items():
            title, words = setting_words(TrainConfig, name, values[position])
            row[title] = words
        for share in MILESTONES:
            reached = milestone(run, share)
            row[f"To {share:.0%}"] = (
                f"{number(round(reached.epochs, 1))} epochs, {messages.duration(reached.seconds)} "
                f"({SPLITS[reached.split]})"
                if reached
                else "–"
            )
        rows.append(row)
    return pd.DataFrame(rows)


def overview(statuses: tuple[str, ...]) -> None:
    """The live part: table, curves, differences. A new status redraws the whole page."""
    runs = listed()
    compared = pinned(runs)
    table(runs)
    curves(compared)
    now = (*(run.status for run in runs), *st.session_state[PINNED])
    if now != statuses:
        st.rerun()


def confusion_difference(runs: list[Run]) -> None:
    """Where the second of two runs errs more or less than the first."""
    first, second = runs[0], runs[1]
    if first.kind != "mnist" or first.kind != second.kind or not (first.checkpoints and second.checkpoints):
        return
    with st.expander(f"Confusion: what B = {second.name} does differently from A = {first.name}"):
        results = [resources.evaluation(state.chosen_checkpoint(run)) for run in (first, second)]
        if not all(isinstance(result, Evaluation) for result in results):
            st.caption("Measuring both on the 10,000 test digits …")
            st.fragment(lambda: st.rerun() if _measured(first, second) else None, run_every=0.5)()
            return
        a, b = results
        assert isinstance(a, Evaluation)
        assert isinstance(b, Evaluation)
        gap = abs(a.correct - b.correct)
        chance = band(a.correct, a.total).half_width + band(b.correct, b.total).half_width
        verdict = "within chance" if gap / a.total <= chance else "more than chance explains"
        words = f"A: {messages.evaluation_score(a)}. B: {messages.evaluation_score(b)}. "
        st.write(f"{words}A difference of {gap:,} digits: {verdict}.")
        figure = confusion_difference_figure(a.confusion, b.confusion, state.theme())
        st.plotly_chart(
            figure,
            key=f"{PAGE}__confusion",
            alt=f"Confusion of B less that of A. A: {a.correct:,} right. B: {b.correct:,} right.",
        )
        st.caption("Red: B makes this mistake more often than A. Blue: less often.")


def _measured(*runs: Run) -> bool:
    return all(isinstance(resources.evaluation(state.chosen_checkpoint(r)), Evaluation) for r in runs)


# --- One run --------------------------------------------------------------------------------------


def again(run: Run, variation: str) -> None:
    """The same run with one knob turned. What was changed while it ran is repeated at the same steps."""
    config = parse(TrainConfig, run.config)
    turned = VARIATIONS[variation].apply(config)
    planned = run.controls() if turned.lr == config.lr else ()
    name = f"{run.name[:34]} again"
    run_id = services.runner().submit(
        state.owner(), run.kind, turned, name=name, total_steps=turned.total_steps, planned=planned
    )
    st.session_state[PINNED] = [run.id, run_id]


def rename(run: Run) -> None:
    services.runner().rename(run.id, st.session_state[f"{PAGE}__name_{run.id}"])


def share(run: Run) -> None:
    services.runner().share(run.id, st.session_state[f"{PAGE}__share_{run.id}"])


def delete(run: Run) -> None:
    services.runner().delete(run.id)
    st.session_state[PINNED] = [run_id for run_id in st.session_state[PINNED] if run_id != run.id]


def one_run(runs: list[Run]) -> None:
    """What can be done with one of the pinned runs."""
    st.subheader("One of them")
    by_id = {run.id: run for run in runs}
    chosen = st.segmented_control(
        "Run",
        list(by_id),
        default=runs[0].id,
        format_func=lambda run_id: f"{letter(by_id[run_id])} · {by_id[run_id].name}",
        required=True,
        key=f"{PAGE}__one_{runs[0].id}",
        label_visibility="collapsed",
    )
    run = by_id.get(chosen, runs[0])
    own = state.mine(run)
    st.write(messages.status_sentence(run))
    with st.container(horizontal=True, vertical_alignment="center"):
        params = {state.RUN_PARAM: run.id}
        st.page_link(
            "../pages/mnist/train.py", label="Open", icon=":material/open_in_new:", query_params=params
        )
        st.page_link(
            "../pages/mnist/draw.py", label="Draw for it", icon=":material/draw:", query_params=params
        )
        repeat(run)
        if own:
            with st.popover("Rename", icon=":material/edit:"):
                st.text_input(
                    "New name",
                    run.name,
                    max_chars=40,
                    key=f"{PAGE}__name_{run.id}",
                    on_change=messages.guarded(PAGE, rename),
                    args=(run,),
                )
            with st.popover("Share", icon=":material/link:"):
                share_by_link(run)
        download(run)
        if own and not run.active:
            with st.popover("Delete", icon=":material/delete:"):
                st.write(f"Delete {run.name} with its weights, for good?")
                st.button(
                    "Delete for good",
                    key=f"{PAGE}__delete",
                    on_click=messages.guarded(PAGE, delete),
                    args=(run,),
                    type="primary",
                )


def repeat(run: Run) -> None:
    with st.popover("Again, one knob turned", icon=":material/replay:", key=f"{PAGE}__again"):
        if run.kind != "mnist":
            st.caption("Open it: its page starts it again.")
            return
        config, unknown = parse_leniently(TrainConfig(), run.config)
        if unknown:
            st.caption(f"Made by another version of the lab: it cannot be repeated. {unknown[0]}")
            return
        st.caption(f"Same seed ({config.seed}), same data. Change:")
        for name, variation in VARIATIONS.items():
            try:
                variation.apply(config)
            except ConfigError as error:
                st.button(variation.title, key=f"{PAGE}__again_{name}", disabled=True, help=str(error))
                continue
            st.button(
                variation.title,
                key=f"{PAGE}__again_{name}",
                on_click=messages.guarded(PAGE, again),
                args=(run, name),
            )


def share_by_link(run: Run) -> None:
    st.toggle(
        "Whoever has the link may look, and touch nothing",
        run.shared,
        key=f"{PAGE}__share_{run.id}",
        on_change=messages.guarded(PAGE, share),
        args=(run,),
    )
    if run.shared:
        here = urlsplit(st.context.url or "")
        st.code(f"{here.scheme}://{here.netloc}/mnist_train?run={run.id}", language=None)


def download(run: Run) -> None:
    missing = (
        "" if tensorboard_installed() else " TensorBoard files come with it once tensorboard is installed."
    )
    st.download_button(
        "Download",
        data=lambda run=run: archive(run),
        file_name=f"{run.name.replace(' ', '-')}.zip",
        mime="application/zip",
        icon=":material/download:",
        key=f"{PAGE}__download",
        on_click="ignore",
        help=f"Settings, measurements (CSV) and weights in one zip.{missing}",
    )


# --- Here and elsewhere ---------------------------------------------------------------------------

FORM = """
<form action="/owner/{action}" method="post" style="display:flex;gap:8px;flex-wrap:wrap;margin:4px 0">
{fields}<button type="submit" style="font:inherit;min-height:44px;padding:4px 14px;border-radius:8px;
border:1px solid #6B7280;background:transparent;color:inherit;cursor:pointer">{label}</button></form>
"""
FIELD = """<input name="code" aria-label="Code" placeholder="ABCD-EFGH" maxlength="12" required
autocomplete="off" style="font:inherit;min-height:44px;padding:4px 10px;border-radius:8px;
border:1px solid #6B7280;background:transparent;color:inherit;width:11em;text-transform:uppercase">"""


def elsewhere() -> None:
    st.subheader("Here and elsewhere")
    if st.query_params.get(f"{PAGE}__code"):
        st.warning("Nobody has this code: look at it again on the other computer.", icon=":material/key_off:")
        del st.query_params[f"{PAGE}__code"]
    left, middle, right = st.columns(3, border=True)
    with left:
        st.markdown("**Your code.** On another computer it opens these runs.")
        code = services.store().code_of(state.owner())
        with st.container(key=f"{PAGE}__code"):
            st.code(f"{code[:4]}-{code[4:]}", language=None)
    with middle, st.container(key=f"{PAGE}__reopen"):
        st.markdown("**A code from elsewhere** opens those runs here, in place of these.")
        st.html(FORM.format(action="reopen", fields=FIELD, label="Open"))
    with right, st.container(key=f"{PAGE}__forget"):
        st.markdown("**Forget me on this computer.** The runs stay with their code: note it first.")
        st.html(FORM.format(action="forget", fields="", label="Forget me here"))
    used, limit = services.runner().used_bytes / GIGABYTE, limit_bytes() / GIGABYTE
    st.caption(
        f"All runs of this server take {used:.2f} of {limit:g} GB. When that is full, the oldest give up "
        "their intermediate weights, never their last."
    )


st.title("Runs")
st.write("Change one knob, keep the seed, then compare.")
messages.show_refusal(PAGE)
runs = listed()
compared = pinned(runs)
statuses = (*(run.status for run in runs), *st.session_state[PINNED])
ticking = any(run.active for run in runs)
st.fragment(overview, run_every=1.0 if ticking else None)(statuses)
share_pins()
if len(compared) > 1:
    confusion_difference(compared)
if compared:
    one_run(compared)
elsewhere()
state.next_link("mnist/train.py", "Next: train another one")
