"""A site full of canaries, made anew for each gate: what was there before it, and what came after.

Gated text holds ``CANARY``, gated pages are called ``NAME`` and gated files as ``FILES`` says; these
words stand nowhere else. A world holds what its kind of gate reaches and no more: pages, files, or
parts of pages.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.test import TestCase
from PIL import Image as Picture
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.search_promotions.models import Query, SearchPromotion
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Locale, PageViewRestriction, Site

from tests.apisite.models import HubLink, HubPage, Topic
from tests.conftest import CANARY
from tests.testapp.models import ArticlePage, CoursePage, LessonPage, PlainPage, RoutedPage, StreamPage
from wagtail_licensing.models import EntitlementRule, Gate, MeteredRead

from .lms import COURSE, LESSONS, add_course
from .models import CanaryFormPage
from .translations import translate

#: A word in the titles and the slugs of gated pages, and those in the names of gated files.
NAME = "quokka"
FILES = {"document": "numbat", "image": "bilby", "media": "potoroo"}

AREA = "reports"

#: Pages that are gated by themselves where the gate is one of a page.
_GATED = ("article", "routed", "form", "moved", "line", "password", "renamed", "course", *COURSE)
#: Those whose types are gated where the gate is one of a type: a lesson is no course.
_TYPED = (*_GATED, "lesson", *LESSONS)


@dataclass
class World:
    """The pages and files, by what they are."""

    home: Any
    elsewhere: Any
    section: Any = None
    hub: Any = None
    topic: Any = None
    document: Any = None
    image: Any = None
    media: Any = None
    collection: Any = None
    #: An open page with gated blocks, and what names whom they are for: an area or a product.
    parts: Any = None
    part: str = ""
    links: Any = None  # an open page with a link, in its text, to what is gated
    #: The password before the page "password".
    restriction: Any = None
    pages: dict[str, Any] = field(default_factory=dict)
    #: The home pages of all languages.
    homes: list[Any] = field(default_factory=list)


def article(slug: str, **fields: Any) -> ArticlePage:
    """Return an article with a canary in what is locked."""
    return ArticlePage(
        title=f"About the {NAME}",
        slug=f"{NAME}-{slug}",
        introduction="The first lines are for everybody.",
        body=f"<p>The rest holds {CANARY}.</p>",
        **fields,
    )


def build(kind: str, reaches: str, product: Any, users: Iterable[Any], now: dt.datetime) -> World:
    """Return the site with gates of ``kind``, which ``product`` opens."""
    home = Site.objects.get(is_default_site=True).root_page.specific
    world = World(home, home.add_child(instance=PlainPage(title="Another place", slug="elsewhere")))
    {"page": _pages_before, "file": _files, "part": _parts}[reaches](world, kind, product)
    for target in _targets(world, kind):
        gate = Gate.objects.create(**target)
        EntitlementRule.objects.create(gate=gate, product=product)
    if reaches == "page":
        _pages_after(world)
        _use_up_the_meter(world, users, now)
    world.homes = [home, *home.get_translations()]
    return world


def _pages_before(world: World, kind: str, product: Any) -> None:
    home, elsewhere, pages = world.home, world.elsewhere, world.pages
    section = home.add_child(instance=PlainPage(title="A section", slug="section"))
    form = {"title": f"Form {NAME}", "body": CANARY}
    instances = {
        "article": article("article", show_in_menus=True),
        "routed": RoutedPage(title=f"Routes {NAME}", slug=f"{NAME}-routed", body=CANARY),
        "form": CanaryFormPage(slug=f"{NAME}-form", **form),
        "moved": article("moved"),
        "line": StreamPage(
            title=f"Line {NAME}",
            slug=f"{NAME}-line",
            body=_stream(("text", "Above the line."), ("line", None), ("text", CANARY)),
        ),
        "password": CanaryFormPage(slug=f"{NAME}-password", **form),
        "renamed": article("renamed"),
        "course": CoursePage(title=f"Course {NAME}", slug=f"{NAME}-course", body=CANARY),
    }
    instances["renamed"].slug = "former-name"
    for name, instance in instances.items():
        pages[name] = section.add_child(instance=instance)
    pages["lesson"] = pages["course"].add_child(
        instance=LessonPage(title=f"Lesson {NAME}", slug=f"{NAME}-lesson", body=CANARY)
    )
    add_course(pages, section, NAME)
    pages["article"].save_revision().publish()
    # An earlier revision of the page of blocks says something else.
    line = pages["line"]
    body, line.body = line.body, _stream(("text", "Nothing yet."))
    line.save_revision()
    line.body = body
    line.save_revision().publish()
    world.restriction = PageViewRestriction.objects.create(
        page=pages["password"], restriction_type="password", password="open sesame"
    )
    section.add_child(instance=PlainPage(title="A part of the section", slug="part"))
    gated = pages["article"] = _fresh(pages["article"])
    pages["alias made before"] = gated.create_alias(parent=elsewhere, update_slug=f"{NAME}-alias-before")
    world.section = section = PlainPage.objects.get(pk=section.pk)
    aliased = section.create_alias(parent=elsewhere, update_slug="section-before", recursive=True)
    pages["alias of the ancestor made before"] = _article_of(aliased)
    course = _fresh(pages["course"])
    shown = course.create_alias(parent=elsewhere, update_slug=f"{NAME}-course-too", recursive=True)
    pages["lesson in an alias of its course"] = shown.get_children().get().specific
    french, _ = Locale.objects.get_or_create(language_code="fr")
    pages["translation made before"] = translate(gated, french)
    world.topic = Topic.objects.create(name="A topic", page=gated, article=gated)
    world.hub = elsewhere.add_child(
        instance=HubPage(
            title="Openhub",
            slug="openhub",
            related=gated,
            article=gated,
            content=[("page", gated), ("whole_page", gated)],
            articles=[gated],
            links=[HubLink(page=gated, article=gated)],
        )
    )
    world.links = _linking(world, "page", gated.pk)
    Redirect.objects.create(old_path="/old-address", redirect_page=gated)
    Redirect.objects.create(old_path="/older-address", redirect_link=f"/section/{NAME}-article/")
    SearchPromotion.objects.create(query=Query.get("animals"), page=gated)


def _pages_after(world: World) -> None:
    elsewhere = PlainPage.objects.get(pk=world.elsewhere.pk)
    section = PlainPage.objects.get(pk=world.section.pk)
    pages = world.pages
    gated = _fresh(pages["article"])
    pages["alias made after"] = gated.create_alias(parent=elsewhere, update_slug=f"{NAME}-alias-after")
    aliased = section.create_alias(parent=elsewhere, update_slug="section-after", recursive=True)
    pages["alias of the ancestor made after"] = _article_of(aliased)
    pages["copy"] = gated.copy(to=elsewhere, update_attrs={"slug": f"{NAME}-copy"})
    copied = section.copy(recursive=True, to=elsewhere, update_attrs={"slug": "section-copy"})
    pages["page in a recursive copy"] = _article_of(copied)
    part = section.get_children().get(slug="part")
    _fresh(pages["moved"]).move(part, pos="last-child")
    german, _ = Locale.objects.get_or_create(language_code="de")
    pages["translation made after"] = translate(_fresh(gated), german)
    renamed = _fresh(pages["renamed"])
    renamed.slug = f"{NAME}-renamed"
    with TestCase.captureOnCommitCallbacks(execute=True):  # which write the redirect
        renamed.save_revision().publish()
    for name, page in pages.items():
        pages[name] = _fresh(page)


def _use_up_the_meter(world: World, users: Iterable[Any], now: dt.datetime) -> None:
    """Let everybody have read the page of the month behind every gate: the home page."""
    month = now.date().replace(day=1)
    MeteredRead.objects.bulk_create(
        MeteredRead(user=user, gate=gate, page_id=world.home.pk, month=month, read_at=now)
        for gate in Gate.objects.all()
        for user in users
    )


def _files(world: World, kind: str, product: Any) -> None:
    world.collection = Collection.get_first_root_node().add_child(name="Members")
    document = world.document = get_document_model()(**_named(world, "document"))
    document.file.save(f"{FILES['document']}.pdf", _text(), save=False)
    document._set_document_file_metadata()
    document.save()
    document.file.close()
    picture = ImageFile(BytesIO(_picture()), name=f"{FILES['image']}.png")
    world.image = get_image_model().objects.create(file=picture, **_named(world, "image"))
    world.image.get_rendition("width-20")
    if find_spec("wagtailmedia"):
        from wagtailmedia.models import get_media_model

        media = get_media_model()(type="video", duration=3, **_named(world, "media"))
        media.file.save(f"{FILES['media']}.mp4", _text(), save=False)
        media.thumbnail.save(f"{FILES['media']}.png", ContentFile(_picture()), save=False)
        media.save()
        media.file.close()
        media.thumbnail.close()
        world.media = media
    world.links = _linking(world, "document", document.pk)
    beside = world.elsewhere.add_child(instance=ArticlePage(title="Open", slug="open"))
    world.hub = world.elsewhere.add_child(
        instance=HubPage(
            title="Openhub",
            slug="openhub",
            article=beside,
            document=document,
            image=world.image,
            content=[("document", document)],
        )
    )


def _linking(world: World, linktype: str, pk: Any) -> PlainPage:
    body = f'<p>See <a linktype="{linktype}" id="{pk}">this</a>.</p>'
    page = PlainPage(title="Links", slug="links", body=body)
    return world.elsewhere.add_child(instance=page)


def _named(world: World, thing: str) -> dict[str, Any]:
    return {"title": f"An animal, {FILES[thing]}", "collection": world.collection}


def _text() -> ContentFile:
    return ContentFile((CANARY + "\n").encode() * 50)


def _picture() -> bytes:
    stream = BytesIO()
    Picture.new("RGB", (40, 30), "navy").save(stream, "PNG")
    return stream.getvalue()


def _parts(world: World, kind: str, product: Any) -> None:
    world.part = kind
    only_for = [{"type": "item", "value": product.pk, "id": "p"}] if kind == "product" else []
    area = AREA if kind == "area" else ""
    gated = {"heading": "Inside", "text": CANARY, "only_for": only_for, "only_in_area": area}
    page = StreamPage(
        title="Parts",
        slug="parts",
        body=_stream(
            ("text", "For everybody."),
            ("gated", gated),
            ("card", {"inner": gated}),
            ("list", [{"type": "item", "value": gated, "id": "l"}]),
            ("group", {**gated, "content": [{"type": "text", "value": CANARY, "id": "t"}]}),
        ),
    )
    world.parts = StreamPage.objects.get(pk=world.elsewhere.add_child(instance=page).pk)


def _stream(*blocks: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value, "id": f"b{i}"} for i, (kind, value) in enumerate(blocks)]


def _targets(world: World, kind: str) -> list[dict[str, Any]]:
    """Return the targets of the gates of a kind."""
    if kind == "page":
        return [{"kind": "page", "page_id": world.pages[name].pk} for name in _GATED]
    if kind == "ancestor":
        return [{"kind": "page", "page_id": world.section.pk}]
    if kind == "page_type":
        models = {type(world.pages[name]) for name in _TYPED}
        types = ContentType.objects.get_for_models(*models)
        return [{"kind": "page_type", "page_type": one} for one in types.values()]
    if kind == "collection":
        return [{"kind": "collection", "collection": world.collection}]
    if kind == "document":
        return [{"kind": "document", "document": world.document}]
    if kind == "object":
        found = [one for one in (world.image, world.media) if one is not None]
        types = [ContentType.objects.get_for_model(one) for one in found]
        return [
            {"kind": "object", "object_type": its_type, "object_id": str(one.pk)}
            for its_type, one in zip(types, found, strict=True)
        ]
    return [{"kind": "area", "area": AREA}] if kind == "area" else []


def _fresh(page: Any) -> Any:
    return type(page)._base_manager.get(pk=page.pk)


def _article_of(section: Any) -> Any:
    return section.get_children().get(slug=f"{NAME}-article").specific
