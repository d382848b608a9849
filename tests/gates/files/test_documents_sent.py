"""Sending a gated document: whole, in parts, again, and never to who may not open it."""

import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.gates.files.conftest import CONTENT, OUTSIDERS, answer, sign_in
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db
NO_STORE = "private, no-store"
METHODS = ["serve_view", "redirect", "direct", None]


class Signing(FileSystemStorage):
    """A storage that signs, as those of django-storages do."""

    querystring_auth = True

    def path(self, name):
        raise NotImplementedError

    def _path(self, name):
        return super().path(name)

    def open(self, name, mode="rb"):
        return open(self._path(name), mode)

    def size(self, name):
        return os.path.getsize(self._path(name))

    def get_modified_time(self, name):
        raise NotImplementedError

    def url(self, name, parameters=None, expire=3600, http_method=None):
        return f"https://bucket.example/{name}?expires={expire}&signature=x"


class Unsigned(Signing):
    querystring_auth = False

    def url(self, name):
        return f"https://bucket.example/{name}"


@pytest.fixture
def stored_in(monkeypatch):
    """Let documents lie in another storage."""

    def store(storage):
        monkeypatch.setattr(get_document_model()._meta.get_field("file"), "storage", storage)

    return store


def get(client, document, **headers):
    document = get_document_model().objects.get(pk=document.pk)
    return answer(client.get(document.url, headers=headers))


@pytest.fixture
def reader(client, member):
    client.force_login(member)
    return client


def test_the_whole_file_comes_when_nobody_asks_for_a_part(reader, gated_document):
    response = get(reader, gated_document)
    assert (response.status_code, response.body) == (200, CONTENT)
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"] == NO_STORE
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert gated_document.file_hash not in str(response.items())


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", CONTENT[:10]),
        ("bytes=65530-140000", CONTENT[65530:140001]),
        ("bytes=100-", CONTENT[100:]),
        ("bytes=-7", CONTENT[-7:]),
    ],
)
def test_a_part_is_206_with_exactly_its_bytes(reader, gated_document, header, part):
    response = get(reader, gated_document, range=header)
    assert (response.status_code, response.body) == (206, part)
    assert response["Content-Length"] == str(len(part))
    assert response["Content-Range"].endswith(f"/{len(CONTENT)}")
    assert response["Cache-Control"] == NO_STORE


def test_a_part_outside_of_the_file_is_416_without_a_body(reader, gated_document):
    response = get(reader, gated_document, range=f"bytes={len(CONTENT)}-")
    assert (response.status_code, response.body) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert response["Cache-Control"] == NO_STORE


def test_several_parts_at_once_get_the_whole(reader, gated_document):
    assert get(reader, gated_document, range="bytes=0-1,4-5").status_code == 200


def test_a_part_of_what_has_changed_is_the_whole(reader, gated_document):
    etag = get(reader, gated_document)["ETag"]
    asked = {"range": "bytes=0-3"}
    assert get(reader, gated_document, **asked, **{"if-range": etag}).status_code == 206
    assert get(reader, gated_document, **asked, **{"if-range": '"else"'}).status_code == 200


def test_what_the_reader_has_already_is_304(reader, gated_document):
    first = get(reader, gated_document)
    again = get(reader, gated_document, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.body) == (304, b"")
    assert again["Cache-Control"] == NO_STORE
    since = get(reader, gated_document, **{"if-modified-since": first["Last-Modified"]})
    assert since.status_code == 304
    assert get(reader, gated_document, **{"if-match": '"else"'}).status_code == 412


def test_head_tells_the_size_and_sends_nothing(reader, gated_document):
    response = answer(reader.head(gated_document.url, headers={"range": "bytes=0-3"}))
    assert (response.status_code, response.body) == (200, b"")
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Cache-Control"] == NO_STORE


def test_compressing_keeps_its_hands_off_a_part(reader, gated_document, settings):
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *settings.MIDDLEWARE]
    response = get(reader, gated_document, range="bytes=0-999", **{"accept-encoding": "gzip"})
    assert response.body == CONTENT[:1000]
    assert response["Content-Length"] == "1000"


@pytest.mark.parametrize("who", OUTSIDERS)
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"range": "bytes=0-9"},
        {"range": "bytes=999999999-"},
        {"range": "bytes=0-9", "if-range": "ETAG"},
        {"if-none-match": "ETAG"},
        {"if-none-match": '"wrong"'},
        {"if-match": "ETAG"},
        {"if-match": '"wrong"'},
        {"if-modified-since": "MODIFIED"},
    ],
)
def test_outsiders_get_one_answer_whatever_they_ask(
    request, member, gated_document, who, method, headers
):
    insider = Client()
    insider.force_login(member)
    known = get(insider, gated_document)
    facts = {"ETAG": known["ETag"], "MODIFIED": known["Last-Modified"]}
    headers = {name: facts.get(value, value) for name, value in headers.items()}
    outsider = Client()
    sign_in(outsider, request, who)
    response = answer(getattr(outsider, method)(gated_document.url, headers=headers))
    assert response.status_code == 403
    assert response["Cache-Control"] == NO_STORE
    for name in ("ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Content-Disposition"):
        assert name not in response
    assert CONTENT[:20] not in response.body


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("storage", [FileSystemStorage, Unsigned])
def test_no_method_gives_away_the_address_of_an_unsigned_storage(
    client, member, charlie, gated_document, settings, stored_in, method, storage
):
    settings.WAGTAILDOCS_SERVE_METHOD = method
    stored_in(storage())
    document = get_document_model().objects.get(pk=gated_document.pk)
    assert document.url == f"/documents/{document.pk}/handbook.pdf"
    assert document.file.url == document.url
    client.force_login(charlie)
    assert get(client, gated_document).status_code == 403
    client.force_login(member)
    response = get(client, gated_document)
    assert (response.status_code, response.body) == (200, CONTENT)
    part = get(client, gated_document, range="bytes=70000-70003")
    assert (part.status_code, part.body) == (206, CONTENT[70000:70004])


