"""Delivery: what was decided and stored reaches people, or stays visible."""

from monitor.delivery.delivery import Delivery
from monitor.delivery.notifiers import open_notifier

__all__ = ["Delivery", "open_notifier"]
