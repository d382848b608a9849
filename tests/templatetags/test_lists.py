"""Tags and filters for lists: what a visitor opens, what may be listed, and the lock beside each."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.db import connection
from django.template import engines
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from wagtail.documents import get_document_model
from wagtail.models import Page

from tests.conftest import gate_page, give
from tests.testapp.models import ArticlePage, PlainPage
from wagtail_licensing.access import freshness
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db

LOAD = "{% load wagtail_licensing_tags %}"


def render(text, user, **context):
    request = RequestFactory().get("/")
    request.user = user
    return engines["django"].from_string(LOAD + text).render(context, request).strip(), request


@pytest.fixture
def pages(article, home, pro):
    """An open page, one with a teaser and one that is hidden."""
    open_page = home.add_child(instance=PlainPage(title="Open", slug="open"))
    hidden = home.add_child(instance=PlainPage(title="Hidden", slug="hidden"))
    gate_page(article, pro)
    gate_page(hidden, pro, without_access="not_found")
    article.title = "Teaser"
    article.save()
    return Page.objects.filter(pk__in=[open_page.pk, article.pk, hidden.pk]).order_by("path")


EVERY_WAY = {
    "tag": "{% NAME pages as shown %}{% for page in shown %}[{{ page.title }}]{% endfor %}",
    "filter": "{% for page in pages|NAME:request %}[{{ page.title }}]{% endfor %}",
}


@pytest.mark.parametrize("way", EVERY_WAY)
@pytest.mark.parametrize("form", [lambda pages: pages, list, lambda pages: pages[:9], iter])
@pytest.mark.parametrize(
    ("name", "expected"), [("accessible", "[Open]"), ("listable", "[Teaser][Open]")]
)
def test_lists_are_narrowed_for_the_visitor(way, form, name, expected, pages, charlie, alice, pro, now):
    text = EVERY_WAY[way].replace("NAME", name)
    for user in (AnonymousUser(), charlie):
        shown, request = render(text, user, pages=form(pages))
        assert shown == expected
        assert was_touched(request)
    give(alice, pro, at=now)
    shown, request = render(text, alice, pages=form(pages))
    assert shown == "[Teaser][Open][Hidden]"
    assert was_touched(request)


@pytest.mark.parametrize("way", EVERY_WAY)
def test_without_gates_lists_stay_and_nothing_is_touched(way, pages, charlie):
    Gate.objects.all().delete()
    for name in ("accessible", "listable"):
        shown, request = render(EVERY_WAY[way].replace("NAME", name), charlie, pages=pages)
        assert shown == "[Teaser][Open][Hidden]"
        assert not was_touched(request)


def test_without_a_request_lists_are_those_of_a_visitor(pages):
    text = LOAD + "{% accessible pages as shown %}{% for page in shown %}[{{ page.title }}]{% endfor %}"
    assert engines["django"].from_string(text).render({"pages": pages}) == "[Open]"


def test_a_list_that_is_missing_is_empty(charlie):
    assert render("{% accessible nothing as shown %}{{ shown|length }}", charlie)[0] == "0"


def test_documents_are_narrowed_too(charlie, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    documents = get_document_model().objects
    for name in ("a", "b"):
        documents.create(title=name, file=ContentFile(b"x", f"{name}.txt"))
    Gate.objects.create(kind="document", document=documents.get(title="b"))
    text = "{% for one in documents|accessible:request %}[{{ one.title }}]{% endfor %}"
    assert render(text, charlie, documents=documents.order_by("title"))[0] == "[a]"


STATE = (
    "{% gate_state page as lock %}"
    "{% if lock.is_open %}open{% endif %} {% if lock.is_locked %}locked{% endif %}"
    " {% if lock.is_free %}free{% endif %} {% if lock.is_hidden %}hidden{% endif %}"
    " {{ lock.reason }} {{ lock.decision|reason_text|yesno:'why,' }}"
    " {% for product in lock.products %}{{ product.name }}{% endfor %}"
)


def state(page, user):
    shown, request = render(STATE, user, page=page)
    return " ".join(shown.split()), request


def test_the_lock_says_what_is_open_and_what_opens_it(pages, alice, charlie, pro, now):
    teaser, open_page, hidden = pages
    assert state(open_page, charlie)[0] == "open free no_gate why"
    assert state(teaser, charlie)[0] == "locked license_required why Pro"
    assert state(teaser, AnonymousUser())[0] == "locked sign_in_required why Pro"
    assert state(hidden, charlie)[0] == "locked hidden license_required why Pro"
    give(alice, pro, at=now)
    assert state(teaser, alice)[0] == "open license why Pro"
    Gate.objects.update(audience="everyone")
    assert state(teaser, charlie)[0] == "open free open_to_all why"


def test_the_lock_touches_the_request_only_where_a_gate_stands(pages, charlie):
    teaser, open_page, _ = pages
    assert not was_touched(state(open_page, charlie)[1])
    assert was_touched(state(teaser, charlie)[1])


def test_a_lock_without_a_request_is_that_of_a_visitor(pages):
    text = LOAD + STATE
    shown = engines["django"].from_string(text).render({"page": pages[0]})
    assert "locked" in shown
    assert "Pro" in shown


MENU = (
    "{% for page in pages %}{% gate_state page as lock %}"
    "{{ page.title }}{% if lock.is_locked %} ({{ lock.products.0.name }}){% endif %}{% endfor %}"
)
PLAIN = "{% for page in pages %}{{ page.title }}{% endfor %}"


def menu(home, count, pro):
    """Return a queryset of a menu, every second entry behind a gate of its own."""
    parent = home.add_child(instance=PlainPage(title="Menu", slug=f"menu-{count}"))
    for number in range(count):
        page = parent.add_child(instance=ArticlePage(title=f"{number}", slug=f"{number}"))
        if number % 2:
            gate_page(page, pro)
    return parent.get_children()


def cost(text, user, pages):
    freshness.current()
    render(text, user, pages=pages.all())  # a user object keeps its permissions
    with CaptureQueriesContext(connection) as captured:
        render(text, user, pages=pages.all())
    return len(captured)


@pytest.mark.parametrize("who", ["stranger", "charlie", "alice", "erin"])
def test_locks_cost_no_query_per_entry(request, settings, home, pro, who, alice, now):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    give(alice, pro, at=now)
    user = AnonymousUser() if who == "stranger" else request.getfixturevalue(who)
    short, long = menu(home, 20, pro), menu(home, 50, pro)
    costs = [cost(MENU, user, pages) - cost(PLAIN, user, pages) for pages in (short, long)]
    assert costs[0] == costs[1]
    # What is held, why not, and the names of the products; editors: what Wagtail asks, once.
    assert costs[0] <= {"stranger": 1, "charlie": 3, "alice": 1}.get(who, 9)


def test_a_menu_of_what_is_open_costs_one_query_more(settings, home, pro, alice, now):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    give(alice, pro, at=now)
    narrowed = "{% for page in pages|accessible:request %}{{ page.title }}{% endfor %}"
    for pages in (menu(home, 20, pro), menu(home, 50, pro)):
        assert cost(narrowed, alice, pages) - cost(PLAIN, alice, pages) == 1
        assert cost(narrowed, AnonymousUser(), pages) - cost(PLAIN, AnonymousUser(), pages) == 0
