"""Settings of selling: what is wrong is named, what is right is not."""

import datetime as dt

import pytest

from wagtail_licensing.checks.selling import check_counting_cache, check_limits, check_selling_settings


def ids() -> list[str]:
    return [problem.id.partition(".")[2] for problem in check_selling_settings()]


@pytest.mark.parametrize("path", ["nowhere.at_all", "tests.settings.SECRET_KEY"])
def test_an_account_is_made_by_a_function(settings, path):
    settings.WAGTAIL_LICENSING_MAKE_ACCOUNT = path
    assert ids() == ["E050"]


@pytest.mark.parametrize("lifetime", [dt.timedelta(0), "soon", -1])
def test_a_link_works_for_a_while(settings, lifetime):
    settings.WAGTAIL_LICENSING_CLAIM_LINK_LIFETIME = lifetime
    assert ids() == ["E051"]


@pytest.mark.parametrize("retention", [dt.timedelta(0), "soon", -1])
def test_claims_are_kept_for_a_while(settings, retention):
    settings.WAGTAIL_LICENSING_CLAIM_RETENTION = retention
    assert ids() == ["E055"]


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_a_pause_is_offered_or_not(settings, wrong):
    settings.WAGTAIL_LICENSING_PAUSE_IN_PORTAL = wrong
    assert ids() == ["E056"]


def test_guests_are_written_to(settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    assert ids() == []
    settings.WAGTAIL_LICENSING_MAIL = False
    assert ids() == ["E052"]


def test_what_is_right_is_not_complained_about(settings):
    settings.WAGTAIL_LICENSING_MAKE_ACCOUNT = "tests.conftest.make_user"
    settings.WAGTAIL_LICENSING_CLAIM_LINK_LIFETIME = 3600
    assert ids() == []


@pytest.mark.parametrize("name", ["SOURCE_LIMIT", "TRUSTED_PROXIES"])
@pytest.mark.parametrize("wrong", [-1, "many", None, 1.5, True])
def test_limits_are_numbers(settings, name, wrong):
    assert check_limits() == []
    setattr(settings, f"WAGTAIL_LICENSING_{name}", wrong)
    assert [problem.id for problem in check_limits()] == ["wagtail_licensing.E054"]


@pytest.mark.parametrize(
    ("backend", "limit", "found"),
    [
        ("locmem.LocMemCache", 20, ["W050"]),
        ("dummy.DummyCache", 20, ["W050"]),
        ("dummy.DummyCache", 0, []),
        ("redis.RedisCache", 20, []),
        ("db.DatabaseCache", 20, []),
    ],
)
def test_a_limit_is_counted_by_all_processes_together(settings, backend, limit, found):
    settings.WAGTAIL_LICENSING_SOURCE_LIMIT = limit
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert [problem.id.partition(".")[2] for problem in check_counting_cache()] == found
