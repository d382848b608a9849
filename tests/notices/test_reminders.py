"""The calendar: whom to remind, once, and the way out of it."""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import STRIPE, give, make_user
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import apply_terms
from wagtail_licensing.models import MailPreference, OutboxMessage
from wagtail_licensing.notices.people import token_for
from wagtail_licensing.notices.remind import days_in, remind
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def yearly(alice, pro, now):
    """A license that renews in a year."""
    return give(alice, pro, at=now, ends_at=now + 365 * DAY, renews=True)


def reminders():
    return list(
        OutboxMessage.objects.exclude(notice="welcome").order_by("pk").values_list("notice", flat=True)
    )


def test_one_mail_at_each_of_the_two_times_however_often_one_looks(yearly, now):
    end = now + 365 * DAY
    for hours in range(0, 15 * 24, 6):
        remind(at=end - 15 * DAY + dt.timedelta(hours=hours))
    assert reminders() == ["renewal_reminder", "renewal_reminder"]
    assert remind(at=end) == 0


def test_what_is_written_down_already_is_not_written_and_rung_for_each_minute(yearly, now):
    end = now + 365 * DAY
    remind(at=end - 3 * DAY)
    with CaptureQueriesContext(connection) as captured:
        assert remind(at=end - 3 * DAY + dt.timedelta(minutes=1)) == 1
    assert [query["sql"] for query in captured if query["sql"].startswith("INSERT")] == []
    assert reminders() == ["renewal_reminder"]


def test_a_product_has_days_of_its_own(yearly, pro, now):
    end = now + 365 * DAY
    pro.reminder_days = "30"
    pro.save()
    assert remind(at=end - 31 * DAY) == 0
    assert remind(at=end - 30 * DAY) == 1
    pro.reminder_days = "0"
    pro.save()
    assert remind(at=end - DAY) == 0
    assert days_in(" 14 ,3,0, ") == [14, 3]


def test_a_site_has_days_of_its_own(yearly, now, settings):
    settings.WAGTAIL_LICENSING_REMINDER_DAYS = [1]
    end = now + 365 * DAY
    assert remind(at=end - 2 * DAY) == 0
    assert remind(at=end - DAY) == 1
    settings.WAGTAIL_LICENSING_REMINDER_DAYS = []
    assert remind(at=end - DAY) == 0


def test_a_reminder_of_what_was_renewed_meanwhile_is_dropped(yearly, now):
    end = now + 365 * DAY
    remind(at=end - 3 * DAY)
    later = end + 365 * DAY
    terms = Terms(state=State.ACTIVE, starts_at=now, ends_at=later, access_until=later, renews=True)
    apply_terms(license_id=yearly.pk, terms=terms, at=end - 2 * DAY, by=STRIPE)
    send_waiting(at=end - 2 * DAY)
    assert [message.subject for message in mail.outbox] == ["Pro is yours"]


def test_a_debt_is_told_two_days_before_access_ends(yearly, now):
    until = now + 7 * DAY
    terms = Terms(state=State.GRACE, starts_at=now, ends_at=now, access_until=until, renews=True)
    apply_terms(license_id=yearly.pk, terms=terms, at=now, by=STRIPE)
    assert remind(at=until - 3 * DAY) == 0
    assert remind(at=until - 2 * DAY) == 1
    assert reminders() == ["payment_failed", "access_ending"]
    send_waiting(at=until - 2 * DAY)
    assert mail.outbox[-1].subject == "Access to Pro ends in two days"
    assert "List-Unsubscribe" not in mail.outbox[-1].extra_headers


def test_many_licenses_cost_few_queries(pro, now, django_assert_max_num_queries, monkeypatch):
    for number in range(12):
        give(make_user(f"m{number}"), pro, at=now, ends_at=now + 365 * DAY)
    monkeypatch.setattr("wagtail_licensing.notices.remind.BATCH", 5)
    with django_assert_max_num_queries(9):
        assert remind(at=now + 363 * DAY) == 12
    assert reminders() == ["ending_reminder"] * 12
    with django_assert_max_num_queries(9):
        remind(at=now + 363 * DAY)
    assert len(reminders()) == 12


def test_the_way_out_of_reminders_is_one_click_and_needs_no_account(client, yearly, alice, now):
    end = now + 365 * DAY
    remind(at=end - 3 * DAY)
    send_waiting(at=end - 3 * DAY)
    headers = mail.outbox[-1].extra_headers
    address = headers["List-Unsubscribe"].strip("<>").removeprefix("https://example.org")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in mail.outbox[-1].body
    seen = client.get(address)
    assert seen.status_code == 200
    assert seen["Referrer-Policy"] == "no-referrer"
    assert not MailPreference.objects.exists()
    answer = client.post(address, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert MailPreference.objects.get(user=alice).reminders is False
    client.post(address)
    assert MailPreference.objects.count() == 1


def test_who_does_without_reminders_still_hears_of_payments(yearly, alice, now):
    MailPreference.objects.create(user=alice, reminders=False, changed_at=now)
    end = now + 365 * DAY
    remind(at=end - 3 * DAY)
    assert send_waiting(at=end - 3 * DAY).dropped == 1
    until = now + 7 * DAY
    terms = Terms(state=State.GRACE, starts_at=now, ends_at=now, access_until=until, renews=True)
    apply_terms(license_id=yearly.pk, terms=terms, at=now, by=STRIPE)
    assert send_waiting(at=now).sent == 1


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: f"{token}x", lambda token: "1"]
)
def test_a_token_that_is_none_of_ours_is_a_404(client, alice, change):
    address = reverse("wagtail_licensing:no_reminders", args=[change(token_for(alice))])
    assert client.post(address).status_code == 404
    assert not MailPreference.objects.exists()


def test_the_account_says_what_one_is_written_about(client, alice, charlie):
    address = reverse("wagtail_licensing:account_mail")
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert "checked" in client.get(address).content.decode()
    answer = client.post(address, {}, follow=True)
    assert "Saved." in answer.content.decode()
    assert "checked" not in answer.content.decode().split("licensing-reminders")[1].split(">")[0]
    assert MailPreference.objects.get().user_id == alice.pk
    client.post(address, {"reminders": "on"})
    assert MailPreference.objects.get().reminders is True
