"""Journeys walk through the whole package with a running Stripe."""

from tests.billing.conftest import deliver, stripe, stripe_world

__all__ = ["deliver", "stripe", "stripe_world"]
