"""A gated article, and a site that may have holes."""

import sys
from types import ModuleType

import pytest
from django.urls import clear_url_caches

from wagtail_licensing.scanner.registry import unregister_channel
from wagtail_licensing.testing import licensing_scan  # noqa: F401 - a fixture

from .leaky import with_holes


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """Files of a test, gone with it."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def holes(settings):
    """Return a function that opens holes in the site by their names."""
    names = []

    def open_them(*holes):
        module = ModuleType(f"tests.scanner.site_{'_'.join(holes) or 'whole'}")
        module.urlpatterns = with_holes(*holes)
        sys.modules[module.__name__] = module
        names.append(module.__name__)
        settings.ROOT_URLCONF = module.__name__
        clear_url_caches()

    yield open_them
    for name in names:
        del sys.modules[name]


@pytest.fixture
def channel():
    """Return a function that registers a channel for one test."""
    from wagtail_licensing.testing import register_channel

    names = []

    def register(name, urls):
        names.append(name)
        register_channel(name, urls)

    yield register
    for name in names:
        unregister_channel(name)
