"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# No test is timed: how fast an example runs says more about what else the machine does than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
