"""Which index of gates is trusted, for how long, and what a change or a rollback does to it."""

import threading

import pytest
from django.core import serializers
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from tests.conftest import gate_page, give
from wagtail_licensing.access import freshness, has_access
from wagtail_licensing.models import EntitlementRule, Gate, GateStamp

pytestmark = pytest.mark.django_db


class UndoError(Exception):
    """Rolls a block back."""


def behind_the_back_of_this_process(page):
    """Gate a page as another process does: rows and stamp change, and nobody tells this one."""
    QuerySet(Gate).bulk_create([Gate(kind="page", page_id=page.pk)])
    if not QuerySet(GateStamp).update(version=7):
        QuerySet(GateStamp).create(pk=1, version=7)


def test_a_young_index_is_trusted_and_an_old_one_is_not(charlie, article, settings):
    assert has_access(charlie, article)
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    behind_the_back_of_this_process(article)
    assert has_access(charlie, article)
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 0
    assert not has_access(charlie, article)


def test_strict_mode_costs_one_query_for_an_ungated_page(
    charlie, article, settings, django_assert_num_queries
):
    gate_page(article.get_children().first() or article)
    Gate.objects.all().delete()
    has_access(charlie, article)
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 0
    with django_assert_num_queries(1):
        assert has_access(charlie, article)


def test_a_gated_page_is_decided_by_the_gates_of_this_moment(alice, gated_article, pro, now, settings):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    give(alice, pro, at=now)
    assert has_access(alice, gated_article, now)
    QuerySet(EntitlementRule).delete()
    QuerySet(GateStamp).update(version=7)
    assert not has_access(alice, gated_article, now)


def test_a_change_in_this_process_holds_at_once(charlie, article, settings):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    assert has_access(charlie, article)
    gate = gate_page(article)
    assert not has_access(charlie, article)
    gate.audience = "members"
    gate.save()
    assert has_access(charlie, article)
    Gate.objects.update(audience="licensed")
    assert not has_access(charlie, article)


@pytest.mark.parametrize("nested", [False, True])
def test_what_is_rolled_back_leaves_nothing_behind(charlie, gated_article, settings, nested):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    assert not has_access(charlie, gated_article)
    with pytest.raises(UndoError), transaction.atomic():  # noqa: PT012
        if nested:
            Gate.objects.update(audience="members")
        with transaction.atomic():
            Gate.objects.all().delete()
            assert has_access(charlie, gated_article)
        raise UndoError
    assert not has_access(charlie, gated_article)


def test_a_savepoint_that_is_rolled_back_leaves_the_changes_before_it(charlie, article, settings):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    gate_page(article)
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
        Gate.objects.all().delete()
        Gate.objects.create(kind="area", area="x")
        assert has_access(charlie, article)
        Gate.objects.create(kind="area", area="x")
    assert not has_access(charlie, article)


def test_rows_without_a_stamp_are_noticed(charlie, article, settings):
    assert has_access(charlie, article)
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 0
    QuerySet(Gate).bulk_create([Gate(kind="page", page_id=article.pk)])
    QuerySet(GateStamp).all().delete()
    assert not has_access(charlie, article)
    QuerySet(Gate).delete()
    assert has_access(charlie, article)


def test_a_fixture_raises_the_stamp(charlie, article, settings):
    gate_page(article)
    data = serializers.serialize("json", Gate.objects.all())
    Gate.objects.all().delete()
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    assert has_access(charlie, article)
    for row in serializers.deserialize("json", data):
        row.save()
    assert not has_access(charlie, article)


def test_a_product_that_goes_takes_its_rules_along_at_once(
    alice, gated_article, basic, pro, now, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=basic)
    give(alice, pro, at=now)
    assert has_access(alice, gated_article, now)
    version = GateStamp.objects.get().version
    basic.delete()
    assert GateStamp.objects.get().version != version


@pytest.mark.django_db(transaction=True)
def test_another_thread_sees_a_change_from_the_commit_on_and_not_before(
    charlie, gated_article, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600

    def elsewhere():
        answers = []

        def ask():
            answers.append(has_access(charlie, gated_article))
            connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(20)
        return answers[0]

    assert not elsewhere()
    with transaction.atomic():
        Gate.objects.all().delete()
        assert has_access(charlie, gated_article)
        assert not elsewhere()
    assert elsewhere()


@pytest.mark.django_db(transaction=True)
def test_an_index_read_before_a_commit_is_not_kept_after_it(
    charlie, gated_article, settings, monkeypatch
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    freshness.forget()
    load = freshness.load_index

    def slow():
        index = load()
        monkeypatch.setattr(freshness, "load_index", load)
        Gate.objects.all().delete()  # committed while the reader still holds what it has read
        return index

    monkeypatch.setattr(freshness, "load_index", slow)
    # An anonymous visitor is decided by the index alone.
    assert not has_access(None, gated_article)
    assert has_access(None, gated_article)
