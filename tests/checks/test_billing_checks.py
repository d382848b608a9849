"""System checks of billing: each says what is wrong, and is silent when nothing is."""

from types import SimpleNamespace

import pytest

from wagtail_licensing.checks import billing

POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


@pytest.fixture(autouse=True)
def site(monkeypatch):
    """The settings of Django that the checks look at; overriding the real ones breaks connections."""
    site = SimpleNamespace(DEBUG=False, DATABASES=POSTGRES)
    monkeypatch.setattr(billing, "settings", site)
    return site


def ids():
    return [message.id for check in billing.CHECKS for message in check()]


def test_a_site_that_is_set_up_well_hears_nothing():
    assert ids() == []


def test_without_a_key_nothing_is_checked(settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = []
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = "https://elsewhere.example"
    assert ids() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS": []}, "E020"),
        ({"WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS": [" "]}, "E020"),
        ({"WAGTAIL_LICENSING_STRIPE_SECRET_KEY": "pk_test_1"}, "E021"),
        ({"WAGTAIL_LICENSING_STRIPE_API_BASE": "https://elsewhere.example"}, "E022"),
        (
            {
                "WAGTAIL_LICENSING_STRIPE_API_BASE": "http://127.0.0.1:1",
                "WAGTAIL_LICENSING_STRIPE_SECRET_KEY": "sk_live_1",
            },
            "E022",
        ),
        ({"DEBUG": True, "WAGTAIL_LICENSING_STRIPE_SECRET_KEY": "rk_live_1"}, "W020"),
        ({"DATABASES": SQLITE}, "W021"),
        ({"WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS": ["sk_test_1"]}, "W022"),
    ],
)
def test_each_mistake_is_named(settings, site, changes, expected):
    for name, value in changes.items():
        setattr(settings if name.startswith("WAGTAIL") else site, name, value)
    assert ids() == [f"wagtail_licensing.{expected}"]


def test_no_message_shows_a_key(settings, site):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = "sk_live_secret"
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = "http://127.0.0.1:1"
    site.DEBUG = True
    messages = [str(message) for check in billing.CHECKS for message in check()]
    assert messages
    assert not any("sk_live" in message for message in messages)
