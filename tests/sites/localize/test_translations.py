"""What wagtail-localize makes of a page stands behind its gate, whichever of them comes first."""

import datetime as dt
import json

import pytest
from django.test import TestCase
from django.urls import reverse
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail_localize.models import (
    LocaleSynchronization,
    String,
    StringTranslation,
    Translation,
    TranslationContext,
    TranslationSource,
)
from wagtail_localize.operations import translate_object

from tests.conftest import CANARY, gate_page, give
from tests.sites.localize.conftest import published
from tests.testapp.models import ArticlePage, StreamPage
from wagtail_licensing.access import has_access
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(alice, pro, now):
    give(alice, pro, at=now - dt.timedelta(days=1))
    return alice


def translate(client, olivia, page, locale, **data):
    """Submit a page for translation as an editor does, and return the translation."""
    client.force_login(olivia)
    url = reverse("wagtail_localize:submit_page_translation", args=[page.pk])
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(url, {"locales": [locale.pk], **data})
    assert response.status_code == 302, response.content
    client.logout()
    return page.get_translation(locale).specific


def resync(client, olivia, page):
    """Take the text of a page over into its translations, as an editor does."""
    source = TranslationSource.objects.get_for_instance(page)
    client.force_login(olivia)
    url = reverse("wagtail_localize:update_translations", args=[source.pk])
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.post(url, {"publish_translations": "on"}).status_code == 302
    client.logout()


def seen_by(client, user, page):
    client.logout()
    if user is not None:
        client.force_login(user)
    texts = [client.get(page.url).content, client.get(f"/api/v2/pages/{page.pk}/").content]
    return [CANARY.encode() in text for text in texts]


def assert_closed_but_for(client, member, charlie, *pages):
    for page in pages:
        assert seen_by(client, member, page) == [True, True], page
        assert seen_by(client, charlie, page) == [False, False], page
        assert seen_by(client, None, page) == [False, False], page


def assert_open(client, *pages):
    for page in pages:
        assert seen_by(client, None, page) == [True, True], page


def test_without_a_gate_everybody_reads_the_translation(client, olivia, article, french, french_home):
    assert_open(client, article, translate(client, olivia, article, french))


def test_a_gate_that_comes_before_or_after_the_translation_holds(
    client, olivia, member, charlie, home, article, pro, french, french_home
):
    german = Locale.objects.create(language_code="de")
    published(home.copy_for_translation(german))
    before = translate(client, olivia, article, french)
    gate = gate_page(article, pro)
    after = translate(client, olivia, article, german)
    assert {page.url[:4] for page in (before, after)} == {"/fr/", "/de/"}
    assert_closed_but_for(client, member, charlie, article, before, after)
    gate.delete()
    assert_open(client, article, before, after)


def test_a_gate_on_the_translation_is_that_of_the_page(
    client, olivia, member, charlie, article, pro, french, french_home
):
    translated = translate(client, olivia, article, french)
    gate_page(translated, pro)
    assert_closed_but_for(client, member, charlie, article, translated)


def test_what_is_synced_again_stays_behind_the_gate(
    client, olivia, member, charlie, article, pro, french, french_home
):
    article.body = "<p>Nothing yet.</p>"
    article.save_revision().publish()
    translated = translate(client, olivia, article, french)
    gate_page(article, pro)
    article.body = f"<p>New: {CANARY}.</p>"
    article.save_revision().publish()
    resync(client, olivia, article)
    translated.refresh_from_db()
    assert CANARY in translated.body
    assert_closed_but_for(client, member, charlie, translated)
    source = TranslationSource.objects.get_for_instance(article)
    string = String.objects.get(data__contains=CANARY)
    context = TranslationContext.objects.get(object_id=source.object_id, path="body")
    StringTranslation.objects.create(
        translation_of=string, locale=french, context=context, data=f"Nouveau : {CANARY}."
    )
    with TestCase.captureOnCommitCallbacks(execute=True):
        source.create_or_update_translation(french, user=olivia, fallback=True)
    translated.refresh_from_db()
    assert "Nouveau" in translated.body
    assert_closed_but_for(client, member, charlie, translated)


@pytest.mark.parametrize("first", ["gate", "alias"])
def test_aliases_of_a_synced_tree_stay_closed_also_when_they_become_translations(
    client, olivia, member, charlie, home, article, pro, french, french_home, first
):
    if first == "gate":
        gate_page(article, pro)
    english = Locale.objects.get(language_code="en")
    LocaleSynchronization.objects.create(locale=french, sync_from=english).sync_trees()
    if first == "alias":
        gate_page(article, pro)
    alias = article.get_translation(french)
    assert alias.alias_of_id == article.pk
    assert_closed_but_for(client, member, charlie, alias)
    translated = translate(client, olivia, article, french)
    assert translated.pk == alias.pk
    assert translated.alias_of_id is None
    assert_closed_but_for(client, member, charlie, translated)
    client.force_login(olivia)
    back = client.post(reverse("wagtail_localize:convert_to_alias", args=[translated.pk]))
    assert back.status_code == 302
    assert Page.objects.get(pk=alias.pk).alias_of_id == article.pk
    assert_closed_but_for(client, member, charlie, alias)


