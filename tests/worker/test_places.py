"""kill -9 of a real worker at each marked place of apply: nothing is lost, nothing is doubled.

What dies in a request (receive, checkout, seats), an import or a comparison: ``tests/crash``.
"""

import pytest
from django.test import Client

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.conftest import make_user
from tests.worker.deadly_app import PLACES
from tests.worker.test_billing_worker import wait_for, worker
from tests.worker.test_kills import assert_each_once, sweep_until_done

__all__ = ["deliver", "stripe", "stripe_world", "worker"]

pytestmark = pytest.mark.deep


@pytest.fixture
def order(tmp_path, monkeypatch):
    """The file that says where the worker is to die; ask for it before the worker."""
    path = tmp_path / "die-at"
    monkeypatch.setenv("LICENSING_DIE_AT", str(path))
    monkeypatch.setenv("LICENSING_WORKER_APP", "tests.worker.deadly_app")
    return path


def test_a_worker_that_dies_at_each_place_of_apply(order, worker, stripe_world):
    people = []
    for number, place in enumerate(PLACES):
        people.append(make_user(f"person{number}"))
        stripe_world.subscribe(people[-1], stripe_world.monthly)
        event = stripe_world.events("customer.subscription.created")[-1]
        order.write_text(place)
        assert stripe_world.send(Client(), event).status_code == 200
        wait_for(lambda: not order.exists())
        sweep_until_done()
        assert_each_once(people)
        # Stripe may send it again at any time.
        assert stripe_world.send(Client(), event).status_code == 200
        assert_each_once(people)
