"""Images behind gates: every address of an original or a rendition leads through the gate."""

import json
import pickle
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import FileSystemStorage
from django.template import Context, Template
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.utils import generate_signature
from wagtail.models import Collection, CollectionViewRestriction
from wagtail.rich_text import expand_db_html

from tests.gates.files.conftest import OUTSIDERS, answer, make_picture, sign_in
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.storages import PrivateFileSystemStorage

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.gates.files.urls"),
    # Wagtail leaves a temporary file open when it makes a rendition.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NO_STORE = "private, no-store"
SPEC = "width-20"


def fresh(image):
    return get_image_model().objects.get(pk=image.pk)


def address_of_original(image):
    return f"/licensing/files/image/{image.pk}/file/{image.filename}"


def dynamic(image, name="wagtailimages_serve", spec=SPEC):
    address = reverse("wagtailimages_serve", args=[generate_signature(image.pk, spec), image.pk, spec])
    if name != "wagtailimages_serve":
        return reverse(name, args=[generate_signature(image.pk, spec), image.pk, spec])
    return address + image.filename


def every_address(image):
    """Every way to a picture, by name."""
    image = fresh(image)
    return {
        "original": image.file.url,
        "rendition": image.get_rendition(SPEC).url,
        "focal variant": image.get_rendition("fill-10x10-c100").url,
        "dynamic": dynamic(image),
        "dynamic original": dynamic(image, spec="original"),
        "sendfile": dynamic(image, "sent"),
        "redirect": dynamic(image, "redirected"),
    }


def test_the_addresses_of_a_gated_image_are_ours_wherever_they_are_printed(gated_image):
    image = fresh(gated_image)
    rendition = image.get_rendition(SPEC)
    ours = f"/licensing/files/rendition/{rendition.pk}/file/"
    assert image.file.url == address_of_original(image)
    assert rendition.url.startswith(ours)
    assert rendition.file.url == rendition.url
    assert rendition.full_url == f"http://testserver{rendition.url}"
    pages = [
        "{% image image width-20 %}",
        "{% picture image format-{avif,jpeg} width-20 %}",
        "{% srcset_image image width-{10,20} sizes='10px' %}",
        "{% image image width-20 as r %}{{ r.url }} {{ r.full_url }} {{ r.attrs }}",
        "{{ image.file.url }}",
    ]
    for text in pages:
        html = Template("{% load wagtailimages_tags %}" + text).render(Context({"image": image}))
        assert "/licensing/files/" in html
        assert "/media/" not in html
    rich = expand_db_html(f'<embed embedtype="image" id="{image.pk}" format="left" alt="x"/>')
    assert "/licensing/files/rendition/" in rich
    assert "/media/" not in rich


def test_the_addresses_of_other_images_are_as_before(image):
    Gate.objects.create(kind="area", area="elsewhere")
    image = fresh(image)
    assert image.file.url.startswith("/media/original_images/")
    assert image.get_rendition(SPEC).url.startswith("/media/images/")


def test_a_rendition_that_was_kept_in_a_cache_is_gated_as_well(image, pro):
    rendition = pickle.loads(pickle.dumps(fresh(image).get_rendition(SPEC)))
    gate = Gate.objects.create(kind="collection", collection=image.collection)
    EntitlementRule.objects.create(gate=gate, product=pro)
    assert rendition.url.startswith("/licensing/files/rendition/")
    assert pickle.loads(pickle.dumps(rendition)).url == rendition.url


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}, {"if-none-match": "*"}])
def test_outsiders_see_no_picture(request, client, gated_image, who, method, headers):
    sign_in(client, request, who)
    for what, url in every_address(gated_image).items():
        response = answer(getattr(client, method)(url, headers=headers))
        assert (response.status_code, response["Cache-Control"]) == (403, NO_STORE), what
        assert b"PNG" not in response.body
        assert "ETag" not in response


def test_a_member_sees_every_picture_and_no_cache_keeps_it(client, member, gated_image):
    client.force_login(member)
    for what, url in every_address(gated_image).items():
        response = answer(client.get(url))
        assert (response.status_code, response["Cache-Control"]) == (200, NO_STORE), what
        assert response.body.startswith(b"\x89PNG"), what
        assert response["Content-Type"] == "image/png"
        assert response["Content-Security-Policy"] == "default-src 'none'"
        part = answer(client.get(url, headers={"range": "bytes=1-3"}))
        assert (part.status_code, part.body) == (206, b"PNG"), what


