"""Links in rich text to hidden pages and documents lead nowhere for who must not know of them."""

import json

import pytest
from django.core.files.base import ContentFile
from django.template import Context, Template
from wagtail import VERSION
from wagtail.documents import get_document_model
from wagtail.rich_text import expand_db_html

from tests.blocks.conftest import a_request
from tests.conftest import gate_page, give
from tests.testapp.models import ArticlePage, PlainPage, StreamPage
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

NO_STORE = "private, no-store"


@pytest.fixture
def linked(home, pro, settings, tmp_path):
    """An open page that links to a hidden page and document, to a teaser, and to an open page."""
    settings.MEDIA_ROOT = str(tmp_path)
    hidden = home.add_child(instance=ArticlePage(title="Hidden", slug="hiddenslug"))
    teaser = home.add_child(instance=ArticlePage(title="Teaser", slug="teaserslug"))
    other = home.add_child(instance=PlainPage(title="Open", slug="openslug"))
    document = get_document_model().objects.create(
        title="Secret", file=ContentFile(b"x", "hiddenfile.pdf")
    )
    text = "".join(f'<p><a linktype="page" id="{page.pk}">x</a></p>' for page in (hidden, teaser, other))
    text += f'<p><a linktype="document" id="{document.pk}">y</a></p><p><a href="https://a.org">z</a></p>'
    gate_page(hidden, pro, without_access="not_found")
    gate_page(teaser, pro)
    gate = Gate.objects.create(kind="document", document=document, without_access="not_found")
    EntitlementRule.objects.create(gate=gate, product=pro)
    plain = home.add_child(instance=PlainPage(title="Links", slug="links", body=text))
    stream = home.add_child(
        instance=StreamPage(title="Stream", slug="stream", body=[("rich", text), ("text", "free")])
    )
    return plain, stream, text


@pytest.fixture
def member(alice, pro, now):
    give(alice, pro, at=now)
    return alice


def look(client, user, url):
    client.logout()
    if user is not None:
        client.force_login(user)
    response = client.get(url)
    assert response.status_code == 200, response.content
    return response, response.content.decode()


def assert_closed_but_for(client, member, charlie, url):
    for user in (None, charlie):
        response, text = look(client, user, url)
        assert "hidden" not in text, url
        assert all(word in text for word in ("teaserslug", "openslug", "a.org")), url
        assert response["Cache-Control"] == NO_STORE
    response, text = look(client, member, url)
    assert all(word in text for word in ("hiddenslug", "hiddenfile", "teaserslug", "openslug")), url
    assert response["Cache-Control"] == NO_STORE


def test_pages_hide_the_addresses(client, linked, member, charlie):
    plain, stream, _ = linked
    assert_closed_but_for(client, member, charlie, plain.url)
    assert_closed_but_for(client, member, charlie, stream.url)


@pytest.mark.skipif(VERSION < (8, 0), reason="rich text is given as it is stored before Wagtail 8.0")
@pytest.mark.parametrize("format", ["html", "markdown"])
def test_the_api_v2_hides_them_in_every_format(client, linked, member, charlie, format):
    for page in linked[:2]:
        url = f"/api/v2/pages/{page.pk}/?rich_text_format={format}"
        assert_closed_but_for(client, member, charlie, url)


@pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")
@pytest.mark.parametrize("format", ["html", "markdown"])
def test_the_api_v3_hides_them_in_every_format(client, linked, format):
    for page in linked[:2]:
        _, text = look(client, None, f"/api/v3/pages/{page.pk}/?rich_text_format={format}")
        assert "hidden" not in text
        assert "openslug" in text


def test_what_is_stored_names_ids_only(client, linked, charlie):
    _, text = look(client, charlie, f"/api/v2/pages/{linked[0].pk}/")
    body = json.loads(text)["body"]
    assert "linktype" in body
    assert "hidden" not in body


def test_a_template_of_a_site_knows_its_reader(linked, member, charlie):
    template = Template("{% load wagtailcore_tags %}{{ text|richtext }}")
    for user, is_told in ((member, True), (charlie, False), (None, False)):
        html = template.render(Context({"text": linked[2], "request": a_request(user)}))
        assert ("hiddenslug" in html) is is_told
        assert "openslug" in html
        assert ("hiddenslug" in template.render(Context({"text": linked[2]}))) is False


def test_one_template_inside_another_keeps_its_reader(linked, member):
    inner = Template("{% load wagtailcore_tags %}{{ text|richtext }}")
    outer = Template("{{ before.render }}{% include inner %}")
    context = Context({"text": linked[2], "inner": inner, "request": a_request(member)})
    assert "hiddenslug" in outer.render(context)
    assert "hiddenslug" not in expand_db_html(linked[2]), "nobody reads any more"


def test_where_nothing_is_hidden_nobody_is_asked(home, article, pro, django_assert_num_queries):
    gate_page(article, pro)
    text = f'<a linktype="page" id="{article.pk}">x</a>'
    assert article.slug in expand_db_html(text)
    with django_assert_num_queries(2):  # Wagtail's own, for the address
        assert article.slug in expand_db_html(text)


def test_links_between_open_pages_leave_a_page_in_caches(client, linked, home, charlie):
    other = PlainPage.objects.get(slug="openslug")
    body = f'<a linktype="page" id="{other.pk}">x</a>'
    page = home.add_child(instance=PlainPage(title="P", slug="p", body=body))
    response, text = look(client, None, page.url)
    assert "openslug" in text
    assert "Cache-Control" not in response


def test_a_link_that_cannot_be_judged_leads_nowhere(linked, monkeypatch):
    from wagtail_licensing.gates import rich_text

    def broken():
        raise RuntimeError

    monkeypatch.setattr(rich_text, "anything_hidden", broken)
    assert "openslug" not in expand_db_html(linked[2])
