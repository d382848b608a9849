"""A world where an open page points at gated ones in every way, and everybody who may ask."""

import datetime as dt
from dataclasses import dataclass
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from PIL import Image as PillowImage
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from tests.apisite.models import HubLink, HubPage, TeaserPage, Topic
from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage
from wagtail_licensing.models import EntitlementRule, Gate


@pytest.fixture(autouse=True)
def the_site_of_the_apis(settings, tmp_path):
    """Serve every endpoint, and keep the files of a test in a folder of its own."""
    settings.ROOT_URLCONF = "tests.apisite.urls"
    settings.MEDIA_ROOT = str(tmp_path)


def make_image(**fields):
    """Create an image of one pixel."""
    file = BytesIO()
    PillowImage.new("RGB", (40, 40)).save(file, "PNG")
    file.seek(0)
    return get_image_model().objects.create(file=ImageFile(file, name="one.png"), **fields)


def gate_document(document, *products):
    """Put a gate before a document."""
    gate = Gate.objects.create(kind="document", document=document)
    for product in products:
        EntitlementRule.objects.create(gate=gate, product=product)
    return gate


@dataclass
class World:
    """The pages and files of the walk."""

    home: ArticlePage
    gated: ArticlePage
    alias: ArticlePage
    child: ArticlePage
    hidden: ArticlePage
    teaser: TeaserPage
    hub: HubPage
    document: object
    image: object
    topic: Topic
    redirect: Redirect

    @property
    def closed(self):
        """Every page that nobody without a license opens."""
        return [self.gated, self.alias, self.child, self.hidden]


def article(title, slug, **fields):
    """Return an article whose body holds the word, and whose title is a word of its own."""
    fields.setdefault("introduction", f"{title} begins")
    return ArticlePage(title=title, slug=slug, body=f"<p>It holds {CANARY}.</p>", **fields)


@pytest.fixture
def world(home, pro):
    """An open hub that points at a gated article, a hidden one, a teaser and a gated document."""
    gated = home.add_child(instance=article("Gatedtitle", "gatedslug"))
    child = gated.add_child(instance=article("Childtitle", "childslug"))
    hidden = home.add_child(instance=article("Hiddentitle", "hiddenslug"))
    teaser = home.add_child(
        instance=TeaserPage(
            title="Teasertitle",
            slug="teaserslug",
            introduction="Openly said",
            rating=3,
            body=f"<p>{CANARY}</p>",
            notes=[("text", f"<p>{CANARY}</p>")],
            related=hidden,
        )
    )
    alias = gated.create_alias(parent=home, update_slug="aliasslug")
    document = get_document_model().objects.create(
        title=f"Handbook {CANARY}", file=ContentFile(b"x", f"{CANARY}.pdf")
    )
    image = make_image(title="Open image")
    topic = Topic.objects.create(name="Open topic", page=gated, article=hidden, document=document)
    card = {
        "heading": "Open card",
        "page": gated,
        "document": document,
        "more": [gated, hidden],
        "stream": [("page", hidden), ("page", teaser)],
    }
    hub = HubPage(
        title="Openhub",
        slug="openhub",
        related=gated,
        article=hidden,
        document=document,
        image=image,
        topic=topic,
        content=[
            ("page", gated),
            ("document", document),
            ("image", image),
            ("whole_page", gated),
            ("whole_page", teaser),
            ("card", card),
            ("pair", {"page": gated, "document": document}),
            ("text", f'<p>See <a linktype="page" id="{gated.pk}">this</a></p>'),
        ],
        articles=[gated, hidden],
        links=[
            HubLink(page=gated, article=hidden, document=document),
            HubLink(page=teaser, article=gated),
        ],
    )
    home.add_child(instance=hub)
    HubPage.objects.filter(pk=hub.pk).update(hub=hub)
    redirect = Redirect.objects.create(old_path="/gone-hidden", redirect_page=hidden)
    gate_page(gated, pro)
    gate_page(hidden, pro, without_access="not_found")
    gate_page(teaser, pro)
    gate_document(document, pro)
    return World(home, gated, alias, child, hidden, teaser, hub, document, image, topic, redirect)


@pytest.fixture
def who(request, client, pro, basic, now):
    """Sign somebody in by name: a stranger, somebody with another product or a license that ended."""

    def sign_in(name):
        if name is None:
            client.logout()
            return client
        user = request.getfixturevalue(name)
        if name == "alice":
            give(user, pro, at=now)
        if name == "bob":
            give(user, basic, at=now)
        if name == "dana":
            give(user, pro, at=now - dt.timedelta(days=9), ends_at=now - dt.timedelta(seconds=1))
        client.force_login(user)
        return client

    return sign_in
