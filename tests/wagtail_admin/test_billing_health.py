"""The page on billing: who sees it, who may press what, and that it asks Stripe only when pressed."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from tests.billing.conftest import stripe, stripe_world
from tests.conftest import make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.billing import account as accounts
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import License, SyncTarget

__all__ = ["stripe", "stripe_world"]

pytestmark = pytest.mark.django_db

URL = "/admin/licensing/billing/"


def permitted(name, *codenames):
    """Create somebody who may enter the admin, and what ``codenames`` say."""
    user = make_user(name)
    for codename in ("access_admin", *codenames):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return signed_in(user)


@pytest.fixture
def watcher(db):
    return permitted("wanda", "view_billing_health")


@pytest.fixture
def operator(db):
    return permitted("otto", "view_billing_health", "operate_billing")


@pytest.fixture
def asked(stripe_world):
    paths = []
    stripe_world.simulator.observers.append(lambda incoming, answer: paths.append(incoming.path))
    return paths


def give_up(stripe_world, user):
    """Return a target that was given up, whose object is fine by now."""
    subscription = stripe_world.subscribe(user, stripe_world.monthly)
    target_id = request_sync(
        kind="subscription", object_id=subscription["id"], account="default", at=stripe_world.now
    )
    SyncTarget.objects.filter(pk=target_id).update(is_dead=True, attempts=8, error="crashed: KeyError")
    return target_id


def test_the_page_asks_stripe_nothing_by_itself(watcher, stripe_world, asked):
    response = watcher.get(URL)
    assert response.status_code == 200
    assert asked == []
    assert "Account “default”: a secret key of test mode." in response.content.decode()
    assert "[ok] Key" in response.content.decode()
    assert "sk_test" not in response.content.decode()


def test_a_button_tries_the_key_and_another_compares(operator, stripe_world, asked, alice):
    stripe_world.subscribe(alice, stripe_world.monthly)
    asked.clear()
    response = operator.post(URL, {"action": "probe"})
    assert "Everything that is needed can be read" in response.content.decode()
    assert len(asked) == 12
    response = operator.post(URL, {"action": "compare"})
    assert "1 subscription differs from Stripe." in response.content.decode()
    assert not SyncTarget.objects.exists()


def test_what_was_given_up_is_replayed_one_by_one_or_all(operator, stripe_world, alice, bob, charlie):
    targets = [give_up(stripe_world, user) for user in (alice, bob, charlie)]
    page = operator.get(URL).content.decode()
    assert page.count("crashed: KeyError") >= 3
    operator.post(URL, {"action": "replay", "target": targets[0]})
    assert [license.user for license in License.objects.all()] == [alice]
    assert SyncTarget.objects.filter(is_dead=True).count() == 2
    operator.post(URL, {"action": "replay", "target": "all"})
    assert License.objects.count() == 3
    response = operator.post(URL, {"action": "replay", "target": "all"}, follow=True)
    assert "There is nothing to read again." in response.content.decode()
    assert License.objects.count() == 3


def test_only_what_was_given_up_can_be_replayed(operator, stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    target_id = request_sync(
        kind="subscription", object_id=subscription["id"], account="default", at=stripe_world.now
    )
    other = SyncTarget.objects.create(
        account="other", kind="subscription", object_id="sub_1", requested=1, is_dead=True
    )
    for target in (target_id, other.pk, "", "²", "1; drop", "-1", "9" * 30):
        assert operator.post(URL, {"action": "replay", "target": target}).status_code == 302
    assert not License.objects.exists()
    assert SyncTarget.objects.get(pk=other.pk).is_dead


def test_a_stopped_account_goes_on_by_a_button(operator, stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    target_id = request_sync(
        kind="subscription", object_id=subscription["id"], account="default", at=stripe_world.now
    )
    stripe_world.simulator.set_faults(api=[{"status": 401, "count": 1}])
    from wagtail_licensing import tasks

    tasks.ring(target_id)
    assert accounts.state_of().refused_at is not None
    assert "The key is right now" in operator.get(URL).content.decode()
    operator.post(URL, {"action": "resume"})
    assert accounts.state_of().refused_at is None
    assert License.objects.get().state == "active"
    assert "The key is right now" not in operator.get(URL).content.decode()


@pytest.mark.parametrize("action", ["probe", "compare", "resume", "replay"])
def test_who_may_only_look_may_press_nothing(watcher, stripe_world, asked, alice, action):
    target_id = give_up(stripe_world, alice)
    asked.clear()
    response = watcher.post(URL, {"action": action, "target": target_id})
    assert response.status_code == 302
    assert response.url == reverse("wagtailadmin_home")
    assert asked == []
    assert SyncTarget.objects.get().is_dead
    assert "<button" not in watcher.get(URL).content.decode().split("wl-narrow")[1]


def test_nobody_else_sees_it(client, manager, db):
    assert signed_in(manager).get(URL).url == reverse("wagtailadmin_home")
    assert client.get(URL).status_code == 302
    assert client.post(URL, {"action": "replay", "target": "all"}).status_code == 302


def test_the_menu_shows_it_to_those_who_may(watcher, manager):
    assert f'"{URL}"' in watcher.get("/admin/").content.decode()
    assert f'"{URL}"' not in signed_in(manager).get("/admin/").content.decode()


def test_a_group_can_be_given_both_permissions(olivia):
    page = signed_in(olivia).get("/admin/groups/new/").content.decode()
    assert "Can see the health of billing" in page
    assert "Can replay and compare with Stripe" in page


@pytest.mark.django_db(transaction=True)
def test_it_works_on_a_site_whose_requests_are_transactions(operator, stripe_world, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    response = operator.post(URL, {"action": "probe"})
    assert "Everything that is needed can be read" in response.content.decode()
