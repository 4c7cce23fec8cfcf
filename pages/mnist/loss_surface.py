"""The loss around a network, in three dimensions, and the path that a run took over it."""

from dataclasses import dataclass

import streamlit as st

from dlcore.cards import Card
from dlcore.figures.landscape import View, path_traces, surface_alt, surface_figure
from dlcore.figures.landscape_flat import contour_figure, line_chart, slice_chart
from dlcore.figures.landscape_html import surface_csv, surface_html
from dlcore.figures.space import empty_figure
from dlcore.landscape.cards import CARDS, ShownSurfaces
from dlcore.landscape.config import SurfacePage
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture
from dlcore.landscape.sharpness import Sharpness
from dlcore.landscape.words import about_line, about_plane, about_progress, about_samples, about_sharpness
from dlcore.run import Checkpoint, Run
from dlcore.runs.tasks import Task
from dlcore.schema import knobs
from ui import cards, form, live, messages, resources, state, surfaces
from ui.components.plotly3d.component import Play, plotly3d

PAGE = "mnist_loss_surface"
KNOBS = knobs(SurfacePage)
START = {"start": SurfacePage()}
HEIGHT = 560
SETTINGS = ("extent", "resolution", "samples", "digits", "normalisation", "fix_biases", "seed")
REDRAW, BEFORE = f"{PAGE}__drawings", f"{PAGE}__before"


def key(name: str) -> str:
    return form.key(PAGE, name)


def apply_card(card: Card) -> None:
    for name, value in card.setup.items():
        st.session_state[key(name)] = value


def choose_beside() -> None:
    """A mistake with directions is made with random ones."""
    if st.session_state[key("beside")] not in ("nothing", "run"):
        st.session_state[key("plane")] = "random"


def redraw(before: Picture) -> None:
    st.session_state[REDRAW] = st.session_state.get(REDRAW, 0) + 1
    st.session_state[BEFORE] = before


def stop_sharpening(resolution: int) -> None:
    """What is measured is kept, finer points are not waited for."""
    st.session_state[key("resolution")] = str(resolution)


def other_run(run: Run) -> Run:
    """The selector of the run beside it."""
    runs = {other.id: other for other in state.runs_to_look_at("mnist") if other.id != run.id}
    if not runs:
        st.caption("There is no other run yet: train one.")
        return run
    chosen = st.selectbox(
        "The other run", list(runs), format_func=lambda run_id: runs[run_id].name, key=key("other_run")
    )
    return state.run_named(chosen)


