"""``user.has_perm`` on gates and products, to the moment, with a veto over what guardian still has."""

import asyncio
import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from guardian.shortcuts import assign_perm
from wagtail.models import Collection

from tests.conftest import give
from wagtail_licensing.backends import LicenseBackend
from wagtail_licensing.models import Gate, ProductUserPermission

pytestmark = pytest.mark.django_db

OPEN, USE = "wagtail_licensing.open_gate", "wagtail_licensing.use_product"


@pytest.fixture
def clock(settings, now, monkeypatch):
    """The clock of the site, which a test moves: ``clock.at = ...``."""

    class Clock:
        at = now

    monkeypatch.setattr("tests.test_backends._clock", Clock, raising=False)
    settings.WAGTAIL_LICENSING_CLOCK = "tests.test_backends.tell"
    return Clock


_clock = None


def tell():
    return _clock.at


@pytest.mark.parametrize("permission", [OPEN, "open_gate"])
def test_a_license_gives_open_gate_on_the_gate_and_on_the_page(
    alice, gated_article, pro, now, permission
):
    give(alice, pro, at=now)
    assert alice.has_perm(permission, Gate.objects.get())
    assert alice.has_perm(permission, gated_article)
    assert alice.has_perm(permission, gated_article.page_ptr)


@pytest.mark.parametrize("permission", [USE, "use_product"])
def test_a_license_gives_use_product(alice, charlie, pro, basic, now, permission):
    give(alice, pro, at=now)
    assert alice.has_perm(permission, pro)
    assert not alice.has_perm(permission, basic)
    assert not charlie.has_perm(permission, pro)


def test_a_row_that_guardian_still_has_opens_nothing_after_the_end(alice, pro, now, clock):
    end = now + dt.timedelta(days=1)
    give(alice, pro, at=now, ends_at=end)
    assert alice.has_perm(USE, pro)
    clock.at = end - dt.timedelta(microseconds=1)
    assert alice.has_perm(USE, pro)
    clock.at = end
    assert ProductUserPermission.objects.filter(user=alice).exists()
    assert not alice.has_perm(USE, pro)
    with pytest.raises(PermissionDenied):
        LicenseBackend().has_perm(alice, USE, pro)


def test_a_grant_by_hand_counts(bob, gated_article, pro):
    assign_perm("open_gate", bob, Gate.objects.get())
    assert bob.has_perm(OPEN, gated_article)
    assert not bob.has_perm(USE, pro)


def test_an_anonymous_visitor_has_what_is_open(article, gated_article, course):
    assert not AnonymousUser().has_perm(OPEN, gated_article)
    assert AnonymousUser().has_perm(OPEN, course)


def test_an_inactive_user_has_nothing_not_even_what_is_open(alice, course, pro, now):
    give(alice, pro, at=now)
    alice.is_active = False
    assert not alice.has_perm(OPEN, course)
    assert not alice.has_perm(USE, pro)


def test_a_superuser_has_everything_as_django_says(olivia, gated_article):
    assert olivia.has_perm(OPEN, gated_article)


def test_without_an_object_nothing_is_given_nor_vetoed(alice, pro, now):
    give(alice, pro, at=now)
    assert not alice.has_perm(USE)
    assert LicenseBackend().has_perm(alice, USE) is False


@pytest.mark.parametrize("permission", ["wagtail_licensing.view_gate", "other.open_gate", "view_gate"])
def test_other_permissions_are_left_to_the_other_backends(charlie, gated_article, permission):
    assert LicenseBackend().has_perm(charlie, permission, Gate.objects.get()) is False


def test_another_permission_given_by_guardian_is_not_vetoed(charlie, pro):
    assign_perm("view_licenseproduct", charlie, pro)
    assert charlie.has_perm("wagtail_licensing.view_licenseproduct", pro)


def test_a_permission_on_something_else_is_left_alone(charlie):
    assert LicenseBackend().has_perm(charlie, OPEN, ContentType.objects.first()) is False


def test_collections_are_answered(charlie, pro):
    root = Collection.get_first_root_node()
    assert charlie.has_perm(OPEN, root)
    Gate.objects.create(kind="collection", collection=root)
    assert not charlie.has_perm(OPEN, root)


def test_no_permissions_are_listed(alice, gated_article, pro, now):
    give(alice, pro, at=now)
    backend = LicenseBackend()
    assert backend.get_all_permissions(alice, gated_article) == set()
    assert backend.authenticate(None, username="alice", password="alice") is None
    assert backend.get_user(alice.pk) is None


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_gets_the_same_answers(alice, charlie, gated_article, pro, now):
    give(alice, pro, at=now)

    async def ask(user):
        return await user.ahas_perm(OPEN, gated_article), await user.ahas_perm(USE, pro)

    assert asyncio.run(ask(alice)) == (True, True)
    assert asyncio.run(ask(charlie)) == (False, False)
