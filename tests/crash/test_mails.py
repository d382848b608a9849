"""kill -9 while mails are sent: each is sent again at most once for each death, as the same mail."""

import re
from collections import Counter

import pytest
from django.core.management import call_command

from tests.conftest import give, make_product, make_user
from tests.crash.killing import Point, die_at
from wagtail_licensing.conf import now
from wagtail_licensing.models import License, OutboxMessage
from wagtail_licensing.notices import send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(settings, tmp_path):
    """A mail server that keeps what it got in files, and lists the ids of it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
    settings.WAGTAIL_LICENSING_USE_CELERY = False

    def ids() -> Counter:
        texts = [path.read_text() for path in sorted(tmp_path.iterdir())]
        return Counter(re.findall(r"^Message-ID: (\S+)", "".join(texts), re.MULTILINE))

    return ids


@pytest.fixture
def alice(db):
    """Is given something."""
    return make_user("alice")


@pytest.mark.parametrize(
    ("point", "deliveries"),
    [
        pytest.param(Point("notices.send", "_take"), 1, id="taken"),
        pytest.param(Point("notices.send", "make_mail"), 1, id="made"),
        pytest.param(Point("notices.send", "_note", after=False), 2, id="sent-and-not-marked"),
        pytest.param(Point("notices.send", "_note"), 1, id="marked"),
    ],
)
def test_a_death_while_sending_costs_one_mail_too_many_at_most(sent, alice, point, deliveries):
    product = make_product("Pro")
    die_at(point, lambda: give(alice, product, at=now()))
    assert License.objects.get().state == "active"
    message = OutboxMessage.objects.get()
    for _ in range(3):
        call_command("licensing_sweep")  # at once: it may still be under way
    assert sum(sent().values()) <= 1
    for _ in range(3):
        send.send_waiting(at=now() + send.LEASE)
    domain = "localhost"
    assert set(sent()) == {f"<{message.message_id}@{domain}>"}
    assert sum(sent().values()) == deliveries
    message.refresh_from_db()
    assert message.state == "sent"


def test_of_three_mails_only_the_one_under_way_is_sent_twice(sent, settings):
    product = make_product("Pro")
    settings.WAGTAIL_LICENSING_USE_CELERY = True  # nobody answers: all three wait
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    for name in ("one", "two", "three"):
        give(make_user(name), product, at=now())
    first, second, third = OutboxMessage.objects.order_by("pk")
    settings.WAGTAIL_LICENSING_USE_CELERY = False
    assert not sent()
    point = Point("notices.send", "_note", after=False, call=2)
    die_at(point, lambda: send.send_waiting(at=now()))
    send.send_waiting(at=now())
    send.send_waiting(at=now() + send.LEASE)
    got = sent()
    assert [got[f"<{m.message_id}@localhost>"] for m in (first, second, third)] == [1, 2, 1]
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}


def test_two_deaths_cost_two_mails_too_many(sent, alice):
    product = make_product("Pro")
    point = Point("notices.send", "_note", after=False)
    die_at(point, lambda: give(alice, product, at=now()))
    die_at(point, lambda: send.send_waiting(at=now() + send.LEASE))
    send.send_waiting(at=now() + 2 * send.LEASE)
    send.send_waiting(at=now() + 4 * send.LEASE)
    assert list(sent().values()) == [3]
