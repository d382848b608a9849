"""Crashes need rows that another process sees: everything here commits."""

from tests.billing.conftest import deliver, stripe, stripe_world

__all__ = ["deliver", "stripe", "stripe_world"]
