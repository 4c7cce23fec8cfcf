"""A classifier of one's own in a browser: a zip, an app taken away and linked."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from dlcore.classifier.examples import examples
from dlcore.classifier.pictures import opened
from tests.e2e.pages import is_there

PATH = "classifier.py"


def some(folder: Path, each: int) -> Path:
    """A zip with so many of the lab's pictures of each class."""
    path = folder / "mine.zip"
    with zipfile.ZipFile(path, "w") as file:
        for label in ("fishes", "tools"):
            for picture in [one for one in examples() if one.label == label][:each]:
                file.writestr(f"mine/{label}/{picture.name}", picture.webp)
    return path


def test_from_a_zip_to_an_app_that_others_use(visitor: Any, new_visitor: Any, tmp_path: Path) -> None:
    page = visitor.open("classifier")
    is_there(page, PATH)
    main = page.get_by_test_id("stMain")
    main.get_by_role("radio", name="My own").click()
    expect(main.get_by_text("Bring ten pictures of each of two or three classes")).to_be_visible()
    main.get_by_role("button", name="A zip").click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(some(tmp_path, 6))
    expect(main.get_by_text("12 pictures came in: 6 fishes, 6 tools.")).to_be_visible()
    expect(main.get_by_text(re.compile(r"1[0-2] of 12 named as"))).to_be_visible()

    page.keyboard.press("Escape")  # the door of zips is open still

    with page.expect_download() as taken:
        main.get_by_role("button", name=re.compile("Download the app")).click()
    with zipfile.ZipFile(io.BytesIO(Path(taken.value.path()).read_bytes())) as file:
        assert {"app.py", "predict.py", "model.safetensors", "README.md"} <= set(file.namelist())

    main.get_by_role("button", name="Use it here").click()
    link = main.get_by_role("link", name="App 1: its address is the link to share").get_attribute("href")
    other = new_visitor().open(str(link).lstrip("/"))
    there = other.get_by_test_id("stMain")
    expect(
        there.get_by_text("It tells apart fishes, tools: what does it make of anything else?")
    ).to_be_visible()
    expect(there.get_by_text("It must pick one of its classes, whatever it is shown.")).to_be_visible()


def test_large_photos_are_made_small_before_they_are_sent(visitor: Any, tmp_path: Path) -> None:
    """Two classes of six photos each, 12 megapixels: 100 MB of them would not be let in."""
    page = visitor.open("classifier?classifier__which=own")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("Bring ten pictures of each of two or three classes")).to_be_visible()
    for label in ("fishes", "tools"):
        paths = []
        for number, picture in enumerate([one for one in examples() if one.label == label][:6]):
            large = opened(picture).resize((4000, 3000))
            large.save(path := tmp_path / f"{label} {number}.jpg", quality=92)
            paths.append(path)
        name = main.get_by_role("textbox", name="Class of loose pictures")
        if label == "fishes":  # pictures wait for their name
            page.locator(".drop input[type=file]").set_input_files(paths)
            expect(main.get_by_text("6 pictures wait for the name of a class")).to_be_visible()
            name.fill(label)
            name.press("Enter")
        else:
            name.fill(label)
            name.press("Enter")
            page.locator(".drop input[type=file]").set_input_files(paths)
        expect(main.get_by_text(f"6 pictures came in: 6 {label}.")).to_be_visible()
    expect(main.get_by_text(re.compile(r"1[0-2] of 12 named as"))).to_be_visible()
    (tmp_path / "words.jpg").write_text("words")
    page.locator(".drop input[type=file]").set_input_files(tmp_path / "words.jpg")
    expect(main.get_by_text("no picture that your browser can open")).to_be_visible()
