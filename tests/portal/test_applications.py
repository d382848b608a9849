"""Applied for, approved or refused by staff, and paid in time."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from tests.conftest import STAFF, make_product
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import (
    AppliedBefore,
    ChangedBy,
    DecidedBefore,
    LicenseError,
    apply_for_license,
    approve_application,
    refuse_application,
)
from wagtail_licensing.models import CheckoutIntent, License, LicenseApplication, ProductQuestion
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db

MEMBER = ChangedBy(cause=Cause.MEMBER)


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


@pytest.fixture
def fellows(db):
    """A fellowship of a year that nobody pays for, with two questions."""
    product = make_product("Fellows", kind="fixed_term", term_days=365, issue_mode="approval")
    ProductQuestion.objects.create(product=product, label="Why?", kind="text")
    ProductQuestion.objects.create(
        product=product, label="Where?", kind="choice", choices="North\nSouth", is_required=False
    )
    return product


@pytest.fixture
def as_alice(client, alice):
    """Her browser."""
    client.force_login(alice)
    return client


def url(product):
    return reverse("wagtail_licensing:apply", args=[product.slug])


def answers(product, **words):
    first, second = product.questions.all()
    return {f"question-{first.pk}": words.get("why", "Because"), f"question-{second.pk}": "South"}


def applied(product, user, at) -> LicenseApplication:
    return apply_for_license(product=product, user=user, answers=[], at=at, by=MEMBER)


def subjects(at):
    """Send what waits, and return who was told what."""
    send_waiting(at=at + dt.timedelta(minutes=1))
    return [(message.to[0], message.subject) for message in mail.outbox]


# --- applying ------------------------------------------------------------------------------------


def test_the_questions_are_asked_and_the_answers_kept_in_their_words(as_alice, fellows, alice, now):
    assert url(fellows) in as_alice.get(reverse("wagtail_licensing:plans")).content.decode()
    page = as_alice.get(url(fellows)).content.decode()
    assert "Why?" in page
    assert "South" in page
    answer = as_alice.post(url(fellows), answers(fellows, why="<b>Please</b>"))
    application = LicenseApplication.objects.get()
    assert answer.url == reverse("wagtail_licensing:application", args=[application.license.reference])
    assert application.answers == [
        {"question": "Why?", "answer": "<b>Please</b>"},
        {"question": "Where?", "answer": "South"},
    ]
    assert "&lt;b&gt;Please" in as_alice.get(answer.url).content.decode()
    license = License.objects.get()
    assert (license.state, license.pending_reason, license.user) == ("pending", "approval", alice)
    assert subjects(now) == [("alice@example.org", "Your application for Fellows has arrived")]


@pytest.mark.parametrize("data", [{}, {"why": ""}, {"why": "x" * 5001}])
def test_what_is_missing_is_said_and_nothing_is_sent(as_alice, fellows, data):
    answer = as_alice.post(url(fellows), answers(fellows, **data) if data else {})
    assert answer.status_code == 400
    assert "Nothing was sent" in answer.content.decode()
    assert not LicenseApplication.objects.exists()


def test_a_choice_that_is_none_is_refused(as_alice, fellows):
    data = dict.fromkeys(answers(fellows), "West")
    assert as_alice.post(url(fellows), data).status_code == 400


def test_applied_for_twice_there_is_one(as_alice, fellows, alice, now):
    first = as_alice.post(url(fellows), answers(fellows))
    assert as_alice.post(url(fellows), answers(fellows)).url == first.url
    assert (LicenseApplication.objects.count(), License.objects.count()) == (1, 1)
    with pytest.raises(AppliedBefore):
        applied(fellows, alice, now)


def test_the_database_holds_one_that_waits(fellows, alice, bob, now):
    first, other = applied(fellows, alice, now), applied(fellows, bob, now)
    with pytest.raises(IntegrityError):
        LicenseApplication.objects.filter(pk=other.pk).update(user=first.user)


def test_a_visitor_signs_in_and_others_see_nothing(as_alice, fellows, alice, bob, now):
    application = applied(fellows, alice, now)
    assert Client().get(url(fellows)).url.startswith("/login/")
    stranger = Client()
    stranger.force_login(bob)
    page = reverse("wagtail_licensing:application", args=[application.license.reference])
    assert as_alice.get(page).status_code == 200
    assert stranger.get(page).status_code == 404


def test_what_needs_no_approval_is_not_applied_for(as_alice, pro):
    assert as_alice.get(url(pro)).status_code == 404


# --- deciding ------------------------------------------------------------------------------------


def test_approved_without_a_price_it_begins(fellows, alice, now):
    application = applied(fellows, alice, now)
    approve_application(application_id=application.pk, at=now, by=STAFF)
    license = License.objects.get()
    assert (license.state, license.starts_at) == ("active", now)
    assert license.facts.entitles(now)
    assert subjects(now)[-1][1] == "Your application for Fellows was approved"


def test_refused_with_a_reason_it_is_told(as_alice, fellows, alice, now):
    application = applied(fellows, alice, now)
    with pytest.raises(LicenseError):
        refuse_application(
            application_id=application.pk, at=now, by=ChangedBy(cause=Cause.STAFF, reason=" ")
        )
    by = ChangedBy(cause=Cause.STAFF, reason="All places are taken.")
    refuse_application(application_id=application.pk, at=now, by=by)
    assert License.objects.get().state == "revoked"
    send_waiting(at=now)
    assert "All places are taken." in mail.outbox[-1].body
    page = reverse("wagtail_licensing:application", args=[application.license.reference])
    assert "All places are taken." in as_alice.get(page).content.decode()
    applied(fellows, alice, now)


def test_decided_once(fellows, alice, now):
    application = applied(fellows, alice, now)
    approve_application(application_id=application.pk, at=now, by=STAFF)
    with pytest.raises(DecidedBefore):
        refuse_application(application_id=application.pk, at=now, by=STAFF)
    with pytest.raises(DecidedBefore):
        approve_application(application_id=application.pk, at=now, by=STAFF)
    assert License.objects.get().state == "active"


# --- paying --------------------------------------------------------------------------------------


@pytest.fixture
def course(stripe_world):
    """Paid once, after approval."""
    stripe_world.course.issue_mode = "approval"
    stripe_world.course.save()
    return stripe_world.course


def buy(world, browser, price):
    answer = browser.post(reverse("wagtail_licensing:buy", args=[price.pk]))
    if answer.status_code != 303:
        return answer
    intent = CheckoutIntent.objects.latest("pk")
    world.simulator.pay_checkout(intent.stripe_session_id)
    return browser.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))


def test_without_approval_nobody_pays(stripe_world, as_alice, alice, course):
    assert buy(stripe_world, as_alice, stripe_world.once).status_code == 404
    applied(course, alice, stripe_world.now)
    assert buy(stripe_world, as_alice, stripe_world.once).status_code == 404
    assert not CheckoutIntent.objects.exists()


def test_approved_it_is_paid_and_the_same_license_opens(stripe_world, as_alice, alice, course):
    application = applied(course, alice, stripe_world.now)
    approve_application(application_id=application.pk, at=stripe_world.now, by=STAFF)
    license = License.objects.get()
    assert (license.state, license.pending_reason) == ("pending", "payment")
    page = reverse("wagtail_licensing:application", args=[license.reference])
    assert "You can pay until" in as_alice.get(page).content.decode()
    stripe_world.simulator.advance(days=3)
    assert "is yours" in buy(stripe_world, as_alice, stripe_world.once).content.decode()
    license = License.objects.get()
    assert (license.state, license.source) == ("active", "purchase")
    assert (stripe_world.now - license.starts_at).total_seconds() < 60


def test_a_subscription_is_approved_first_too(stripe_world, as_alice, alice):
    stripe_world.pro.issue_mode = "approval"
    stripe_world.pro.save()
    application = applied(stripe_world.pro, alice, stripe_world.now)
    approve_application(application_id=application.pk, at=stripe_world.now, by=STAFF)
    assert "is yours" in buy(stripe_world, as_alice, stripe_world.monthly).content.decode()
    license = License.objects.get()
    assert (license.state, license.source, license.renews) == ("active", "subscription", True)
    assert license.billing_item.price == stripe_world.monthly


def test_somebody_elses_approval_is_no_right_to_buy(stripe_world, alice, bob, course):
    application = applied(course, alice, stripe_world.now)
    approve_application(application_id=application.pk, at=stripe_world.now, by=STAFF)
    browser = Client()
    browser.force_login(bob)
    assert buy(stripe_world, browser, stripe_world.once).status_code == 404


def test_from_the_instant_on_it_is_too_late(stripe_world, as_alice, alice, course, settings):
    application = applied(course, alice, stripe_world.now)
    approve_application(application_id=application.pk, at=stripe_world.now, by=STAFF)
    stripe_world.simulator.advance(days=15)
    assert buy(stripe_world, as_alice, stripe_world.once).status_code == 404
    page = reverse("wagtail_licensing:application", args=[application.license.reference])
    assert "not paid in time" in as_alice.get(page).content.decode()
    assert sweep(at=stripe_world.now, ring=lambda target: None).licenses == 1
    assert sweep(at=stripe_world.now, ring=lambda target: None).licenses == 0
    assert License.objects.get().state == "expired"
    applied(course, alice, stripe_world.now)
