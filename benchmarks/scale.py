"""How far the lab goes: what a student costs, measured; who waits how long among many, simulated.

Without `--measure` from what was measured last (docs/scale.json). `--write` puts the figures into
docs/scale.md, and what was measured into docs/scale.json.

    python -m benchmarks.scale [--measure] [--minutes 1] [--write] [--json]
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache

import numpy as np

from benchmarks.client import DROPPED_SECONDS
from benchmarks.common import arguments
from benchmarks.room import MB
from benchmarks.scale_model import BETWEEN_RUNS, Pages, train_together, workers_of
from benchmarks.scale_record import Record, read_record, write_record
from benchmarks.scale_walls import (
    DATABASE_CORES,
    LABS,
    NETWORK_MB,
    WALLS,
    Lab,
    Prediction,
    memory_gb,
    predict,
    wall,
)
from benchmarks.server import ROOT
from benchmarks.students import ARRIVING_SECONDS, HABITS, STROKE_SECONDS, habits
from dlcore.runs.placing import MAX_WORKERS, RUNS_PER_WORKER
from ui import limits

DOC = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- begin: python -m benchmarks.scale --write -->", "<!-- end -->"
WALLS_SAID = (
    "How many students until a part has no more to give; the first wall is bold, – is never. Memory is of a "
    "machine whose pages are all open and whose processes all work, counted without what they share."
)
LETTERS = 118  # of a line
STUDENTS = (30, 300, 3_000, 30_000)
NEAR = 0.8  # of what was measured: nearer needs no word
LESSONS = 5  # simulated for each one that was measured
ACTS = {
    "open_home": "Home is opened",
    "open_draw": "Draw is opened",
    "open_train": "Train is opened",
    "open_runs": "Runs is opened",
    "open_surface": "Loss landscape is opened",
    "stroke": "A stroke on Draw",
    "stroke_activations": "A stroke on What the filters see",
    "tick_train": "Train redraws itself, its run under way",
    "tick_surface": "Loss landscape redraws itself, being measured",
    "tick_home": "Home redraws itself",
    "tick_runs": "Runs redraws itself",
    "rerun_runs": "Runs is looked at again",
    "play": "The playground asks for frames",
}


def seconds(value: float) -> str:
    if math.isnan(value):
        return "–"
    if value < 0.0005:
        return "0"
    if value < 1:
        return f"{1000 * value:.0f} ms"
    if value < 100:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min"


def number(value: float) -> str:
    """Three digits."""
    return f"{float(f'{value:.3g}'):,g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# --- What was measured ----------------------------------------------------------------------------


def costs(record: Record) -> str:
    rows = [
        [
            words,
            f"{1000 * act.cpu:.0f} ms",
            seconds(act.seconds),
            f"{act.bytes / 1000:.1f} kB",
            number(act.writes),
            f"{act.every:g} s" if act.every else "",
            str(act.n),
        ]
        for name, words in ACTS.items()
        if (act := record.acts[name]).n
    ]
    head = ["Act", "CPU of the server", "Answered after", "Sent", "Database writes", "Every", "n"]
    return table(head, rows)


def per_minute(record: Record) -> str:
    """The same by what somebody does."""
    tick, stroke, run, session = (
        record.acts["tick_train"],
        record.acts["stroke"],
        record.run,
        record.session,
    )
    ticks, strokes = 60 / tick.every, 60 / STROKE_SECONDS

    def row(who: str, cpu: float, sent: str, writes: float, memory: str) -> list[str]:
        return [who, f"{cpu:.2f} s", sent, f"{writes:.2f}", memory]

    return table(
        ["Who", "CPU of the server a minute", "Sent a minute", "Database writes a second", "Memory"],
        [
            row(
                "A page on which nothing happens",
                60 * session.cpu,
                f"{60 * session.bytes / 1000:.1f} kB",
                0.0,
                f"{session.mb:.1f} MB",
            ),
            row(
                "A student who watches a run, alone",
                60 * session.cpu + ticks * tick.cpu,
                f"{ticks * tick.bytes / 1000:.0f} kB",
                0.0,
                f"{session.mb:.1f} MB",
            ),
            row(
                "A student who draws",
                60 * session.cpu + strokes * stroke.cpu,
                f"{strokes * stroke.bytes / 1000:.0f} kB",
                stroke.writes * strokes / 60,
                f"{session.mb:.1f} MB",
            ),
            row(
                "A run under way, nobody watching",
                60 * run.server_share,
                "",
                run.writes_a_second,
                f"{record.memory.worker_mb:.0f} MB a worker",
            ),
        ],
    )


def others(record: Record) -> str:
    run, database = record.run, record.database
    return filled(
        f"A run of the preset Class takes {run.cpu:.1f} CPU seconds of its worker, "
        f"{run.seconds:.1f} s alone, and leaves {run.mb:.1f} MB in {run.checkpoints} checkpoints. A surface "
        f"takes {record.surface.cpu:.1f} CPU seconds. The server alone holds "
        f"{record.memory.server_mb:.0f} MB. The "
        f"database takes {number(database.writes_a_second)} writes a second from one thread. Where servers "
        "share one, each looks once a second at every run under way: for each of them that takes "
        f"{1e6 * database.look:.0f} µs of CPU."
    )


def filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, LETTERS, subsequent_indent=indent, break_on_hyphens=False)


# --- Is the simulation right? ---------------------------------------------------------------------


def check(record: Record) -> str:
    rows, ratios = [], list[float]()
    for room in record.rooms:
        waits: list[float] = []
        shares = []
        for seed in range(LESSONS):
            pages = Pages(record, record.cores, drops_wait=DROPPED_SECONDS, seed=seed)
            names = [habit.__name__ for habit in habits(room.clients)]
            arrived = ARRIVING_SECONDS[1]
            shares.append(pages.spend(names, max(1.0, room.seconds - arrived), arrived))
            waits += pages.waits["stroke"]
        p50, p95 = map(float, np.quantile(waits, [0.5, 0.95]))
        ratios.append(p95 / room.p95)
        rows.append(
            [
                f"{room.clients} students, {room.strokes} strokes",
                f"p50 {seconds(room.p50)}, p95 {seconds(room.p95)}",
                f"p50 {seconds(p50)}, p95 {seconds(p95)}",
                f"p50 {off(p50, room.p50)}, p95 {off(p95, room.p95)}",
                f"{room.core_share:.2f}, simulated {np.mean(shares):.2f}",
            ]
        )
    for one in record.together:
        found = train_together(record.run.cpu, one.runs, workers_of(record.cores, 0.0))
        rows.append(
            [
                f"{one.runs} {'run' if one.runs == 1 else 'runs'} of Class at once",
                f"all ended after {seconds(one.seconds)}",
                seconds(found),
                off(found, one.seconds),
                "",
            ]
        )
    head = ["", "Measured", "Simulated", "Off by", "Of a core, the server"]
    return "\n\n".join(filter(None, (disturbed(record), table(head, rows), too_short(ratios))))


def too_short(ratios: Sequence[float]) -> str:
    """What the comparison means for whoever reads the predictions. `ratios`: p95, simulated to measured."""
    if min(ratios) > NEAR:
        return ""
    return filled(
        "Shares of a core are foretold better than waits: of 20 strokes the slowest takes up to "
        f"{1 / min(ratios):.1f} times as long as is simulated. What trainings on the same cores take from "
        "the pages, and how Python hands its lock on, is not in the model."
    )


def disturbed(record: Record) -> str:
    """What must be said if others worked on the machine before this began to."""
    load = record.machine["load_at_start"][0]
    if load < record.cores / 2:
        return ""
    return filled(
        f"**Others worked on this machine meanwhile** (load average {load:.1f} on {record.cores} cores "
        "before it began): waits that were measured are theirs in part. Costs in CPU seconds and shares of a "
        "core hold better."
    )


def off(simulated: float, measured: float) -> str:
    return f"{100 * (simulated / measured - 1):+.0f} %"


# --- What will be ---------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def predictions(record: str) -> list[tuple[Lab, list[Prediction]]]:
    """`record` as JSON: what is recorded is predicted from once."""
    found = Record.model_validate_json(record)
    return [(lab, [predict(found, lab, students) for students in STUDENTS]) for lab in LABS]


def waits(record: Record) -> str:
    rows = []
    for lab, found in predictions(record.model_dump_json()):
        for one in found:
            let_in = "all" if one.let_in == one.students else f"{one.let_in:,}"
            rows.append(
                [
                    lab.name,
                    f"{one.students:,}",
                    let_in,
                    f"{one.core_share:.2f}",
                    *map(seconds, (*one.stroke, *one.begins, *one.ends)),
                ]
            )
    head = ["Lab", "Students", "Let in", "Of a core, a server's pages", "Stroke p50", "p95"]
    return table([*head, "Run begins p50", "p95", "Run ends p50", "p95"], rows)


def plot(record: Record) -> str:
    """A stroke's p95 against students, a line for each lab; Mermaid draws it where the document is read."""
    lines = [
        (lab.name, [one.stroke[1] for one in found]) for lab, found in predictions(record.model_dump_json())
    ]
    lines.sort(key=lambda line: -sum(line[1]))
    students = ", ".join(f'"{count:,}"' for count in STUDENTS)
    highest = math.ceil(max(max(values) for _, values in lines))
    drawn = "\n".join(f"    line [{', '.join(f'{v:.3f}' for v in values)}]" for _, values in lines)
    names = "; ".join(name[0].lower() + name[1:] for name, _ in lines)
    chart = (
        'xychart-beta\n    title "19 of 20 strokes are answered within"\n'
        f'    x-axis "students" [{students}]\n'
        f'    y-axis "seconds" 0 --> {highest}\n{drawn}'
    )
    return f"```mermaid\n{chart}\n```\n\n" + filled(
        f"From the line that waits longest to the one that waits least: {names}."
    )


