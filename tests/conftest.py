"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# How long a busy machine takes over an example says nothing of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# In which language a command answers is no matter of who runs the tests.
os.environ["LC_ALL"] = "C.UTF-8"
