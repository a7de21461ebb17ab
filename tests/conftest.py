"""What holds for all tests: Hypothesis knows no deadline, for how long an example takes says most of the machine.

Besides, what tests of several rooms share.
"""

import os
import selectors

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_xdist_auto_num_workers() -> int:
    """Run two tests for each core: most of them wait for something."""
    mine = getattr(os, "sched_getaffinity", None)  # which of the cores this process may use; not every system tells
    return 2 * (len(mine(0)) if mine else os.cpu_count() or 1)


@pytest.fixture
def late_system(monkeypatch):
    """Let the system tell nobody what has happened who does not wait for a twentieth of a second at least."""
    told = selectors.DefaultSelector.select

    def late(self, timeout=None):
        return [] if timeout is not None and timeout < 0.05 else told(self, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", late)
