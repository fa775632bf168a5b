"""What holds for every test."""

import gc
import os

from hypothesis import HealthCheck, settings

# Whatever tests talk to is on this machine; a proxy of the environment does not know it.
for name in ("http_proxy", "https_proxy", "all_proxy"):
    for written in (name, name.upper()):
        os.environ.pop(written, None)

# How long a busy machine takes over an example says nothing of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For CI (`--hypothesis-profile=repeatable`): the same examples in each run, so that it speaks of the change.
settings.register_profile("repeatable", settings.get_profile("unhurried"), derandomize=True)
settings.load_profile("unhurried")

# In which language a command answers is no matter of who runs the tests.
os.environ["LC_ALL"] = "C.UTF-8"


def pytest_collection_finish() -> None:
    """Half a million objects of tests and libraries stay to the end; nothing is won by visiting them again.

    Nor by looking for cycles after each 700 new objects, where the brute force makes millions that stay.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
