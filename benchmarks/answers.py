"""How quickly the pages answer: the first time, and then to every stroke."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import time
from itertools import cycle, islice

from PIL import Image, ImageDraw
from playwright.sync_api import expect

from benchmarks.browser import Stroke, draw, open_browser
from benchmarks.client import TIMEOUT, Page, open_page
from benchmarks.server import ROOT, Server, serve

DRAW = "mnist_draw"
ACTIVATIONS, SURFACE = "mnist_activations", "mnist_loss_surface"
CANVAS = f".st-key-{DRAW}__canvas canvas"
PREDICTION = f".st-key-{DRAW}__prediction"
DIGIT = re.compile(r"\d")
SIDE, PEN = 280, 20  # pixels of the canvas
STROKES: dict[str, Stroke] = {
    "1": ((0.5, 0.25), (0.5, 0.8)),
    "7": ((0.28, 0.25), (0.72, 0.25), (0.45, 0.8)),
}

# In a fresh Python: the seconds that what a page imports takes.
IMPORTS = """
import ast, sys, time
page = ast.parse(open(sys.argv[1], encoding="utf-8").read())
imports = [node for node in page.body if isinstance(node, (ast.Import, ast.ImportFrom))]
began = time.perf_counter()
exec(compile(ast.Module(imports, []), sys.argv[1], "exec"))
print(time.perf_counter() - began)
assert "torchview" not in sys.modules
"""

# In the page: milliseconds from lifting the pen to another answer under it.
STOPWATCH = """([canvas, prediction]) => {
    let lifted = null;
    window.addEventListener("pointerup", (event) => {
        if (event.target.closest(canvas)) [lifted, window.waited] = [performance.now(), null];
    }, true);
    const vote = [...document.querySelectorAll(`${prediction} *`)]
        .map(element => element.shadowRoot?.querySelector(".vote")).find(Boolean);
    new MutationObserver(() => {
        if (lifted === null || vote.classList.contains("drawing")) return;  // bars that followed the pen
        [window.waited, lifted] = [performance.now() - lifted, null];
    }).observe(vote, { subtree: true, childList: true, characterData: true, attributeFilter: ["class"] });
}"""


def start_to_page_s() -> float:
    """From starting the server to the first complete Home."""
    with serve() as server, open_page(server):
        return time.perf_counter() - server.began


def race_imports_s() -> float:
    """What the page Race imports, in a process that has imported nothing: it needs no exporter."""
    command = [sys.executable, "-c", IMPORTS, "pages/optimizers/race.py"]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout)


def draw_first_visit_s() -> float:
    """A new browser's first visit of Draw, the server's first too: canvas and prediction are there."""
    with serve() as server:
        server.settle()
        with open_browser(server) as page:
            began = time.perf_counter()
            page.goto(f"{server.url}/{DRAW}", wait_until="commit")
            page.locator(CANVAS).first.wait_for()
            page.locator(PREDICTION, has_text=DIGIT).wait_for()
            return time.perf_counter() - began


def canvas_to_prediction_ms(server: Server, count: int, path: str = DRAW) -> list[float]:
    """From sending a drawing to the completely redrawn prediction, for 1 and 7 in turn.

    On Activations every map of every layer is redrawn with it.
    """
    drawings = {digit: drawing(STROKES[digit]) for digit in STROKES}
    with open_page(server, path) as page:
        waits = []
        for digit in islice(cycle(drawings), count):
            waits.append(1000 * page.send_json(f"{path}__canvas", drawings[digit]))
            check(digit, page.text(f"{path}__prediction"))
        return waits


def first_surface_s(server: Server, seed: int) -> float:
    """In a browser: from the mounted component, whose place is still empty, to the first surface drawn in it.

    Every `seed` is another choice of digits, so that nothing was measured before.
    """
    server.settle()
    with open_browser(server) as page:
        page.goto(f"{server.url}/{SURFACE}?{SURFACE}__seed={seed}")
        plot = f"document.querySelector('.st-key-{SURFACE}__surface .js-plotly-plot')"
        page.wait_for_function(f"{plot}?._fullData?.[0]", timeout=1000 * TIMEOUT)
        began = time.perf_counter()
        surface = f"{plot}._fullData[0].type === 'surface'"
        drawn = f"{plot}.closest('.plotly3d').querySelector('.plotly3d-words').hidden"
        page.wait_for_function(f"{surface} && {drawn}", timeout=1000 * TIMEOUT)
        return time.perf_counter() - began


def drawing(stroke: Stroke) -> str:
    """What the canvas sends for one stroke through these corners."""
    image = Image.new("RGBA", (SIDE, SIDE), "black")
    corners = [(SIDE * x, SIDE * y) for x, y in stroke]
    ImageDraw.Draw(image).line(corners, fill="white", width=PEN, joint="curve")
    file = io.BytesIO()
    image.save(file, "PNG")
    png = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    path = [["M", *corners[0]], *(["L", *corner] for corner in corners[1:])]
    strokes = {"objects": [{"type": "Path", "path": path}], "background": "#000000"}
    return json.dumps({"drawing": {"raw": strokes, "data": png}})


def mouseup_to_digit_ms(server: Server, count: int) -> list[float]:
    """In a browser: from lifting the pen to the digit in the page, for 1 and 7 in turn."""
    server.settle()
    with open_browser(server) as page:
        page.goto(f"{server.url}/{DRAW}")
        prediction = page.locator(f"{PREDICTION} .reads b")
        expect(prediction).to_have_text(DIGIT, timeout=1000 * TIMEOUT)
        page.evaluate(STOPWATCH, [f".st-key-{DRAW}__canvas", PREDICTION])
        waits = []
        for digit in islice(cycle(STROKES), count):
            page.locator(f".st-key-{DRAW}__clear button").click()
            expect(prediction).to_have_text("?", timeout=1000 * TIMEOUT)
            page.locator(CANVAS).first.wait_for()
            page.wait_for_timeout(500)  # until the new canvas listens
            draw(page, CANVAS, STROKES[digit])
            waits.append(page.wait_for_function("window.waited").json_value())
            check(digit, prediction.inner_text())
        return waits


def check(digit: str, prediction: str) -> None:
    found = DIGIT.search(prediction)
    if found is None or found[0] != digit:
        sys.exit(f"The drawing must be read as {digit}. Got {prediction!r} instead.")


def fragment_rerun_ms(server: Server, count: int) -> list[float]:
    """Reruns of Draw's fragment with nothing new in it."""
    with open_page(server, DRAW) as page:
        fragment = page.fragment_of(f"{DRAW}__prediction")
        return [1000 * page.rerun(fragment=fragment) for _ in range(count)]


def fragment_rerun_cpu_ms(server: Server, count: int) -> float:
    """What one of these reruns costs the server's process."""
    with open_page(server, DRAW) as page:
        return _rerun_cpu_ms(server, page, page.fragment_of(f"{DRAW}__prediction"), count)


def home_rerun_cpu_ms(server: Server, count: int) -> float:
    """What one rerun of the whole of Home costs the server's process."""
    with open_page(server) as page:
        return _rerun_cpu_ms(server, page, "", count)


def _rerun_cpu_ms(server: Server, page: Page, fragment: str, count: int) -> float:
    server.settle()
    before = server.cpu_seconds()
    for _ in range(count):
        page.rerun(fragment=fragment)
    return 1000 * (server.cpu_seconds() - before) / count
