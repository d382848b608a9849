"""Six people open the same link at once, and one of them gets the gift."""

import datetime as dt

import pytest

from tests.conftest import STRIPE, make_product, make_user
from tests.race.threads import at_once
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import (
    ChangedBy,
    ClaimRefused,
    claim_license,
    claims,
    forget,
    forget_claims,
    issue_to_guest,
    register_free,
    send_claim_again,
)
from wagtail_licensing.models import License, LicenseClaim, LicenseEvent

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6
MEMBER = ChangedBy(cause=Cause.MEMBER)


@pytest.fixture
def at():
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def people(db):
    return [make_user(f"m{number}") for number in range(PEOPLE)]


@pytest.fixture
def claim(db, at) -> LicenseClaim:
    """A year that waits for whoever has the link."""
    product = make_product("Year", kind="fixed_term", term_days=365)
    return issue_to_guest(product=product, email="eve@example.org", at=at, by=STRIPE).claim


def take(claim, person, at):
    return lambda: claim_license(claim_id=claim.pk, user=person, at=at, by=MEMBER)


def test_one_of_many_gets_it(claim, people, at):
    results = at_once(*[take(claim, person, at) for person in people])
    winners = [result for result in results if isinstance(result, License)]
    assert len(winners) == 1
    assert all(isinstance(result, ClaimRefused) for result in results if result not in winners)
    claim.refresh_from_db()
    assert claim.claimed_by == claim.license.user
    assert LicenseEvent.objects.filter(kind="claimed").count() == 1


def test_without_looking_under_the_lock_more_than_one_believes_it(claim, people, at, monkeypatch):
    """The control: it is what is read under the lock that keeps them apart."""
    monkeypatch.setattr(claims, "_require_waiting", lambda license, claim: None)
    results = at_once(*[take(claim, person, at) for person in people])
    assert sum(isinstance(result, License) for result in results) > 1


def test_asked_for_by_many_at_once_a_free_license_is_there_once(db, at):
    product = make_product("Sampler", kind="perpetual", issue_mode="registration")

    def ask():
        return register_free(product=product, email="eve@example.org", at=at, by=MEMBER)

    results = at_once(*[ask] * PEOPLE)
    assert sum(isinstance(result, LicenseClaim) for result in results) >= 1
    assert (LicenseClaim.objects.count(), License.objects.count()) == (1, 1)


@pytest.mark.parametrize("spellings", [["eve@example.org"], ["e.ve@gmail.com", "eve+2@gmail.com"]])
def test_all_addresses_of_a_mailbox_get_one_at_once(db, at, spellings):
    product = make_product("Sampler", kind="perpetual", issue_mode="registration")

    def ask(number):
        address = spellings[number % len(spellings)].replace("+2", f"+{number}")
        return lambda: register_free(product=product, email=address, at=at, by=MEMBER)

    at_once(*[ask(number) for number in range(PEOPLE)])
    assert (LicenseClaim.objects.count(), License.objects.count()) == (1, 1)


@pytest.fixture
def old(db, at):
    """A free license that nobody took for so long that the sweep lets go of it; and that instant."""
    product = make_product("Sampler", kind="perpetual", issue_mode="registration")
    claim = register_free(product=product, email="eve@example.org", at=at, by=MEMBER)
    return claim, claim.link_expires_at + dt.timedelta(days=91)


def ask_and_forget(claim, later):
    at_once(
        *[lambda: forget_claims(at=later)] * 2,
        lambda: send_claim_again(claim_id=claim.pk, at=later, by=MEMBER),
    )
    claim.refresh_from_db()
    return claim.license.state, claim.email, claim.link_works(later)


def test_what_is_asked_for_again_at_that_moment_is_sent_or_over_and_not_half(old):
    """A mail with a link that opens nothing, or a license that waits for nobody, would be half."""
    state, email, works = ask_and_forget(*old)
    assert (state, email, works) in {("pending", "eve@example.org", True), ("expired", "", False)}
    assert LicenseEvent.objects.filter(kind="lapsed").count() <= 1


def test_what_is_asked_for_just_before_the_lock_is_seen_under_it(old, monkeypatch):
    claim, later = old
    found = forget.changing

    def late(**kwargs):
        # Somebody asks for it again between the first look and the lock.
        send_claim_again(claim_id=claim.pk, at=later, by=MEMBER)
        return found(**kwargs)

    monkeypatch.setattr(forget, "changing", late)
    assert forget_claims(at=later) == 0
    claim.refresh_from_db()
    assert (claim.license.state, claim.email) == ("pending", "eve@example.org")
