"""What Draw shows of the network's reading: the component's own data."""

from __future__ import annotations

import json
from typing import Any


def vote(page: Any) -> dict[str, Any]:
    """What the page shows of the network's reading; {} if it shows none."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next((data for data in found if "bars" in data), {})


def traced(page: Any) -> dict[str, Any]:
    """What the page gives its board of autograd; {} if it has none."""
    found = [json.loads(part.proto.json or "{}") for part in page.at.get("bidi_component")]
    return next((data for data in found if "expression" in data), {})


def reading(page: Any) -> int | None:
    """The digit that the network reads, if the page says one."""
    return vote(page).get("digit")


def sees(page: Any) -> str:
    """The 28×28 image that is shown, in base64."""
    return str(vote(page)["image"])


def shares(page: Any) -> list[float]:
    return [share for share, _ in vote(page)["bars"]]
