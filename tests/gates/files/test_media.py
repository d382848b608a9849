"""Films and sounds of wagtailmedia behind gates."""

import json
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from wagtail.models import CollectionViewRestriction

from tests.gates.files.conftest import CONTENT, OUTSIDERS, answer, sign_in
from wagtail_licensing.links import signed_document_url
from wagtail_licensing.models import EntitlementRule, Gate

pytest.importorskip("wagtailmedia", reason="wagtailmedia is not installed: the extra [media]")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.gates.files.urls"),
]

NO_STORE = "private, no-store"


@pytest.fixture
def film(members_only):
    """A film in the collection, with a still."""
    from wagtailmedia.models import get_media_model

    film = get_media_model()(title="Premiere", type="video", duration=3, collection=members_only)
    film.file.save("film.mp4", ContentFile(CONTENT), save=False)
    film.thumbnail.save("still.jpg", ContentFile(b"\xff\xd8\xff still"), save=False)
    film.save()
    film.file.close()
    film.thumbnail.close()
    return film


@pytest.fixture
def gated_film(film, gated_collection):
    return film


def every_address(film):
    return [film.url, film.file.url, film.sources[0]["src"], film.thumbnail.url]


def test_the_addresses_of_a_gated_film_are_ours(gated_film):
    ours = f"/licensing/files/media/{gated_film.pk}"
    assert every_address(gated_film) == [f"{ours}/file/film.mp4"] * 3 + [f"{ours}/thumbnail/still.jpg"]
    assert gated_film.sources[0]["type"] == "video/mp4"


def test_the_addresses_of_other_films_are_as_before(film):
    Gate.objects.create(kind="area", area="elsewhere")
    assert all(url.startswith("/media/") for url in every_address(film))


@pytest.mark.parametrize("who", OUTSIDERS)
def test_outsiders_see_nothing_of_a_film(request, client, gated_film, who):
    sign_in(client, request, who)
    for url in every_address(gated_film):
        for headers in ({}, {"range": "bytes=0-9"}):
            response = answer(client.get(url, headers=headers))
            assert (response.status_code, response["Cache-Control"]) == (403, NO_STORE)
            assert CONTENT[:20] not in response.body


def test_a_member_winds_forward(client, member, gated_film):
    client.force_login(member)
    response = answer(client.get(gated_film.url))
    assert (response.status_code, response.body) == (200, CONTENT)
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Disposition"].startswith("inline")
    assert "media-src 'self'" in response["Content-Security-Policy"]
    part = answer(client.get(gated_film.url, headers={"range": "bytes=90000-"}))
    assert (part.status_code, part.body) == (206, CONTENT[90000:])
    still = answer(client.get(gated_film.thumbnail.url))
    assert (still.status_code, still["Content-Type"]) == (200, "image/jpeg")


def test_a_film_that_is_none_is_downloaded_not_run(client, member, gated_film):
    type(gated_film).objects.filter(pk=gated_film.pk).update(file="media/x.html")
    film = type(gated_film).objects.get(pk=gated_film.pk)
    film.file.storage.save("media/x.html", ContentFile(b"<script>alert(1)</script>"))
    client.force_login(member)
    response = answer(client.get(film.url))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "default-src 'none'"


def test_a_film_without_a_still_has_no_address_for_one(client, member, gated_film):
    type(gated_film).objects.filter(pk=gated_film.pk).update(thumbnail="")
    film = type(gated_film).objects.get(pk=gated_film.pk)
    with pytest.raises(ValueError):
        _ = film.thumbnail.url
    client.force_login(member)
    assert client.get(f"/licensing/files/media/{film.pk}/thumbnail/still.jpg").status_code == 404


def test_private_collections_hold_as_well(client, member, gated_film):
    restriction = CollectionViewRestriction.objects.create(
        collection=gated_film.collection, restriction_type="groups"
    )
    client.force_login(member)
    assert client.get(gated_film.url).status_code == 403
    restriction.restriction_type = "login"
    restriction.save()
    assert answer(client.get(gated_film.url)).status_code == 200


@pytest.mark.parametrize("who", OUTSIDERS)
def test_the_api_lists_no_gated_film(request, client, gated_film, who):
    sign_in(client, request, who)
    for path in ("/files_api/media/", "/files_api/media/?search=Premiere", "/files_api/media/?fields=*"):
        response = client.get(path)
        assert response.status_code == 200, (path, response.content)
        assert json.loads(response.content)["meta"]["total_count"] == 0
    assert client.get(f"/files_api/media/{gated_film.pk}/").status_code == 404


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_search_finds_no_film_with_a_gate_of_its_own(request, client, film, member, pro, who):
    other = type(film)(title="Premiere of another", type="video", duration=1)
    other.file.save("other.mp4", ContentFile(b"x"), save=True)
    gate = Gate.objects.create(
        kind="object", object_type=ContentType.objects.get_for_model(film), object_id=str(film.pk)
    )
    EntitlementRule.objects.create(gate=gate, product=pro)
    found = {}
    for name in (who, "member"):
        sign_in(client, request, name) if name != "member" else client.force_login(member)
        for path in ("?search=Premiere", "?search=Premiere&order=title", "?search=Premiere&type=video"):
            answered = client.get(f"/files_api/media/{path}")
            assert answered.status_code in (200, 400), answered.content
            if answered.status_code == 200:
                data = json.loads(answered.content)
                assert data["meta"]["total_count"] == len(data["items"])
                found[name, path] = {item["title"] for item in data["items"]}
        assert found[name, "?search=Premiere"]
    assert found[who, "?search=Premiere"] == {"Premiere of another"}
    assert found["member", "?search=Premiere"] == {"Premiere", "Premiere of another"}
    assert all("Premiere" not in titles for (name, _), titles in found.items() if name == who)


def test_the_api_gives_a_member_our_addresses(client, member, gated_film):
    client.force_login(member)
    response = client.get(f"/files_api/media/{gated_film.pk}/?fields=*")
    text = response.content.decode()
    assert f"/licensing/files/media/{gated_film.pk}/file/film.mp4" in text
    assert "/media/media/" not in text
    assert response["Cache-Control"] == NO_STORE


def test_the_api_leaves_out_private_collections(client, film):
    assert client.get(f"/files_api/media/{film.pk}/").status_code == 200
    parent = film.collection
    CollectionViewRestriction.objects.create(collection=parent, restriction_type="groups")
    assert client.get(f"/files_api/media/{film.pk}/").status_code == 404
    film.collection = parent.add_child(name="Below")
    film.save()
    assert json.loads(client.get("/files_api/media/").content)["meta"]["total_count"] == 0


def test_a_signed_link_to_a_film_is_for_one_person(client, gated_film, member, charlie, members_only):
    url = signed_document_url(gated_film, member)
    part = answer(client.get(url, headers={"range": "bytes=0-9"}))
    assert (part.status_code, part.body, part["Cache-Control"]) == (206, CONTENT[:10], NO_STORE)
    assert part["Content-Type"] == "video/mp4"
    assert answer(client.get(signed_document_url(gated_film, charlie))).status_code == 403
    client.force_login(charlie)
    assert answer(client.get(url)).status_code == 403
    client.logout()
    CollectionViewRestriction.objects.create(collection=members_only, restriction_type="password")
    assert CONTENT[:10] not in answer(client.get(url)).body


def test_a_link_to_a_film_ends_at_its_own_address(client, film, member, now):
    url = signed_document_url(film, member, max_age=1, at=now - timedelta(seconds=2))
    response = answer(client.get(url))
    assert (response.status_code, response["Location"]) == (302, film.url)
