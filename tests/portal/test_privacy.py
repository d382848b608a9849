"""Export my data, delete my account: by the person alone, with the choice about billing."""

import io
import zipfile

import pytest
from django.test import Client

from tests.conftest import give
from wagtail_licensing.billing.stop import running_subscriptions
from wagtail_licensing.models import AccountDeletion, BillingSubscription, License
from wagtail_licensing.tasks import sweep_waiting

pytestmark = pytest.mark.django_db

PRIVACY = "/licensing/account/privacy/"
EXPORT, DELETE, KEEP = (f"{PRIVACY}{name}/" for name in ("export", "delete", "keep"))
SURE = {"billing": "at_once", "password": "alice", "sure": "on"}


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def test_the_copy_is_ones_own_and_kept_by_no_cache(signed_in, alice, pro, now):
    license = give(alice, pro, at=now)
    answer = signed_in.post(EXPORT)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Type"] == "application/zip"
    text = zipfile.ZipFile(io.BytesIO(answer.content)).read("data.json").decode()
    assert license.reference in text
    assert "alice@example.org" in text


@pytest.mark.parametrize("url", [EXPORT, DELETE, KEEP])
def test_looking_does_nothing(signed_in, url):
    assert signed_in.get(url).status_code == 405


@pytest.mark.parametrize("url", [PRIVACY, EXPORT, DELETE, KEEP])
def test_a_visitor_signs_in_first(client, db, url):
    answer = client.get(url) if url == PRIVACY else client.post(url)
    assert answer.status_code in (302, 405)
    assert not answer.content


@pytest.mark.parametrize("url", [EXPORT, DELETE, KEEP])
def test_another_site_cannot_send_the_form(alice, url):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(url, SURE).status_code == 403
    assert not AccountDeletion.objects.exists()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"billing": ""}, "Choose what becomes"),
        ({"billing": "never\0"}, "Choose what becomes"),
        ({"password": "wrong"}, "not your password"),
        ({"password": "\0\ufffe"}, "not your password"),
        ({"sure": ""}, "Confirm"),
    ],
)
def test_what_is_missing_is_said_and_nothing_happens(signed_in, alice, missing, words):
    answer = signed_in.post(DELETE, {**SURE, **missing})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not AccountDeletion.objects.exists()
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.django_db(transaction=True)
def test_without_a_subscription_it_is_deleted_at_once(signed_in, alice, pro, now):
    give(alice, pro, at=now)
    answer = signed_in.post(DELETE, SURE)
    assert answer.status_code == 200
    assert "Your account is deleted" in answer.content.decode()
    alice.refresh_from_db()
    assert not alice.is_active
    assert "_auth_user_id" not in signed_in.session


def test_the_page_says_what_is_lost(signed_in, alice, bob, team, now):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import assign_seat

    license = give(alice, team, at=now, seats=3)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    page = signed_in.get(PRIVACY).content.decode()
    assert "1 license that opens something now" in page
    assert "the seat of 1 person who uses a license of yours" in page


def test_who_may_not_go_is_told_why(client, olivia):
    client.force_login(olivia)
    assert "You alone can run this site" in client.get(PRIVACY).content.decode()
    answer = client.post(DELETE, {**SURE, "password": "olivia"})
    assert answer.status_code == 409
    olivia.refresh_from_db()
    assert olivia.is_active


# --- with a subscription at Stripe ----------------------------------------------------------------


@pytest.fixture
def subscriber(alice, stripe_world, client):
    """Alice pays by the month."""
    stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.monthly))
    client.force_login(alice)
    return alice


@pytest.mark.django_db(transaction=True)
def test_at_once_ends_the_subscription_at_stripe(subscriber, client, stripe_world):
    row = BillingSubscription.objects.get()
    client.post(DELETE, SURE)
    assert stripe_world.get(f"/v1/subscriptions/{row.stripe_id}")["status"] == "canceled"
    assert not running_subscriptions(subscriber).exists()
    subscriber.refresh_from_db()
    assert not subscriber.is_active


@pytest.mark.django_db(transaction=True)
def test_at_the_end_of_the_period_the_account_stays_until_then(subscriber, client, stripe_world):
    row = BillingSubscription.objects.get()
    answer = client.post(DELETE, {**SURE, "billing": "period_end"})
    assert (answer.status_code, answer.url) == (303, PRIVACY)
    theirs = stripe_world.get(f"/v1/subscriptions/{row.stripe_id}")
    assert (theirs["status"], theirs["cancel_at_period_end"]) == ("active", True)
    subscriber.refresh_from_db()
    assert subscriber.is_active
    assert License.objects.get().renews is False
    assert "as soon as everything that you have paid for" in client.get(PRIVACY).content.decode()

    stripe_world.simulator.advance(days=32)
    stripe_world.sync("subscription", row.stripe_id)
    sweep_waiting()
    subscriber.refresh_from_db()
    assert not subscriber.is_active
    assert AccountDeletion.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_who_thinks_again_keeps_the_account(subscriber, client, stripe_world):
    client.post(DELETE, {**SURE, "billing": "period_end"})
    assert client.post(KEEP).status_code == 303
    stripe_world.simulator.advance(days=32)
    stripe_world.sync("subscription", BillingSubscription.objects.get().stripe_id)
    sweep_waiting()
    subscriber.refresh_from_db()
    assert subscriber.is_active


@pytest.mark.django_db(transaction=True)
def test_when_stripe_is_away_nothing_is_deleted_and_it_is_tried_again(
    subscriber, client, stripe_world, settings
):
    base = settings.WAGTAIL_LICENSING_STRIPE_API_BASE
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = client.post(DELETE, SURE)
    assert (answer.status_code, answer.url) == (303, PRIVACY)
    assert "is being deleted" in client.get(PRIVACY).content.decode()
    subscriber.refresh_from_db()
    assert subscriber.is_active
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = base
    AccountDeletion.objects.update(next_try=stripe_world.now)
    sweep_waiting()
    subscriber.refresh_from_db()
    assert not subscriber.is_active
