"""Terms that are bought: one after the other, on a date, or when their holder starts them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import STAFF, STRIPE, gate_page, make_product
from wagtail_licensing.access import has_access
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import (
    ChangedBy,
    LicenseError,
    assign_seat,
    end_due_licenses,
    issue_bought_term,
    renew_license,
    revoke_license,
    start_license,
)
from wagtail_licensing.models import License

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
MEMBER = ChangedBy(cause=Cause.MEMBER)


@pytest.fixture(autouse=True)
def _a_site_in_berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def year(db):
    return make_product("Year", kind="fixed_term", term_months=12)


def buy(product, user, at, **fields):
    return issue_bought_term(product=product, user=user, at=at, by=STRIPE, **fields)


def berlin(*args):
    return dt.datetime(*args, tzinfo=BERLIN)


def test_renewals_from_a_leap_day_come_back_to_it(year, alice):
    start = berlin(2028, 2, 29, 12)
    terms = [buy(year, alice, start + number * SECOND) for number in range(4)]
    assert [term.ends_at for term in terms] == [
        berlin(2029, 2, 28, 12),
        berlin(2030, 2, 28, 12),
        berlin(2031, 2, 28, 12),
        berlin(2032, 2, 29, 12),
    ]
    for before, after in zip(terms, terms[1:], strict=False):
        assert after.starts_at == before.ends_at


def test_a_second_before_the_end_adds_and_at_the_end_it_starts_now(year, alice, bob):
    start = berlin(2026, 5, 1, 9)
    for user, late in ((alice, -SECOND), (bob, 0 * SECOND)):
        first = buy(year, user, start)
        second = buy(year, user, first.ends_at + late)
        assert second.starts_at == first.ends_at
        assert second.state == ("pending" if late else "active")
    third = buy(year, bob, berlin(2030, 1, 1, 9))
    assert third.starts_at == berlin(2030, 1, 1, 9)


def test_the_hand_over_loses_no_instant_with_nobody_running(year, alice, article):
    gate_page(article, year)
    first = buy(year, alice, berlin(2026, 5, 1, 9))
    second = buy(year, alice, berlin(2026, 6, 1, 9))
    for at in (first.ends_at - SECOND, first.ends_at, second.ends_at - SECOND):
        assert has_access(alice, article, at=at)
    assert not has_access(alice, article, at=second.ends_at)
    end_due_licenses(at=first.ends_at)
    assert list(License.objects.order_by("pk").values_list("state", flat=True)) == [
        "expired",
        "active",
    ]


def test_what_was_taken_back_or_changed_by_hand_is_not_counted(year, alice):
    start = berlin(2026, 5, 1, 9)
    first = buy(year, alice, start)
    second = buy(year, alice, start)
    revoke_license(license_id=second.pk, at=start, by=STAFF)
    assert buy(year, alice, start).starts_at == first.ends_at
    longer = berlin(2030, 7, 1, 8)
    renew_license(license_id=first.pk, ends_at=longer, at=start, by=STAFF)
    assert buy(year, alice, start).starts_at == longer


def test_what_was_given_or_is_somebody_elses_is_no_term_to_follow(year, alice, bob):
    at = berlin(2026, 5, 1, 9)
    buy(year, bob, at)
    buy(make_product("Other", kind="fixed_term", term_days=30), alice, at)
    assert buy(year, alice, at).starts_at == at


def test_people_with_a_seat_go_along_into_the_next_term(alice, bob, charlie):
    crew = make_product("Crew", kind="fixed_term", term_days=30, per_seat=True, seats=3)
    at = berlin(2026, 5, 1, 9)
    first = buy(crew, alice, at, seats=3)
    for user in (bob, charlie):
        assign_seat(license_id=first.pk, user=user, at=at, by=STAFF)
    second = buy(crew, alice, at, seats=2)
    assert [seat.user for seat in second.seats.order_by("slot")] == [alice, bob]


def test_a_term_begins_on_its_date_by_the_clock_of_the_site(alice, bob):
    course = make_product(
        "Cohort",
        kind="fixed_term",
        term_months=3,
        term_start="fixed_date",
        term_starts_on=dt.date(2026, 10, 1),
    )
    early = buy(course, alice, berlin(2026, 9, 1, 12))
    assert (early.starts_at, early.ends_at) == (berlin(2026, 10, 1), berlin(2027, 1, 1))
    assert (early.state, early.pending_reason) == ("pending", "start")
    late = buy(course, bob, berlin(2026, 10, 1, 0, 0, 1))
    assert (late.starts_at, late.state) == (berlin(2026, 10, 1, 0, 0, 1), "active")


@pytest.fixture
def waiting(alice):
    product = make_product("Course", kind="fixed_term", term_months=1, term_start="holder")
    return buy(product, alice, berlin(2026, 1, 5, 9))


def test_a_term_that_waits_opens_nothing_and_runs_from_its_start(waiting, alice, article):
    gate_page(article, waiting.product)
    started = berlin(2026, 6, 15, 10)
    assert not has_access(alice, article, at=started)
    waiting.product.term_months = 24
    waiting.product.save()
    for later in (0 * SECOND, SECOND):
        start_license(license_id=waiting.pk, at=started + later, by=MEMBER)
    waiting.refresh_from_db()
    assert (waiting.starts_at, waiting.ends_at) == (started, berlin(2026, 7, 15, 10))
    assert waiting.held_since == started
    assert has_access(alice, article, at=started)
    assert not has_access(alice, article, at=waiting.ends_at)
    assert waiting.events.filter(kind="claimed").count() == 1


def test_only_what_waits_for_its_holder_is_started(year, alice, waiting):
    running = buy(year, alice, berlin(2026, 5, 1, 9))
    next_one = buy(year, alice, berlin(2026, 5, 1, 9))
    assert start_license(license_id=running.pk, at=berlin(2026, 6, 1), by=MEMBER) == running
    revoke_license(license_id=waiting.pk, at=berlin(2026, 6, 1), by=STAFF)
    for license in (next_one, waiting):
        with pytest.raises(LicenseError):
            start_license(license_id=license.pk, at=berlin(2026, 6, 1), by=MEMBER)


def test_the_button_of_the_account_starts_ones_own_and_nobody_elses(client, alice, bob, now):
    product = make_product("Course", kind="fixed_term", term_days=10, term_start="holder")
    license = buy(product, alice, now)
    url = f"/licensing/account/licenses/{license.reference}/start/"
    client.force_login(bob)
    assert client.post(url).status_code == 404
    client.force_login(alice)
    assert url in client.get("/licensing/account/").content.decode()
    assert client.get(url).status_code == 405
    for _ in range(2):
        assert client.post(url).status_code == 303
    license.refresh_from_db()
    assert (license.state, license.ends_at - license.starts_at) == ("active", dt.timedelta(days=10))
    assert url not in client.get("/licensing/account/").content.decode()
