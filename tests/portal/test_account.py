"""The account: each person's own, in words, with dates."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.conftest import CANARY, CLOCK, STAFF, STRIPE, gate_page, give, make_product
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.courses import complete_lesson
from wagtail_licensing.domain.states import Hold, PendingReason, State
from wagtail_licensing.licenses import assign_seat, issue_license, place_hold, revoke_license
from wagtail_licensing.models import BillingCustomer, BillingPayment, EntitlementRule, Gate
from wagtail_licensing.portal.formats import format_day, format_instant
from wagtail_licensing.portal.standing import standing_of

pytestmark = pytest.mark.django_db

ACCOUNT = "/licensing/account/"
TABS = [ACCOUNT, ACCOUNT + "courses/", ACCOUNT + "downloads/", ACCOUNT + "payments/"]
DAY = dt.timedelta(days=1)


def text(client, user, url=ACCOUNT):
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("url", TABS)
def test_a_visitor_signs_in_first_and_comes_back(client, db, url):
    answer = client.get(url)
    assert (answer.status_code, answer.url) == (302, f"/login/?next={url.replace('/', '%2F')}")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("url", TABS)
def test_no_cache_keeps_an_account(client, alice, url):
    client.force_login(alice)
    assert client.get(url).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("url", TABS)
def test_an_account_with_nothing_in_it_says_so(client, charlie, url):
    page = text(client, charlie, url)
    assert "licensing-empty" in page
    assert 'aria-current="page"' in page


@pytest.mark.parametrize("url", TABS)
def test_only_reading_is_allowed(client, alice, url):
    client.force_login(alice)
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("url", TABS)
def test_nobody_sees_what_another_has(client, alice, charlie, monthly, now, url, course):
    gate_page(course, monthly.product)
    license = subscribe(alice, monthly, at=now)
    complete_lesson(user=alice, lesson=course.get_lessons()[0], at=now)
    customer = BillingCustomer.objects.get()
    BillingPayment.objects.create(
        stripe_id="pi_a", customer=customer, amount=77700, currency="EUR", paid_at=now
    )
    page = text(client, charlie, url)
    assert license.reference not in page
    assert "Pro<" not in page
    assert "777" not in page
    assert "Wagtail in a week" not in page


# --- states -------------------------------------------------------------------------------------


def test_a_license_that_renews_says_when_and_for_how_much(client, alice, monthly, now):
    license = subscribe(alice, monthly, at=now)
    page = text(client, alice)
    assert ">Active<" in page
    assert f"Renews on {format_day(license.ends_at)}" in page
    assert "€12.00" in page
    assert "keep access" not in page


def test_the_slack_of_a_late_renewal_is_not_promised(client, alice, monthly, now):
    license = subscribe(alice, monthly, at=now - 31 * DAY, ends_at=now - DAY)
    page = text(client, alice)
    assert "The renewal is being confirmed" in page
    assert format_instant(license.access_until) not in page


def test_seats_multiply_the_next_charge_and_are_counted(client, alice, bob, team, now):
    license = subscribe(alice, make_price(team, 900, "month"), at=now, quantity=5)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    page = text(client, alice)
    assert "€45.00" in page
    assert "2 of 5 seats used" in page


def test_a_seat_shows_no_billing_of_the_holder(client, alice, bob, team, now):
    license = subscribe(alice, make_price(team, 900, "month"), at=now, quantity=5)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    page = text(client, bob)
    assert "You have a seat on this license" in page
    assert "seats used" not in page
    assert "Manage billing" not in page
    assert "alice" not in page
    assert "€45.00" not in page
    assert "€45.00" not in text(client, bob, ACCOUNT + "payments/")


def test_a_seat_says_nothing_of_a_failed_payment_of_the_holder(client, alice, bob, team, now):
    end = now + 4 * DAY
    license = subscribe(
        alice, make_price(team, 900, "month"), at=now, quantity=5, state=State.GRACE, access_until=end
    )
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    page = text(client, bob)
    assert "last payment" not in page
    assert "payment again" not in page
    assert "Past due" not in page
    assert f"Access until {format_instant(end)}" in page


def test_a_trial_says_until_when_it_is_free(client, alice, monthly, now):
    subscribe(alice, monthly, at=now, is_trial=True, trial_end=now + 14 * DAY)
    page = text(client, alice)
    assert ">Trial<" in page
    assert f"Free until {format_day(now + 14 * DAY)}" in page


def test_past_due_says_exactly_when_access_ends_and_how_to_keep_it(client, alice, monthly, now):
    end = now + dt.timedelta(days=4, hours=3)
    subscribe(alice, monthly, at=now, state=State.GRACE, access_until=end)
    page = text(client, alice)
    assert ">Past due, access kept<" in page
    assert f"You keep access until {format_instant(end)}" in page
    assert "Update your card" in page


def test_a_cancelled_subscription_says_exactly_when_access_ends(client, alice, monthly, now):
    end = now + 20 * DAY
    subscribe(alice, monthly, at=now, ends_at=end, access_until=end, renews=False)
    page = text(client, alice)
    assert ">Cancelled<" in page
    assert f"You keep access until {format_instant(end)}" in page
    assert "Continue the subscription" in page
    assert "Next charge" not in page


def test_a_license_by_hand_ends_on_its_day_and_was_not_cancelled(client, alice, pro, now):
    give(alice, pro, at=now, ends_at=now + 5 * DAY)
    page = text(client, alice)
    assert f"Access until {format_instant(now + 5 * DAY)}" in page
    assert "cancelled" not in page


def test_a_license_without_end_says_so(client, alice, now):
    give(alice, make_product("Course", kind="perpetual"), at=now)
    assert "Yours without end" in text(client, alice)


def test_a_license_that_has_ended_belongs_to_the_past(client, alice, pro, now):
    end = now - DAY
    give(alice, pro, at=now - 9 * DAY, ends_at=end)
    page = text(client, alice)
    assert "You hold no license at the moment" in page
    assert f"Access ended on {format_instant(end)}" in page
    assert ">Active<" not in page


@pytest.mark.parametrize(
    ("pending", "words"),
    [
        (PendingReason.PAYMENT, "Waits for the payment"),
        (PendingReason.APPROVAL, "Waits to be approved"),
    ],
)
def test_a_pending_license_says_what_it_waits_for(client, alice, pro, now, pending, words):
    issue_license(product=pro, user=alice, source="by_hand", at=now, by=STAFF, pending=pending)
    assert words in text(client, alice)


def test_a_license_that_starts_later_says_when(client, alice, pro, now):
    give(alice, pro, at=now, starts_at=now + 3 * DAY)
    assert f"Access begins on {format_instant(now + 3 * DAY)}" in text(client, alice)


def test_a_license_whose_start_has_come_is_active_before_any_worker_ran(alice, pro, now):
    license = give(alice, pro, at=now, starts_at=now + DAY)
    assert license.state == State.PENDING
    assert standing_of(license, now + DAY).label == "Active"


def test_the_label_follows_the_clock_to_the_microsecond(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    assert standing_of(license, now + DAY - dt.timedelta(microseconds=1)).label == "Active"
    assert standing_of(license, now + DAY).label == "Ended"


@pytest.mark.parametrize(
    ("hold", "by", "words"),
    [
        (Hold.ADMIN, STAFF, "The site has suspended"),
        (Hold.BILLING, CLOCK, "A payment is missing"),
        (Hold.DISPUTE, STRIPE, "disputed"),
        (Hold.PAUSED, STRIPE, "paused"),
        (Hold.SEAT_OVERAGE, CLOCK, "More people use"),
    ],
)
def test_a_suspended_license_says_why(client, alice, monthly, now, hold, by, words):
    license = subscribe(alice, monthly, at=now)
    place_hold(license_id=license.pk, hold=hold, at=now, by=by)
    page = text(client, alice)
    assert ">Suspended<" in page
    assert words in page
    assert ("Update your card" in page) is (hold is Hold.BILLING)


def test_the_reason_that_staff_wrote_down_is_not_shown(client, alice, monthly, now):
    license = subscribe(alice, monthly, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    assert STAFF.reason not in text(client, alice)


def test_a_revoked_license_does_not_return(client, alice, pro, now):
    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    page = text(client, alice)
    assert ">Revoked<" in page
    assert "does not return" in page


def test_the_end_is_shown_in_the_time_zone_of_the_site(client, alice, pro, now, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    give(alice, pro, at=now, ends_at=dt.datetime(2099, 12, 24, 23, 30, tzinfo=dt.UTC))
    page = text(client, alice)
    assert "December 25, 2099, 12:30" in page
    assert "CET" in page


def test_the_number_of_queries_does_not_depend_on_the_number_of_licenses(
    client, alice, monthly, now, django_assert_max_num_queries, django_assert_num_queries
):
    subscribe(alice, monthly, at=now)
    text(client, alice)
    with django_assert_max_num_queries(16) as few:
        client.get(ACCOUNT)
    count = len(few)
    for number in range(5):
        subscribe(alice, make_price(make_product(f"P{number}"), 100, "month"), at=now)
    client.get(ACCOUNT)
    with django_assert_num_queries(count):
        client.get(ACCOUNT)


# --- courses, downloads, payments ---------------------------------------------------------------


def test_a_course_shows_how_far_one_is_and_leads_on(client, alice, pro, course, now):
    gate_page(course, pro)
    give(alice, pro, at=now)
    first, second, _third = course.get_lessons()
    complete_lesson(user=alice, lesson=first, at=now)
    for url in (ACCOUNT, ACCOUNT + "courses/"):
        page = text(client, alice, url)
        assert "1 of 3 lessons done" in page
        assert f'href="{second.url}"' in page
        assert CANARY not in page


def test_after_a_lapse_a_course_keeps_its_progress_and_says_why_it_is_locked(
    client, alice, pro, course, now
):
    gate_page(course, pro)
    start = now - 9 * DAY
    give(alice, pro, at=start, ends_at=now - DAY)
    complete_lesson(user=alice, lesson=course.get_lessons()[0], at=start)
    page = text(client, alice, ACCOUNT + "courses/")
    assert "1 of 3 lessons done" in page
    assert "Your license for this has ended" in page
    assert ">Continue" not in page


def make_document(title, **fields):
    content = ContentFile(b"x" * 2048, name=f"{title}.pdf")
    return get_document_model().objects.create(title=title, file=content, file_size=2048, **fields)


@pytest.fixture
def files(pro, settings, tmp_path):
    """A gated file, one in a folder of a gated collection, a free one in it, and an open one."""
    settings.MEDIA_ROOT = tmp_path
    gated = make_document("gated")
    shelf = Collection.get_first_root_node().add_child(name="Shelf")
    inner = shelf.add_child(name="Inner")
    make_document("shelved", collection=inner)
    free = make_document("free", collection=inner)
    make_document("open")
    for target in ({"kind": "document", "document": gated}, {"kind": "collection", "collection": shelf}):
        EntitlementRule.objects.create(gate=Gate.objects.create(**target), product=pro)
    Gate.objects.create(kind="document", document=free, audience="everyone")


def test_downloads_are_the_gated_files_that_open(client, alice, charlie, pro, files, now):
    give(alice, pro, at=now)
    page = text(client, alice, ACCOUNT + "downloads/")
    assert ">gated<" in page
    assert ">shelved<" in page
    assert ">open<" not in page
    assert "PDF" in page
    assert "2.0\xa0KB" in page
    other = text(client, charlie, ACCOUNT + "downloads/")
    assert ">shelved<" not in other
    assert ">gated<" not in other


def test_downloads_close_with_the_license(client, alice, pro, files, now):
    give(alice, pro, at=now - 2 * DAY, ends_at=now - DAY)
    page = text(client, alice, ACCOUNT + "downloads/")
    assert ">gated<" not in page
    assert ">shelved<" not in page


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99999999999999999999"])
def test_a_page_of_downloads_that_is_none_is_the_nearest(client, alice, pro, files, now, page):
    give(alice, pro, at=now)
    assert "shelved" in text(client, alice, f"{ACCOUNT}downloads/?page={page}")


def test_payments_list_what_was_bought_and_refunded(client, alice, now):
    customer = BillingCustomer.objects.create(user=alice, stripe_id="cus_a")
    price = make_price(make_product("Course", kind="perpetual"), 4900)
    BillingPayment.objects.create(
        stripe_id="pi_1",
        customer=customer,
        price=price,
        amount=4900,
        amount_refunded=900,
        currency="EUR",
        paid_at=now,
    )
    BillingPayment.objects.create(stripe_id="pi_2", customer=customer, amount=12345, currency="EUR")
    page = text(client, alice, ACCOUNT + "payments/")
    assert "€49.00" in page
    assert "€9.00 refunded" in page
    assert "123.45" not in page
    assert "Manage billing" in page
