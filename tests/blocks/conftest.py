"""Pages of blocks, and ways to look at them."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from tests.conftest import CANARY
from tests.testapp.models import StreamPage


def a_request(user=None, path="/blocks/"):
    """A request of ``user``, a stranger by default."""
    request = RequestFactory().get(path)
    request.user = user or AnonymousUser()
    return request


def rendered(source: str, **context) -> str:
    """Render a template of a site."""
    return Template("{% load wagtailcore_tags wagtail_licensing_tags %}" + source).render(
        Context(context)
    )


def stream(*blocks) -> list[dict]:
    """Raw stream data of (type, value) pairs."""
    return [{"type": kind, "value": value, "id": f"id-{i}"} for i, (kind, value) in enumerate(blocks)]


def only_for(*products, **value) -> dict:
    """The raw value of a gated block for ``products``, with the canary in it."""
    items = [{"type": "item", "value": product.pk, "id": f"p{product.pk}"} for product in products]
    return {"heading": "Inside", "text": f"It holds {CANARY}.", "only_for": items, **value}


@pytest.fixture
def make_page(home):
    """Make a page of the given blocks, loaded anew as a site would."""

    def make(*blocks, slug="blocks", **fields):
        page = StreamPage(title="Blocks", slug=slug, body=stream(*blocks), **fields)
        home.add_child(instance=page)
        return StreamPage.objects.get(pk=page.pk)

    return make
