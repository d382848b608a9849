"""A running Stripe on loopback, and a business at it."""

import pytest

from example_site.stripe_simulator import running_simulator
from tests.billing import clock
from tests.billing.world import StripeWorld
from wagtail_licensing.billing import client as line


@pytest.fixture
def stripe(settings):
    """A simulator of Stripe, wired into the settings; the site follows its clock."""
    with running_simulator() as simulator:
        settings.WAGTAIL_LICENSING_STRIPE_API_BASE = simulator.base_url
        settings.WAGTAIL_LICENSING_CLOCK = "tests.billing.clock.now"
        settings.WAGTAIL_LICENSING_USE_CELERY = False
        clock.simulator = simulator
        yield simulator
        clock.simulator = None
        line.close()


@pytest.fixture
def stripe_world(stripe, pro, team) -> StripeWorld:
    """Products and prices made through the API, and their rows here."""
    return StripeWorld(stripe, pro, team)


@pytest.fixture
def deliver(stripe_world, client):
    """Deliver the events that Stripe has and the site has not yet seen, in the order given.

    ``deliver("invoice.")`` delivers some types only; ``order`` reorders; returns the status codes.
    """
    delivered: set[str] = set()

    def send(*prefixes, order=list):
        waiting = [each for each in stripe_world.events(*prefixes) if each["id"] not in delivered]
        delivered.update(each["id"] for each in waiting)
        return [stripe_world.send(client, event).status_code for event in order(waiting)]

    return send
