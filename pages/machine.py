"""The teacher's look at the machine: is it the computer that is slow, and what broke last?"""

from functools import partial
from time import gmtime, strftime

import pandas as pd
import streamlit as st

from dlcore.journal import last_lines
from dlcore.runs.machine import Machine, look, machine_now, verdict
from dlcore.words import percent
from ui import faults, form, messages, path, services, state
from ui.admission import admission
from ui.slowest import slowest
from ui.views import teachers_door

PAGE = "machine"
key = partial(form.key, PAGE)
TICK_SECONDS = 3.0
GB = 1e9
LINES = 20  # of the journal


def looked() -> tuple[float | None, str]:
    """How much of the cores was busy since this visit's last look, and since when that is."""
    before, now = st.session_state.get(key("look")), look()
    st.session_state[key("look")] = now
    share = now.share_since(before)
    if before is None or share is None:
        return None, "as soon as they were looked at twice"
    return share, f"in the last {now.at - before.at:.1f} seconds"


def numbers(now: Machine, since: str) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Cores busy",
            percent(now.busy) if now.busy is not None else "–",
            width="content",
            help=f"Of {now.cores} cores, {since}",
        )
        st.metric(
            "Memory free",
            f"{now.free_memory_bytes / GB:.1f} GB",
            width="content",
            help=f"Of {now.memory_bytes / GB:.1f} GB. The lab's processes hold {now.own_bytes / GB:.1f} GB",
        )
        st.metric(
            "Disk free",
            f"{now.disk_free_bytes / GB:.0f} GB",
            width="content",
            help=f"Runs take {now.data_bytes / GB:.2f} of the {now.data_limit_bytes / GB:g} GB they may",
        )
        st.metric("Training", now.training, width="content", help=f"{now.paused} more are paused")
        st.metric("Queued", now.queued, width="content", help="Runs that wait for a free place")
        st.metric(
            "Processes",
            now.workers,
            width="content",
            help=f"They train, measure, or are ready. {now.tasks} tasks at work, {now.waiting_tasks} waiting",
        )
        if now.outside:
            st.metric("Outside", now.outside, width="content", help="People who wait to be let in")
    st.markdown(f"{slowest.answer()} {messages.plain(verdict(now))}")


def waits() -> None:
    found = slowest.found()
    st.subheader("The longest waits")
    if not found:
        st.markdown("No page was drawn since the start.")
        return
    st.dataframe(
        pd.DataFrame(
            [{"What": w.what, "Times": w.count, "Usual, s": w.usual, "Longest, s": w.longest} for w in found]
        ),
        hide_index=True,
        key=key("waits"),
        column_config={
            "Usual, s": st.column_config.NumberColumn(format="%.2f", help="The median of the last 200"),
            "Longest, s": st.column_config.NumberColumn(format="%.2f", help="Of the last 200"),
        },
        alt="Pages, boards and clicks, with how long visitors waited for them",
    )
    st.caption(
        "How long this computer took to draw a page, or to answer a board or click; the network adds to it."
    )


def errors() -> None:
    st.subheader("The last errors")
    found = faults.last()
    if not found:
        st.markdown("No page has broken since the start.")
    else:
        rows = [f"- **{f.reference}** · {when(f.at)} · {f.kind} in {messages.plain(f.place)}" for f in found]
        st.markdown("\n".join(rows))
        st.caption("A visitor was told the same id. The server's log has the whole of it.")


def when(at: float) -> str:
    return strftime("%d %B, %H:%M:%S UTC", gmtime(at))


def follow() -> None:
    if not state.teaches():
        st.rerun()
    busy, since = looked()
    numbers(machine_now(services.runner(), services.tasks(), busy, admission.in_line), since)
    left, right = st.columns((3, 2), gap="large")
    with left:
        waits()
    with right:
        errors()
    with st.expander("The journal, the latest first", key=key("journal")):
        lines = last_lines(services.store().folder, LINES, services.journal_file())
        st.code("\n".join(lines) or "Nothing was written down yet.", language=None, wrap_lines=True)
        st.caption("In UTC. It holds no names, and begins anew before it is large.")


path.title(__file__)
if not state.teaches():
    teachers_door.ask_code(PAGE)
else:
    st.write("Is it this computer that is slow, or the network? As it stands now.")
    st.fragment(follow, run_every=TICK_SECONDS)()
path.next_link(__file__)
