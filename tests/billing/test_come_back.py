"""What was revoked for its money and is paid after all: a new license, unless people revoked it."""

import datetime as dt

import pytest

from tests.conftest import STAFF
from tests.portal.test_guest_checkout import buy
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.licenses import revoke_license, start_license
from wagtail_licensing.models import BillingPayment, License, LicenseClaim, LicenseProduct

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


class Purchase:
    """Something that Alice bought once and paid."""

    def __init__(self, world, deliver, user, price) -> None:
        self.world, self.deliver = world, deliver
        world.buy(user, price)
        deliver()

    def refund(self):
        intent = BillingPayment.objects.get().stripe_id
        row = self.world.post("/v1/refunds", payment_intent=intent)
        self.deliver()
        return row

    def refund_fails(self, row):
        self.world.simulator.fail_refund(row["id"])
        self.deliver()


@pytest.fixture
def course(stripe_world, alice, deliver):
    return Purchase(stripe_world, deliver, alice, stripe_world.once)


@pytest.fixture
def year(stripe_world, alice, deliver):
    return Purchase(stripe_world, deliver, alice, stripe_world.year_pass)


def states():
    return list(License.objects.order_by("pk").values_list("state", flat=True))


def test_a_refund_that_fails_gives_the_license_back_as_a_new_one(course, client):
    row = course.refund()
    assert states() == ["revoked"]
    course.refund_fails(row)
    assert states() == ["revoked", "active"]
    new = License.objects.latest("pk")
    assert BillingPayment.objects.get().license == new
    assert (new.flag, new.source, new.ends_at) == ("", "purchase", None)
    for event in course.world.events("charge.", "refund."):
        course.world.send(client, event)
    assert states() == ["revoked", "active"]


def test_it_ends_the_same_whether_the_refund_was_heard_of_or_not(course):
    row = course.world.post("/v1/refunds", payment_intent=BillingPayment.objects.get().stripe_id)
    course.refund_fails(row)
    assert states() == ["active"]
    assert License.objects.get().flag == ""


def test_a_term_comes_back_with_its_dates(year):
    first = License.objects.get()
    row = year.refund()
    year.world.simulator.advance(days=10)
    year.refund_fails(row)
    new = License.objects.latest("pk")
    assert (new.starts_at, new.ends_at, new.access_until) == (
        first.starts_at,
        first.ends_at,
        first.access_until,
    )
    assert new.held_since == first.held_since


def test_a_term_that_waited_for_its_holder_waits_again(stripe_world, alice, deliver):
    LicenseProduct.objects.filter(pk=stripe_world.pass_.pk).update(term_start="holder")
    bought = Purchase(stripe_world, deliver, alice, stripe_world.year_pass)
    bought.refund_fails(bought.refund())
    new = License.objects.latest("pk")
    assert (new.state, new.pending_reason) == ("pending", "claim")
    begun = start_license(license_id=new.pk, at=stripe_world.now + DAY, by=STAFF)
    assert begun.ends_at - begun.starts_at == 365 * DAY


def test_a_term_that_is_over_does_not_come_back(year):
    row = year.refund()
    year.world.simulator.advance(days=365)
    year.refund_fails(row)
    assert states() == ["revoked"]


def test_what_staff_revoked_does_not_come_back(course):
    revoke_license(license_id=License.objects.get().pk, at=course.world.now, by=STAFF)
    course.refund_fails(course.refund())
    assert states() == ["revoked"]


def test_a_dispute_that_is_won_on_appeal_gives_it_back(course):
    intent = course.world.get(f"/v1/payment_intents/{BillingPayment.objects.get().stripe_id}")
    row = course.world.simulator.dispute(intent["latest_charge"])
    for status in ("lost", "appeal_under_review", "won"):
        course.world.simulator.decide_dispute(row["id"], status=status)
        course.deliver()
    assert states() == ["revoked", "active"]


def test_a_refund_that_failed_unheard_is_no_difference(stripe_world, alice, deliver):
    """Nothing happened to the payment, so it has no row, and no comparison looks for one."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    deliver()
    intent = stripe_world.get("/v1/payment_intents")["data"][0]["id"]
    row = stripe_world.post("/v1/refunds", payment_intent=intent)
    stripe_world.simulator.fail_refund(row["id"])
    assert reconcile(at=stripe_world.now).differing == 0
    assert not BillingPayment.objects.exists()


def test_the_link_of_a_guest_leads_to_the_license_that_follows(stripe_world, deliver, client, settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    buy(stripe_world, client, stripe_world.once)
    deliver()
    row = stripe_world.post("/v1/refunds", payment_intent=BillingPayment.objects.get().stripe_id)
    deliver()
    stripe_world.simulator.fail_refund(row["id"])
    deliver()
    assert states() == ["revoked", "pending"]
    claim = LicenseClaim.objects.get()
    assert claim.license == License.objects.latest("pk")
    assert claim.license.pending_reason == "claim"
