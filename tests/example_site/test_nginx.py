"""The nginx of the production example sends what is open, in parts too, and nothing else."""

from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents import get_document_model

import example_site
from tests.conftest import give
from tests.nginx import needs_nginx, running_server
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True), needs_nginx]

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def document(settings, tmp_path, pro):
    settings.MEDIA_ROOT = tmp_path / "private-media"
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": settings.MEDIA_ROOT}
    document = get_document_model().objects.create(
        title="Large", file=ContentFile(CONTENT, name="large.bin"), file_size=len(CONTENT)
    )
    gate = Gate.objects.create(kind="document", document=document)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return document


@pytest.fixture
def host(live_server, document, settings, tmp_path):
    server = (Path(example_site.__file__).parent / "nginx.conf").read_text()
    places = {
        "/srv/data/private-media/": f"{settings.MEDIA_ROOT}/",
        "http://web:8000": live_server.url,
    }
    with running_server(server, folder=tmp_path, places=places) as host:
        yield host


def ask(host, path, user=None, **headers):
    if user is not None:
        client = Client()
        client.force_login(user)
        headers["Cookie"] = client.cookies.output(attrs=[], header="").strip()
    connection = HTTPConnection(host, timeout=20)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_member_gets_the_file_and_parts_of_it(host, document, alice, pro, now):
    give(alice, pro, at=now)
    response, body = ask(host, document.url, alice)
    assert (response.status, body) == (200, CONTENT)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "nginx" in response.headers["Server"]
    response, body = ask(host, document.url, alice, Range="bytes=1000-1009")
    assert (response.status, body) == (206, CONTENT[1000:1010])


def test_nobody_else_does_by_any_address(host, document, charlie):
    for user in (None, charlie):
        response, body = ask(host, document.url, user)
        assert (response.status, CONTENT[:20] in body) == (403, False)
    for path in (f"/protected/{document.file.name}", f"/private-media/{document.file.name}"):
        response, body = ask(host, path, charlie)
        assert (response.status, CONTENT[:20] in body) == (404, False)
