"""The mailbox of the demo: what was written is kept and shown, and nothing in it runs."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.http import Http404
from django.test import RequestFactory

from example_site import data_dir, mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(tmp_path, monkeypatch, settings):
    """Two mails that were kept."""
    monkeypatch.setenv(data_dir.VARIABLE, str(tmp_path))
    settings.DEBUG = True
    mails = []
    for number in (1, 2):
        mail = EmailMultiAlternatives(
            f"Ünïcode {number}", "Plain <b>text</b>", None, ["ada@example.org"]
        )
        mail.attach_alternative("<p onclick='x()'>Hello</p><script>alert(1)</script>", "text/html")
        mails.append(mail)
    assert mailbox.Backend().send_messages(mails) == 2


def test_mails_are_kept_and_read_back_newest_first(kept) -> None:
    names = mailbox.names()
    assert len(names) == 2
    assert names == sorted(names, reverse=True)
    read = [mailbox.read(name) for name in names]
    assert {mail.subject for mail in read} == {"Ünïcode 1", "Ünïcode 2"}
    assert read[0].to == "ada@example.org"
    assert read[0].text.strip() == "Plain <b>text</b>"
    assert "<script>" in read[0].html


@pytest.mark.parametrize("name", ["nothing", "../secret", "..%2Fsecret", ""])
def test_no_other_file_is_shown(kept, name) -> None:
    with pytest.raises(Http404):
        mailbox.read(name)


def test_without_debug_there_is_no_mailbox(kept, settings) -> None:
    settings.DEBUG = False
    request = RequestFactory().get("/")
    with pytest.raises(Http404):
        mailbox.index(request)
    with pytest.raises(Http404):
        mailbox.show(request, mailbox.names()[0])
