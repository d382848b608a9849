"""What staff does for a person who asks: only those who may, never without a reason."""

import pytest
from django.contrib.auth.models import Permission
from wagtail.models import ModelLogEntry

from tests.conftest import give, make_user
from wagtail_licensing.models import AccountDeletion

pytestmark = pytest.mark.django_db


def url(name, user):
    return f"/admin/licensing/people/{user.pk}/{name}/"


@pytest.fixture
def clerk(db):
    """May look into the admin, and hand out and delete accounts."""
    user = make_user("clerk")
    names = ("access_admin", "export_account", "delete_account")
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return user


@pytest.mark.parametrize("name", ["export", "delete"])
def test_others_are_refused(client, erin, alice, name):
    client.force_login(erin)
    for send in (client.get, client.post):
        assert send(url(name, alice)).status_code == 302
    assert not AccountDeletion.objects.exists()


@pytest.mark.parametrize("name", ["export", "delete"])
def test_a_reason_is_needed(client, clerk, alice, name):
    client.force_login(clerk)
    assert client.get(url(name, alice)).status_code == 200
    answer = client.post(url(name, alice), {"reason": "", "billing": "at_once"})
    assert "Say why" in answer.content.decode()
    assert not AccountDeletion.objects.exists()
    assert not ModelLogEntry.objects.filter(action__startswith="wagtail_licensing.account").exists()


def test_the_copy_is_handed_out_and_written_down(client, clerk, alice, pro, now):
    give(alice, pro, at=now)
    client.force_login(clerk)
    answer = client.post(url("export", alice), {"reason": "Asked by letter"})
    assert answer["Content-Type"] == "application/zip"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    entry = ModelLogEntry.objects.get(action="wagtail_licensing.account.exported")
    assert (entry.user, entry.data["reason"]) == (clerk, "Asked by letter")


@pytest.mark.django_db(transaction=True)
def test_an_account_is_deleted_with_the_reason_kept(client, clerk, alice):
    client.force_login(clerk)
    client.post(url("delete", alice), {"reason": "Letter of alice", "billing": "at_once"})
    alice.refresh_from_db()
    deletion = AccountDeletion.objects.get()
    assert (alice.is_active, deletion.state, deletion.requested_by) == (False, "done", clerk)
    assert deletion.reason == f"Letter of {alice.username}"


@pytest.mark.parametrize("name", ["export", "delete"])
def test_nobody_reaches_above_themselves(client, clerk, olivia, name):
    client.force_login(clerk)
    assert client.post(url(name, olivia), {"reason": "x", "billing": "at_once"}).status_code == 302
    olivia.refresh_from_db()
    assert olivia.is_active


def test_the_list_of_people_leads_there(client, olivia, alice):
    client.force_login(olivia)
    page = client.get("/admin/users/").content.decode()
    assert url("export", alice) in page
    assert url("delete", alice) in page
