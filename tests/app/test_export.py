"""Export: formats fill in one by one, each with a button, a snippet, and cards that read them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlcore.mnist.files import load_test
from dlcore.runs import local
from dlcore.runs.shipped import shipped_run
from dlcore.runs.tasks import Task
from dlcore.serving.export import Exported
from dlcore.serving.export_cards import CARDS
from dlcore.serving.formats import FORMATS
from dlcore.training.config import TrainConfig
from tests.app.at_work import active, status
from tests.forks import Forks
from ui import services, state

OpenPage = Callable[..., Any]
PATH, PAGE = "mnist/export.py", "mnist_export"


@pytest.fixture
def visit(open_page: OpenPage) -> Any:
    return open_page(PATH)


def rows(page: Any) -> list[dict[str, Any]]:
    (table,) = page.tables()
    return list(table)


def buttons(page: Any) -> dict[str, Any]:
    return {button.proto.label: button.proto for button in page.at.get("download_button")}


def finished(page: Any) -> Any:
    page.wait(lambda: "largest difference on 1,000 test images" in page.words, "all formats are there")
    return page


def test_the_zip_is_there_at_once_and_the_rest_follows(visit: Any) -> None:
    assert not visit.sentences
    assert [metric.value for metric in visit.at.metric] == [
        "861 kB",
        "15 lines",
        "(x / 255 − 0.1307) / 0.3081",
    ]
    assert {row["Format"] for row in rows(visit)} == {form.title for form in FORMATS.values()}
    assert not buttons(visit)["Take it with you (zip)"].disabled
    finished(visit)
    assert all(row["Size"] and row["Max |Δ logits|"] != "…" for row in rows(visit))
    assert not any(button.disabled for button in buttons(visit).values())
    assert "Download train.py" in buttons(visit)


def test_a_run_that_still_trains_is_said_to_be_not_at_its_end(open_page: OpenPage) -> None:
    run, store = shipped_run("mnist"), services.store()
    early = replace(run, id="test_ida-early", owner="test_ida", name="early", status="running")
    weights = run.checkpoints[4]
    store.create(early)
    folder = store.run_folder(early.id)
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(shutil.copy(weights.path, folder))
    store.record(early.id, [], [replace(weights, path=path)])
    page = open_page(PATH, owner="test_ida", run=early.id)
    assert f"**early** is still training: this is epoch {weights.epoch} of 20, not its end." in page.words
    assert "is still training" not in open_page(PATH).words


def test_rows_keep_their_order_and_say_first_for_whom(visit: Any) -> None:
    before = [row["Format"] for row in rows(visit)]
    assert next(iter(rows(visit)[0])) == "For whom"
    assert all(row["For whom"] for row in rows(visit))
    finished(visit)
    assert [row["Format"] for row in rows(visit)] == before


def test_each_button_works_as_soon_as_its_file_is_there(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [Exported("onnx", size=1, digest="1"), Exported("traced", size=2, digest="2")]
    said: list[Exported] = []

    def get(task_id: str) -> Task:
        """Whenever the part that is drawn again looks at the task, another file is there."""
        said.extend(made[len(said) : len(said) + 1])
        return find()

    def find(*args: Any, **named: Any) -> Task:
        return Task("early", "export", "running", events=tuple(said))

    with monkeypatch.context() as patch:
        patch.setattr(services.tasks(), "find", find)
        patch.setattr(services.tasks(), "get", get)
        page = open_page(PATH)
        works = {label for label, button in buttons(page).items() if not button.disabled}
    assert {"ONNX", "TorchScript, traced"} <= works
    assert "torch.export (.pt2)" not in works
    assert page.at.get("progress"), "the others are still being written"


def test_a_chosen_file_shows_how_it_is_used(visit: Any) -> None:
    finished(visit)
    choice = visit.at.selectbox(key=f"{PAGE}__format")
    assert any("predict.py" in block.value for block in visit.at.code)
    choice.set_value("torchscript").run()
    blocks = [block.value for block in visit.at.code]
    assert any('torch.jit.load("fastcnn-epoch-20-scripted.pt")' in block for block in blocks)
    assert any("torch.flatten" in block for block in blocks)
    assert any("prim::GetAttr" in block for block in blocks)
    assert any("class FastCNN(nn.Module)" in block and "loss.backward()" in block for block in blocks)


@pytest.mark.parametrize("name", ["size", "normalisation"])
def test_a_card_chooses_its_file_and_reads_the_numbers(visit: Any, name: str) -> None:
    finished(visit)
    visit.click(f"{PAGE}__setup_{name}")
    assert visit.at.selectbox(key=f"{PAGE}__format").value == CARDS[name].setup["format"]
    assert CARDS[name].why not in visit.words
    visit.at.pills(key=f"{PAGE}__guess_{name}").set_value(CARDS[name].answers[1]).run()
    assert CARDS[name].why in visit.words
    assert ("860,776 bytes" if name == "size" else "99.49 %") in visit.words


def test_the_race_runs_on_the_current_digit(visit: Any) -> None:
    finished(visit)
    assert "Test digit 1, labelled 7." in visit.words
    visit.click(f"{PAGE}__race")
    visit.wait(lambda: visit.charts(), "the race is over")
    (columns,) = visit.charts()
    assert list(columns["engine"]) == [
        "eager",
        "scripted",
        "frozen",
        "optimized",
        "exported",
        "ONNX Runtime",
    ]
    assert "calls each on this server" in visit.words
    visit.at.pills(key=f"{PAGE}__guess_agree").set_value("Skip").run()
    assert "on your image the largest difference" in visit.words
    visit.click(f"{PAGE}__race")
    visit.click(f"{PAGE}__cancel")
    assert not visit.charts()


def test_a_race_belongs_to_its_digit(visit: Any, wait_until: Callable[..., None]) -> None:
    """On another digit it is another race: what was measured goes, what is measured is dropped."""
    finished(visit)
    visit.click(f"{PAGE}__race")
    visit.wait(lambda: visit.charts(), "the race is over")
    other = load_test().images[1, 0].numpy()
    visit.at.session_state["current_digit"] = state.CurrentDigit(other, "Another digit.")
    visit.run()
    assert not visit.charts()
    assert "on your image the largest difference" not in visit.words
    visit.click(f"{PAGE}__race")
    (task,) = active("inference_race")
    visit.at.session_state["current_digit"] = None
    visit.run()
    wait_until(lambda: status(task) == "stopped", "the race is dropped")


def test_files_that_had_to_go_are_made_anew_and_a_failure_is_tried_again_when_asked(
    visit: Any, lab: Any, forks: Forks, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlcore.runs.held_task.RETRY_SECONDS", 1e6)  # however slow this machine is
    finished(visit)
    folder = lab.store.folder / "exports"
    for path in folder.iterdir():
        path.unlink()
    visit.run()
    (task,) = active("export")
    wait_until(lambda: status(task) == "running", "a process is at it")
    for worker in forks.workers():
        worker.kill()
    visit.wait(lambda: visit.sentences, "it says why")
    assert "The task's process ended unexpectedly" in visit.sentences[0]
    assert not visit.at.button(key=f"{PAGE}__race").disabled
    assert not buttons(visit)["Take it with you (zip)"].disabled
    visit.click(f"{PAGE}__again_export")
    assert not visit.sentences
    finished(visit)
    assert len(list(folder.iterdir())) == 4


def test_a_run_of_ones_own_with_the_lessons_net(
    open_page: OpenPage, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "OWNER", "test_own")
    config = TrainConfig(
        net="SimpleCNN", train_size=100, val_size=0, epochs=1, normalize="half", device="cpu"
    )
    events = local.iter_local_run(lab.store, "mnist", config, name="own", threads=1)
    (run,) = {run_id for run_id, _ in events}
    page = open_page(PATH, owner="test_own", run=run)
    (said,) = page.sentences
    assert "only guesses: 10." in said
    assert said.endswith("Choose another run to give away.")
    assert [metric.value for metric in page.at.metric][::2] == ["3.2 MB", "(x / 255 − 0.5) / 0.5"]
    assert any("class SimpleCNN(nn.Module)" in block.value for block in page.at.code)
    assert state.RUN_PARAM in page.at.query_params
