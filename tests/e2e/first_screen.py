"""The first screen of every page: its sentence, its result and what one does there stand in sight at once."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import field

SENTENCE = "[data-testid=stMarkdown] p"  # the first below the title

# What a page shows, and what one does there first: the primary button, or what one draws on, turns or picks.
PARTS: dict[str, tuple[str, str]] = {
    "activations_and_gradients.py": (".signals .bars", ".signals [data-knob=activation]"),
    "black_patch/embedding.py": (
        ".st-key-black_patch_embedding__scatter",
        "[class*=st-key-black_patch_embedding__epoch]",
    ),
    "black_patch/inside.py": (
        ".st-key-black_patch_inside__caption_box",
        ".st-key-black_patch_inside__step button",
    ),
    "black_patch/profiling.py": (
        ".st-key-black_patch_profiling__step",
        ".st-key-black_patch_profiling__start button",
    ),
    "black_patch/train.py": (
        "[data-testid=stMetric]:has-text('Fair test')",
        ".st-key-black_patch_train__start button",
    ),
    "bug_lab.py": (".st-key-bug_lab__picture", ".st-key-bug_lab__guess button"),
    "gan.py": (".st-key-gan-quiz .sheet", ".st-key-gan__tell button"),
    "gan/plane.py": (".forger .plane", ".forger .play"),
    "gan/train.py": (".wall", ".st-key-gan_train__start button"),
    "home.py": (".st-key-home__prediction", ".st-key-home__ways button[kind=primary]"),
    "lr_finder.py": (".st-key-lr_finder__picture", ".st-key-lr_finder__start button"),
    "many_gpus.py": (".ring .ranks", ".ring .play"),
    "mnist/activations.py": (
        ".st-key-activations-wall figure .sheet",
        ".st-key-mnist_activations__test button",
    ),
    "mnist/data.py": (".conveyor .stack", ".conveyor .play"),
    "mnist/draw.py": (".st-key-mnist_draw__prediction", ".st-key-mnist_draw__canvas canvas.upper-canvas"),
    "mnist/embedding.py": (".st-key-mnist_embedding__scatter", field("mnist_embedding__layer")),
    "mnist/export.py": ("[data-testid=stDataFrame]", ".st-key-mnist_export__get_zip button"),
    "mnist/fool.py": (
        ".st-key-mnist_fool-digit .sheet",
        ".st-key-mnist_fool__more button",
    ),
    "mnist/hand.py": (".st-key-mnist_hand-drawings .sheet", ".st-key-mnist_hand__teach button"),
    "mnist/loss_surface.py": (
        ".st-key-mnist_loss_surface-surface",
        ".st-key-mnist_loss_surface-surface button:not([hidden])",
    ),
    "mnist/profiling.py": (".st-key-mnist_profiling__step", ".st-key-mnist_profiling__start button"),
    "mnist/structure.py": (
        ".st-key-mnist_structure__sums",
        ".st-key-mnist_structure__layer",
    ),
    "builder.py": ("[data-testid=stMetric]:has-text('Parameters')", ".st-key-builder__train button"),
    "mnist/train.py": (".judged", ".st-key-mnist_train__start button"),
    "my_work.py": (".st-key-my_work__box_note_ textarea", ".st-key-my_work__delete button"),
    "optimizers/race.py": (".st-key-optimizers_race-space", ".st-key-optimizers_race-map"),
    "playground.py": (".playground .plane", ".playground .play"),
    "machine.py": (
        "[data-testid=stMetric]:has-text('Memory free')",
        "[data-testid=stMetric]:has-text('Disk free')",
    ),
    "class.py": ("[data-testid=stMetric]:has-text('Here now')", ".st-key-class__pause button"),
    "classifier.py": (".st-key-classifier-pictures figure .sheet", field("classifier__which")),
    "picture_app.py": ("[data-testid=stVegaLiteChart]", "[data-testid=stTabs] [role=tab]"),
    "recogniser.py": ("[data-testid=stVegaLiteChart]", ".st-key-recogniser-photos figure .sheet"),
    "runs.py": ("[data-testid=stVegaLiteChart]", ".st-key-runs__again button"),
    "sweep.py": (".st-key-sweep__dots", ".st-key-sweep__start button"),
    "tensors.py": (".autograd .picture svg", ".autograd .again"),
    "words.py": (".st-key-words__all h3", ".st-key-words__find input"),
}

# Six pictures in a row in which no part has moved.
RESTING = """parts => {
    const now = JSON.stringify(parts.map(part => part && part.getBoundingClientRect()));
    const rest = window.firstScreen ??= {boxes: "", looks: 0};
    rest.looks = now === rest.boxes ? rest.looks + 1 : 0;
    rest.boxes = now;
    return rest.looks >= 6;
}"""


def parts_of(page: Page, path: str) -> dict[str, Locator]:
    main, (result, action) = page.get_by_test_id("stMain"), PARTS[path]
    selectors = {"sentence": SENTENCE, "result": result, "action": action}
    return {name: main.locator(selector).first for name, selector in selectors.items()}


def out_of_sight(page: Page, path: str) -> set[str]:
    """The parts that do not stand wholly on the screen, once nothing moves any more."""
    parts = parts_of(page, path)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    for part in parts.values():
        expect(part).to_be_visible()
    handles = [part.element_handle() for part in parts.values()]
    page.wait_for_function(RESTING, arg=handles, polling="raf")
    size = page.viewport_size
    assert size is not None
    boxes = {name: part.bounding_box() for name, part in parts.items()}
    return {
        name
        for name, box in boxes.items()
        if box is None
        or min(box["x"], box["y"]) < 0
        or box["x"] + box["width"] > size["width"]
        or box["y"] + box["height"] > size["height"]
    }


def assert_first_screen(page: Page, path: str, size: str) -> None:
    page.evaluate("scrollTo(0, 0)")
    assert (path, size, out_of_sight(page, path)) == (path, size, set())