def controls() -> tuple[Run, Run]:
    """One row: whose network, which plane, what beside it, and the rest behind two buttons."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=180):
            run = state.select_run(PAGE, "mnist")
        with st.container(width="content"):
            form.choice(PAGE, KNOBS["plane"])
        with st.container(width=240):
            form.widget(PAGE, KNOBS["beside"], on_change=choose_beside)
        other = run
        if st.session_state[key("beside")] == "run":
            with st.container(width=180):
                other = other_run(run)
        with st.popover("Settings", icon=":material/tune:"):
            for name in SETTINGS:
                form.widget(PAGE, KNOBS[name])
        with st.popover("View", icon=":material/visibility:"):
            for name in ("log", "colour", "contours"):
                form.widget(PAGE, KNOBS[name])
    return run, other


@dataclass(frozen=True)
class Asked:
    """What the page has asked for, as far as it has come."""

    works: tuple[surfaces.Work, ...]
    deeper: tuple[tuple[str, Line | Sharpness | None, Task], ...]

    @property
    def tasks(self) -> list[Task]:
        return [task for work in self.works for task in work.tasks] + [task for _, _, task in self.deeper]

    @property
    def active(self) -> bool:
        return any(task.active for task in self.tasks)

    @property
    def pictures(self) -> list[Picture]:
        """Those that have a surface."""
        pictures = [work.picture for work in self.works]
        return [picture for picture in pictures if picture is not None and picture.surface is not None]


def ask(run: Run, other: Run, page: SurfacePage) -> Asked:
    """Start what is not there yet, and drop what this page no longer shows."""
    weights, beside = shown_weights(run, page), shown_weights(other, page)
    works = [surfaces.surface(weights, page.surface)]
    if page.other is not None:
        works.append(surfaces.surface(beside, page.other, st.session_state.get(REDRAW, 0)))
    deeper: list[tuple[str, Line | Sharpness | None, Task]] = []
    two = page.beside == "run"
    if st.session_state.get(key("line_asked")):
        start = beside[-1] if two else run.checkpoints[0]
        deeper.append(("line", *surfaces.line(start, weights[-1], page.surface)))
    if st.session_state.get(key("sharpness_asked")):
        for name, last in [(run.name, weights[-1])] + ([(other.name, beside[-1])] if two else []):
            deeper.append((name, *surfaces.sharpness(last, page.surface)))
    asked = Asked(tuple(works), tuple(deeper))
    resources.only_task(PAGE, *asked.tasks)
    return asked


def stage(run: Run, other: Run, page: SurfacePage, working: bool) -> None:
    """The surfaces as far as they have come, what lies below them, and what is measured beside them."""
    asked = ask(run, other, page)
    for reason in {task.reason: None for task in asked.tasks if task.status == "failed"}:
        st.error(messages.plain(reason), icon=":material/error:")
    waiting = [work for work in asked.works if work.active and not work.ready]
    if asked.pictures and not waiting:
        draw(asked, page, run, other)
    elif waiting:
        wait(asked)
    progress(asked)
    if asked.works[0].ready and not waiting:
        below(asked.pictures[0], page, busy=asked.active)
    show_deeper(asked, page)
    if working != asked.active:
        st.rerun()


def shown_weights(run: Run, page: SurfacePage) -> tuple[Checkpoint, ...]:
    """A random plane goes through the chosen weights alone, the others through all of the run."""
    return (state.chosen_checkpoint(run),) if page.plane == "random" else run.checkpoints


def progress(asked: Asked) -> None:
    """How far it has come, as long as it goes on. Always one line, so that nothing below it jumps."""
    with st.container(horizontal=True, vertical_alignment="center", height=60, border=False):
        busy = next((work for work in asked.works if work.active), None)
        if busy is None:
            st.caption(about_samples(asked.pictures[0]) if asked.pictures else "")
            return
        done = busy.picture.done / busy.picture.cells if busy.picture is not None else 0.0
        waits = all(task.status == "queued" for task in busy.tasks if task.active)
        st.progress(done, "Waiting for a free place …" if waits else about_progress(busy.picture))
        if len(asked.pictures) == len(asked.works):
            coarse = min(len(picture.surface.alpha) for picture in asked.pictures if picture.surface)
            if st.button(
                "Enough", key=key("enough"), icon=":material/stop:", on_click=stop_sharpening, args=(coarse,)
            ):
                st.rerun()


def wait(asked: Asked) -> None:
    """The same place without new numbers, so that the browser is ready when they come."""
    plotly3d(
        empty_figure(len(asked.works), state.theme(), height=HEIGHT),
        key=key("surface"),
        height=HEIGHT,
        alt="A loss surface that is still being measured",
        filename="loss-surface",
        link_cameras=True,
        words="Measuring the first points …",
    )
    if asked.works[0].picture is not None:
        st.markdown(about_plane(asked.works[0].picture))


def draw(asked: Asked, page: SurfacePage, run: Run, other: Run) -> None:
    view, pictures = View(page.log, page.colour, page.contours), asked.pictures
    second = other.name if page.beside == "run" else KNOBS["beside"].options[page.beside]
    titles = [name for name, work in zip((run.name, second), asked.works, strict=False) if work.ready]
    titles = titles if len(asked.works) > 1 else []
    figure = surface_figure(pictures, state.theme(), view, titles=titles, height=HEIGHT)
    longest = max(pictures, key=lambda picture: len(picture.path)).path
    names = tuple(f"Epoch {stop.epoch}" for stop in longest)
    play = Play(path_traces(pictures), steps=len(names) - 1, names=names) if len(names) > 1 else None
    plotly3d(
        figure,
        key=key("surface"),
        height=HEIGHT,
        alt=". ".join(surface_alt(picture) for picture in pictures),
        filename="loss-surface",
        link_cameras=True,
        play=play,
    )
    st.markdown(about_plane(pictures[0]))
    if page.beside == "dropout" and len(pictures) == 2:
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(
                "Draw it again",
                key=key("redraw"),
                icon=":material/replay:",
                on_click=redraw,
                args=(pictures[1],),
            ):
                st.rerun()
            st.caption(f"On the right {pictures[1].prepared.dropout:.0%} of the units are missing.")


def below(picture: Picture, page: SurfacePage, *, busy: bool) -> None:
    """The same surface from above, slices through it, and files of it."""
    view = View(page.log, page.colour, page.contours)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**From above**")
        plotly3d(
            contour_figure(picture, state.theme(), view),
            key=key("contour"),
            height=380,
            alt=f"{surface_alt(picture)}, seen from above",
            filename="loss-contours",
        )
    with right:
        st.markdown("**Two slices, nearest to the network**")
        live.show_chart(slice_chart(picture, state.theme(), view), key=key("slices"))
        with st.container(horizontal=True):
            st.download_button(
                "Surface to turn (HTML)",
                data=lambda: surface_html(surface_figure([picture], "light", view), "Loss surface"),
                file_name="loss-surface.html",
                mime="text/html",
                icon=":material/download:",
                key=key("html"),
                on_click="ignore",
                disabled=busy,
            )
            st.download_button(
                "Numbers (CSV)",
                data=lambda: surface_csv(picture),
                file_name="loss-surface.csv",
                mime="text/csv",
                icon=":material/download:",
                key=key("csv"),
                on_click="ignore",
                disabled=busy,
            )


def show_deeper(asked: Asked, page: SurfacePage) -> None:
    with st.expander("Deeper: the straight line, and one number for sharpness", key=key("deeper")):
        with st.container(horizontal=True):
            words = "from the other run" if page.beside == "run" else "from the start"
            st.toggle(f"The straight line {words} to this network", key=key("line_asked"))
            st.toggle("How sharply the loss bends", key=key("sharpness_asked"))
        for name, result, task in asked.deeper:
            if isinstance(result, Line):
                view = View(page.log, page.colour, page.contours)
                chart = line_chart({"loss on the line": result}, state.theme(), view)
                live.show_chart(chart, key=key("line"))
                if task.status == "finished":
                    st.markdown(about_line(result))
            elif isinstance(result, Sharpness):
                st.markdown(f"**{messages.plain(name)}**: {about_sharpness(result)}")
            elif task.active:
                st.caption("Measuring …")


st.title("Loss surface")
st.write("A flat cut through all the directions a network can move in, with the path that training took.")
form.prepare(PAGE, SurfacePage, START)
with st.container(key=f"{PAGE}__picture_above"):
    row, picture = st.container(), st.container()
with row:
    run, other = controls()
page = form.read(PAGE, SurfacePage)
form.share(PAGE, SurfacePage, START)
with row:
    if page.plane == "random" and run.checkpoints:
        state.select_checkpoint(PAGE, run)
seen = None
with picture:
    if run.checkpoints and other.checkpoints:
        asked = ask(run, other, page)
        st.fragment(stage, run_every=0.5 if asked.active else None)(run, other, page, asked.active)
        if asked.works[0].ready and len(asked.pictures) == len(asked.works) and not asked.active:
            seen = ShownSurfaces(
                page, asked.pictures[0], *asked.pictures[1:], before=st.session_state.get(BEFORE)
            )
    else:
        words = "This run has saved no weights yet: wait for its first epoch."
        st.info(words, icon=":material/hourglass_top:")
    needed = {"random": 1, "path": 2, "three": 3}[page.plane]
    for short in [one for one in {run.id: run, other.id: other}.values() if len(one.checkpoints) < needed]:
        state.next_link("mnist/train.py", "Train two more epochs", short)
cards.show(PAGE, CARDS, apply_card, seen)
with st.expander("Check yourself: a path ends beside the lowest point of the picture. Has training failed?"):
    st.markdown(
        "You cannot tell from here. The picture shows two directions; in all the others the network may "
        "stand at the bottom. What it is worth, the test digits say."
    )
state.next_link("mnist/structure.py", "Next: what it is made of", run)
