"""Tests of a site with wagtail-localize: collected only with its settings."""

import pytest
from django.apps import apps
from wagtail.models import Locale

collect_ignore_glob = [] if apps.is_installed("wagtail_localize") else ["test_*.py"]


def published(page):
    """Publish a page, and return it."""
    page.save_revision().publish()
    return page


@pytest.fixture
def french():
    return Locale.objects.create(language_code="fr")


@pytest.fixture
def french_home(home, french):
    return published(home.copy_for_translation(french))
