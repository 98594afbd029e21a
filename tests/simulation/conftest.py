"""Settings of the property-based tests, and the crash table after the run."""

from hypothesis import HealthCheck, settings

# A slow machine is no failure: nothing here asserts a time.
settings.register_profile("hookline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hookline")
