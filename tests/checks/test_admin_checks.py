"""The checks of the admin: page viewsets of a site keep what we add to Wagtail's own."""

import pytest
from wagtail import VERSION
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet, page_viewset_registry

from tests.testapp.models import PlainPage
from wagtail_licensing.checks import admin
from wagtail_licensing.panels import LicensingEditViewMixin, LicensingIndexViewMixin


@pytest.fixture
def register(monkeypatch):
    """Register a page viewset for the length of a test."""
    admin.check_page_listings()  # fills the registry

    def registered(viewset_class):
        by_class = dict(page_viewset_registry.values_by_class) | {PlainPage: viewset_class()}
        monkeypatch.setattr(page_viewset_registry, "values_by_class", by_class)

    return registered


def test_our_own_viewset_is_fine():
    assert admin.check_page_listings() == []
    assert admin.check_page_editors() == []


@pytest.mark.skipif(VERSION < (8, 0), reason="views of the editor are replaced from Wagtail 8.0 on")
def test_an_editor_without_the_mixin_is_named(register):
    class PlainViewSet(PageViewSet):
        model = PlainPage

    register(PlainViewSet)
    (message,) = admin.check_page_editors()

    assert message.id == "wagtail_licensing.W016"
    assert "PlainViewSet" in message.msg
    assert "LicensingEditViewMixin" in message.hint


def test_an_editor_with_the_mixin_is_not_named(register):
    from wagtail.admin.views.pages.edit import EditView

    class BlogEditView(LicensingEditViewMixin, EditView):
        pass

    class GoodViewSet(PageViewSet):
        model = PlainPage
        edit_view_class = BlogEditView

    register(GoodViewSet)
    assert admin.check_page_editors() == []


def test_a_viewset_without_the_mixin_is_named(register):
    class PlainViewSet(PageViewSet):
        model = PlainPage

    register(PlainViewSet)
    (message,) = admin.check_page_listings()

    assert message.id == "wagtail_licensing.W017"
    assert "PlainViewSet" in message.msg
    assert "LicensingIndexViewMixin" in message.hint


def test_a_viewset_with_the_mixin_is_not_named(register):
    class IndexView(LicensingIndexViewMixin, ExplorableIndexView):
        pass

    class GoodViewSet(PageViewSet):
        model = PlainPage
        index_view_class = IndexView

    register(GoodViewSet)
    assert admin.check_page_listings() == []
