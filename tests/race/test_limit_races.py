"""Many requests of one source at once: exactly so many get through, counted in a real Redis."""

import datetime as dt
import uuid

import pytest
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache
from django.test import RequestFactory

from tests.race.threads import at_once
from tests.worker.conftest import REDIS_URL
from wagtail_licensing.portal.limits import may_ask

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not REDIS_URL, reason="needs Redis; run make test-services"),
]

VISITORS = 40
MOST = 5


@pytest.fixture(autouse=True)
def counted_in_redis(settings):
    settings.WAGTAIL_LICENSING_SOURCE_LIMIT = MOST
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    settings.CACHES = {"default": {**redis, "KEY_PREFIX": uuid.uuid4().hex}}


def ask():
    request = RequestFactory().get("/", REMOTE_ADDR="9.9.9.9")
    return may_ask(request, what="registration", at=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))


def test_exactly_so_many_get_through():
    results = at_once(*[ask] * VISITORS)
    assert results.count(True) == MOST
    assert results.count(False) == VISITORS - MOST


def test_a_cache_that_reads_and_then_writes_lets_more_through(monkeypatch):
    """The control: it is the counting in one step that keeps them apart."""
    monkeypatch.setattr(RedisCache, "incr", BaseCache.incr)
    results = at_once(*[ask] * VISITORS)
    assert results.count(True) > MOST
