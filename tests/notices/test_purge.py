"""Old mails are forgotten, what waits is not."""

import datetime as dt

import pytest

from tests.conftest import give
from wagtail_licensing.models import OutboxMessage
from wagtail_licensing.notices.purge import purge_mails

pytestmark = pytest.mark.django_db

LONG_AGO = dt.timedelta(days=400)


@pytest.fixture
def mail(alice, pro, now):
    license = give(alice, pro, at=now)
    OutboxMessage.objects.all().delete()

    def write(age, state):
        return OutboxMessage.objects.create(
            key=f"{age}-{state}",
            notice="welcome",
            user=alice,
            license=license,
            state=state,
            sent_at=now if state == "sent" else None,
            created_at=now - age,
            next_try=now,
        )

    return write


@pytest.mark.parametrize("state", ["sent", "dropped", "failed"])
def test_what_is_older_than_the_setting_goes(mail, now, state):
    mail(LONG_AGO + dt.timedelta(microseconds=1), state)
    kept = mail(LONG_AGO, state)
    assert purge_mails(at=now) == 1
    assert list(OutboxMessage.objects.all()) == [kept]


def test_what_waits_is_never_forgotten(mail, now):
    mail(LONG_AGO * 2, "waiting")
    assert purge_mails(at=now) == 0


def test_the_setting_decides(mail, now, settings, django_assert_num_queries):
    settings.WAGTAIL_LICENSING_MAIL_RETENTION = dt.timedelta(days=3000)
    mail(LONG_AGO * 2, "sent")
    with django_assert_num_queries(1):
        assert purge_mails(at=now) == 0


def test_so_many_at_a_time(mail, now):
    for days in (1, 2, 3):
        mail(LONG_AGO + dt.timedelta(days=days), "sent")
    assert [purge_mails(at=now, limit=2) for _ in range(3)] == [2, 1, 0]
