"""How quickly the pages answer, alone and while a run trains, and what an open page costs that run.

The server is started as a user starts it. A raw WebSocket client measures its answers; a real browser
measures what needs a page that is drawn. Answers are checked: a quick wrong digit fails.

    python -m benchmarks.pages [--full] [--json]
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import chain

from benchmarks import answers, page_runs
from benchmarks.common import alternate, arguments, p95, report
from benchmarks.server import Server, serve

Results = dict[str, list[float]]


def first_visits(repeat: int) -> Results:
    return {
        "race_imports_s": [answers.race_imports_s() for _ in range(repeat)],
        "start_to_page_s": [answers.start_to_page_s() for _ in range(repeat)],
        "draw_first_visit_s": [answers.draw_first_visit_s() for _ in range(repeat)],
    }


def drawing(server: Server, pairs: int, count: int) -> Results:
    measure = partial(answers.canvas_to_prediction_ms, count=count)
    training, idle = zip(*page_runs.training_and_idle(server, pairs, measure), strict=True)
    return {
        "canvas_to_prediction_ms": list(chain(*idle)),
        "canvas_to_prediction_p95_ms": [p95(waits) for waits in idle],
        "canvas_to_prediction_while_training_ms": list(chain(*training)),
        "canvas_to_prediction_while_training_p95_ms": [p95(waits) for waits in training],
        "mouseup_to_digit_ms": answers.mouseup_to_digit_ms(server, count // 4),
    }


def looking_inside(server: Server, repeat: int, count: int) -> Results:
    return {
        "canvas_to_activations_ms": answers.canvas_to_prediction_ms(server, count, answers.ACTIVATIONS),
        "first_surface_s": [answers.first_surface_s(server, seed) for seed in range(repeat)],
    }


def reruns(server: Server, pairs: int, count: int) -> Results:
    measure = partial(answers.fragment_rerun_ms, count=count)
    both = [
        (p95(training), p95(idle)) for training, idle in page_runs.training_and_idle(server, pairs, measure)
    ]
    return {
        "fragment_rerun_p95_ratio": [training / idle for training, idle in both],
        "fragment_rerun_p95_ms": [idle for _, idle in both],
    }


def rerun_cpu(server: Server, repeat: int, count: int) -> Results:
    return {
        "trivial_rerun_cpu_ms": [answers.fragment_rerun_cpu_ms(server, 2 * count) for _ in range(repeat)],
        "home_rerun_cpu_ms": [answers.home_rerun_cpu_ms(server, 2 * count) for _ in range(repeat)],
    }


def steps(server: Server, pairs: int, epochs: int) -> Results:
    updates: list[float] = []

    def with_page(_: int) -> float:
        return page_runs.steps_with_page(server, epochs, updates)

    def with_browser(_: int) -> float:
        return page_runs.steps_with_browser(server, epochs)

    def without(_: int) -> float:
        return page_runs.steps_without(server, epochs)

    page, browser = alternate(with_page, without, pairs), alternate(with_browser, without, pairs)
    return {
        "steps_ratio_with_page": [shown / alone for shown, alone in page],
        "steps_ratio_with_browser": [shown / alone for shown, alone in browser],
        "steps_per_s": [alone for _, alone in page + browser],
        "page_updates_per_s": updates,
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeat", type=int, help="starts and visits; by default 3, with --full 7")
    parser.add_argument("--pairs", type=int, help="alternations; by default 2, with --full 6")
    parser.add_argument("--count", type=int, help="answers in a row; by default 40, with --full 100")
    parser.add_argument("--epochs", type=int, help="of the runs compared; by default 4, with --full 30")
    options = parser.parse_args()
    repeat = options.repeat or (7 if options.full else 3)
    pairs = options.pairs or (6 if options.full else 2)
    count = options.count or (100 if options.full else 40)
    epochs = options.epochs or (30 if options.full else 4)

    results = first_visits(repeat)
    with serve() as server:
        for part in (
            partial(drawing, server, pairs, count),
            partial(looking_inside, server, repeat, count),
            partial(reruns, server, pairs, count),
            partial(rerun_cpu, server, repeat, count),
            partial(steps, server, pairs, epochs),
        ):
            print(f"measuring: {part.func.__name__} …", file=sys.stderr)
            results |= part()
    report("pages", results, options.json, threads=page_runs.THREADS)


if __name__ == "__main__":
    main()
