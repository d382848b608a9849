"""The sitemap: what is hidden is not in it, teasers are."""

import pytest
from wagtail import VERSION
from wagtail.contrib.sitemaps import Sitemap
from wagtail.models import Locale

from tests.conftest import gate_page
from tests.testapp.models import ArticlePage

pytestmark = pytest.mark.django_db


def test_the_sitemap_lists_teasers_and_nothing_hidden(client, world):
    text = client.get("/sitemap.xml").content.decode()
    for page in (world.home, world.hub, world.gated, world.alias, world.child, world.teaser):
        assert f"<loc>{page.get_full_url()}</loc>" in text
    assert "hiddenslug" not in text


def test_it_is_the_same_for_who_may_open_what_is_hidden(who, world):
    assert "hiddenslug" not in who("alice").get("/sitemap.xml").content.decode()


def test_a_page_below_a_hidden_one_and_its_alias_are_hidden_too(client, world, home):
    below = world.hidden.add_child(instance=ArticlePage(title="Below", slug="belowslug"))
    world.hidden.create_alias(parent=home, update_slug="hiddenalias")
    opened = world.hidden.add_child(instance=ArticlePage(title="Free", slug="freeslug"))
    gate_page(opened, audience="everyone")
    text = client.get("/sitemap.xml").content.decode()
    assert "belowslug" not in text
    assert "hiddenalias" not in text
    assert opened.get_full_url() in text
    assert below.get_full_url() not in text


@pytest.mark.parametrize("as_list", [False, True])
def test_a_sitemap_of_the_site_s_own_is_narrowed_too(rf, world, as_list):
    class OwnSitemap(Sitemap):
        def items(self):
            pages = ArticlePage.objects.order_by("path")
            return list(pages) if as_list else pages

    shown = [page.title for page in OwnSitemap(rf.get("/"))._items()]
    assert "Hiddentitle" not in shown
    assert "Gatedtitle" in shown


@pytest.mark.skipif(VERSION < (8, 1), reason="alternates came with Wagtail 8.1")
def test_a_hidden_translation_is_no_alternate(client, world, home, settings, pro):
    settings.WAGTAIL_I18N_ENABLED = True
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    french = Locale.objects.create(language_code="fr")
    home_fr = home.copy_for_translation(french)
    home_fr.save_revision().publish()
    hub_fr = world.hub.copy_for_translation(french)
    hub_fr.slug = "frenchslug"
    hub_fr.save_revision().publish()
    assert "frenchslug" in client.get("/sitemap.xml").content.decode()
    gate_page(home_fr, pro, without_access="not_found")
    text = client.get("/sitemap.xml").content.decode()
    assert "frenchslug" not in text
