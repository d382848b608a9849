"""Films and sounds of a lesson on its page."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.template import Context, Template
from django.test import RequestFactory
from wagtail.models import Collection

from tests.conftest import give
from wagtail_licensing.models import EntitlementRule, Gate

pytest.importorskip("wagtailmedia", reason="wagtailmedia is not installed: the extra [media]")

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db):
    return Collection.get_first_root_node().add_child(name="Films")


@pytest.fixture(params=["video", "audio"])
def media(request, shelf, settings, tmp_path):
    """A film, then a sound, whose title could do harm."""
    from wagtailmedia.models import get_media_model

    settings.MEDIA_ROOT = tmp_path
    name = {"video": "film.webm", "audio": "sound.mp3"}[request.param]
    media = get_media_model()(title='<b>"First"', type=request.param, duration=3, collection=shelf)
    media.file.save(name, ContentFile(b"x" * 100), save=False)
    media.save()
    return media


@pytest.fixture
def gate(shelf, pro):
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return gate


def shown_to(user, media):
    request = RequestFactory().get("/")
    request.user = user
    source = "{% load wagtail_licensing_tags %}{% media_player media %}"
    return Template(source).render(Context({"request": request, "media": media}))


def test_a_member_gets_controls_and_the_address_of_ours(media, gate, alice, pro, now):
    give(alice, pro, at=now)
    html = shown_to(alice, media)
    assert f"<{media.type} controls" in html
    assert f'<source src="/licensing/files/media/{media.pk}/file/' in html
    assert "&lt;b&gt;&quot;First&quot;" in html
    assert "<b>" not in html


@pytest.mark.parametrize("who", ["stranger", "charlie"])
def test_others_read_why_and_get_no_address(request, media, gate, who):
    user = AnonymousUser() if who == "stranger" else request.getfixturevalue(who)
    html = shown_to(user, media)
    assert "licensing-player__locked" in html
    assert "<source" not in html
    assert media.filename not in html


def test_without_a_gate_everybody_gets_the_plain_address(media):
    html = shown_to(AnonymousUser(), media)
    assert f'<source src="{media.url}"' in html
    assert media.url.startswith("/media/")


def test_what_a_gate_hides_is_not_named(media, gate, charlie):
    gate.without_access = "not_found"
    gate.save()
    assert "First" not in shown_to(charlie, media)


def test_a_lesson_without_a_film_shows_nothing():
    assert not shown_to(AnonymousUser(), None).strip()


def test_the_player_costs_a_stranger_nothing(media, gate, django_assert_num_queries):
    shown_to(AnonymousUser(), media)
    with django_assert_num_queries(0):
        shown_to(AnonymousUser(), media)
