"""What holds for all tests: Hypothesis knows no deadline, for how long an example takes says most of the machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