def test_pages_below_a_gate_are_below_it_in_other_languages(
    client, olivia, member, charlie, home, pro, french, french_home
):
    section = home.add_child(instance=ArticlePage(title="Section", slug="section", body=CANARY))
    child = section.add_child(instance=ArticlePage(title="Child", slug="child", body=CANARY))
    gate_page(section, pro)
    # The page above is not translated yet: it becomes an alias.
    below = translate(client, olivia, child, french)
    assert below.get_parent().alias_of_id == section.pk
    assert_closed_but_for(client, member, charlie, below, below.get_parent())
    free = section.add_child(instance=ArticlePage(title="Free", slug="free", body=CANARY))
    Gate.objects.create(kind="page", page_id=free.pk, audience="everyone")
    assert_open(client, free)
    translated = translate(client, olivia, free, french)
    # Under an alias all gates of its source count, until the page above is translated too.
    assert_closed_but_for(client, member, charlie, translated)
    translate(client, olivia, section, french)
    assert_open(client, translated)


def test_a_whole_subtree_is_translated_by_who_opens_it(
    client, olivia, member, charlie, home, pro, french, french_home
):
    section = home.add_child(instance=ArticlePage(title="Section", slug="section", body=CANARY))
    child = section.add_child(instance=ArticlePage(title="Child", slug="child", body=CANARY))
    gate_page(section, pro)
    translated = translate(client, olivia, section, french, include_subtree="on")
    # Published in the same moment, the page above does not know of the one below.
    Page.fix_tree()
    assert_closed_but_for(client, member, charlie, translated, child.get_translation(french))


def test_a_translation_drips_with_its_page(
    client, olivia, alice, article, pro, now, french, french_home
):
    translated = translate(client, olivia, article, french)
    gate_page(article, pro, after_days=7)
    give(alice, pro, at=now)
    for page in (article, translated):
        assert not has_access(alice, page, now + dt.timedelta(days=7, seconds=-1))
        assert has_access(alice, page, now + dt.timedelta(days=7))


def test_every_part_of_a_stream_is_translated_and_stays_where_it_was(
    client, olivia, member, home, pro, french, french_home
):
    stream = [
        ("text", "Free words"),
        ("gated", {"heading": "For members", "text": "Gated words", "only_for": [pro]}),
        ("line", None),
        ("text", "Words below"),
    ]
    page = home.add_child(instance=StreamPage(title="Stream", slug="stream", body=stream))
    gate_page(page, pro)
    translated = translate(client, olivia, page, french)
    source = TranslationSource.objects.get_for_instance(page)
    translation = Translation.objects.get(source=source)
    texts = set(String.objects.filter(locale=page.locale).values_list("data", flat=True))
    assert texts >= {"Free words", "For members", "Gated words", "Words below"}
    for segment in source.stringsegment_set.all():
        StringTranslation.objects.create(
            translation_of=segment.string,
            locale=french,
            context=segment.context,
            data=f"FR {segment.string.data}",
        )
    with TestCase.captureOnCommitCallbacks(execute=True):
        translation.save_target(user=olivia)
    translated = translated.specific_class.objects.get(pk=translated.pk)
    assert [product.pk for product in translated.body[1].value["only_for"]] == [pro.pk]
    client.force_login(member)
    whole = client.get(translated.url).content.decode()
    assert all(f"FR {text}" in whole for text in ("Free words", "Gated words", "Words below"))
    client.logout()
    for answer in (client.get(translated.url), client.get(f"/api/v2/pages/{translated.pk}/")):
        assert "Gated words" not in answer.content.decode()
        assert "Words below" not in answer.content.decode()
    assert "FR Free words" in client.get(translated.url).content.decode()


def test_the_floor_is_under_translations_and_synced_by_nobody_else(
    client, olivia, member, charlie, article, pro, french, french_home
):
    gate = gate_page(article, pro, without_access="not_found")
    translated = translate(client, olivia, article, french)
    floor = PageViewRestriction.objects.filter(licensing_floor__gate=gate)
    assert {row.page_id for row in floor} == {article.pk, translated.pk}
    assert_closed_but_for(client, member, charlie, translated)
    # What editors restrict is carried over beside ours, and goes again.
    PageViewRestriction.objects.create(page=article, restriction_type="password", password="sesame")
    resync(client, olivia, article)
    theirs = PageViewRestriction.objects.filter(licensing_floor__isnull=True, page_id=translated.pk)
    assert [row.password for row in theirs] == ["sesame"]
    PageViewRestriction.objects.filter(licensing_floor__isnull=True, page=article).delete()
    resync(client, olivia, article)
    assert not theirs.all().exists()
    assert floor.count() == 2
    gate.delete()
    assert not PageViewRestriction.objects.filter(page_id__in=[article.pk, translated.pk]).exists()
    assert_open(client, translated)


def test_a_rule_that_comes_later_opens_the_translation_too(
    client, olivia, alice, article, pro, basic, now, french, french_home
):
    give(alice, basic, at=now - dt.timedelta(days=1))
    gate = gate_page(article, pro)
    translated = translate(client, olivia, article, french)
    assert not has_access(alice, translated)
    EntitlementRule.objects.create(gate=gate, product=basic)
    assert has_access(alice, translated)


def test_a_page_can_be_translated_without_a_user(article, pro, french, french_home):
    gate_page(article, pro)
    translate_object(article, [french])
    assert json.dumps(article.get_translation(french).specific.body).count(CANARY) == 1
