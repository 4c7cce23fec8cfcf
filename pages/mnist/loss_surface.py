"""The loss around a network, in three dimensions, and the path that a run took over it."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dlcore.figures.landscape import View, axis_unit
from dlcore.figures.landscape_flat import line_chart
from dlcore.landscape.cards import CARDS, ShownSurfaces
from dlcore.landscape.config import SurfacePage
from dlcore.landscape.lines import Line
from dlcore.landscape.picture import Picture
from dlcore.landscape.sharpness import Sharpness
from dlcore.landscape.words import about_line, about_plane, about_progress, about_samples, about_sharpness
from dlcore.run import Checkpoint, Run
from dlcore.schema import knobs
from dlcore.words import percent
from ui import cards, form, live, messages, path, pickers, state, work
from ui.lenses import surfaces
from ui.views import surface
from ui.work import Asked

PAGE = "mnist_loss_surface"
key = partial(form.key, PAGE)
KNOBS = knobs(SurfacePage)
START = {"start": SurfacePage()}
SETTINGS = ("extent", "resolution", "samples", "digits", "normalisation", "fix_biases", "seed")
REDRAW, BEFORE = key("drawings"), key("before")


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


def controls() -> tuple[Run, Run]:
    """One row, at 1280 too: whose network, which plane, what beside it, and the rest behind two buttons."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=170):
            run = pickers.select_run(PAGE, "mnist", brief=True)
        with st.container(width="content"):
            form.choice(PAGE, KNOBS["plane"])
        with st.container(width=165):
            form.widget(PAGE, KNOBS["beside"], on_change=choose_beside)
        other = run
        if st.session_state[key("beside")] == "run":
            with st.container(width=180):
                other = pickers.select_other_run(PAGE, run)
        with st.popover("Settings"):
            for name in SETTINGS:
                form.widget(PAGE, KNOBS[name])
        with st.popover("View"):
            for name in ("log", "colour", "contours"):
                form.widget(PAGE, KNOBS[name])
    return run, other


@dataclass(frozen=True)
class Wanted:
    """What the page has asked for, as far as it has come: surfaces, then lines and sharpnesses by name."""

    works: tuple[surfaces.Work, ...]
    deeper: tuple[tuple[str, Asked[Line] | Asked[Sharpness]], ...]

    @property
    def asked(self) -> list[Asked[object]]:
        return [one for drawn in self.works for one in drawn.asked] + [one for _, one in self.deeper]

    @property
    def active(self) -> bool:
        return any(one.active for one in self.asked)

    @property
    def pictures(self) -> list[Picture]:
        """Those that have a surface."""
        return [drawn.picture for drawn in self.works if drawn.picture is not None and drawn.ready]


def shown_weights(run: Run, page: SurfacePage) -> tuple[Checkpoint, ...]:
    """A random plane goes through the chosen weights alone, the others through all of the run."""
    return (state.chosen_checkpoint(run),) if page.plane == "random" else run.checkpoints


def ask(run: Run, other: Run, page: SurfacePage) -> Wanted:
    """Start what is not there yet, and drop what this page no longer shows."""
    weights, beside = shown_weights(run, page), shown_weights(other, page)
    works = [surfaces.surface(weights, page.surface)]
    if page.other is not None:
        works.append(surfaces.surface(beside, page.other, st.session_state.get(REDRAW, 0)))
    deeper: list[tuple[str, Asked[Line] | Asked[Sharpness]]] = []
    two = page.beside == "run"
    if st.session_state.get(key("line_asked")):
        start = beside[-1] if two else run.checkpoints[0]
        deeper.append(("line", surfaces.line(start, weights[-1], page.surface)))
    if st.session_state.get(key("sharpness_asked")):
        for name, last in [(run.name, weights[-1])] + ([(other.name, beside[-1])] if two else []):
            deeper.append((name, surfaces.sharpness(last, page.surface)))
    wanted = Wanted(tuple(works), tuple(deeper))
    work.only_task(PAGE, *wanted.asked)
    return wanted


def stage(run: Run, other: Run, page: SurfacePage) -> bool:
    """The surfaces as far as they have come, what lies below them, and what is measured beside them."""
    wanted, view = ask(run, other, page), View(page.log, page.colour, page.contours)
    waiting = [drawn for drawn in wanted.works if drawn.active and not drawn.ready]
    with st.container():  # so that what follows keeps its place
        for why in {a.task.reason: None for a in wanted.asked if a.task and a.task.status == "failed"}:
            st.error(messages.plain(why), icon=":material/error:")
        if waiting:
            surface.show_empty(PAGE, len(wanted.works))
            if wanted.works[0].picture is not None:
                st.markdown(about_plane(wanted.works[0].picture))
        elif wanted.pictures:
            draw(wanted, page, run, other)
    progress(wanted)
    if wanted.works[0].ready and not waiting:
        surface.show_below(PAGE, wanted.pictures[0], view, busy=wanted.active)
    show_deeper(wanted, page.beside == "run", view)
    return wanted.active


