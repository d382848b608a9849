"""Somebody downloads ten files in ten windows at once, and a license allows two."""

import datetime as dt
import time

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from tests.conftest import give, make_user
from tests.race.threads import at_once
from wagtail_licensing.access import check_access
from wagtail_licensing.gates.files import counting
from wagtail_licensing.models import Download, EntitlementRule, Gate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf(pro, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    documents = [get_document_model()(title=f"File {number}") for number in range(10)]
    for document in documents:
        document.file.save(f"{document.title}.pdf", ContentFile(b"x"))
    gate = Gate.objects.create(kind="collection", collection=documents[0].collection)
    EntitlementRule.objects.create(gate=gate, product=pro, downloads_per_month=2)
    return documents


@pytest.fixture
def slow_count(monkeypatch):
    """Let everybody count before anybody writes, as far as a lock allows it."""
    real = counting._used

    def slow(ways, gate_id, at):
        used = real(ways, gate_id, at)
        time.sleep(0.05)
        return used

    monkeypatch.setattr(counting, "_used", slow)


def download(user, documents):
    at = dt.datetime.now(dt.UTC)
    decisions = [check_access(user, document, at) for document in documents]
    return at_once(
        *[
            lambda document=document, decision=decision: counting.count_download(
                document=document, user=user, decision=decision, at=at
            )
            for document, decision in zip(documents, decisions, strict=True)
        ]
    )


@pytest.fixture
def reader(pro):
    reader = make_user("reader")
    give(reader, pro, at=dt.datetime.now(dt.UTC))
    return reader


def test_ten_windows_at_once_download_no_more_than_the_limit(reader, shelf, slow_count):
    results = download(reader, shelf)
    assert sum(isinstance(result, Download) for result in results) == 2
    assert sum(isinstance(result, counting.DownloadRefused) for result in results) == 8
    assert Download.objects.count() == 2


def test_without_the_lock_more_is_downloaded(reader, shelf, slow_count, monkeypatch):
    """The control: it is the row of the license that keeps the windows apart."""
    monkeypatch.setattr(counting, "_lock", lambda ways: None)
    download(reader, shelf)
    assert Download.objects.count() > 2


def test_ten_parts_of_one_file_at_once_are_one_download(reader, shelf, slow_count):
    results = download(reader, [shelf[0]] * 10)
    assert not any(isinstance(result, Exception) for result in results)
    assert Download.objects.count() == 1