@pytest.mark.parametrize("method", ["redirect", "direct", None])
def test_a_storage_that_signs_gets_a_redirect_for_a_minute(
    client, member, charlie, gated_document, settings, stored_in, method
):
    settings.WAGTAILDOCS_SERVE_METHOD = method
    stored_in(Signing())
    client.force_login(charlie)
    denied = get(client, gated_document)
    assert (denied.status_code, "Location" in denied) == (403, False)
    client.force_login(member)
    response = get(client, gated_document)
    assert response.status_code == 302
    assert "expires=60&" in response["Location"]
    assert response["Cache-Control"] == NO_STORE
    head = client.head(gated_document.url)
    assert (head.status_code, "Location" in head) == (200, False)
    assert head["Content-Length"] == str(len(CONTENT))


def test_a_public_domain_before_a_storage_signs_nothing(
    client, member, gated_document, settings, stored_in
):
    settings.WAGTAILDOCS_SERVE_METHOD = "redirect"
    storage = Signing()
    storage.custom_domain = "files.example"
    stored_in(storage)
    client.force_login(member)
    assert get(client, gated_document).status_code == 200


def test_documents_without_a_gate_are_left_to_wagtail(client, document, settings):
    settings.WAGTAILDOCS_SERVE_METHOD = "direct"
    Gate.objects.create(
        kind="collection", collection=Collection.objects.create(name="x", path="00010009", depth=2)
    )
    assert document.url == document.file.url == "/media/documents/handbook.pdf"
    settings.WAGTAILDOCS_SERVE_METHOD = "redirect"
    assert client.get(f"/documents/{document.pk}/handbook.pdf")["Location"] == document.file.url


def test_a_document_that_moves_takes_the_gate_of_its_new_collection(
    client, charlie, gated_document, gated_collection
):
    client.force_login(charlie)
    other = Collection.get_first_root_node().add_child(name="Open")
    get_document_model().objects.filter(pk=gated_document.pk).update(collection=other)
    assert get(client, gated_document).status_code == 200
    gated_collection.add_child(name="Inside")
    inside = Collection.objects.get(name="Inside")
    get_document_model().objects.filter(pk=gated_document.pk).update(collection=inside)
    assert get(client, gated_document).status_code == 403
    inside.move(other, "sorted-child")
    assert get(client, gated_document).status_code == 200


def test_a_replaced_file_has_another_tag_and_the_old_name_is_gone(reader, gated_document):
    first = get(reader, gated_document)
    old = gated_document.url
    gated_document.file.save("second.pdf", ContentFile(b"new"))
    assert reader.get(old).status_code == 404
    response = get(reader, gated_document, **{"if-none-match": first["ETag"]})
    assert (response.status_code, response.body) == (200, b"new")


def test_a_file_that_is_gone_is_404(reader, gated_document):
    os.remove(gated_document.file.path)
    assert get(reader, gated_document).status_code == 404


@pytest.mark.parametrize("name", ["../secrets.txt", "/etc/passwd", "documents/../../secrets.txt"])
def test_a_path_that_leaves_the_storage_is_404(reader, gated_document, media_folder, name):
    (media_folder.parent / "secrets.txt").write_text("secret")
    get_document_model().objects.filter(pk=gated_document.pk).update(file=name)
    assert get(reader, gated_document).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/documents/{pk}/x.pdf",
        "/documents/{pk}/HANDBOOK.PDF",
        "/documents/{pk}/handbook.pdf/",
        "/documents/{pk}/handbook.pdf%00",
        "/documents/{pk}/..%2fhandbook.pdf",
        "/documents/{pk}/handbook.pdf;x.css",
        "/documents/999999/handbook.pdf",
        "/documents/{pk}/" + "x" * 8000,
    ],
)
def test_another_name_is_404_for_everybody(client, reader, charlie, gated_document, path):
    address = path.format(pk=gated_document.pk)
    assert reader.get(address).status_code == 404
    client.force_login(charlie)
    assert client.get(address).status_code == 404


def test_a_gated_document_costs_two_queries_more(
    reader, document, members_only, pro, django_assert_num_queries
):
    from wagtail_licensing.models import EntitlementRule

    def count(number):
        get(reader, document)
        with django_assert_num_queries(number):
            answer(reader.get(document.url))

    Gate.objects.create(kind="area", area="elsewhere")
    count(3)  # the document and the privacy of its collection, as without the package
    gate = Gate.objects.create(kind="collection", collection=members_only)
    EntitlementRule.objects.create(gate=gate, product=pro)
    count(7)  # session, user, the decision, and whether a download goes on
