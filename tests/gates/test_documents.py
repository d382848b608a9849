"""The gate before documents, asked over HTTP."""

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.documents.models import document_served
from wagtail.models import Collection

from tests.conftest import CANARY, give
from wagtail_licensing.models import EntitlementRule, Gate


@pytest.fixture
def handbook(pro, settings, tmp_path):
    """A document in a collection that Pro opens."""
    settings.MEDIA_ROOT = str(tmp_path)
    shelf = Collection.get_first_root_node().add_child(name="Handbooks")
    document = get_document_model()(title="Handbook", collection=shelf)
    document.file.save("handbook.txt", ContentFile(CANARY.encode()))
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return document


def test_an_open_gated_document_is_streamed_once_and_kept_by_no_cache(
    client, alice, pro, handbook, now
) -> None:
    give(alice, pro, at=now)
    client.force_login(alice)
    served = []

    def receiver(**kwargs):
        served.append(kwargs["instance"])

    document_served.connect(receiver)
    try:
        answer = client.get(handbook.url)
        body = b"".join(answer.streaming_content)
    finally:
        document_served.disconnect(receiver)

    assert answer.status_code == 200
    assert body == CANARY.encode()
    assert answer["Cache-Control"] == "private, no-store"
    assert served == [handbook]


def test_a_stranger_gets_nothing_of_a_gated_document(client, handbook) -> None:
    answer = client.get(handbook.url)

    assert answer.status_code == 403
    assert CANARY not in answer.content.decode() + str(answer.headers)
    assert "no-store" in answer["Cache-Control"]


def test_a_document_without_a_gate_is_served_as_wagtail_does(client, settings, tmp_path, db) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    document = get_document_model()(title="Leaflet")
    document.file.save("leaflet.txt", ContentFile(b"for all"))

    answer = client.get(document.url)

    assert b"".join(answer.streaming_content) == b"for all"
    assert "no-store" not in answer.get("Cache-Control", "")
