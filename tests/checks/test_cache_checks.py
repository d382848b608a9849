"""The check of the middleware that stores answers."""

import pytest

from wagtail_licensing.checks.caches import OURS, check_middleware

UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
OTHER = "wagtailcache.cache.UpdateCacheMiddleware"


@pytest.mark.parametrize(
    "middleware",
    [
        [UPDATE, FETCH],
        [OURS, UPDATE, FETCH],
        [UPDATE, OURS, OTHER],
        [OTHER],
        ["django.middleware.cache.CacheMiddleware"],
    ],
)
def test_a_page_cache_that_is_not_told_is_named(settings, middleware):
    settings.MIDDLEWARE = middleware
    (message,) = check_middleware()
    assert message.id == "wagtail_licensing.W013"
    assert OURS in message.hint


@pytest.mark.parametrize("middleware", [[], [OURS], [UPDATE, OURS, FETCH], [OTHER, UPDATE, OURS]])
def test_a_page_cache_that_is_told_is_silent(settings, middleware):
    settings.MIDDLEWARE = middleware
    assert check_middleware() == []
