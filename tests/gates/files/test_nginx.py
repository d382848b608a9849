"""A real nginx in front, set up as documented: it sends what a gate opens, and nothing else."""

from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from wagtail.documents import get_document_model

from tests.gates.files.conftest import CONTENT
from tests.nginx import needs_nginx, running_nginx
from wagtail_licensing.links import signed_document_url
from wagtail_licensing.storages import PrivateFileSystemStorage, look_for_exposure

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), needs_nginx]

NAME = 'Führung ?#%2e"; 1.pdf'


@pytest.fixture
def private(settings, tmp_path, monkeypatch):
    """Documents in a private folder that nginx sends."""
    folder = tmp_path / "private"
    storage = PrivateFileSystemStorage(location=folder)
    monkeypatch.setattr(get_document_model()._meta.get_field("file"), "storage", storage)
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": folder}
    return folder


@pytest.fixture
def odd_document(gated_collection, private):
    """A document whose name holds what means something in an address or a header."""
    document = get_document_model()(title="Odd", collection=gated_collection)
    document.file.save("x.pdf", ContentFile(CONTENT), save=False)
    document.save()
    document.file.close()
    (private / document.file.name).rename(private / "documents" / NAME)
    get_document_model().objects.filter(pk=document.pk).update(file=f"documents/{NAME}")
    return get_document_model().objects.get(pk=document.pk)


@pytest.fixture
def site(live_server, private, media_folder, tmp_path):
    media_folder.mkdir(exist_ok=True)
    upstream = live_server.url.removeprefix("http://")
    with running_nginx(folder=tmp_path, upstream=upstream, private=private, media=media_folder) as host:
        yield host


def ask(host, path, user=None, method="GET", **headers):
    """Ask nginx, and return the status, the headers and the body."""
    if user is not None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        headers["Cookie"] = f"{django_settings.SESSION_COOKIE_NAME}={cookie}"
    connection = HTTPConnection(host, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): v for name, v in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_nginx_sends_what_is_open_and_keeps_back_what_is_not(
    site, member, charlie, odd_document, media_folder
):
    url = odd_document.url
    status, headers, body = ask(site, url, member)
    assert (status, body) == (200, CONTENT)
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith('inline; filename="Fuhrung')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "X-Accel-Redirect" not in headers

    status, headers, body = ask(site, url, member, Range="bytes=70000-70009")
    assert (status, body) == (206, CONTENT[70000:70010])
    assert headers["Content-Range"] == f"bytes 70000-70009/{len(CONTENT)}"
    assert headers["Cache-Control"] == "private, no-store"
    etag = headers["ETag"]
    assert ask(site, url, member, Range="bytes=0-1", If_Range=etag)[0] == 206
    assert ask(site, url, member, Range="bytes=0-1", If_Range='"else"')[0] == 200
    assert ask(site, url, member, If_None_Match=etag)[0] == 304
    assert ask(site, url, member, Range="bytes=99999999-")[0] == 416
    status, headers, body = ask(site, url, member, method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(CONTENT)))

    for user in (None, charlie):
        for more in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": etag}):
            status, headers, body = ask(site, url, user, **more)
            assert status == 403
            assert CONTENT[:20] not in body
            assert "ETag" not in headers

    name = quote(f"documents/{NAME}")
    for path in (f"/protected/{name}", f"/protected/./{name}", f"/media/../protected/{name}"):
        assert ask(site, path, member)[0] == 404
    folder = media_folder / "documents"
    folder.mkdir()
    (folder / "left.pdf").write_bytes(CONTENT)
    (media_folder / "free.txt").write_text("free")
    assert ask(site, "/media/documents/left.pdf", member)[0] == 404
    assert ask(site, "/media//documents/left.pdf", member)[0] == 404
    assert ask(site, "/media/%64ocuments/left.pdf", member)[0] == 404
    assert ask(site, "/media/free.txt")[0] == 200

    link = signed_document_url(odd_document, member)
    assert ask(site, link, Range="bytes=0-9")[::2] == (206, CONTENT[:10])
    assert ask(site, link, charlie)[0] == 403


def test_a_path_out_of_the_folder_is_not_sent(site, member, odd_document, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    get_document_model().objects.filter(pk=odd_document.pk).update(file="../secret.pdf")
    assert ask(site, f"/documents/{odd_document.pk}/secret.pdf", member)[0] == 404


def test_the_look_from_outside_finds_the_kept_folders_kept(site, odd_document, private, media_folder):
    media = FileSystemStorage(location=media_folder, base_url="/media/")
    base = f"http://{site}"
    assert look_for_exposure(media, base_url=base, folder="documents").exposed is False
    assert look_for_exposure(media, base_url=base, folder="original_images").exposed is False
    assert look_for_exposure(media, base_url=base, folder="public").exposed is True
