"""Activations and gradients: how soon the board shows what a control was set to, and what that costs.

The wait is counted in a browser, from the change to the picture painted of it, of 30 layers of 128 units and
of the stack that the page opens with.

    python -m benchmarks.signals [--full] [--json]
"""

from __future__ import annotations

import json
from http.client import HTTPConnection

from playwright.sync_api import Page

from benchmarks.browser import open_browser
from benchmarks.client import TIMEOUT
from benchmarks.common import arguments, p95, report
from benchmarks.server import Server, new_owner, serve
from dlcore.signals.config import SignalsConfig
from ui.identity import OWNER_COOKIE
from ui.signalling import ADDRESS

STACKS = {
    "usual": SignalsConfig(activation="relu", init="he"),
    "largest": SignalsConfig(activation="relu", init="he", depth=30, width=128),
}
BOARD = """[...document.querySelectorAll("*")]
    .map(element => element.shadowRoot?.querySelector(".signals")).find(Boolean).board"""

# In the page: milliseconds from a change to the picture of it; the seed makes each another stack.
CHANGE = f"""async config => {{
    const board = {BOARD}, began = performance.now();
    board.change(config);
    while (board.shownFor !== board.config) await new Promise(requestAnimationFrame);
    return performance.now() - began;
}}"""


def asked(server: Server, config: SignalsConfig, count: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds of the server, and kilobytes, for one answer."""
    costs, sizes = [], []
    for number in range(count + 1):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json", "Cookie": f"{OWNER_COOKIE}={new_owner()}"}
        before = server.cpu_seconds()
        connection.request(
            "POST", ADDRESS, json.dumps({"config": config.model_dump() | {"seed": number}}), headers
        )
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"The board was answered with {answer.status}: {text.decode()}")
        if number:  # the first one imports
            costs.append(1000 * (server.cpu_seconds() - before))
            sizes.append(len(text) / 1000)
    return costs, sizes


def waits(page: Page, config: SignalsConfig, count: int) -> list[float]:
    """Milliseconds from each of so many changes to its picture."""
    fields = config.model_dump(exclude={"schema_version"})
    page.evaluate(CHANGE, fields | {"seed": 9999})
    found = []
    for number in range(count):
        page.wait_for_timeout(1200)  # until the page has taken the last one, too
        found.append(float(page.evaluate(CHANGE, fields | {"seed": number})))
    return found


def main() -> None:
    options = arguments(__doc__).parse_args()
    count = 60 if options.full else 15
    results: dict[str, list[float]] = {}
    with serve() as server:
        for name, config in STACKS.items():
            costs, sizes = asked(server, config, count)
            results |= {f"{name}_cpu_ms": costs, f"{name}_kb": sizes}
        server.settle()
        with open_browser(server) as page:
            page.goto(f"{server.url}/activations_and_gradients")
            page.locator(".signals .bars").wait_for(timeout=1000 * TIMEOUT)
            for name, config in STACKS.items():
                found = waits(page, config, count)
                results |= {f"{name}_change_to_picture_ms": found, f"{name}_p95_ms": [p95(found)]}
    results["n"] = [float(count)]
    report("signals", results, options.json, threads=1)


if __name__ == "__main__":
    main()
