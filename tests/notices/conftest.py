"""Mails need an address to come from and one for their links to lead to."""

import pytest


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_MAIL_FROM = "Licenses <licenses@example.org>"
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
