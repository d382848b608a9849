"""Six workers send at once, and everybody gets one mail; six sweeps remind at once, and write one."""

import datetime as dt
import time

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from tests.conftest import give, make_user
from tests.race.threads import at_once
from wagtail_licensing.models import OutboxMessage
from wagtail_licensing.notices import send
from wagtail_licensing.notices.remind import remind
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
WORKERS = 6


@pytest.fixture
def at():
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def waiting(pro, at, settings):
    """Ten mails that wait; nobody rings for them."""
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    settings.CELERY_BROKER_URL = ""
    for number in range(10):
        give(make_user(f"m{number}"), pro, at=at, ends_at=at + 365 * DAY)
    OutboxMessage.objects.update(state="waiting", attempts=0, token=0, sent_at=None, next_try=at)
    mail.outbox.clear()


@pytest.fixture
def slow_mail(monkeypatch):
    """Let everybody have the mail in hand before anybody has sent it."""
    real = EmailBackend.send_messages

    def slow(self, messages):
        time.sleep(0.02)
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slow)


def test_many_senders_send_each_mail_once(waiting, slow_mail, at):
    results = at_once(*[lambda: send_waiting(at=at)] * WORKERS)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(mail.outbox) == 10
    assert sum(result.sent for result in results) == 10


def test_without_taking_it_a_mail_is_sent_more_than_once(waiting, slow_mail, at, monkeypatch):
    """The control: it is the taking that keeps the senders apart."""
    monkeypatch.setattr(
        send,
        "_take",
        lambda pk, at: OutboxMessage.objects.select_related("license__product", "user").get(pk=pk),
    )
    at_once(*[lambda: send_waiting(at=at)] * WORKERS)
    assert len(mail.outbox) > 10


def test_many_sweeps_write_each_reminder_once(waiting, at):
    results = at_once(*[lambda: remind(at=at + 363 * DAY)] * WORKERS)
    assert results == [10] * WORKERS
    assert OutboxMessage.objects.filter(notice="ending_reminder").count() == 10