@pytest.mark.parametrize(("mode", "status"), [("login", 302), ("not_found", 404)])
def test_the_gate_says_what_is_shown(client, gated_image, mode, status):
    Gate.objects.update(without_access=mode)
    Gate.objects.get().save()
    for url in every_address(gated_image).values():
        response = answer(client.get(url))
        assert (response.status_code, response["Cache-Control"]) == (status, NO_STORE)


def test_a_wrong_signature_is_refused_before_anything_is_looked_at(client, gated_image):
    good = dynamic(gated_image)
    for url in (good.replace(SPEC, "width-21"), re.sub(r"/images/[^/]+/", "/images/x/", good)):
        assert client.get(url).status_code == 403
    missing = gated_image.pk + 1000
    url = reverse("wagtailimages_serve", args=[generate_signature(missing, SPEC), missing, SPEC])
    assert client.get(url + "x.png").status_code == 404


def test_the_dynamic_view_of_other_images_costs_and_says_what_it_did(
    client, image, django_assert_num_queries
):
    url = dynamic(image)
    answer(client.get(url))
    with django_assert_num_queries(1):
        answer(client.get(url))
    Gate.objects.create(kind="area", area="elsewhere")
    answer(client.get(url))
    with django_assert_num_queries(1):
        response = answer(client.get(url))
    assert response["Cache-Control"] == "max-age=3600, public"


def test_wagtail_still_says_what_is_wrong_with_a_filter(client, member, gated_image):
    client.force_login(member)
    response = client.get(dynamic(gated_image, spec="bad-spec"))
    assert (response.status_code, response["Cache-Control"]) == (400, NO_STORE)
    client.logout()
    assert client.get(dynamic(gated_image, spec="bad-spec")).status_code == 403


def test_a_picture_costs_the_decision_and_three_queries(
    client, member, gated_image, django_assert_num_queries
):
    client.force_login(member)
    url = fresh(gated_image).get_rendition(SPEC).url
    answer(client.get(url))
    # session, user, the rendition with its image, the decision, the privacy of the collection
    with django_assert_num_queries(5):
        answer(client.get(url))


def test_addresses_cost_no_query(gated_image, django_assert_num_queries):
    image = fresh(gated_image)
    rendition = image.get_rendition(SPEC)
    assert rendition.url
    with django_assert_num_queries(0):
        assert image.file.url
        assert rendition.url


@pytest.mark.parametrize(
    "path",
    [
        "image/{pk}/file/other.png",
        "image/{pk}/file/COVER.PNG",
        "image/{pk}/file/x/cover.png",
        "image/{pk}/file/..%2fcover.png",
        "image/{pk}/title/cover.png",
        "image/{pk}/file.name/cover.png",
        "image/999999/file/cover.png",
        "image/x/file/cover.png",
        "image/99999999999999999999999/file/cover.png",
        "image/%00/file/cover.png",
        "rendition/{pk}9/file/cover.png",
        "document/1/file/cover.png",
        "user/1/password/cover.png",
        "media/1/file/cover.png",
    ],
)
def test_what_is_no_address_is_404_for_everybody(client, member, charlie, gated_image, path):
    for user in (member, charlie):
        client.force_login(user)
        url = "/licensing/files/" + path.format(pk=gated_image.pk)
        assert client.get(url).status_code == 404


def test_only_get_and_head(client, member, gated_image):
    client.force_login(member)
    url = fresh(gated_image).file.url
    assert client.post(url).status_code == 405
    assert client.delete(url).status_code == 405


def test_our_address_serves_nothing_that_has_another(client, image):
    Gate.objects.create(kind="area", area="elsewhere")
    assert client.get(address_of_original(image)).status_code == 404


def test_a_gate_before_one_image_stands_before_its_renditions(client, charlie, image, pro):
    kind = ContentType.objects.get_for_model(image)
    gate = Gate.objects.create(kind="object", object_type=kind, object_id=str(image.pk))
    EntitlementRule.objects.create(gate=gate, product=pro)
    other = get_image_model().objects.create(title="Free", file=make_picture("free.png"))
    client.force_login(charlie)
    for url in every_address(image).values():
        assert answer(client.get(url)).status_code == 403
    assert fresh(other).file.url.startswith("/media/")


