"""Settings of teams that are not understood."""

import datetime as dt

import pytest

from wagtail_licensing.checks.teams import check_team_settings


def ids():
    return [message.id.removeprefix("wagtail_licensing.") for message in check_team_settings()]


@pytest.mark.parametrize("lifetime", [0, dt.timedelta(days=-1), dt.timedelta(days=367), "7 days"])
def test_people_have_time_to_answer(settings, lifetime):
    settings.WAGTAIL_LICENSING_INVITATION_LIFETIME = lifetime
    assert ids() == ["E070"]


@pytest.mark.parametrize("path", ["nowhere.at_all", "tests.settings.SECRET_KEY", "x"])
def test_addresses_are_found_by_a_function(settings, path):
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = path
    assert ids() == ["E071"]


def test_what_is_right_is_not_complained_about(settings):
    assert ids() == []
    settings.WAGTAIL_LICENSING_INVITATION_LIFETIME = 300
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = "tests.teams.test_invitations.dee_verified"
    assert ids() == []
