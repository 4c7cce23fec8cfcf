"""One small profile for every test that reads one: it takes a second."""

from __future__ import annotations

from functools import cache

from dlcore.events import Stage
from dlcore.inspection.python_profile.measure import iter_profile
from dlcore.inspection.python_profile.result import Profile, ProfileConfig

SMALL = ProfileConfig(train_size=60, test_size=20)


@cache
def profile_of(config: ProfileConfig = SMALL) -> Profile:
    *_, last = (event for event in iter_profile(config) if not isinstance(event, Stage))
    assert isinstance(last, Profile)
    return last
