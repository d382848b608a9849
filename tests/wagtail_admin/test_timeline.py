"""The timeline of a license and of a person: all lines, in order, in pages, as far as one may see."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from tests.conftest import STAFF, STRIPE, give, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Cause, Hold
from wagtail_licensing.licenses import (
    ChangedBy,
    assign_seat,
    lift_hold,
    place_hold,
    transfer_license,
)
from wagtail_licensing.models import (
    BillingCustomer,
    BillingInvoice,
    BillingItem,
    BillingPayment,
    BillingSubscription,
    Certificate,
    Download,
    Gate,
    LessonProgress,
    LicenseEvent,
    MeteredRead,
    OutboxMessage,
    Quiz,
    QuizAttempt,
    RevenueChange,
    StripeEvent,
    SyncTarget,
)
from wagtail_licensing.reports.timeline import (
    Cursor,
    LineKind,
    lines_after,
    scope_of_license,
    scope_of_person,
)

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
RIGHTS = (
    "view_outboxmessage",
    "view_download",
    "export_account",
    "view_revenuechange",
    "view_billing_health",
    "view_licenseevent",
)
EVIL = "<script>alert(1)</script>"


def later(hours: int) -> dt.datetime:
    return AT + dt.timedelta(hours=hours)


def may(user, *names):
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return type(user).objects.get(pk=user.pk)


def url_of(license=None, *, person=None) -> str:
    if person is not None:
        return f"/admin/licensing/people/{person.pk}/timeline/"
    return f"/admin/licensing/licenses/timeline/{license.pk}/"


def entries(user, url: str) -> list:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return response.context["timeline"]


def subscribe(license, user, *, name="1", livemode=False):
    """Mirror a subscription that pays ``license``."""
    customer, _new = BillingCustomer.objects.get_or_create(
        stripe_id=f"cus_{name}", user=user, livemode=livemode
    )
    subscription = BillingSubscription.objects.create(
        customer=customer, stripe_id=f"sub_{name}", status="active", livemode=livemode
    )
    BillingItem.objects.create(
        subscription=subscription,
        stripe_id=f"si_{name}",
        stripe_price_id="price_1",
        license=license,
        livemode=livemode,
    )
    return subscription


def everything_about(license, user, course, document_title="Slides") -> None:
    """Write one row of every table that a timeline reads, each an hour after the one before."""
    subscription = subscribe(license, user)
    place_hold(license_id=license.pk, hold=Hold.DISPUTE, at=later(1), by=STRIPE)
    OutboxMessage.objects.create(
        key="a",
        notice="welcome",
        user=user,
        license=license,
        state="sent",
        created_at=AT,
        sent_at=later(2),
        next_try=AT,
    )
    OutboxMessage.objects.create(
        key="b", notice="ended", user=user, license=license, created_at=later(3), next_try=later(30)
    )
    BillingPayment.objects.create(
        customer=subscription.customer,
        stripe_id="pi_1",
        stripe_subscription_id="sub_1",
        status="succeeded",
        amount=1200,
        amount_refunded=500,
        currency="EUR",
        paid_at=later(4),
        dispute_statuses=["needs_response"],
    )
    BillingInvoice.objects.create(
        customer=subscription.customer,
        stripe_id="in_1",
        number="WL-12",
        status="open",
        plan="Pro",
        total=1200,
        remaining=1200,
        currency="EUR",
        issued_at=later(5),
    )
    RevenueChange.objects.create(
        subscription=subscription,
        kind="new",
        at=later(6),
        recorded_at=later(6),
        currency="EUR",
        before=0,
        after=1200,
    )
    StripeEvent.objects.create(
        event_id="evt_1",
        type="customer.subscription.updated",
        created=later(7),
        received_at=later(7),
        object_kind="subscription",
        object_id="sub_1",
        payload={"secret": "what Stripe sent"},
    )
    Download.objects.create(
        user=user,
        license=license,
        title=document_title,
        file="slides.pdf",
        reason="license",
        month=AT.date().replace(day=1),
        begun_at=later(8),
    )
    lesson = course.get_children().first()
    LessonProgress.objects.create(user=user, lesson=lesson, opened_at=later(9), completed_at=later(10))
    quiz = Quiz.objects.create(lesson=lesson)
    QuizAttempt.objects.create(
        quiz=quiz, user=user, number=1, at=later(11), right=4, total=5, passed=True
    )
    Certificate.objects.create(
        user=user, course=course, name="Ann", course_title="Course", issued_at=later(12)
    )


ALL = [
    "Certificate issued: Course",
    "Quiz passed: Lesson 1",
    "Lesson done: Lesson 1",
    "Lesson opened: Lesson 1",
    "Download begun: Slides",
    "customer.subscription.updated",
    "Revenue a month: €0.00, now €12.00 (New)",
    "Invoice WL-12 of €12.00: open",
    "Payment of €12.00: succeeded",
    "Mail waits to be sent: A license has ended",
    "Mail sent: Welcome: a license has begun",
    "Suspended",
    "License issued",
]


def test_everything_that_is_written_is_there_latest_first(viewer, alice, pro, course):
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course)
    reader = may(viewer, *RIGHTS)

    for url in (url_of(license), url_of(person=alice)):
        found = entries(reader, url)
        assert [entry.what for entry in found] == ALL
        assert [entry.at for entry in found] == sorted((entry.at for entry in found), reverse=True)
    told = {entry.what: entry for entry in found}
    payment = told["Payment of €12.00: succeeded"]
    assert payment.notes == ("Refunded: €5.00", "Disputed: needs_response")
    assert payment.stripe[0].url == "https://dashboard.stripe.com/test/payments/pi_1"
    assert told["Suspended"].cause == "Stripe"
    assert (told["Lesson done: Lesson 1"].cause, told["Lesson done: Lesson 1"].actor) == (
        "Member",
        "alice",
    )
    assert told["License issued"].license == license
    assert "what Stripe sent" not in signed_in(reader).get(url).content.decode()


@pytest.mark.parametrize(
    ("right", "gone"),
    [
        ("view_outboxmessage", {"Mails"}),
        ("view_download", {"Downloads and free pages"}),
        ("export_account", {"Lessons and quizzes"}),
        ("view_revenuechange", {"Payments and invoices"}),
        ("view_billing_health", {"Events of Stripe"}),
    ],
)
def test_without_a_right_its_lines_are_not_there_and_cannot_be_asked_for(
    viewer, alice, pro, course, right, gone
):
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course)
    kind = {"view_outboxmessage": "mail", "view_download": "download", "export_account": "learning"}
    kind |= {"view_revenuechange": "money", "view_billing_health": "stripe"}
    reader = may(viewer, *(each for each in RIGHTS if each != right))
    full = may(make_user("full"), "access_admin", "view_license", *RIGHTS)

    for url in (url_of(license), url_of(person=alice)):
        seen = {entry.kind for entry in entries(reader, url)}
        assert {entry.kind for entry in entries(full, url)} - seen == gone
        asked = f"{url}?kind={kind[right]}"
        assert {entry.kind for entry in entries(reader, asked)} == seen
        assert {entry.kind for entry in entries(full, asked)} == gone
        body = signed_in(reader).get(url).content.decode()
        assert "Not shown, for want of rights" in body


def test_a_viewer_sees_the_license_and_no_more(viewer, alice, pro, course):
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course)

    assert [entry.what for entry in entries(viewer, url_of(license))] == ["Suspended", "License issued"]
    body = signed_in(viewer).get(url_of(person=alice)).content.decode()
    for secret in ("Slides", "slides.pdf", "Lesson 1", "WL-12", "evt_1", "12.00"):
        assert secret not in body


def test_the_filter_by_kind_is_kept_on_the_way_to_older_lines(viewer, alice, pro, monkeypatch):
    license = give(alice, pro, at=AT)
    for number in range(4):
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=later(2 * number + 1), by=STAFF)
        lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=later(2 * number + 2), by=STAFF)
    monkeypatch.setattr("wagtail_licensing.wagtail_admin.timeline.SIZE", 4)
    reader, seen, url = may(viewer, *RIGHTS), [], f"{url_of(license)}?kind=license"

    while url:
        response = signed_in(reader).get(url)
        seen += [(entry.at, entry.what) for entry in response.context["timeline"]]
        url = response.context["older_url"]
        assert not url or "kind=license" in url

    assert len(seen) == len(set(seen)) == LicenseEvent.objects.count() == 9
    assert seen == sorted(seen, reverse=True, key=lambda line: line[0])
    assert response.context["latest_url"].endswith("?kind=license")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+00:00~1~1", "2026-03-01T00:00:00+00:00~999~999999999999999999"]
)
def test_a_cursor_before_everything_leads_to_nothing(viewer, alice, pro, text):
    license = give(alice, pro, at=AT)
    response = signed_in(may(viewer, *RIGHTS)).get(url_of(license), {"before": text})
    assert response.context["timeline"] == []
    assert response.context["latest_url"] == url_of(license)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_lines_of_one_instant_are_neither_lost_nor_told_twice(alice, pro, course, size):
    license = give(alice, pro, at=AT)
    for number in range(5):
        OutboxMessage.objects.create(
            key=f"k{number}",
            notice="welcome",
            user=alice,
            license=license,
            created_at=AT,
            next_try=AT,
        )
        Download.objects.create(
            user=alice,
            license=license,
            title=f"File {number}",
            reason="license",
            month=AT.date(),
            begun_at=AT,
        )
    scope = scope_of_license(license)
    whole, none_left = lines_after(scope, kinds=list(LineKind), size=50)
    assert none_left is None
    assert len(whole) == 11

    cursor, seen = None, []
    while True:
        lines, cursor = lines_after(scope, kinds=list(LineKind), cursor=cursor, size=size)
        seen += lines
        if cursor is None:
            break
        cursor = Cursor.read(str(cursor))

    keys = [(line.source.name, line.row.pk) for line in seen]
    assert keys == [(line.source.name, line.row.pk) for line in whole]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "~~",
        "2026-03-01~1~1",
        "2026-13-01T00:00:00+00:00~1~1",
        "2026-03-01T00:00:00+00:00~-1~1",
        "2026-03-01T00:00:00+00:00~1~99999999999999999999",
        "2026-03-01T00:00:00+00:00~²~1",
        "0001-01-01T00:00:00+14:00~1~1",
        "9999-12-31T23:59:59-14:00~1~1",
    ],
)
def test_a_cursor_that_is_none_leads_to_the_first_page(viewer, alice, pro, text):
    license = give(alice, pro, at=AT)
    response = signed_in(viewer).get(url_of(license), {"before": text})
    assert [entry.what for entry in response.context["timeline"]] == ["License issued"]
    assert response.context["latest_url"] == ""


@pytest.mark.parametrize("whose", ["license", "person"])
def test_a_long_timeline_costs_as_many_queries_as_a_short_one(viewer, alice, bob, pro, whose):
    reader = signed_in(may(viewer, *RIGHTS, "operate_billing"))
    counts = []
    for name, user, number in (("1", alice, 10), ("2", bob, 500)):
        license = give(user, pro, at=AT)
        subscribe(license, user, name=name)
        _many_lines(license, user, name, number)
        url = url_of(license) if whose == "license" else url_of(person=user)
        reader.get(url)
        while url:
            with CaptureQueriesContext(connection) as captured:
                response = reader.get(url)
            counts.append(len(captured))
            url = response.context["older_url"]
        assert len(counts) == (1 if number == 10 else 1 + 41)

    # The last pages speak of fewer things by their ids.
    assert counts[0] == counts[1] == max(counts)
    assert counts[0] <= 35


def _many_lines(license, user, name, number):
    facts = LicenseEvent.objects.filter(license=license).first().after
    LicenseEvent.objects.bulk_create(
        LicenseEvent(
            license=license,
            kind="renewed",
            at=later(n),
            cause="stripe",
            stripe_event_id=f"evt_{name}_{n}",
            before=facts,
            after={**facts, "seats": n},
        )
        for n in range(number)
    )
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            key=f"{name}-{n}",
            notice="welcome",
            user=user,
            license=license,
            created_at=later(n),
            next_try=AT,
        )
        for n in range(number)
    )
    Download.objects.bulk_create(
        Download(
            user=user,
            license=license,
            title=f"File {n}",
            reason="license",
            month=AT.date(),
            begun_at=later(n),
        )
        for n in range(number)
    )
    StripeEvent.objects.bulk_create(
        StripeEvent(
            event_id=f"evt_{name}_{n}",
            type="invoice.paid",
            created=later(n),
            received_at=later(n),
            object_kind="subscription",
            object_id=f"sub_{name}",
            payload={},
        )
        for n in range(number)
    )


def test_markup_in_names_mails_and_what_stripe_says_stays_text(viewer, alice, pro, course):
    pro.name = f"Pro {EVIL}"
    pro.save()
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course, document_title=f"Slides {EVIL}")
    lesson = course.get_children().first()
    lesson.title = f"Lesson {EVIL}"
    lesson.save()
    OutboxMessage.objects.update(error=EVIL)
    BillingInvoice.objects.update(plan=EVIL, number=EVIL, status=EVIL)
    BillingPayment.objects.update(dispute_statuses=[EVIL], status=EVIL, currency="<b>")
    StripeEvent.objects.update(type=EVIL)
    BillingSubscription.objects.update(metadata={"name": EVIL})
    evil_event = '"><script>alert(1)</script>'
    by = ChangedBy(cause=Cause.STAFF, reason=EVIL, stripe_event_id=evil_event)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=later(20), by=by)
    reader = may(viewer, *RIGHTS)

    for url in (
        url_of(license),
        url_of(person=alice),
        f"/admin/licensing/licenses/inspect/{license.pk}/",
    ):
        body = signed_in(reader).get(url).content.decode()
        assert "<script>alert(1)" not in body
        assert "&lt;script&gt;alert(1)" in body
        hrefs = re.findall(r'href="([^"]*)"', body)
        assert not [href for href in hrefs if "alert" in href or href.startswith("javascript:")]


def test_times_are_those_of_the_reader_with_utc_in_the_title(viewer, alice, pro):
    license = give(alice, pro, at=AT)
    UserProfile.objects.update_or_create(user=viewer, defaults={"current_time_zone": "Asia/Tokyo"})

    body = signed_in(viewer).get(url_of(license)).content.decode()

    assert 'title="2026-03-01 12:00:00 UTC">March 1, 2026, 9 p.m.</time>' in body
    assert 'datetime="2026-03-01T12:00:00+00:00"' in body


def test_links_to_stripe_go_to_the_mode_of_the_object(viewer, alice, pro, settings):
    license = give(alice, pro, at=AT)
    subscribe(license, alice, livemode=True)
    for number, mode in ((1, True), (2, False)):
        StripeEvent.objects.create(
            event_id=f"evt_{number}",
            livemode=mode,
            type="invoice.paid",
            created=AT,
            received_at=AT,
            object_kind="subscription",
            object_id="sub_1",
            payload={},
        )
    by = ChangedBy(cause=Cause.STRIPE, stripe_event_id="evt_1")
    place_hold(license_id=license.pk, hold=Hold.DISPUTE, at=later(1), by=by)
    reader = may(viewer, *RIGHTS)

    body = signed_in(reader).get(url_of(license)).content.decode()
    assert body.count('href="https://dashboard.stripe.com/events/evt_1"') == 2
    assert 'href="https://dashboard.stripe.com/test/events/evt_2"' in body
    page = signed_in(reader).get(f"/admin/licensing/licenses/inspect/{license.pk}/").content.decode()
    assert 'href="https://dashboard.stripe.com/subscriptions/sub_1"' in page

    # A simulator has no dashboard.
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = "http://127.0.0.1:1"
    assert "dashboard.stripe.com" not in signed_in(reader).get(url_of(license)).content.decode()


def test_what_was_given_up_can_be_replayed_from_its_line(viewer, alice, pro, course, settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    license = give(alice, pro, at=AT)
    everything_about(license, alice, course)
    target = SyncTarget.objects.create(
        kind="subscription", object_id="sub_1", requested=1, is_dead=True, error="no"
    )
    button = f'name="target" value="{target.pk}"'
    watcher = may(viewer, *RIGHTS)
    assert button not in signed_in(watcher).get(url_of(license)).content.decode()

    operator = may(watcher, "operate_billing")
    assert button in signed_in(operator).get(url_of(license)).content.decode()
    data = {"action": "replay", "target": target.pk, "next": url_of(license)}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post("/admin/licensing/billing/", data).status_code == 403
    body = strict.get(url_of(license)).content.decode()
    form = body[body.index('action="/admin/licensing/billing/"') : body.index(button)]
    data["csrfmiddlewaretoken"] = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    response = strict.post("/admin/licensing/billing/", data)
    assert (response.status_code, response["Location"]) == (302, url_of(license))
    target.refresh_from_db()
    assert not target.is_dead
    assert button not in signed_in(operator).get(url_of(license)).content.decode()
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        data = {"action": "replay", "target": target.pk, "next": elsewhere}
        response = signed_in(operator).post("/admin/licensing/billing/", data)
        assert response["Location"] == "/admin/licensing/billing/"


def test_a_person_is_told_of_with_what_they_held_once_and_not_with_seats_of_others(
    viewer, alice, bob, charlie, pro, team
):
    given_away = give(alice, pro, at=AT)
    transfer_license(license_id=given_away.pk, at=later(1), by=STAFF, user=charlie)
    shared = give(bob, team, at=later(2), seats=5)
    assign_seat(license_id=shared.pk, user=alice, at=later(3), by=STAFF)
    assign_seat(license_id=shared.pk, user=charlie, at=later(4), by=STAFF)

    told = [entry.what for entry in entries(viewer, url_of(person=alice))]
    assert "Handed over to another holder" in told
    assert "Seat assigned: alice" in told
    assert "Seat assigned: charlie" not in told
    assert told.count("License issued") == 2
    assert "Seat assigned: charlie" in [entry.what for entry in entries(viewer, url_of(shared))]
    stranger = make_user("stranger")
    assert entries(may(viewer, "view_user"), url_of(person=stranger)) == []
    assert lines_after(scope_of_person(stranger), kinds=list(LineKind)) == ([], None)


def test_free_pages_of_the_month_are_told_of_the_person(viewer, alice, gated_article):
    gate = Gate.objects.get()
    MeteredRead.objects.create(
        user=alice, gate=gate, page=gated_article, month=AT.date().replace(day=1), read_at=AT
    )
    reader = may(viewer, "view_download", "view_user")
    assert [entry.what for entry in entries(reader, url_of(person=alice))] == [
        "Free page of the month read: How to sell"
    ]


def test_looking_writes_nothing_down(viewer, alice, pro):
    license = give(alice, pro, at=AT)
    with CaptureQueriesContext(connection) as captured:
        signed_in(viewer).get(url_of(license))
    written = [
        query["sql"]
        for query in captured.captured_queries
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and "wagtail_licensing" in query["sql"]
    ]
    assert written == []
    assert not ModelLogEntry.objects.filter(user=viewer).exists()


def test_who_never_had_a_license_is_not_named_to_those_who_see_licenses_alone(viewer, alice, bob, team):
    pages = [f"/admin/licensing/people/{alice.pk}/{name}/" for name in ("timeline", "as-of")]
    for url in pages:
        response = signed_in(viewer).get(url)
        assert response.status_code == 404
        assert "alice" not in response.content.decode()
    rights = ("access_admin", "view_license", "view_gate", "change_user")
    clerk = signed_in(may(make_user("clerk"), *rights))
    assert [clerk.get(url).status_code for url in pages] == [200, 200]
    shared = give(bob, team, at=AT, seats=3)
    assign_seat(license_id=shared.pk, user=alice, at=AT, by=STAFF)
    for url in pages:
        assert signed_in(viewer).get(url).status_code == 200


def test_what_is_not_there_is_not_found(viewer):
    for url in ("/admin/licensing/licenses/timeline/999/", "/admin/licensing/people/999/timeline/"):
        assert signed_in(viewer).get(url).status_code == 404
