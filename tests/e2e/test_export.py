"""Export in a browser: the table fills by itself, and the zip comes down whole."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

PAGE = "mnist_export"


def test_the_table_fills_and_the_files_come_down(visitor: Any, tmp_path: Path) -> None:
    tab = visitor.open(PAGE)
    with tab.expect_download() as started:
        tab.locator(f".st-key-{PAGE}__get_zip button").click()
    path = tmp_path / "net.zip"
    started.value.save_as(path)
    assert started.value.suggested_filename == "fastcnn-epoch-20.zip"
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        assert {"predict.py", "model.py", "weights.safetensors"} <= set(packed.namelist())
    expect(tab.get_by_text("largest difference on 1,000 test images")).to_be_visible()
    with tab.expect_download() as started:
        tab.locator(f".st-key-{PAGE}__get_onnx button").click()
    started.value.save_as(path)
    assert path.stat().st_size > 860_000
    wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
