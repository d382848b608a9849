"""Refunds and disputes of what a subscription paid: from the charge to the license, over the wire."""

import datetime as dt

import pytest

from wagtail_licensing.models import BillingPayment, License, LicenseProduct, SyncTarget

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


class Paid:
    """A subscription with its payments, oldest first, and what can happen to each."""

    def __init__(self, world, deliver, subscription) -> None:
        self.world, self.deliver, self.subscription = world, deliver, subscription

    @property
    def payments(self):
        rows = self.world.get("/v1/payment_intents")["data"][::-1]
        return [row["id"] for row in rows if row["customer"] == self.subscription["customer"]]

    def refund(self, number=-1, **params):
        row = self.world.post("/v1/refunds", payment_intent=self.payments[number], **params)
        self.deliver()
        return row

    def dispute(self, number=-1, status="needs_response"):
        charge = self.world.get(f"/v1/payment_intents/{self.payments[number]}")["latest_charge"]
        row = self.world.simulator.dispute(charge, status=status)
        self.deliver()
        return row

    def decide(self, row, status):
        self.world.simulator.decide_dispute(row["id"], status=status)
        self.deliver()

    def month(self, **by):
        self.world.simulator.advance(**(by or {"days": 32}))
        self.deliver()

    @property
    def license(self):
        rows = License.objects.filter(
            billing_item__subscription__stripe_id=self.subscription["id"]
        ).order_by("pk")
        return rows.get()

    @property
    def stands(self):
        license = self.license
        return license.state, license.flag


