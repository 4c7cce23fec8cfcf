"""All of a visitor's runs: found, compared, repeated, shared, taken away."""

import pandas as pd
import streamlit as st

from dlcore.cards import Card
from dlcore.figures.compare import LETTERS, MAX_RUNS, overlay_chart
from dlcore.figures.run_tables import BAND, RESULTS, SPLITS, difference_rows, milestone_words, run_rows
from dlcore.run import Run
from dlcore.runs.cards import CARDS
from dlcore.runs.compare import Axis, shared_metrics
from dlcore.runs.kinds import RUN_KINDS
from dlcore.runs.naming import root_name
from dlcore.runs.shipped import shipped_runs
from ui import cards, elsewhere, live, messages, path, run_actions, services, state
from ui.explain import explain
from ui.selections import picked_rows
from ui.views import confusion_difference, run_verdict

SHIPPED_RUNS = shipped_runs()
AT_FIRST = {name for name, kind in RUN_KINDS.items() if kind.shipped is not None and kind.shipped.at_first}
PAGE, PINNED = run_actions.PAGE, run_actions.PINNED
LEAST_POINTS = 3  # of a curve
AXES: dict[Axis, str] = {"epoch": "Epoch", "step": "Step", "second": "Seconds"}


def listed() -> list[Run]:
    """This visitor's runs, newest first, and the shipped ones that they may be compared with."""
    mine = state.my_runs(limit=1000)
    kinds = {run.kind for run in mine} | AT_FIRST
    return [*mine, *(run for run in SHIPPED_RUNS if run.kind in kinds)]


def at_first(runs: list[Run]) -> list[str]:
    """The newest run with those that were made from the same one; else the two newest of its kind."""
    newest = runs[0]
    alike = [run.id for run in runs if run.kind == newest.kind]
    family = [run.id for run in runs if run.id in alike and root_name(run.name) == root_name(newest.name)]
    return family if len(family) > 1 else alike[:2]


def pinned(runs: list[Run]) -> list[Run]:
    """The runs being compared, with their series, as they stand now."""
    known = [run.id for run in runs]
    ids = st.session_state.get(PINNED)
    if ids is None:
        in_url = [run_id for run_id in st.query_params.get(PINNED, "").split(",") if run_id in known]
        ids = in_url or at_first(runs)
    ids = [run_id for run_id in ids if run_id in known][:MAX_RUNS]
    st.session_state[PINNED] = ids
    return [state.run_named(run_id) for run_id in ids]


def share_pins() -> None:
    """The comparison is in the URL."""
    wanted = ",".join(st.session_state[PINNED])
    if wanted != st.query_params.get(PINNED, ""):
        st.query_params[PINNED] = wanted


def results() -> dict[str, dict[str, float]]:
    """The last of the numbers that the table shows, by a run's id."""
    shipped = {
        run.id: {name: last.value for name in RESULTS if (last := run.last(name)) is not None}
        for run in SHIPPED_RUNS
    }
    return services.store().last_values(state.owners(), RESULTS) | shipped


def table(runs: list[Run]) -> None:
    """Every run in a row; ticked rows are compared."""
    ids = [run.id for run in runs]
    key = f"{PAGE}__table_{len(ids)}_{ids[0]}"

    def pin() -> None:
        ticked = [ids[row] for row in picked_rows(key, len(ids))]
        before = [run_id for run_id in st.session_state[PINNED] if run_id in ticked]
        st.session_state[PINNED] = (before + [i for i in ticked if i not in before])[:MAX_RUNS]

    st.dataframe(
        pd.DataFrame(run_rows(runs, st.session_state[PINNED], results())),
        height=38 + 35 * min(len(runs), 7),
        hide_index=True,
        placeholder="–",
        key=key,
        on_select=pin,
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [ids.index(i) for i in st.session_state[PINNED]]}},
        column_config={
            "": st.column_config.TextColumn(width=30, help="The letter of this run in the pictures below"),
            "Name": st.column_config.TextColumn(width=168),
            "Test, % right": st.column_config.NumberColumn(
                label="Test, %",
                format="%.2f",
                width=68,
                help="Per cent right of its test images, measured when it finished",
            ),
            BAND: st.column_config.NumberColumn(
                label="± 95 %",
                format="%.2f",
                width=62,
                help="Half of the band in which the true share lies in 95 of 100 cases",
            ),
            "Seed": st.column_config.NumberColumn(width=50),
            "Status": st.column_config.TextColumn(width=82),
            "Begun": st.column_config.DatetimeColumn(format="D MMM, HH:mm", width=112),
            "Preset": st.column_config.TextColumn(width=104),
            "Seconds": st.column_config.NumberColumn(
                format="%.1f", width=70, help="Of work, pauses left out"
            ),
            "Kind": st.column_config.TextColumn(width=88),
        },
        alt=f"{len(runs)} runs with their status, test result, seconds and seed",
    )