def walls(record: Record) -> str:
    rows = []
    for lab in LABS:
        found = {name: wall(load, record, lab) for name, load in WALLS.items()}
        first = min(found, key=lambda name: found[name] or math.inf)
        texts = {name: number(at) if at else "–" for name, at in found.items()}
        marked = [f"**{text}**" if name == first else text for name, text in texts.items()]
        rows.append([lab.name, *marked, f"{memory_gb(record, lab):.1f} GB"])
    return table(["Lab", *WALLS, "memory of a machine"], rows)


def assumptions(record: Record) -> str:
    about = record.machine
    load = " to ".join(f"{about[when][0]:.1f}" for when in ("load_at_start", "load_at_end"))
    tree = f"commit {about['commit']}, on " if about.get("commit") else ""
    mixture = ", ".join(f"{habit.__name__} {count}" for habit, count in HABITS.items())
    said = (
        f"Measured on {tree}{about['system']}, {record.cores} cores, Python {about['python']}, torch "
        f"{about['torch']}; load average {load}. The students that measure run on the same cores.",
        f"Of {sum(HABITS.values())} students: {mixture}. Who draws pauses {STROKE_SECONDS:g} s in the mean, "
        "and waits for the answer before the next stroke.",
        f"Who trains starts a run of Class, looks at it for {BETWEEN_RUNS:g} s in the mean, and starts the "
        "next.",
        "A server's pages share one core, for Python runs one thread at a time; all that are asked at once "
        "share it evenly.",
        f"A server's runs have what is left of its cores: {MAX_WORKERS} workers at most, {RUNS_PER_WORKER} "
        "runs each. A run uses one core. The places that are kept for newcomers are not in the model.",
        f"A server lets {limits.PAGES} pages in, {limits.PAGES_PER_ADDRESS} from one address, and all "
        f"together redraw themselves {limits.TICKS_PER_SECOND:g} times a second.",
        f"That it lets in more than {limits.CLASS_PAGES} only while it answers soon is not in the model.",
        "Students are spread evenly over servers. Redraws that the turnstile drops, and the proxy before the "
        "servers, cost nothing.",
        "A database that servers share takes as many writes a second as the one measured here, has "
        f"{DATABASE_CORES} cores, and spends on a look at a run what a server here does.",
        f"The network to the shared folder carries {NETWORK_MB:g} MB a second; a megabyte is {MB:,.0f} "
        "bytes.",
    )
    return "\n".join(filled(f"- {one}", "  ") for one in said)


