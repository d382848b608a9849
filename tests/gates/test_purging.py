"""A cache in front of the site is told of what it must not keep: a real server takes the requests."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, Locale, Site

from tests.conftest import gate_page
from tests.testapp.models import ArticlePage, LessonPage, PlainPage
from wagtail_licensing.gates import purging
from wagtail_licensing.gates.write import remove_page_gate, set_page_gate
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


@pytest.fixture
def purged(settings):
    """The addresses that a cache on loopback was asked to forget, in order."""
    paths: list[str] = []

    class Cache(BaseHTTPRequestHandler):
        def do_PURGE(self):
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Cache)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.WAGTAILFRONTENDCACHE = {
        "front": {
            "BACKEND": "wagtail.contrib.frontend_cache.backends.HTTPBackend",
            "LOCATION": f"http://127.0.0.1:{server.server_port}",
        }
    }
    yield paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def committing(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def lesson(article):
    """A page below the article."""
    return article.add_child(instance=PlainPage(title="Below", slug="below"))


def test_a_new_gate_purges_the_page_and_all_below_it(purged, committing, article, lesson, pro, home):
    home.add_child(instance=PlainPage(title="Beside", slug="how-to-sell-beside"))
    with committing():
        gate_page(article, pro)
    assert set(purged) == {article.url, lesson.url}


def test_a_gate_that_changes_or_goes_purges_too(purged, committing, article, lesson, pro, olivia):
    with committing():
        set_page_gate(page=article, audience="licensed", by=olivia, products=[pro])
    assert set(purged) == {article.url, lesson.url}
    purged.clear()
    with committing():
        set_page_gate(
            page=article, audience="licensed", by=olivia, products=[pro], without_access="not_found"
        )
    assert set(purged) == {article.url, lesson.url}
    purged.clear()
    with committing():
        remove_page_gate(page=article, by=olivia)
    assert set(purged) == {article.url, lesson.url}


def test_a_rule_that_changes_purges_nothing(purged, committing, gated_article, basic):
    with committing():
        EntitlementRule.objects.create(gate=Gate.objects.get(), product=basic)
    assert purged == []


def test_aliases_and_translations_are_purged_with_all_below_them(
    purged, committing, article, lesson, home, pro
):
    alias = lesson.create_alias(parent=home, update_slug="alias")
    below_alias = alias.add_child(instance=PlainPage(title="Deep", slug="deep"))
    alias_of_below = below_alias.create_alias(parent=home, update_slug="far")
    german = Locale.objects.create(language_code="de")
    home.copy_for_translation(german)
    translation = article.copy_for_translation(german)
    translation.save_revision().publish()
    below_translation = translation.add_child(instance=PlainPage(title="Unten", slug="unten"))
    Site.objects.update(hostname="testserver")
    with committing():
        gate_page(article, pro)
    expected = [article, lesson, alias, below_alias, alias_of_below]
    assert {page.url for page in expected} <= set(purged)
    urls = {page.get_url_parts() and page.url for page in (translation, below_translation)}
    assert urls - {None} <= set(purged)


def test_an_unpublished_page_is_not_purged(purged, committing, article, lesson, pro):
    lesson.live = False
    lesson.save()
    with committing():
        gate_page(article, pro)
    assert purged == [article.url]


def test_a_page_type_purges_every_page_of_the_type(purged, committing, course, article):
    lessons = list(course.get_children())
    with committing():
        Gate.objects.create(kind="page_type", page_type=ContentType.objects.get_for_model(LessonPage))
    assert set(purged) == {lesson.url for lesson in lessons}


def test_a_page_that_moves_is_purged_where_it_was_and_where_it_is(
    purged, committing, gated_article, home
):
    page = home.add_child(instance=PlainPage(title="Moves", slug="moves"))
    child = page.add_child(instance=PlainPage(title="Along", slug="along"))
    old = {page.url, child.url}
    with committing():
        page.move(gated_article, pos="last-child")
    new = {f"{gated_article.url}moves/", f"{gated_article.url}moves/along/"}
    assert set(purged) >= old | new


def test_a_page_that_only_changes_places_is_not_purged(purged, committing, gated_article, home):
    page = home.add_child(instance=PlainPage(title="Moves", slug="moves"))
    with committing():
        page.move(gated_article, pos="left")
    assert purged == []


def test_a_move_purges_nothing_where_no_gate_stands(purged, committing, article, home):
    page = home.add_child(instance=PlainPage(title="Moves", slug="moves"))
    with committing():
        page.move(article, pos="last-child")
    assert "/moves/" not in purged


@pytest.fixture
def handbook(settings, tmp_path):
    """A document in a collection of its own."""
    settings.MEDIA_ROOT = str(tmp_path)
    inner = Collection.get_first_root_node().add_child(name="Outer").add_child(name="Inner")
    return get_document_model().objects.create(
        title="Handbook", file=ContentFile(b"text", "handbook.pdf"), collection=inner
    )


def test_documents_are_purged_with_their_collections(purged, committing, handbook):
    outer = handbook.collection.get_parent()
    with committing():
        Gate.objects.create(kind="collection", collection=outer)
    assert purged == [handbook.url]
    purged.clear()
    with committing():
        Gate.objects.create(kind="document", document=handbook)
    assert purged == [handbook.url]


def test_a_document_that_comes_into_a_gated_collection_is_purged(purged, committing, handbook):
    gated = Collection.get_first_root_node().add_child(name="Gated")
    Gate.objects.create(kind="collection", collection=gated)
    handbook.collection = gated
    with committing():
        handbook.save()
    assert purged == [handbook.url]
    purged.clear()
    elsewhere = Collection.get_first_root_node().add_child(name="Elsewhere")
    with committing():
        gated.move(elsewhere, pos="sorted-child")
    assert purged == [handbook.url]


@pytest.fixture
def photo(handbook):
    """An image beside the document, with two renditions, and their addresses without a gate."""
    cache.clear()  # Wagtail remembers renditions
    photo = get_image_model().objects.create(
        title="Photo", file=get_test_image_file("photo.png"), collection=handbook.collection
    )
    urls = {photo.file.url, *(photo.get_rendition(f"width-{width}").url for width in (10, 20))}
    assert all(url.startswith("/media/") for url in urls)
    return photo, urls


def test_images_are_purged_with_all_their_renditions(purged, committing, photo, handbook):
    photo, urls = photo
    outer = photo.collection.get_parent()
    with committing():
        gate = Gate.objects.create(kind="collection", collection=outer)
    assert set(purged) == {handbook.url, *urls}
    assert not photo.get_rendition("width-10").url.startswith("/media/")
    purged.clear()
    with committing():
        gate.delete()
    assert set(purged) == {handbook.url, *urls}
    purged.clear()
    with committing():
        image_type = ContentType.objects.get_for_model(photo)
        Gate.objects.create(kind="object", object_type=image_type, object_id=str(photo.pk))
    assert set(purged) == urls


def test_an_image_is_purged_as_it_comes_into_a_gated_collection(purged, committing, photo):
    photo, urls = photo
    gated = Collection.get_first_root_node().add_child(name="Gated")
    with committing():
        photo.save()
    assert purged == []
    Gate.objects.create(kind="collection", collection=gated)
    photo.collection = gated
    with committing():
        photo.save()
    assert set(purged) == urls


def test_media_files_are_purged(purged, committing, handbook):
    pytest.importorskip("wagtailmedia", reason="wagtailmedia is not installed")
    from wagtailmedia.models import get_media_model

    film = get_media_model()(title="Film", type="video", duration=1, collection=handbook.collection)
    film.file.save("film.mp4", ContentFile(b"film"), save=False)
    film.thumbnail.save("still.jpg", ContentFile(b"still"), save=True)
    urls = {film.file.url, film.thumbnail.url}
    with committing():
        Gate.objects.create(kind="collection", collection=handbook.collection)
    assert set(purged) == {handbook.url, *urls}


def test_a_document_is_purged_where_the_storage_hands_it_out(purged, committing, settings, handbook):
    settings.WAGTAILDOCS_SERVE_METHOD = "direct"
    public = handbook.url
    assert public.startswith("/media/")
    with committing():
        Gate.objects.create(kind="document", document=handbook)
    assert set(purged) == {public, handbook.url}


def test_changes_in_bulk_purge_too(purged, committing, article, lesson, home, pro):
    other = home.add_child(instance=PlainPage(title="Other", slug="other"))
    with committing():
        Gate.objects.bulk_create([Gate(kind="page", page_id=article.pk)])
    assert set(purged) == {article.url, lesson.url}
    purged.clear()
    with committing():
        Gate.objects.update(page_id=other.pk)
    assert set(purged) == {article.url, lesson.url, other.url}
    purged.clear()
    with committing():
        Gate.objects.all().delete()
    assert purged == [other.url]


def test_nothing_is_purged_before_the_commit_or_after_a_rollback(purged, committing, article, pro):
    with committing():
        try:
            with transaction.atomic():
                gate_page(article, pro)
                raise RuntimeError
        except RuntimeError:
            pass
    assert purged == []


def test_without_a_cache_in_front_nothing_is_asked(article, pro, committing):
    with committing() as callbacks:
        gate_page(article, pro)
        Gate.objects.all().delete()
    assert not any(callback.__module__ == purging.__name__ for callback in callbacks)


def test_a_cache_that_is_away_stops_nobody(settings, committing, article, pro, client):
    settings.WAGTAILFRONTENDCACHE = {
        "front": {
            "BACKEND": "wagtail.contrib.frontend_cache.backends.HTTPBackend",
            "LOCATION": "http://127.0.0.1:9",
        },
        "odd": {"BACKEND": "tests.nothing.Here"},
    }
    with committing():
        gate_page(article, pro)
    assert Gate.objects.count() == 1


def test_addresses_are_handed_over_in_batches(purged, committing, article, pro, monkeypatch):
    for number in range(7):
        article.add_child(instance=ArticlePage(title=f"A{number}", slug=f"a{number}"))
    monkeypatch.setattr(purging, "BATCH", 3)
    with committing():
        gate_page(article, pro)
    assert len(purged) == len(set(purged)) == 8


def test_what_is_behind_a_gate_is_found_with_few_queries(
    settings, article, pro, home, django_assert_max_num_queries
):
    for number in range(30):
        article.add_child(instance=ArticlePage(title=f"A{number}", slug=f"a{number}"))
    list(purging.urls_of_pages([article.pk]))
    with django_assert_max_num_queries(6):
        assert len(list(purging.urls_of_pages([article.pk]))) == 31
