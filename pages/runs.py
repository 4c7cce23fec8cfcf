"""All of a visitor's runs: found, compared, repeated, shared, taken away."""

from datetime import datetime

import pandas as pd
import streamlit as st

from dlcore.cards import Card
from dlcore.figures.compare import LETTERS, MAX_RUNS, overlay_chart
from dlcore.figures.confusion import confusion_difference_figure
from dlcore.presets import preset_named
from dlcore.run import Run
from dlcore.runs.cards import CARDS
from dlcore.runs.compare import MILESTONES, differing, milestone, setting_words, shared_metrics, within_chance
from dlcore.runs.kinds import RUN_KINDS, config_type, presets
from dlcore.runs.storage.shipped import shipped_run
from dlcore.schema import number, parse_leniently
from dlcore.training.evaluation import Evaluation, band
from ui import cards, elsewhere, live, messages, pickers, run_actions, services, state, work
from ui.lenses import mnist

SHIPPED_RUNS = [shipped_run(kind) for kind in reversed(RUN_KINDS)]
PAGE, PINNED = run_actions.PAGE, run_actions.PINNED
SPLITS = {"val": "validation", "train": "training", "test": "test"}
AXES = {"epoch": "Epoch", "step": "Step", "second": "Seconds"}


def listed() -> list[Run]:
    """This visitor's runs, newest first, and the shipped ones."""
    return [*state.my_runs(limit=1000), *SHIPPED_RUNS]


def pinned(runs: list[Run]) -> list[Run]:
    """The runs being compared, with their series, as they stand now. At first two of one kind."""
    known = [run.id for run in runs]
    ids = st.session_state.get(PINNED)
    if ids is None:
        in_url = [run_id for run_id in st.query_params.get(PINNED, "").split(",") if run_id in known]
        ids = in_url or [run.id for run in runs if run.kind == runs[0].kind][:2]
    ids = [run_id for run_id in ids if run_id in known][:MAX_RUNS]
    st.session_state[PINNED] = ids
    return [state.run_named(run_id) for run_id in ids]


def share_pins() -> None:
    """The comparison is in the URL."""
    wanted = ",".join(st.session_state[PINNED])
    if wanted != st.query_params.get(PINNED, ""):
        st.query_params[PINNED] = wanted


def table(runs: list[Run]) -> None:
    """Every run in a row; ticked rows are compared."""
    values = services.store().last_values(state.owners(), ["test_correct", "test_total", "val_accuracy"])
    for run in SHIPPED_RUNS:
        values[run.id] = {
            name: points.value
            for name in ("test_correct", "test_total", "val_accuracy")
            if (points := run.last(name)) is not None
        }
    rows = []
    for run in runs:
        found = values.get(run.id, {})
        total, correct = int(found.get("test_total", 0)), int(found.get("test_correct", 0))
        rows.append(
            {
                "": run_actions.letter(run),
                "Name": run.name,
                "Status": run.status,
                "Kind": RUN_KINDS[run.kind].title if run.kind in RUN_KINDS else run.kind,
                "Preset": preset_title(run),
                "Test, % right": 100 * correct / total if total else None,
                "±": 100 * band(correct, total).half_width if total else None,
                "Wrong": f"{total - correct:,} of {total:,}" if total else "",
                "Seconds": run.seconds,
                "Seed": run.config.get("seed"),
                "Begun": datetime.fromtimestamp(run.created) if run not in SHIPPED_RUNS else None,
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
        placeholder="–",
        key=key,
        on_select=pin,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": at}},
        column_config={
            "": st.column_config.TextColumn(width=30, help="The letter of this run in the pictures below"),
            "Test, % right": st.column_config.NumberColumn(format="%.2f", help="Of its test images"),
            "±": st.column_config.NumberColumn(
                format="%.2f", width=60, help="Half of the 95 % band: closer results are within chance"
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help="Of work, pauses left out"),
            "Begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
        alt=f"{len(rows)} runs with their status, test result, seconds and seed",
    )


def preset_title(run: Run) -> str:
    config, unknown = parse_leniently(config_type(run.kind)(), run.config)
    known = presets(run.kind)
    free = {name: getattr(config, name) for name in ("seed", "device") if hasattr(config, name)}
    preset = None if unknown else preset_named(known, config, **free)
    return known[preset].title if preset else "own settings"


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
            title, words = setting_words(config_type(runs[position].kind), name, values[position])
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
    words = f"Confusion: what B = {second.name} does differently from A = {first.name}"
    box = st.expander(words, key=f"{PAGE}__difference", on_change="rerun")
    if not box.open:  # measuring both costs some seconds
        return
    with box:
        a, b = _measured(first, second)
        if a is None or b is None:
            st.caption("Measuring both on the 10,000 test digits …")
            work.follow(lambda: None in _measured(first, second), active=True)
            return
        gap = abs(a.correct - b.correct)
        verdict = "within chance" if within_chance(a, b) else "more than chance explains"
        words = f"A: {messages.evaluation_score(a)}. B: {messages.evaluation_score(b)}. "
        st.write(f"{words}A difference of {gap:,} digits: {verdict}.")
        figure = confusion_difference_figure(a.confusion, b.confusion, state.theme())
        st.plotly_chart(
            figure,
            key=f"{PAGE}__confusion",
            alt=f"Confusion of B less that of A. A: {a.correct:,} right. B: {b.correct:,} right.",
        )
        st.caption("Red: B makes this mistake more often than A. Blue: less often.")


def _measured(*runs: Run) -> list[Evaluation | None]:
    return [mnist.evaluation(state.chosen_checkpoint(run)).result for run in runs]


def apply_card(card: Card) -> None:
    st.session_state[f"{PAGE}__variation"] = card.setup["variation"]


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
    run_actions.show(compared)
cards.show(PAGE, CARDS, compared, apply=apply_card)
elsewhere.show()
elsewhere.show_room()
pickers.next_link("mnist/train.py", "Next: train another one")
