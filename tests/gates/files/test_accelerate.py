"""Leaving the sending to the web server: what it is told, and that no name leads it astray."""

import os

import pytest
from wagtail.documents import get_document_model

from tests.gates.files.conftest import OUTSIDERS, answer, sign_in
from wagtail_licensing.gates.files.accelerate import internal_address

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def locations(settings, media_folder):
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": media_folder}
    return media_folder


def test_the_web_server_is_told_where_the_file_is(client, member, gated_document):
    client.force_login(member)
    for headers in ({}, {"range": "bytes=0-3"}, {"if-none-match": "*"}):
        response = answer(client.get(gated_document.url, headers=headers))
        assert (response.status_code, response.body) == (200, b"")
        assert response["X-Accel-Redirect"] == "/protected/documents/handbook.pdf"
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith('inline; filename="handbook.pdf"')
        assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("who", OUTSIDERS)
def test_outsiders_are_told_nothing(request, client, gated_document, who):
    sign_in(client, request, who)
    response = answer(client.get(gated_document.url, headers={"range": "bytes=0-3"}))
    assert response.status_code == 403
    assert "X-Accel-Redirect" not in response


def test_a_file_elsewhere_is_sent_by_us(client, member, gated_document, settings, tmp_path):
    settings.WAGTAIL_LICENSING_SENDFILE_LOCATIONS = {"/protected/": str(tmp_path / "other")}
    client.force_login(member)
    response = answer(client.get(gated_document.url))
    assert "X-Accel-Redirect" not in response
    assert response.body


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("a b?c#d.pdf", "/protected/a%20b%3Fc%23d.pdf"),
        ("%2e%2e%2fx.pdf", "/protected/%252e%252e%252fx.pdf"),
        ("Führung.pdf", "/protected/F%C3%BChrung.pdf"),
        ("a\r\nX-Bad: 1.pdf", "/protected/a%0D%0AX-Bad%3A%201.pdf"),
        ('q"\\.pdf', "/protected/q%22%5C.pdf"),
        ("..hidden", "/protected/..hidden"),
    ],
)
def test_every_name_is_one_plain_path(locations, name, address):
    assert internal_address(str(locations / name)) == address


def test_a_name_that_is_no_text_is_a_path_all_the_same(locations):
    assert internal_address(os.fsdecode(os.fsencode(locations) + b"/\xff.pdf")) == "/protected/%FF.pdf"


@pytest.mark.parametrize("name", ["../outside.pdf", "in/../../outside.pdf", "/etc/passwd"])
def test_what_leaves_the_folder_is_not_left_to_the_web_server(locations, name):
    assert internal_address(os.path.join(locations, name)) is None


def test_a_link_out_of_the_folder_is_not_followed(locations, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    locations.mkdir(parents=True, exist_ok=True)
    (locations / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert internal_address(str(locations / "link.txt")) is None


def test_a_folder_with_a_similar_name_is_another_one(locations):
    assert internal_address(f"{locations}-old/x.pdf") is None


def test_a_name_with_everything_in_it_reaches_no_header_raw(client, member, gated_document, locations):
    name = 'documents/a";x="\u202efdp.bat'
    (locations / name).write_bytes(b"x")
    get_document_model().objects.filter(pk=gated_document.pk).update(file=name)
    client.force_login(member)
    document = get_document_model().objects.get(pk=gated_document.pk)
    response = answer(client.get(document.url))
    assert response["X-Accel-Redirect"] == "/protected/documents/a%22%3Bx%3D%22%E2%80%AEfdp.bat"
    assert response["Content-Disposition"] == (
        "attachment; filename=\"a__x=_fdp.bat\"; filename*=UTF-8''a%22%3Bx%3D%22fdp.bat"
    )
