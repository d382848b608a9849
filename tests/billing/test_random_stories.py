"""Random lives of a subscription, told badly: events lost, doubled, late and shuffled.

Whatever was told and in whatever order, the license at the end is what Stripe says, and its history
is a chain without gaps.
"""

import datetime as dt
import random

import pytest

from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.errors import StripeFailure
from wagtail_licensing.billing.fetch import fetch_subscription
from wagtail_licensing.billing.projection import Policy, project
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.conf import conf
from wagtail_licensing.models import License, StripeEvent, SyncTarget
from wagtail_licensing.tasks import ring

pytestmark = pytest.mark.django_db

#: Stories in every run; `make test-deep` tells more.
FEW, MANY = range(6), range(6, 120)


class Story:
    """One subscription, a die, and everything that can happen to it."""

    def __init__(self, stripe_world, alice, client, seed) -> None:
        self.world, self.client = stripe_world, client
        self.die = random.Random(seed)
        self.world.simulator.set_settings(
            final_action=self.die.choice(["canceled", "unpaid", "past_due", "paused"]),
            default_billing_mode=self.die.choice(["classic", "flexible"]),
        )
        price = self.die.choice([stripe_world.monthly, stripe_world.seats])
        self.id = stripe_world.subscribe(
            alice, price, quantity=self.die.randint(1, 4), trial_period_days=self.die.choice([0, 14])
        )["id"]
        self.waiting: list = []
        self.seen: set[str] = set()

    @property
    def path(self):
        return f"/v1/subscriptions/{self.id}"

    def live(self):
        """Let something happen at Stripe. What it does not allow any more does not happen."""
        happening = self.die.choice(
            [
                self.wait,
                self.wait,
                self.cancel_at_period_end,
                self.go_on,
                self.switch,
                self.change_seats,
                self.card_fails,
                self.card_works,
                self.end,
            ]
        )
        try:
            happening()
        except StripeFailure:
            return

    def wait(self):
        self.world.simulator.advance(days=self.die.choice([1, 4, 8, 16, 31]))

    def cancel_at_period_end(self):
        self.world.post(self.path, cancel_at_period_end=True)

    def go_on(self):
        self.world.post(self.path, cancel_at_period_end=False)

    def switch(self):
        price = self.die.choice([self.world.monthly, self.world.yearly, self.world.seats])
        self.world.post(f"/v1/subscription_items/{self.item}", price=price.stripe_price_id)

    def change_seats(self):
        self.world.post(f"/v1/subscription_items/{self.item}", quantity=self.die.randint(1, 9))

    @property
    def item(self):
        return self.world.get(self.path)["items"]["data"][0]["id"]

    def card_fails(self):
        self.world.simulator.card(self.world.get(self.path)["customer"], "decline")

    def card_works(self):
        self.world.simulator.card(self.world.get(self.path)["customer"], "ok")

    def end(self):
        if self.die.random() < 0.2:
            self.world.delete(self.path)

    def tell(self):
        """Deliver some of what is new or old: some never, some twice, in any order."""
        new = [event for event in self.world.events() if event["id"] not in self.seen]
        self.seen.update(event["id"] for event in new)
        self.waiting += [event for event in new if self.die.random() < 0.8]
        self.die.shuffle(self.waiting)
        count = self.die.randint(0, len(self.waiting))
        for event in self.waiting[:count]:
            assert self.world.send(self.client, event).status_code == 200
        self.waiting = self.waiting[count:] + self.waiting[: self.die.randint(0, 2)]

    def fault(self):
        if self.die.random() < 0.2:
            status = self.die.choice([429, 500])
            self.world.simulator.set_faults(api=[{"status": status, "count": self.die.randint(1, 4)}])


def expected(story):
    """Return what the license should be, straight from what Stripe says now."""
    facts = fetch_subscription(Gateway(), story.id)
    license = License.objects.get()
    (item,) = facts.items
    seats = item.quantity if license.product.per_seat else 1
    policy = Policy(grace=dt.timedelta(days=license.grace_days), slack=conf.sync_slack, seats=seats)
    return project(facts, item, policy=policy, at=story.world.now), item


def assert_history_is_a_chain(license):
    lines = list(license.events.order_by("pk"))
    assert lines[0].kind == "issued"
    for earlier, later in zip(lines, lines[1:], strict=False):
        assert later.before == earlier.after
        assert later.before != later.after


@pytest.mark.parametrize("seed", [*FEW, *(pytest.param(seed, marks=pytest.mark.deep) for seed in MANY)])
def test_the_license_is_what_stripe_says_however_it_was_told(stripe_world, alice, client, seed):
    story = Story(stripe_world, alice, client, seed)
    for _ in range(10):
        story.live()
        story.fault()
        try:
            story.tell()
        except StripeFailure:
            continue
        assert License.objects.count() <= 1

    stripe_world.simulator.clear_faults()
    stripe_world.simulator.advance(hours=2)
    for target_id in reconcile(at=stripe_world.now).targets:
        ring(target_id)
    for target_id in SyncTarget.objects.values_list("pk", flat=True):
        ring(target_id)

    if not License.objects.exists():
        assert fetch_subscription(Gateway(), story.id).status == "canceled"
        return
    license = License.objects.get()
    terms, item = expected(story)
    assert license.product.prices.filter(stripe_price_id=item.price_id).exists()
    assert license.unheld_state == terms.state
    assert {hold.kind for hold in license.holds.all()} == {hold.value for hold in terms.holds}
    assert (license.ends_at, license.access_until) == (terms.ends_at, terms.access_until)
    assert (license.renews, license.is_trial, license.seats_total) == (
        terms.renews,
        terms.is_trial,
        terms.seats,
    )
    assert_history_is_a_chain(license)
    assert not SyncTarget.objects.filter(is_dead=True).exists()
    assert not StripeEvent.objects.filter(status__in=["new", "dead"]).exists()
