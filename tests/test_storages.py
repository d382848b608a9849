"""Where private files lie, and the look from outside whether they really are private."""

import os
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db.migrations.writer import MigrationWriter
from wagtail.documents import get_document_model

from wagtail_licensing.storages import (
    PrivateFileSystemStorage,
    UnguessableNamesMixin,
    look_for_exposure,
    look_for_exposures,
    private_storage,
    unguessable_path,
)


@pytest.fixture
def private(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return PrivateFileSystemStorage(location=tmp_path / "private")


def test_a_private_file_has_no_address(private):
    name = private.save("a/x.txt", ContentFile(b"x"))
    assert os.path.exists(private.path(name))
    with pytest.raises(NotImplementedError):
        private.url(name)
    with pytest.raises(SuspiciousFileOperation):
        private.path("../x.txt")


def test_a_private_storage_needs_a_folder():
    with pytest.raises(ImproperlyConfigured):
        PrivateFileSystemStorage().path("x")


@pytest.mark.parametrize("folder", ["media", "media/private", "other/../media/x"])
def test_a_private_storage_cannot_lie_where_media_are(tmp_path, settings, folder):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    with pytest.raises(ImproperlyConfigured):
        PrivateFileSystemStorage(location=tmp_path / folder).save("x", ContentFile(b"x"))


def test_a_folder_beside_the_media_will_do(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    PrivateFileSystemStorage(location=tmp_path / "media-private").save("x", ContentFile(b"x"))


def test_the_storage_of_a_field_is_the_one_of_the_settings(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "wagtail_licensing.storages.PrivateFileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        },
    }
    assert private_storage() is storages["private"]
    assert isinstance(private_storage(), PrivateFileSystemStorage)


def test_migrations_name_what_a_field_takes():
    for value in (private_storage, unguessable_path, PrivateFileSystemStorage(location="/srv/private")):
        text, _ = MigrationWriter.serialize(value)
        assert text.startswith("wagtail_licensing.storages.")


def test_unguessable_names_differ_and_keep_the_name_for_people():
    document = get_document_model()
    one, two = (unguessable_path(document, "../guide.pdf") for _ in range(2))
    assert one != two
    assert one.startswith("document/")
    assert one.endswith("/guide.pdf")
    assert len(one.split("/")[1]) == 22


def test_pictures_get_unguessable_names():
    class Wagtails:
        def get_upload_to(self, filename):
            return f"original_images/{filename}"

    class Unguessable(UnguessableNamesMixin, Wagtails):
        pass

    one, two = (Unguessable().get_upload_to("cover.png") for _ in range(2))
    assert one != two
    assert one.startswith("original_images/")
    assert one.endswith("-cover.png")


@pytest.fixture
def web_server(tmp_path):
    """A web server that hands out everything under a folder, but for what is called "internal"."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            if "/internal/" in self.path:
                self.send_error(403)
            elif "/moved/" in self.path:
                self.send_response(302)
                self.send_header("Location", self.path.replace("/moved/", "/plain/"))
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_folder_that_the_web_server_hands_out_is_exposed(web_server, tmp_path):
    storage = FileSystemStorage(location=tmp_path / "media", base_url="/media/")
    found = look_for_exposure(storage, base_url=web_server, folder="documents")
    assert (found.exposed, found.status) == (True, 200)
    assert found.address.startswith(f"{web_server}/media/documents/licensing-marker-")
    assert os.listdir(tmp_path / "media" / "documents") == []


@pytest.mark.parametrize(("folder", "status"), [("internal", 403), ("moved", 302)])
def test_a_folder_that_it_keeps_back_is_not(web_server, tmp_path, folder, status):
    storage = FileSystemStorage(location=tmp_path / "media", base_url="/media/")
    found = look_for_exposure(storage, base_url=web_server, folder=folder)
    assert (found.exposed, found.status) == (False, status)


def test_a_site_that_does_not_answer_tells_nothing(tmp_path):
    storage = FileSystemStorage(location=tmp_path, base_url="/media/")
    assert look_for_exposure(storage, base_url="http://127.0.0.1:9").exposed is None
    assert look_for_exposure(storage, base_url="").exposed is None
    assert look_for_exposure(storage, base_url="file:///").exposed is None


def test_a_storage_without_addresses_is_not_exposed(private):
    assert look_for_exposure(private, base_url="http://127.0.0.1:9").exposed is False


def test_what_a_storage_signs_is_left_out(tmp_path):
    class Signing(FileSystemStorage):
        def url(self, name):
            return f"https://bucket.example/{name}?signature=x"

    asked = []

    def ask(address):
        asked.append(address)
        return 403, b""

    assert look_for_exposure(Signing(tmp_path), base_url="http://site", ask=ask).exposed is False
    assert "signature" not in asked[0]


def test_every_place_of_files_is_looked_at(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    found = list(look_for_exposures(base_url="http://site.example", ask=lambda address: (404, b"")))
    places = {(one.kind, one.field): one.address.rpartition("/")[0] for one in found}
    assert places[("document", "file")] == "http://site.example/media/documents"
    assert places[("image", "file")] == "http://site.example/media/original_images"
    assert places[("rendition", "file")] == "http://site.example/media/images"
    assert not any(one.exposed for one in found)
