"""The gate before documents, over HTTP."""

import pytest
from django.core.files.base import ContentFile
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.documents.models import document_served
from wagtail.models import Collection, CollectionViewRestriction

from tests.conftest import CANARY, give
from wagtail_licensing.access import check_access, freshness
from wagtail_licensing.gates.documents import before_serve_document, serve_decided
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

NO_STORE = "private, no-store"


@pytest.fixture
def handbook(db, settings, tmp_path):
    """A document with the canary in its file and its hash known; no gate yet."""
    settings.MEDIA_ROOT = str(tmp_path)
    document = get_document_model().objects.create(
        title="Handbook", file=ContentFile(CANARY.encode(), "handbook.pdf")
    )
    document._set_document_file_metadata()
    document.save()
    document.file.close()
    return document


@pytest.fixture
def gated_handbook(handbook, pro):
    """The handbook behind a gate that Pro opens."""
    gate = Gate.objects.create(kind="document", document=handbook)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return handbook


def ask(client, document, user=None, method="get", **headers):
    if user is not None:
        client.force_login(user)
    response = getattr(client, method)(document.url, headers=headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response, body.decode(errors="replace")


@pytest.mark.parametrize("who", [None, "charlie"])
@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"range": "bytes=0-3"}, {"if-none-match": "*"}, {"if-modified-since": "now"}],
)
def test_a_closed_document_answers_without_its_text_hash_or_length(
    request, client, gated_handbook, who, method, headers
):
    user = request.getfixturevalue(who) if who else None
    response, body = ask(client, gated_handbook, user, method, **headers)
    assert response.status_code == 403
    assert CANARY not in body
    assert CANARY not in str(response.items())
    assert response["Cache-Control"] == NO_STORE
    for header in ("ETag", "Last-Modified", "Accept-Ranges", "Content-Disposition"):
        assert not response.has_header(header)
    assert gated_handbook.file_hash not in str(list(response.items())) + body


def test_who_knows_the_hash_learns_nothing(client, gated_handbook):
    response, _ = ask(client, gated_handbook, **{"if-none-match": f'"{gated_handbook.file_hash}"'})
    assert response.status_code == 403


def test_a_licensed_reader_gets_the_file_and_no_cache_keeps_it(client, alice, gated_handbook, pro, now):
    give(alice, pro, at=now)
    response, body = ask(client, gated_handbook, alice)
    assert (response.status_code, body) == (200, CANARY)
    assert response["Cache-Control"] == NO_STORE
    assert response["X-Content-Type-Options"] == "nosniff"
    etag = response["ETag"]
    response, body = ask(client, gated_handbook, **{"if-none-match": etag})
    assert (response.status_code, body) == (304, "")
    assert response["Cache-Control"] == NO_STORE


def test_an_open_gated_document_is_served_once(client, alice, gated_handbook, pro, now):
    served = []

    def receiver(**kwargs):
        served.append(kwargs["instance"])

    give(alice, pro, at=now)
    document_served.connect(receiver)
    try:
        assert ask(client, gated_handbook, alice)[1] == CANARY
    finally:
        document_served.disconnect(receiver)
    assert served == [gated_handbook]


def test_a_document_without_a_gate_is_as_before(client, handbook):
    response, body = ask(client, handbook)
    assert (response.status_code, body) == (200, CANARY)
    assert not response.has_header("Cache-Control")


def test_a_gate_on_the_collection_closes_the_document(client, alice, handbook, pro, now):
    gate = Gate.objects.create(kind="collection", collection=Collection.get_first_root_node())
    EntitlementRule.objects.create(gate=gate, product=pro)
    assert ask(client, handbook)[0].status_code == 403
    give(alice, pro, at=now)
    assert ask(client, handbook, alice)[0].status_code == 200


def test_the_paywall_in_place_of_a_document_names_it(client, gated_handbook):
    response, body = ask(client, gated_handbook)
    assert "Handbook" in body
    assert response["Content-Type"].startswith("text/html")


def test_the_status_is_a_setting_but_never_a_success(client, gated_handbook, settings):
    settings.WAGTAIL_LICENSING_DENIED_STATUS = 402
    assert ask(client, gated_handbook)[0].status_code == 402
    settings.WAGTAIL_LICENSING_DENIED_STATUS = 200
    assert ask(client, gated_handbook)[0].status_code == 403


@pytest.mark.parametrize(("mode", "status"), [("login", 302), ("not_found", 404)])
def test_the_gate_says_what_is_shown(client, charlie, gated_handbook, mode, status):
    Gate.objects.update(without_access=mode)
    response = ask(client, gated_handbook)[0]
    assert (response.status_code, response["Cache-Control"]) == (status, NO_STORE)
    assert ask(client, gated_handbook, charlie)[0].status_code == (404 if status == 404 else 403)


def test_core_privacy_of_the_collection_still_holds(client, alice, gated_handbook, pro, now):
    CollectionViewRestriction.objects.create(
        collection=gated_handbook.collection, restriction_type="password", password="open sesame"
    )
    give(alice, pro, at=now)
    response, body = ask(client, gated_handbook, alice)
    assert CANARY not in body
    assert response["Cache-Control"] == NO_STORE


def test_every_other_hook_runs_once_and_none_before_the_gate(client, alice, gated_handbook, pro, now):
    seen = []

    def count(document, request):
        seen.append(document.pk)

    def careless(document, request):
        return HttpResponse(CANARY)

    with hooks.register_temporarily("before_serve_document", count):
        give(alice, pro, at=now)
        ask(client, gated_handbook, alice)
        assert seen == [gated_handbook.pk]
    client.logout()
    with hooks.register_temporarily("before_serve_document", careless):
        assert CANARY not in ask(client, gated_handbook)[1]


def test_a_decision_about_one_document_opens_no_other(rf, charlie, handbook, gated_handbook):
    other = get_document_model().objects.create(title="Other", file=ContentFile(b"other", "other.pdf"))
    request = rf.get(other.url)
    request.user = charlie
    allowed = check_access(charlie, other)
    assert allowed
    response = serve_decided(request, other, allowed)
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
    assert before_serve_document(other, request) is None
    assert before_serve_document(gated_handbook, request).status_code == 403


def test_a_failed_decision_is_503(client, gated_handbook, monkeypatch):
    def broken():
        raise RuntimeError("no database")

    monkeypatch.setattr(freshness, "load_index", broken)
    freshness.forget()
    response, body = ask(client, gated_handbook)
    assert response.status_code == 503
    assert CANARY not in body