def figures(record: Record) -> str:
    """What stands in docs/scale.md between its marks."""
    parts = {
        "What one costs": per_minute(record) + "\n\n" + costs(record) + "\n\n" + others(record),
        "Who waits how long": waits(record) + "\n\n" + plot(record),
        "Where the walls are": filled(WALLS_SAID) + "\n\n" + walls(record),
        "How far the simulation is to be trusted": check(record),
        "What is assumed": assumptions(record),
    }
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in parts.items())


def with_figures(text: str, record: Record) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures(record)}\n\n{END}{after}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--measure", action="store_true", help="measure first, ten minutes at most")
    parser.add_argument("--minutes", type=float, default=1.0, help="of each lesson that is measured")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/scale.md")
    options = parser.parse_args()
    if options.measure:
        from benchmarks.scale_costs import measure

        record = measure(options.minutes)
        if options.write:
            write_record(record)
            record = read_record()
    else:
        record = read_record()
    if options.write:
        DOC.write_text(with_figures(DOC.read_text(), record))
    print(figures(record))
    if options.json:
        found = {
            lab.name: [asdict(one) for one in many] for lab, many in predictions(record.model_dump_json())
        }
        at = {lab.name: {name: wall(load, record, lab) for name, load in WALLS.items()} for lab in LABS}
        told = {"benchmark": "scale", "measured": record.model_dump(), "predicted": found, "walls": at}
        # JSON has no nan.
        print(json.dumps(json.loads(json.dumps(told), parse_constant=lambda _: None)))


if __name__ == "__main__":
    main()
