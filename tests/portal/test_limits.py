"""Many addresses from one source: there is an end to it, and nobody else is kept out."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import reverse

from tests.conftest import make_product
from tests.portal.test_registration import url
from wagtail_licensing.models import CheckoutIntent, LicenseClaim
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db

ELSEWHERE = "9.9.9.9"
HERE = "8.8.4.4"


class DeadCache(LocMemCache):
    """Does not answer."""

    def add(self, *args, **kwargs):
        raise ConnectionError("redis is away")


@pytest.fixture(autouse=True)
def a_site_with_a_limit(settings):
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_SOURCE_LIMIT = 3
    cache = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": uuid.uuid4().hex,
    }
    settings.CACHES = {"default": cache}


@pytest.fixture
def sampler(db):
    """Thirty days, for nothing."""
    return make_product("Sampler", kind="fixed_term", term_days=30, issue_mode="registration")


def ask(product, address, *, peer=HERE, **headers):
    return Client(REMOTE_ADDR=peer, headers=headers).post(url(product), {"email": address})


def test_the_fourth_address_is_one_too_many(sampler, now):
    answers = [ask(sampler, f"p{number}@example.org") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert LicenseClaim.objects.count() == 3
    send_waiting(at=now + dt.timedelta(minutes=1))
    assert len(mail.outbox) == 3
    assert 0 < int(answers[3].headers["Retry-After"]) <= 3600
    assert answers[3].headers["Cache-Control"] == "private, no-store"


def test_others_are_not_kept_out(sampler):
    for number in range(5):
        ask(sampler, f"p{number}@example.org")
    assert ask(sampler, "eve@example.org", peer=ELSEWHERE).status_code == 200
    assert LicenseClaim.objects.filter(email="eve@example.org").exists()


def test_the_next_hour_is_another(sampler, settings, now):
    begin = now.replace(minute=59, second=59)
    settings.WAGTAIL_LICENSING_CLOCK = "tests.portal.test_limits.moved"
    for number in range(5):
        Moved.to = begin
        last = ask(sampler, f"p{number}@example.org")
    assert (last.status_code, last.headers["Retry-After"]) == (429, "1")
    Moved.to = begin + dt.timedelta(seconds=1)
    assert ask(sampler, "p9@example.org").status_code == 200


class Moved:
    """The instant of the site."""

    to: dt.datetime


def moved():
    return Moved.to


def test_a_header_is_no_way_round(sampler):
    got = [
        ask(sampler, f"p{number}@example.org", **{"X-Forwarded-For": f"9.9.9.{number}"}).status_code
        for number in range(4)
    ]
    assert got == [200, 200, 200, 429]


def test_behind_a_proxy_it_is_the_last_hop_that_counts(sampler, settings):
    settings.WAGTAIL_LICENSING_TRUSTED_PROXIES = 1
    hops = [f"1.1.1.{number}, {HERE}" for number in range(4)] + [f"{HERE}, {ELSEWHERE}"]
    got = [
        ask(sampler, f"p{number}@example.org", peer="10.0.0.1", **{"X-Forwarded-For": hop}).status_code
        for number, hop in enumerate(hops)
    ]
    assert got == [200, 200, 200, 429, 200]


def test_who_shares_an_address_of_an_office_shares_a_wider_limit(sampler):
    got = [ask(sampler, f"p{n}@example.org", peer="10.0.0.9").status_code for n in range(76)]
    assert got == [200] * 75 + [429]


def test_what_is_no_address_counts_against_nobody(sampler):
    for _ in range(6):
        assert ask(sampler, "nobody").status_code == 400
    assert ask(sampler, "eve@example.org").status_code == 200


def test_the_answer_at_the_limit_tells_nothing_of_an_address(sampler):
    for number in range(3):
        ask(sampler, f"p{number}@example.org")
    known, stranger = ask(sampler, "p1@example.org"), ask(sampler, "new@example.org")
    assert known.content == stranger.content


def test_without_its_cache_nothing_is_sent_and_nothing_breaks(sampler, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.DeadCache"}}
    assert ask(sampler, "eve@example.org").status_code == 429
    assert not LicenseClaim.objects.exists()


def test_the_limit_can_be_switched_off(sampler, settings):
    settings.WAGTAIL_LICENSING_SOURCE_LIMIT = 0
    assert [ask(sampler, f"p{n}@example.org").status_code for n in range(5)] == [200] * 5


def test_guests_begin_so_many_checkouts_and_members_their_own(stripe_world, settings, alice):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    buy = reverse("wagtail_licensing:buy", args=[stripe_world.once.pk])
    got = [Client(REMOTE_ADDR=HERE).post(buy).status_code for _ in range(4)]
    assert got == [303, 303, 303, 429]
    assert CheckoutIntent.objects.count() == 3
    member = Client(REMOTE_ADDR=HERE)
    member.force_login(alice)
    assert member.post(buy).status_code == 303
