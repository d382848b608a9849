"""The system checks of where gated files lie: each fires for what it is about, and for nothing else."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from wagtail.documents import get_document_model
from wagtail.models import Collection

from wagtail_licensing.checks import CHECKS, files
from wagtail_licensing.models import Gate
from wagtail_licensing.storages import PrivateFileSystemStorage


def ids(check):
    messages = check()
    assert all(message.hint for message in messages)
    return [message.id.removeprefix("wagtail_licensing.") for message in messages]


def test_every_check_is_registered():
    assert set(files.CHECKS) <= set(CHECKS)


@pytest.mark.parametrize(
    "value",
    [
        ["/protected/"],
        "/protected/",
        {"protected/": "/srv"},
        {"/protected": "/srv"},
        {"/": "/srv"},
        {"//host/": "/srv"},
        {"/a\n/": "/srv"},
        {"/protected/": "private"},
        {"/protected/": ""},
    ],
)
def test_locations_that_nginx_would_not_find_are_an_error(settings, value):
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = value
    assert ids(files.check_sendfile_locations) == ["E005"]


def test_a_folder_that_is_not_there_is_a_warning(settings, tmp_path):
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": tmp_path}
    assert ids(files.check_sendfile_locations) == []
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": tmp_path / "missing"}
    assert ids(files.check_sendfile_locations) == ["W007"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (timedelta(hours=1), []),
        (60, []),
        (timedelta(days=7), []),
        (timedelta(days=8), ["W008"]),
        (0, ["E006"]),
        (timedelta(seconds=-1), ["E006"]),
        ("1h", ["E006"]),
        (None, ["E006"]),
    ],
)
def test_a_lifetime_is_a_time(settings, value, expected):
    settings.WAGTAIL_LICENSING_SIGNED_LINK_LIFETIME = value
    assert ids(files.check_link_lifetime) == expected


@pytest.mark.parametrize(
    ("window", "retention", "expected"),
    [
        (timedelta(hours=24), timedelta(days=400), []),
        (60, timedelta(days=31), []),
        (timedelta(days=31), 31 * 86400, []),
        (0, timedelta(days=400), ["E008"]),
        ("1h", timedelta(days=400), ["E008"]),
        (timedelta(days=32), timedelta(days=400), ["E008"]),
        (60, timedelta(days=30), ["E009"]),
        (60, None, ["E009"]),
    ],
)
def test_downloads_are_told_apart_and_kept_for_their_limits(settings, window, retention, expected):
    settings.WAGTAIL_LICENSING_DOWNLOAD_WINDOW = window
    settings.WAGTAIL_LICENSING_DOWNLOAD_LOG_RETENTION = retention
    assert ids(files.check_downloads) == expected


@pytest.fixture
def storage_of_documents(monkeypatch):
    def use(storage):
        monkeypatch.setattr(get_document_model()._meta.get_field("file"), "storage", storage)

    return use


@pytest.fixture
def gated_document(db):
    root = Collection.get_first_root_node()
    Gate.objects.create(kind="collection", collection=root)
    return get_document_model().objects.create(title="x", file="documents/x.pdf", collection=root)


def test_gated_files_under_public_addresses_are_a_warning(gated_document):
    assert ids(files.check_storages) == ["W006"]
    assert files.check_storages()[0].msg.endswith(": document.")
    Gate.objects.update(audience="everyone")
    Gate.objects.get().save()
    assert ids(files.check_storages) == []


@pytest.mark.django_db
def test_a_gate_without_files_behind_it_is_none():
    Gate.objects.create(kind="collection", collection=Collection.get_first_root_node())
    assert ids(files.check_storages) == []


def test_private_and_signed_storages_are_good(gated_document, storage_of_documents, tmp_path):
    class Signed(FileSystemStorage):
        querystring_auth = True

        def url(self, name, expire=None):
            return f"https://bucket.example/{name}?signature=x"

    for storage in (PrivateFileSystemStorage(location=tmp_path), Signed(tmp_path)):
        storage_of_documents(storage)
        assert ids(files.check_storages) == []


def test_without_a_database_the_check_is_silent():
    assert files.check_storages() == []
