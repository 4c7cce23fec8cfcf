"""One small profile for every test that reads one: it takes a second."""

from __future__ import annotations

from functools import cache

from dlcore.inspection.profile import Profile, ProfileConfig, ProfileStep
from dlcore.inspection.profiling import iter_profile

SMALL = ProfileConfig(train_size=60, test_size=20)


@cache
def profile_of(config: ProfileConfig = SMALL) -> Profile:
    *_, last = (event for event in iter_profile(config) if not isinstance(event, ProfileStep))
    assert isinstance(last, Profile)
    return last
