"""Journeys walk through the whole package with a running Stripe, or with a whole demo."""

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.journeys.demo import seeded_folder, start_demo

__all__ = ["deliver", "seeded_folder", "start_demo", "stripe", "stripe_world"]
