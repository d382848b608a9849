"""Versions of what a product promises: made on change, pinned to licenses, never changed."""

import pytest

from tests.conftest import STAFF, STRIPE, give
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import apply_terms, current_policy
from wagtail_licensing.models import LicenseProduct, ProductPolicy
from wagtail_licensing.models.append_only import AppendOnlyError

pytestmark = pytest.mark.django_db


def test_the_first_license_makes_the_first_version(alice, pro, now):
    license = give(alice, pro, at=now)
    assert (license.policy.product, license.policy.version) == (pro, 1)
    assert license.policy.terms_of_policy == pro.terms_of_policy


def test_no_change_makes_no_version(alice, bob, pro, now):
    first = give(alice, pro, at=now)
    pro.name = "Professional"
    pro.save()
    assert give(bob, pro, at=now).policy == first.policy


def test_a_change_makes_a_version_for_those_who_come_after(alice, bob, pro, now):
    first = give(alice, pro, at=now)
    pro.grace_days = 1
    pro.save()
    second = give(bob, pro, at=now)
    first.refresh_from_db()
    assert (first.policy.version, first.grace_days) == (1, 7)
    assert (second.policy.version, second.grace_days) == (2, 1)


def test_a_change_past_every_form_makes_a_version_too(alice, bob, pro, now):
    give(alice, pro, at=now)
    LicenseProduct.objects.update(unpaid="expire")
    assert give(bob, LicenseProduct.objects.get(pk=pro.pk), at=now).policy.unpaid == "expire"


def test_changing_back_is_a_version_of_its_own(alice, pro, now):
    for days in (7, 3, 7):
        pro.grace_days = days
        pro.save()
        current_policy(pro, at=now)
    assert list(pro.policies.values_list("version", "grace_days")) == [(1, 7), (2, 3), (3, 7)]


def test_who_comes_with_old_news_of_a_product_makes_no_version_of_it(pro, now):
    stale = LicenseProduct.objects.get(pk=pro.pk)
    current_policy(pro, at=now)
    pro.grace_days = 1
    pro.save()
    newest = current_policy(pro, at=now)
    assert current_policy(stale, at=now) == newest
    assert ProductPolicy.objects.count() == 2


def test_a_version_is_never_changed(pro, now):
    policy = current_policy(pro, at=now)
    policy.grace_days = 100
    for change in (
        policy.save,
        policy.delete,
        lambda: ProductPolicy.objects.update(grace_days=100),
        ProductPolicy.objects.all().delete,
    ):
        with pytest.raises(AppendOnlyError):
            change()
    assert ProductPolicy.objects.get().grace_days == 7


def test_a_switch_pins_to_what_the_other_product_promises(alice, pro, basic, now):
    basic.grace_days = 2
    basic.save()
    license = give(alice, pro, at=now)
    terms = Terms(state=State.ACTIVE, starts_at=now, ends_at=None, access_until=None, renews=True)
    apply_terms(license_id=license.pk, terms=terms, product=basic, at=now, by=STRIPE)
    license.refresh_from_db()
    assert (license.product, license.policy.product, license.grace_days) == (basic, basic, 2)
    line = license.events.last()
    assert line.before["policy"] != line.after["policy"]


def test_a_product_that_nobody_has_goes_with_its_versions(pro, now):
    current_policy(pro, at=now)
    pro.delete()
    assert not ProductPolicy.objects.exists()


def test_the_history_names_the_version(alice, pro, now):
    license = give(alice, pro, at=now)
    assert license.events.get().after["policy"] == license.policy.pk
    assert STAFF.cause == license.events.get().cause
