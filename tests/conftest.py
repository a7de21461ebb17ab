"""What holds for all tests: Hypothesis knows no deadline, for how long an example takes says most of the machine."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_xdist_auto_num_workers() -> int:
    """Run two tests for each core: most of them wait for something."""
    return 2 * len(os.sched_getaffinity(0))
