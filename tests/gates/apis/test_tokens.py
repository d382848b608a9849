"""The API v3 with a token: its owner reads what they may edit, and of the rest what is open."""

import json

import pytest
from django.contrib.auth.models import Group, Permission
from wagtail import VERSION

from tests.conftest import CANARY, gate_page, give, make_user
from wagtail_licensing.models import Gate

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0"),
]

PAGES = "/api/v3/pages/"


def token_of(user):
    """The headers of a request in the name of ``user``."""
    from wagtail.models import APIToken

    _, token = APIToken.create_token(user=user, name="test")
    return {"Authorization": f"Bearer {token}"}


def editor_of(page, name="frank"):
    """A user who may edit ``page`` and what is below it, and nothing else."""
    user = make_user(name)
    group = Group.objects.create(name=f"Editors of {page.pk}")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for codename in ("add_page", "change_page", "publish_page"):
        group.page_permissions.create(page=page, permission=Permission.objects.get(codename=codename))
    user.groups.add(group)
    return user


def text_of(client, url, headers, **kwargs):
    response = client.get(url, headers=headers, follow=True, **kwargs)
    assert response.status_code < 500
    assert response["Cache-Control"] == "private, no-store"
    return response.content.decode()


def test_a_member_s_token_reads_no_more_than_the_member_may_edit(client, world, alice, pro, now):
    give(alice, pro, at=now)
    headers = token_of(alice)
    for page in world.closed:
        for tail in ("", "?version=draft", "revisions/", "revisions/1/"):
            assert CANARY not in text_of(client, f"{PAGES}{page.pk}/{tail}", headers)
    assert CANARY not in text_of(client, f"{PAGES}?search={CANARY}", headers)


@pytest.mark.parametrize("spoilt", ["revoked", "inactive", "forged"])
def test_a_token_that_counts_no_more_is_that_of_a_visitor(client, world, olivia, spoilt, now):
    headers = token_of(olivia)
    assert CANARY in text_of(client, f"{PAGES}{world.gated.pk}/", headers)
    if spoilt == "revoked":
        olivia.api_tokens.update(revoked_at=now)
    elif spoilt == "inactive":
        olivia.is_active = False
        olivia.save()
    else:
        headers = {"Authorization": headers["Authorization"][:-4] + "AAAA"}
    for page in world.closed:
        assert CANARY not in text_of(client, f"{PAGES}{page.pk}/", headers)


def test_an_editor_s_token_reads_what_they_may_edit_and_of_the_rest_id_and_type(client, world):
    frank = editor_of(world.hub)
    headers = token_of(frank)
    text = text_of(client, f"{PAGES}{world.hub.pk}/", headers)
    assert "Openhub" in text
    for url in (
        f"{PAGES}{world.hub.pk}/",
        f"{PAGES}{world.hub.pk}/?version=draft",
        f"{PAGES}?type=apisite.HubPage",
        f"{PAGES}?search={CANARY}",
        f"{PAGES}?order=slug",
        f"{PAGES}?ancestor_of={world.child.pk}",
        f"{PAGES}{world.gated.pk}/",
        f"{PAGES}{world.gated.pk}/revisions/",
        f"/api/v3/documents/{world.document.pk}/",
        "/api/v3/documents/",
        "/api/v3/redirects/",
        "/api/v3/snippets/apisite.Topic/",
    ):
        text = text_of(client, url, headers)
        for word in (CANARY, "Gatedtitle", "Hiddentitle", "hiddenslug"):
            assert word not in text, url


def test_a_revision_closes_what_is_nested_in_it(client, world):
    frank = editor_of(world.hub)
    revision = world.hub.save_revision()
    text = text_of(client, f"{PAGES}{world.hub.pk}/revisions/{revision.pk}/", token_of(frank))
    assert "Openhub" in text
    for word in (CANARY, "Gatedtitle", "Hiddentitle"):
        assert word not in text


def test_the_answer_to_an_action_closes_what_is_nested_in_it(client, world):
    frank = editor_of(world.hub)
    response = client.post(
        f"{PAGES}{world.hub.pk}/actions/publish/",
        headers=token_of(frank),
        content_type="application/json",
    )
    assert response.status_code == 200
    assert response.json()["title"] == "Openhub"
    assert CANARY not in response.content.decode()
    assert "Gatedtitle" not in response.content.decode()


def test_a_page_that_is_copied_with_a_token_is_gated_like_its_source(client, world, home):
    grace = editor_of(home, "grace")
    response = client.post(
        f"{PAGES}{world.gated.pk}/actions/copy/",
        json.dumps({"destination_id": home.pk, "slug": "copied", "title": "Copied"}),
        headers=token_of(grace),
        content_type="application/json",
    )
    assert response.status_code == 201
    copied = response.json()["id"]
    assert client.get(f"{PAGES}{copied}/").status_code == 404
    assert Gate.objects.filter(page_id=copied).exists()


def test_a_session_is_no_token(client, world, olivia):
    client.force_login(olivia)
    for page in world.closed:
        assert client.get(f"{PAGES}{page.pk}/").status_code == 404


def test_an_editor_s_token_sees_the_pages_they_edit_behind_a_gate(client, world, pro):
    frank = editor_of(world.gated)
    headers = token_of(frank)
    assert CANARY in text_of(client, f"{PAGES}{world.gated.pk}/", headers)
    assert CANARY in text_of(client, f"{PAGES}{world.child.pk}/", headers)
    data = client.get(f"{PAGES}", headers=headers).json()
    assert {item["id"] for item in data["items"]} == {world.gated.pk, world.child.pk}
    assert client.get(f"{PAGES}{world.hidden.pk}/", headers=headers).status_code == 404
    Gate.objects.all().delete()
    gate_page(world.hub, pro)
    assert client.get(f"{PAGES}{world.hub.pk}/", headers=headers).status_code == 404
