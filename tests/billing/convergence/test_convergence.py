"""Billing converges: whatever happens to Stripe, the network and the workers, licenses end up right."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from example_site.stripe_simulator import clock as simulator_clock
from example_site.stripe_simulator import simulator as simulator_module
from tests.billing.convergence import faults
from tests.billing.convergence.business import BEGINNING, Business
from tests.billing.convergence.faults import FAULTS
from tests.billing.convergence.machine import World
from tests.conftest import is_deep, make_user
from wagtail_licensing.billing import client as line
from wagtail_licensing.billing import lease as leases
from wagtail_licensing.domain.states import IllegalTransition

pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis]

USUAL = settings(
    max_examples=2_000 if is_deep() else 100,
    stateful_step_count=40 if is_deep() else 20,
    derandomize=not is_deep(),
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def still_time(monkeypatch):
    """Time stands still until a step moves it, and dice have no say: an example can be told again."""
    still = SimpleNamespace(time=lambda: float(BEGINNING), sleep=lambda seconds: None)
    monkeypatch.setattr(simulator_clock, "time", still)
    monkeypatch.setattr(simulator_module, "time", still)
    dice = leases.backoff
    monkeypatch.setattr(leases, "backoff", lambda attempts: dice(attempts, chance=0.5))
    monkeypatch.setattr(line, "RETRIES", 0)


@pytest.fixture
def world(still_time, stripe_world, alice, bob):
    """The state machine, over products at Stripe and people here."""
    stripe_world.unmapped = stripe_world.make_price(
        stripe_world.pro, 700, interval="month", mapped=False
    )
    people = [alice, bob, *(make_user(f"member{number}") for number in range(3))]
    for person in people[:2]:
        stripe_world.customer(person)
    business = Business(stripe_world)
    return type("ThisWorld", (World,), {"business": business, "people": people})


def test_licenses_end_up_as_stripe_says_whatever_happens(world):
    run_state_machine_as_test(world, settings=USUAL)


@pytest.mark.parametrize("tale", FAULTS, ids=lambda tale: tale.__name__)
def test_a_tale_ends_well(world, tale):
    """The control of the control: what follows is not found because of the tale itself."""
    faults.tell(world, tale)


@pytest.mark.parametrize(("tale", "plant"), FAULTS.items(), ids=lambda each: each.__name__)
def test_a_fault_of_the_product_is_found(world, tale, plant, monkeypatch):
    """The machine can fail: each of these faults breaks what must hold."""
    plant(monkeypatch)
    with pytest.raises((AssertionError, IllegalTransition)):
        faults.tell(world, tale)


@pytest.mark.deep
@pytest.mark.parametrize("plant", FAULTS.values(), ids=lambda plant: plant.__name__)
def test_a_fault_of_the_product_is_found_by_chance(world, plant, monkeypatch):
    """Without a tale, by the same dice that look for faults nobody has thought of."""
    plant(monkeypatch)
    looking = settings(USUAL, derandomize=True, phases=[Phase.generate], print_blob=False)
    with pytest.raises((AssertionError, IllegalTransition)):
        run_state_machine_as_test(world, settings=looking)
