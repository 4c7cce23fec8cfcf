"""The bug lab in a browser: a line is clicked, the mended script trains and stands beside the broken one."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from dlcore.buglab.bugs import BUGS
from dlcore.buglab.config import BugLabConfig, case_of
from dlcore.buglab.script import mend_of
from tests.e2e.pages import is_there

PATH = "bug_lab.py"


def test_named_found_mended_and_cured(visitor: Any) -> None:
    page = visitor.open("bug_lab")
    is_there(page, PATH)
    main, case = page.get_by_test_id("stMain"), case_of(BugLabConfig())
    line = page.locator(".code button.line")
    line.and_(page.locator("[data-number='1']")).click()
    expect(main.get_by_text("Line 1 is as it should be.")).to_be_visible()
    page.locator(f".code [data-number='{min(mend_of(case.name).culprits)}']").press("Enter")
    expect(page.locator(".code .line.found").first).to_be_visible()
    page.locator(".st-key-bug_lab__guess button", has_text=BUGS[case.name].title).click()
    main.get_by_role("button", name="Mend it and run it").click()
    expect(main.get_by_text("with the slip")).to_be_visible()
    expect(page.locator(".code .line.mended")).to_have_count(len(mend_of(case.name).put_at))
    main.get_by_role("button", name="Next mystery").first.click()
    expect(page).to_have_url(re.compile("bug_lab__number=2"))
    expect(line.first).to_be_visible()
    expect(main.get_by_text("with the slip")).to_have_count(0)
