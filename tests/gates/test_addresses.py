"""From an address to what is served there."""

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import override_settings
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Site

from tests.testapp.models import PlainPage, RoutedPage
from wagtail_licensing.gates.addresses import NothingThereError, target_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_the_test(settings, tmp_path):
    """Files gone with the test, and so are the renditions that Wagtail remembers in the cache."""
    settings.MEDIA_ROOT = str(tmp_path)
    cache.clear()


@pytest.mark.parametrize(
    "form", ["{path}", "http://localhost{path}", "{bare}", "http://127.0.0.1:8000{path}"]
)
def test_a_page_is_found_by_path_and_by_address(gated_article, form):
    path = "/how-to-sell/"

    assert target_at(form.format(path=path, bare=path.rstrip("/"))).pk == gated_article.pk


def test_a_sub_route_leads_to_its_page(home):
    routed = home.add_child(instance=RoutedPage(title="Routed", slug="routed"))

    assert target_at("/routed/part/").pk == routed.pk


def test_the_site_of_the_host_is_asked(home):
    root = home.get_parent().add_child(instance=PlainPage(title="Other", slug="other"))
    inner = root.add_child(instance=PlainPage(title="Inner", slug="inner"))
    Site.objects.create(hostname="other.example", port=443, root_page=root)

    assert target_at("https://other.example/inner/").pk == inner.pk
    with pytest.raises(NothingThereError):
        target_at("/inner/")


def test_a_document_is_found_by_its_address_and_by_its_file():
    document = get_document_model().objects.create(
        title="Guide", file=ContentFile(b"x", name="guide.txt")
    )

    assert target_at(document.url) == document
    assert target_at(document.file.url) == document
    with pytest.raises(NothingThereError):
        target_at(f"/documents/{document.pk}/another.txt")


def test_an_image_is_found_by_its_renditions():
    image = get_image_model().objects.create(title="Picture", file=get_test_image_file())

    assert target_at(image.file.url) == image
    assert target_at(image.get_rendition("width-10").url) == image


@pytest.mark.parametrize(
    "address",
    ["/nothing-here/", "how-to-sell", "", "http://stranger.example/how-to-sell/", "/media/no.txt"],
)
def test_where_nothing_is_served_it_says_so(gated_article, address):
    with pytest.raises(NothingThereError):
        target_at(address)


@override_settings(ALLOWED_HOSTS=["www.known.example"])
def test_a_host_that_the_project_lets_in_is_served_by_the_default_site(gated_article):
    assert target_at("https://www.known.example/how-to-sell/").pk == gated_article.pk


def test_a_draft_is_served_nowhere(home):
    home.add_child(instance=PlainPage(title="Draft", slug="draft", live=False))

    with pytest.raises(NothingThereError):
        target_at("/draft/")