def progress(wanted: Wanted) -> None:
    """How far it has come, as long as it goes on. Always one line, so that nothing below it jumps."""
    with st.container(horizontal=True, vertical_alignment="center", height=60, border=False):
        busy = next((drawn for drawn in wanted.works if drawn.active), None)
        if busy is None:
            first = wanted.pictures[0] if wanted.pictures else None
            measured = f"{about_samples(first)} α, β: {axis_unit(first)}." if first is not None else ""
            st.caption(f"Drag it to turn it, scroll or pinch to come nearer. {measured}" if measured else "")
            return
        done = busy.picture.done / busy.picture.cells if busy.picture is not None else 0.0
        st.progress(done, work.words(busy.asked, about_progress(busy.picture)))
        if len(wanted.pictures) == len(wanted.works):
            coarse = min(len(picture.surface.alpha) for picture in wanted.pictures if picture.surface)
            if st.button(
                "Enough", key=key("enough"), icon=":material/stop:", on_click=stop_sharpening, args=(coarse,)
            ):
                st.rerun()


def draw(wanted: Wanted, page: SurfacePage, run: Run, other: Run) -> None:
    pictures = wanted.pictures
    second = other.name if page.beside == "run" else KNOBS["beside"].options[page.beside]
    titles = [name for name, drawn in zip((run.name, second), wanted.works, strict=False) if drawn.ready]
    view = View(page.log, page.colour, page.contours)
    surface.show(PAGE, pictures, view, titles if len(wanted.works) > 1 else [])
    if page.beside == "dropout" and len(pictures) == 2:
        with st.container(horizontal=True, vertical_alignment="center"):
            icon = ":material/replay:"
            if st.button("Draw it again", key=key("redraw"), icon=icon, on_click=redraw, args=(pictures[1],)):
                st.rerun()
            st.caption(f"On the right {percent(pictures[1].prepared.dropout)} of the units are missing.")


def show_deeper(wanted: Wanted, two: bool, view: View) -> None:
    with st.expander("Deeper: the straight line, and one number for sharpness", key=key("deeper")):
        with st.container(horizontal=True):
            words = "from the other run" if two else "from the start"
            st.toggle(f"The straight line {words} to this network", key=key("line_asked"))
            st.toggle("How sharply the loss bends", key=key("sharpness_asked"))
        for name, one in wanted.deeper:
            if isinstance(one.result, Line):
                chart = line_chart({"loss on the line": one.result}, state.theme(), view)
                live.show_chart(chart, key=key("line"))
                if one.task is not None and one.task.status == "finished":
                    st.markdown(about_line(one.result))
            elif isinstance(one.result, Sharpness):
                st.markdown(f"**{messages.plain(name)}**: {about_sharpness(one.result)}")
            elif one.active:
                st.caption("Measuring …")


path.title(__file__)
st.write("A flat cut through all the directions a network can move in, with the path that training took.")
form.prepare(PAGE, SurfacePage, START)
with st.container(key=key("picture_above")):
    row, picture = st.container(), st.container()
with row:
    run, other = controls()
page = form.read(PAGE, SurfacePage)
form.share(PAGE, SurfacePage, START)
with row:
    pickers.say_what_it_knows(run)
    if page.plane == "random" and run.checkpoints:
        pickers.select_checkpoint(PAGE, run)
seen = None
with picture:
    if run.checkpoints and other.checkpoints:
        wanted = ask(run, other, page)
        work.follow(partial(stage, run, other, page), active=wanted.active)
        if wanted.works[0].ready and len(wanted.pictures) == len(wanted.works) and not wanted.active:
            first, *second = wanted.pictures
            beside = second[0] if second else None
            seen = ShownSurfaces(page, first, beside, before=st.session_state.get(BEFORE))
    else:
        words = pickers.without_weights(other if run.checkpoints else run)
        st.info(words, icon=":material/hourglass_top:")
    needed = {"random": 1, "path": 2, "three": 3}[page.plane]
    for short in [one for one in {run.id: run, other.id: other}.values() if len(one.checkpoints) < needed]:
        pickers.next_link("mnist/train.py", "Train two more epochs", short)
cards.show(PAGE, CARDS, seen)
with st.expander("Check yourself: a path ends beside the lowest point of the picture. Has training failed?"):
    st.markdown(
        "You cannot tell from here. The picture shows two directions; in all the others the network may "
        "stand at the bottom. What it is worth, the test images say."
    )
path.next_link(__file__, run)
