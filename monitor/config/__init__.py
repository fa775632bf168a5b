"""config.toml as frozen objects, checked at the door: `load(path)` gives a Config or all the mistakes."""

from monitor.config.loading import load
from monitor.config.problem import ConfigError, Problem
from monitor.config.schema import Config

__all__ = ["Config", "ConfigError", "Problem", "load"]
