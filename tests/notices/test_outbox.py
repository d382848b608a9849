"""A mail is written down with its change, sent once, and never stands in the way of the change."""

import contextlib
import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import formats

from tests.conftest import STAFF, STRIPE, give
from wagtail_licensing import tasks
from wagtail_licensing.domain.states import Hold, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    apply_terms,
    assign_seat,
    end_due_licenses,
    issue_license,
    lift_hold,
    place_hold,
    renew_license,
    revoke_license,
)
from wagtail_licensing.models import MailText, OutboxMessage
from wagtail_licensing.notices import send
from wagtail_licensing.notices.remind import remind
from wagtail_licensing.notices.send import send_again, send_waiting

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def written():
    return list(OutboxMessage.objects.order_by("pk").values_list("notice", flat=True))


class Broken(EmailBackend):
    """Refuses every mail, and says so with an address in it."""

    error: Exception = smtplib.SMTPDataError(451, b"alice@example.org try later")

    def send_messages(self, messages):
        raise self.error


class Down(EmailBackend):
    """Does not answer."""

    def open(self):
        raise ConnectionRefusedError("mail.example.org")


def test_a_change_writes_its_mail_down_and_a_sweep_sends_it(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + 30 * DAY)
    assert written() == ["welcome"]
    assert mail.outbox == []
    assert send_waiting(at=now).sent == 1
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert message.from_email == "Licenses <licenses@example.org>"
    assert message.subject == "Pro is yours"
    assert license.reference in message.body
    assert "https://example.org/licensing/account/" in message.body
    html = message.alternatives[0]
    assert html.mimetype == "text/html"
    assert license.reference in html.content
    row = OutboxMessage.objects.get()
    assert (row.state, row.sent_at, row.attempts) == ("sent", now, 1)


def test_it_is_sent_once_however_often_one_sweeps(alice, pro, now):
    give(alice, pro, at=now)
    for _ in range(3):
        send_waiting(at=now)
        send_waiting(at=now + DAY)
    assert len(mail.outbox) == 1


def test_a_change_that_is_undone_writes_nothing(alice, pro, now):
    with contextlib.suppress(RuntimeError), transaction.atomic():
        give(alice, pro, at=now)
        assert written() == ["welcome"]
        raise RuntimeError
    assert written() == []


def test_the_story_of_a_license_in_mails(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY, renews=True)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    place_hold(license_id=license.pk, hold=Hold.BILLING, at=now, by=STRIPE)
    lift_hold(license_id=license.pk, hold=Hold.BILLING, at=now, by=STRIPE)
    end_due_licenses(at=now + 10 * DAY)
    assert written() == ["welcome", "access_lost", "restored", "ended"]
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert written() == ["welcome", "access_lost", "restored", "ended"]


def test_an_end_that_is_noticed_now_is_told_even_when_no_worker_ran_for_a_week(alice, pro, now):
    license = give(alice, pro, at=now - 9 * DAY, ends_at=now - 8 * DAY)
    assert written() == []
    end_due_licenses(at=now)
    assert written() == ["ended"]
    assert send_waiting(at=now).sent == 1
    license.refresh_from_db()
    assert license.state == "expired"


def test_who_has_more_people_than_seats_is_told_until_when_to_choose(alice, bob, team, now):
    license = give(alice, team, at=now, ends_at=now + 30 * DAY, renews=True, seats=2)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    fewer = Terms(
        state=State.ACTIVE,
        starts_at=now,
        ends_at=now + 30 * DAY,
        access_until=now + 33 * DAY,
        renews=True,
        seats=1,
    )
    for _ in range(2):
        apply_terms(license_id=license.pk, terms=fewer, at=now, by=STRIPE)
    assert written() == ["welcome", "seats_over"]
    send_waiting(at=now)
    license.refresh_from_db()
    until = formats.date_format(license.seats_due_at, "DATETIME_FORMAT")
    assert mail.outbox[1].subject == "Team has more people than seats"
    assert until in mail.outbox[1].body


def test_what_is_brought_in_from_elsewhere_says_nothing(alice, pro, now):
    issue_license(product=pro, source="import", user=alice, at=now, by=STAFF)
    give(alice, pro, at=now - 4 * DAY)
    assert written() == []


def test_mails_can_be_switched_off_at_any_time(alice, pro, now, settings):
    give(alice, pro, at=now)
    settings.WAGTAIL_LICENSING_MAIL = False
    give(alice, pro, at=now)
    assert written() == ["welcome"]
    assert send_waiting(at=now).dropped == 1
    assert remind(at=now) == 0
    assert mail.outbox == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
def test_nobody_is_written_to_without_an_address_or_an_account(alice, pro, now, fields):
    give(alice, pro, at=now)
    type(alice).objects.filter(pk=alice.pk).update(**fields)
    assert send_waiting(at=now).dropped == 1
    assert mail.outbox == []


def test_what_is_not_true_any_more_is_not_said(alice, pro, now):
    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert send_waiting(at=now).dropped == 1
    assert OutboxMessage.objects.get().state == "dropped"


def test_a_refused_mail_waits_longer_each_time_and_tells_no_address(alice, pro, now, settings, caplog):
    give(alice, pro, at=now)
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    assert send_waiting(at=now).failed == 1
    row = OutboxMessage.objects.get()
    assert (row.state, row.error, row.next_try) == ("waiting", "SMTPDataError", now + MINUTE)
    assert send_waiting(at=now + MINUTE / 2).failed == 0
    assert send_waiting(at=now + MINUTE).failed == 1
    row.refresh_from_db()
    assert row.next_try == now + 3 * MINUTE
    assert "alice" not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_waiting(at=now + DAY).sent == 1


