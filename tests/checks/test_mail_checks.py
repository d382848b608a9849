"""Settings of mails that are not understood, or that would write from nowhere."""

import datetime as dt

import pytest

from wagtail_licensing.checks.mail import check_mail_addresses, check_mail_settings


def ids(messages):
    return [message.id.removeprefix("wagtail_licensing.") for message in messages]


@pytest.mark.parametrize("days", [["two"], [-1], [1000], 3])
def test_reminders_are_days(settings, days):
    settings.WAGTAIL_LICENSING_REMINDER_DAYS = days
    assert ids(check_mail_settings()) == ["E040"]


@pytest.mark.parametrize("path", ["nowhere.at_all", "tests.settings.SECRET_KEY", "x"])
def test_the_language_is_chosen_by_a_function(settings, path):
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = path
    assert ids(check_mail_settings()) == ["E041"]


def test_what_is_right_is_not_complained_about(settings):
    settings.WAGTAIL_LICENSING_REMINDER_DAYS = [30, 0]
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = "tests.notices.test_outbox.german"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
    assert check_mail_settings() == check_mail_addresses() == []


def test_mails_come_from_somebody_and_lead_somewhere(settings):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    settings.WAGTAILADMIN_BASE_URL = ""
    assert ids(check_mail_addresses()) == ["W040", "W041"]
    settings.WAGTAIL_LICENSING_MAIL = False
    assert check_mail_addresses() == []


@pytest.mark.parametrize("value", [400, dt.timedelta(days=29), None])
def test_mails_are_not_forgotten_too_soon(settings, value):
    settings.WAGTAIL_LICENSING_MAIL_RETENTION = value
    assert ids(check_mail_settings()) == ["E042"]
    settings.WAGTAIL_LICENSING_MAIL_RETENTION = dt.timedelta(days=30)
    assert ids(check_mail_settings()) == []