def curves(runs: list[Run]) -> None:
    """The pinned runs in one picture, and what was set differently."""
    if not runs:
        st.info("Tick up to eight runs in the table: they are drawn into one picture.")
        return
    if len({run.kind for run in runs}) > 1:
        names = messages.plain(", ".join(shared_metrics(runs))) or "nothing"
        st.warning(f"These runs are of different kinds. What both have measured: {names}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        # Of a run that was seldom measured on validation images, its training makes the better curve.
        few = any(len(run.series.get("val_loss", ())) < LEAST_POINTS for run in runs)
        split = st.segmented_control(
            "Measured on",
            list(SPLITS),
            default="train" if few else "val",
            format_func=SPLITS.__getitem__,
            required=True,
            key=f"{PAGE}__split_{'few' if few else 'many'}",
            label_visibility="collapsed",
        )
        axis: Axis | None = st.segmented_control(
            "Against",
            list(AXES),
            default="step" if few else "epoch",
            format_func=AXES.__getitem__,
            required=True,
            key=f"{PAGE}__axis_{'few' if few else 'many'}",
            label_visibility="collapsed",
        )
    split, against = split or "train", axis or "epoch"  # a client may have sent nothing
    missing = [LETTERS[place] for place, run in enumerate(runs) if not run.series.get(f"{split}_loss")]
    if missing:
        st.caption(f"Not measured on {SPLITS[split]} images: {', '.join(missing)}.")
    theme = state.theme()
    left, right = st.columns(2)
    with left:
        live.show_chart(overlay_chart(runs, split, "accuracy", against, theme), f"{PAGE}__accuracy")
    with right:
        live.show_chart(overlay_chart(runs, split, "loss", against, theme), f"{PAGE}__loss")
    st.dataframe(
        pd.DataFrame(difference_rows(runs, split)),
        hide_index=True,
        alt="What was set differently in these runs, and how fast they were",
    )
    st.caption(explain(milestone_words(runs, split)))


def overview(statuses: tuple[str, ...]) -> None:
    """The live part: table, curves, differences. A new status redraws the whole page."""
    runs = listed()
    compared = pinned(runs)
    table(runs)
    run_verdict.show(compared)
    curves(compared)
    now = (*(run.status for run in runs), *st.session_state[PINNED])
    if now != statuses:
        messages.redraw()


def apply_card(card: Card) -> None:
    st.session_state[f"{PAGE}__variation"] = card.setup["variation"]


path.title(__file__)
st.write(explain("Change one knob, keep the seed, then compare."))
messages.show_refusal(PAGE)
runs = listed()
compared = pinned(runs)
statuses = (*(run.status for run in runs), *st.session_state[PINNED])
ticking = any(run.active for run in runs)
run_actions.repeat(compared)
st.fragment(overview, run_every=1.0 if ticking else None)(statuses)
share_pins()
with st.container():  # so that the cards keep their place
    if len(compared) > 1:
        confusion_difference.show(compared)
    if compared:
        run_actions.show(compared)
cards.show(PAGE, CARDS, compared, apply=apply_card)
elsewhere.show()
elsewhere.show_room()
path.next_link(__file__)