@pytest.fixture
def subscribed(stripe_world, alice, deliver):
    """Alice pays by the month, and has paid once."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    deliver()
    return Paid(stripe_world, deliver, subscription)


def test_payments_that_went_well_leave_no_row(subscribed):
    subscribed.month()
    assert len(subscribed.payments) == 2
    assert not BillingPayment.objects.exists()


def test_the_refund_of_the_only_payment_revokes(subscribed):
    subscribed.refund()
    assert subscribed.stands[0] == "revoked"
    line = subscribed.license.events.last()
    assert (line.kind, line.reason) == ("revoked", "the payment was refunded in full")
    payment = BillingPayment.objects.get()
    assert payment.stripe_subscription_id == subscribed.subscription["id"]
    assert (payment.amount, payment.amount_refunded, payment.currency) == (1200, 1200, "EUR")


def test_who_pays_the_next_term_after_that_has_a_new_license(subscribed):
    subscribed.refund()
    revoked = subscribed.license
    subscribed.month()
    assert License.objects.count() == 2
    assert subscribed.license.pk != revoked.pk
    assert subscribed.stands == ("active", "refunded")
    revoked.refresh_from_db()
    assert revoked.state == "revoked"


def test_what_staff_revoked_does_not_come_back_with_the_next_term(subscribed, stripe_world):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import revoke_license

    revoke_license(license_id=subscribed.license.pk, at=stripe_world.now, by=STAFF)
    subscribed.refund()
    subscribed.month()
    assert License.objects.get().state == "revoked"


def test_the_refund_of_a_renewal_takes_back_that_term_and_the_next_one_opens_again(subscribed):
    subscribed.month()
    first_end = subscribed.license.starts_at
    subscribed.refund()
    license = subscribed.license
    assert subscribed.stands == ("expired", "refunded")
    assert first_end < license.ends_at <= subscribed.world.now
    subscribed.month(days=31)
    assert License.objects.count() == 1
    assert subscribed.stands == ("active", "refunded")


def test_a_refund_that_fails_later_gives_the_term_back(subscribed):
    subscribed.month()
    refund = subscribed.refund()
    assert subscribed.stands[0] == "expired"
    subscribed.world.simulator.fail_refund(refund["id"])
    subscribed.deliver()
    assert subscribed.stands == ("active", "")
    assert BillingPayment.objects.get().amount_refunded == 0


def test_the_refund_of_a_term_that_is_over_only_marks(subscribed):
    subscribed.month()
    subscribed.refund(0)
    assert subscribed.stands == ("active", "refunded")


def test_a_refund_in_part_only_marks_and_two_of_everything_take_back(subscribed):
    """Pitfall 30."""
    subscribed.month()
    subscribed.refund(amount=500)
    assert subscribed.stands == ("active", "refunded_in_part")
    assert subscribed.license.events.last().kind == "flagged"
    subscribed.refund(amount=700)
    assert subscribed.stands == ("expired", "refunded")


@pytest.mark.parametrize(("rule", "mark"), [("flag", "refunded"), ("keep", "")])
def test_a_full_refund_keeps_the_license_where_that_was_promised(
    stripe_world, alice, deliver, rule, mark
):
    LicenseProduct.objects.update(full_refund=rule)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    deliver()
    paid = Paid(stripe_world, deliver, subscription)
    paid.refund()
    assert paid.stands == ("active", mark)


def test_a_dispute_suspends_and_winning_it_restores(subscribed):
    row = subscribed.dispute()
    assert subscribed.stands == ("suspended", "disputed")
    assert [hold.kind for hold in subscribed.license.holds.all()] == ["dispute"]
    subscribed.decide(row, "under_review")
    assert subscribed.stands == ("suspended", "disputed")
    subscribed.decide(row, "won")
    assert subscribed.stands == ("active", "")


def test_a_dispute_that_is_lost_revokes_for_good(subscribed, caplog):
    row = subscribed.dispute()
    subscribed.decide(row, "lost")
    assert subscribed.stands[0] == "revoked"
    assert subscribed.license.events.last().reason == "the payment was disputed and the dispute lost"
    subscribed.month()
    assert License.objects.get().state == "revoked"
    assert "Cancel it at Stripe" in caplog.text


def test_an_inquiry_marks_and_takes_nothing(subscribed):
    row = subscribed.dispute(status="warning_needs_response")
    assert subscribed.stands == ("active", "inquiry")
    subscribed.decide(row, "warning_closed")
    assert subscribed.stands == ("active", "")


def test_a_dispute_of_an_old_payment_counts_too(subscribed):
    subscribed.month()
    subscribed.dispute(0)
    assert subscribed.stands == ("suspended", "disputed")


def test_a_dispute_only_marks_where_that_was_promised(stripe_world, alice, deliver):
    LicenseProduct.objects.update(open_dispute="flag")
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    deliver()
    paid = Paid(stripe_world, deliver, subscription)
    row = paid.dispute()
    assert paid.stands == ("active", "disputed")
    paid.decide(row, "lost")
    assert paid.stands[0] == "revoked"


def test_the_same_news_again_writes_nothing(subscribed, client):
    subscribed.month()
    subscribed.refund(amount=500)
    lines = subscribed.license.events.count()
    for event in subscribed.world.events("charge.refunded", "refund."):
        assert subscribed.world.send(client, event).status_code == 200
    subscribed.world.sync("subscription", subscribed.subscription["id"])
    assert subscribed.license.events.count() == lines


def test_a_refund_that_is_heard_of_before_the_subscription(stripe_world, alice, deliver):
    """Pitfall 9, with money."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    paid = Paid(stripe_world, deliver, subscription)
    stripe_world.post("/v1/refunds", payment_intent=paid.payments[-1])
    deliver("charge.refunded")
    deliver()
    assert not License.objects.exclude(state="revoked").exists()


def test_the_refund_of_another_shop_on_the_account_is_nothing_to_us(stripe_world, alice, deliver):
    """Pitfall 19: no row, no license, and the invoice is not asked for."""
    foreign = stripe_world.post("/v1/customers", email=alice.email)
    stripe_world.simulator.card(foreign["id"], "ok")
    subscription = stripe_world.post(
        "/v1/subscriptions",
        customer=foreign["id"],
        items=[{"price": stripe_world.monthly.stripe_price_id}],
    )
    asked = []
    stripe_world.simulator.observers.append(lambda request, answer: asked.append(request.path))
    Paid(stripe_world, deliver, subscription).refund()
    assert not BillingPayment.objects.exists()
    assert not License.objects.exists()
    assert not [path for path in asked if "invoice" in path]
    assert not SyncTarget.objects.filter(is_dead=True).exists()


def test_the_refund_of_the_monthly_item_leaves_the_yearly_one(stripe_world, alice, deliver, basic):
    """Pitfall 1, with money: each item has its own term."""
    yearly = stripe_world.make_price(basic, 12000, interval="year")
    stripe_world.simulator.set_settings(default_billing_mode="flexible")
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, yearly)
    deliver()
    paid = Paid(stripe_world, deliver, subscription)
    paid.month()
    paid.refund()
    states = {license.product.name: license.state for license in License.objects.all()}
    assert states == {"Pro": "expired", "Basic": "active"}
