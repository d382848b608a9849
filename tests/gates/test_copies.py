"""What was not public does not become so by being copied."""

import pytest
from django.contrib.auth.models import AnonymousUser
from wagtail.models import Locale, Page

from tests.conftest import gate_page, give
from wagtail_licensing.access import check_access, effective_gates
from wagtail_licensing.models import Gate
from wagtail_licensing.signals import gate_changed

pytestmark = pytest.mark.django_db


def is_open(page, user=None) -> bool:
    return check_access(user or AnonymousUser(), Page.objects.get(pk=page.pk)).allowed


def test_a_copy_carries_the_gate_of_its_page(home, article, alice, pro, now):
    gate_page(article, pro, after_days=3, without_access="not_found")
    copied = article.copy(to=home, update_attrs={"slug": "copy"})
    assert not is_open(copied)
    gate = Gate.objects.get(page_id=copied.pk)
    assert (gate.audience, gate.without_access) == ("licensed", "not_found")
    assert list(gate.rules.values_list("product_id", "after_days")) == [(pro.pk, 3)]
    give(alice, pro, at=now)
    assert check_access(alice, copied).reason == "not_yet"


def test_a_lesson_copied_out_of_a_gated_course_stays_closed(home, course, pro):
    gate_page(course, pro, without_access="login")
    copied = course.get_children().first().specific.copy(to=home, update_attrs={"slug": "copy"})
    assert not is_open(copied)
    assert Gate.objects.get(page_id=copied.pk).without_access == "login"


def test_a_lesson_copied_inside_its_course_inherits_as_before(course, pro):
    gate_page(course, pro)
    copied = course.get_children().first().specific.copy(to=course, update_attrs={"slug": "copy"})
    assert not is_open(copied)
    assert Gate.objects.count() == 1


def test_a_copied_course_keeps_its_gates_and_its_free_lesson(home, course, pro, basic):
    gate_page(course, pro)
    first, second, third = course.get_children()
    gate_page(first, audience="everyone")
    gate_page(second, basic)
    copied = course.copy(to=home, recursive=True, update_attrs={"slug": "copy"})
    free, narrow, plain = copied.get_children()
    assert [is_open(page) for page in (copied, free, narrow, plain)] == [False, True, False, False]
    assert [rule.product_id for rule in effective_gates(narrow)[0].rules] == [basic.pk]
    assert effective_gates(plain) == effective_gates(copied)


def test_the_copy_of_an_alias_is_as_closed_as_what_it_shows(home, article, pro):
    gate_page(article, pro)
    alias = article.create_alias(parent=home, update_slug="alias")
    assert not is_open(alias.copy(to=home, update_attrs={"slug": "copy"}))


def test_a_copy_in_another_gated_place_is_governed_by_that_place(home, course, article, pro, basic):
    gate_page(course, pro)
    gate_page(article, basic)
    copied = course.get_children().first().specific.copy(to=article, update_attrs={"slug": "copy"})
    assert [rule.product_id for rule in effective_gates(copied)[0].rules] == [basic.pk]
    assert Gate.objects.count() == 2


def test_a_translation_goes_on_sharing_the_gate_and_gets_none_of_its_own(home, article, pro):
    gate_page(article, pro)
    french = Locale.objects.create(language_code="fr")
    home.copy_for_translation(french)
    assert not is_open(article.copy_for_translation(french))
    assert Gate.objects.count() == 1


def test_the_copy_of_an_open_page_stays_open(home, article, course, pro):
    gate_page(course, pro)
    assert is_open(article.copy(to=home, update_attrs={"slug": "copy"}))


def test_a_carried_gate_is_announced_with_who_copied(
    home, gated_article, olivia, django_capture_on_commit_callbacks
):
    heard = []

    def listen(**kwargs):
        heard.append((kwargs["gate"].page_id, kwargs["user"], kwargs["action"]))

    gate_changed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        copied = gated_article.copy(to=home, user=olivia, update_attrs={"slug": "copy"})
    gate_changed.disconnect(listen)
    assert heard == [(copied.pk, olivia, "created")]


def test_when_the_gate_cannot_be_carried_there_is_no_copy(home, gated_article, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no database")

    monkeypatch.setattr("wagtail_licensing.gates.copies.effective_gates", broken)
    with pytest.raises(RuntimeError):
        gated_article.copy(to=home, update_attrs={"slug": "copy"})
    assert not Page.objects.filter(slug="copy").exists()