def test_it_is_given_up_after_fifteen_tries_and_can_be_sent_again_by_hand(alice, pro, now, settings):
    give(alice, pro, at=now)
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    for number in range(20):
        send_waiting(at=now + number * DAY)
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts) == ("failed", 15)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_waiting(at=now + 30 * DAY).sent == 0
    assert send_again(message_id=row.pk, at=now) is True
    assert send_again(message_id=row.pk, at=now) is False
    assert send_waiting(at=now).sent == 1


def test_an_outage_of_the_mail_server_counts_against_no_mail(alice, bob, pro, now, settings):
    give(alice, pro, at=now)
    give(bob, pro, at=now)
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    assert send_waiting(at=now) == send.Sending()
    assert set(OutboxMessage.objects.values_list("attempts", "state")) == {(0, "waiting")}


def test_a_refused_address_does_not_hold_up_the_others(alice, bob, pro, now, monkeypatch):
    give(alice, pro, at=now)
    give(bob, pro, at=now)
    sent = EmailBackend.send_messages

    def send_messages(self, messages):
        if messages[0].to == ["alice@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"alice@example.org": (550, b"no")})
        return sent(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    result = send_waiting(at=now)
    assert (result.sent, result.failed) == (1, 1)
    assert [message.to for message in mail.outbox] == [["bob@example.org"]]


def test_who_dies_between_sending_and_noting_sends_the_same_mail_again_and_later(
    alice, pro, now, monkeypatch
):
    give(alice, pro, at=now)
    monkeypatch.setattr(send, "_note", lambda *args, **kwargs: None)
    send_waiting(at=now)
    monkeypatch.undo()
    assert send_waiting(at=now + MINUTE) == send.Sending()
    assert send_waiting(at=now + send.LEASE).sent == 1
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_who_was_overtaken_notes_nothing(alice, pro, now, monkeypatch):
    give(alice, pro, at=now)
    slow = send._take(OutboxMessage.objects.get().pk, now)
    assert send._take(slow.pk, now) is None
    fast = send._take(slow.pk, now + send.LEASE)
    send._note(slow, state="failed")
    assert OutboxMessage.objects.get().state == "waiting"
    send._note(fast, state="sent", sent_at=now)
    assert OutboxMessage.objects.get().state == "sent"


def test_no_time_is_spent_beyond_the_limit(alice, pro, now):
    for _ in range(3):
        give(alice, pro, at=now)
    clock = iter([0, 0, 10, 50, 60])
    assert send_waiting(at=now, watch=lambda: next(clock)).sent == 2


def test_it_costs_one_statement_to_write_down_and_nothing_where_there_is_no_mail(
    alice, pro, now, settings
):
    def statements(change):
        with CaptureQueriesContext(connection) as captured:
            change()
        return len(captured)

    def issue():
        return give(alice, pro, at=now, ends_at=now + DAY)

    def renew(days):
        return renew_license(license_id=license.pk, ends_at=now + days * DAY, at=now, by=STAFF)

    license = issue()
    settings.WAGTAIL_LICENSING_MAIL = False
    issued, renewed = statements(issue), statements(lambda: renew(2))
    settings.WAGTAIL_LICENSING_MAIL = True
    assert statements(issue) == issued + 1
    assert statements(lambda: renew(3)) == renewed


def test_a_mail_in_the_words_of_the_site_and_the_language_of_the_person(alice, pro, now, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "Arabic")]
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = f"{__name__}.german"
    MailText.objects.create(notice="welcome", language="de", subject="{{ product }} ist da", body="Ja.")
    MailText.objects.create(notice="welcome", language="", subject="For all", body="Yes.")
    MailText.objects.create(notice="ended", language="de", subject="Aus", body="Nein.")
    give(alice, pro, at=now)
    send_waiting(at=now)
    assert mail.outbox[0].subject == "Pro ist da"
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = ""
    give(alice, pro, at=now)
    send_waiting(at=now)
    assert mail.outbox[1].subject == "For all"
    MailText.objects.filter(language="").update(live=False)
    give(alice, pro, at=now)
    send_waiting(at=now)
    assert mail.outbox[2].subject == "Pro is yours"


def german(user):
    return "de-at"


def test_names_are_text_in_every_part_of_a_mail(alice, pro, now):
    alice.first_name, alice.last_name = (
        "<img src=x onerror=alert(1)>",
        "{{ reference }}\r\nBcc: eve@example.org",
    )
    alice.save()
    pro.name = "Pro\r\nBcc: eve@example.org {% load x %} {{ settings }}"
    pro.save()
    give(alice, pro, at=now)
    assert send_waiting(at=now).sent == 1
    (message,) = mail.outbox
    assert message.subject == "Pro Bcc: eve@example.org {% load x %} {{ settings }} is yours"
    assert message.recipients() == ["alice@example.org"]
    html = message.alternatives[0].content
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert "{{ reference }} Bcc: eve" in message.body
    assert "\r\nBcc:" not in message.message().as_string().replace("\r\n ", " ")


def test_the_task_reminds_and_sends(alice, pro, now):
    give(alice, pro, at=now - 2 * DAY, ends_at=now + DAY, starts_at=now - 30 * DAY)
    assert tasks.remind_and_send().sent == 2
    assert {message.subject for message in mail.outbox} == {"Pro is yours", "Pro ends soon"}


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_a_mail_goes_out_with_the_commit(alice, pro, now):
    give(alice, pro, at=now)
    assert [message.subject for message in mail.outbox] == ["Pro is yours"]


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_stops_no_change(alice, pro, now, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    license = give(alice, pro, at=now)
    assert license.state == "active"
    assert written() == ["welcome"]
