"""Profiling of the digits in a browser: it measures, says how far it is, and gives its trace away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

PAGE = "mnist_profiling"


def test_it_measures_and_gives_a_trace(visitor: Any) -> None:
    tab = visitor.open(f"{PAGE}?{PAGE}__largest=1&{PAGE}__batch_size=2")  # nobody has asked for that before
    expect(tab.get_by_test_id("stProgress")).to_be_visible()
    expect(tab.get_by_test_id("stMetricValue")).to_have_count(3)
    expect(tab.get_by_test_id("stProgress")).to_have_count(0)
    with tab.expect_download() as download:
        tab.locator(f".st-key-{PAGE}__trace button").click()
    trace = json.loads(Path(download.value.path()).read_bytes())
    assert {"layer:conv1", "whole step"} <= {event.get("name") for event in trace["traceEvents"]}