def test_an_image_that_moves_out_of_the_collection_is_free(client, gated_image):
    url = fresh(gated_image).get_rendition(SPEC).url
    assert client.get(url).status_code == 403
    get_image_model().objects.filter(pk=gated_image.pk).update(
        collection=Collection.get_first_root_node()
    )
    image = fresh(gated_image)
    assert image.get_rendition(SPEC).url.startswith("/media/images/")
    assert client.get(url).status_code == 404
    assert answer(client.get(dynamic(image))).status_code == 200


def test_wagtails_own_privacy_holds_at_our_address(client, member, gated_image):
    CollectionViewRestriction.objects.create(
        collection=gated_image.collection, restriction_type="password", password="sesame"
    )
    client.force_login(member)
    for url in every_address(gated_image).values():
        response = answer(client.get(url))
        assert (response.status_code, response["Cache-Control"]) == (403, NO_STORE)


@pytest.fixture
def private(monkeypatch, tmp_path):
    """Originals and renditions in a private storage."""
    storage = PrivateFileSystemStorage(location=tmp_path / "private")
    images = get_image_model()
    for model in (images, images.get_rendition_model()):
        monkeypatch.setattr(model._meta.get_field("file"), "storage", storage)
    return storage


def test_images_without_a_gate_are_sent_from_a_private_storage_to_everybody(client, private, image):
    image = get_image_model().objects.create(title="Free", file=make_picture("free.png"))
    for url in (image.file.url, image.get_rendition(SPEC).url):
        assert url.startswith("/licensing/files/")
        response = answer(client.get(url))
        assert (response.status_code, response["Cache-Control"]) == (200, "no-cache")
        again = client.get(url, headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304


def test_gated_images_in_a_private_storage(client, private, member, charlie, gated_collection):
    image = get_image_model().objects.create(
        title="Cover", file=make_picture("private.png"), collection=gated_collection
    )
    for user, status in ((charlie, 403), (member, 200)):
        client.force_login(user)
        for url in (image.file.url, image.get_rendition(SPEC).url):
            assert answer(client.get(url)).status_code == status


def test_a_failed_decision_gives_no_address_of_the_storage(image, monkeypatch):
    from wagtail_licensing.gates.files import addresses

    def broken():
        raise RuntimeError("no database")

    monkeypatch.setattr(addresses, "any_gate", broken)
    assert fresh(image).file.url == address_of_original(image)


def test_without_our_addresses_there_is_none(gated_image, settings):
    settings.ROOT_URLCONF = "wagtail.urls"
    assert fresh(gated_image).file.url == ""


def test_other_files_keep_their_addresses(gated_image):
    from django.db.models.fields.files import FieldFile

    field = get_image_model()._meta.get_field("file")
    assert FieldFile(object(), field, "x/y.png").url == "/media/x/y.png"
    assert FileSystemStorage().url("x.png") == "/media/x.png"


def listed(client, path):
    response = client.get(path)
    return response, json.loads(response.content)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_the_apis_list_no_gated_image(request, client, gated_image, who):
    sign_in(client, request, who)
    for path in ("/files_api/images/", "/api/v3/images/"):
        if path == "/api/v3/images/" and not client.get(path).headers.get("Content-Type", "").count(
            "json"
        ):
            continue
        for question in ("", "?search=Cover", "?fields=*" if "v3" not in path else "?limit=5"):
            response, found = listed(client, path + question)
            assert response.status_code == 200, (path, question)
            assert "Cover" not in response.content.decode()
            assert found.get("meta", {}).get("total_count", 0) == 0
        assert client.get(f"{path}{gated_image.pk}/").status_code == 404


def test_the_api_gives_a_member_our_address(client, member, gated_image):
    client.force_login(member)
    response, found = listed(client, f"/files_api/images/{gated_image.pk}/?fields=*")
    assert found["meta"]["download_url"] == address_of_original(gated_image)
    assert response["Cache-Control"] == NO_STORE
