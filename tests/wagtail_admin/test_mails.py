"""Mails in the admin: the outbox is looked at, the words are written, tried and published."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from tests.conftest import give
from wagtail_licensing.models import MailText, OutboxMessage
from wagtail_licensing.notices.send import send_waiting

pytestmark = pytest.mark.django_db

OUTBOX = "wagtail_licensing_mails"
TEXTS = "wagtailsnippets_wagtail_licensing_mailtext"
FORM = {
    "notice": "welcome",
    "language": "",
    "subject": "Hi {{ name }}",
    "body": "One.\n\nTwo.",
    "button": "",
}


@pytest.fixture
def text(db):
    return MailText.objects.create(notice="welcome", subject="Hi {{ name }}", body="One.\n\nTwo.")


def permitted(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=["access_admin", *codenames]))
    return user


def test_the_outbox_lists_what_became_of_mails(client, olivia, alice, pro, now):
    give(alice, pro, at=now)
    send_waiting(at=now)
    client.force_login(olivia)
    page = client.get(reverse(f"{OUTBOX}:index")).content.decode()
    assert "Welcome: a license has begun" in page
    assert "Sent" in page
    assert "alice@example.org" not in page
    exported = client.get(reverse(f"{OUTBOX}:index"), {"export": "csv"})
    assert b"welcome" in b"".join(exported.streaming_content)
    assert client.get(reverse(f"{OUTBOX}:index"), {"state": "failed"}).status_code == 200
    menu = client.get(reverse("wagtailadmin_home")).content.decode()
    assert reverse(f"{OUTBOX}:index") in menu
    assert reverse(f"{TEXTS}:list") in menu


def test_what_was_given_up_is_sent_again_after_a_question(client, olivia, alice, pro, now):
    give(alice, pro, at=now)
    OutboxMessage.objects.update(state="failed", attempts=15)
    client.force_login(olivia)
    again = reverse(f"{OUTBOX}:again")
    assert again in client.get(reverse(f"{OUTBOX}:index")).content.decode()
    assert "1 mail was given up" in client.get(again).content.decode()
    assert OutboxMessage.objects.get().state == "failed"
    client.post(again)
    assert OutboxMessage.objects.get().state == "waiting"
    assert again not in client.get(reverse(f"{OUTBOX}:index")).content.decode()


def test_nobody_edits_a_mail_and_only_those_who_may_see_it(client, olivia, charlie):
    names = ["index", "again"]
    client.force_login(permitted(charlie))
    assert {client.get(reverse(f"{OUTBOX}:{name}")).status_code for name in names} == {302}
    assert client.post(reverse(f"{OUTBOX}:again")).status_code == 302
    client.force_login(permitted(charlie, "view_outboxmessage"))
    assert {client.get(reverse(f"{OUTBOX}:{name}")).status_code for name in names} == {200}
    for name in ("add", "edit", "delete"):
        with pytest.raises(Exception, match="not a valid view"):
            reverse(f"{OUTBOX}:{name}")


def test_words_are_drafted_and_only_what_is_published_is_sent(client, olivia, alice, pro, now):
    client.force_login(olivia)
    client.post(reverse(f"{TEXTS}:add"), FORM)
    text = MailText.objects.get()
    assert text.live is False
    give(alice, pro, at=now)
    send_waiting(at=now)
    assert mail.outbox[-1].subject == "Pro is yours"
    client.post(reverse(f"{TEXTS}:edit", args=[text.pk]), {**FORM, "action-publish": "1"})
    give(alice, pro, at=now)
    send_waiting(at=now)
    assert mail.outbox[-1].subject == "Hi alice"
    assert "One.\n\nTwo." in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"body": "{{ password }}"}, "Nothing is known by the name of password."),
        ({"language": "klingon"}, "This is no code of a language."),
        ({"subject": ""}, "This field is required."),
    ],
)
def test_words_that_cannot_be_sent_are_refused_and_kept_in_the_form(client, olivia, changes, words):
    client.force_login(olivia)
    page = client.post(reverse(f"{TEXTS}:add"), {**FORM, "action-publish": "1", **changes})
    assert words in page.content.decode()
    assert "Two." in page.content.decode() or "body" in changes
    assert not MailText.objects.exists()


def test_one_text_for_an_occasion_and_a_language(client, olivia, text):
    client.force_login(olivia)
    page = client.post(reverse(f"{TEXTS}:add"), {**FORM, "action-publish": "1"})
    assert "There is a text for this occasion and language already." in page.content.decode()
    assert MailText.objects.count() == 1


@pytest.mark.parametrize("mode", ["", "long", "text"])
def test_a_preview_shows_the_mail_with_names_as_text(client, olivia, text, mode):
    client.force_login(olivia)
    preview = reverse(f"{TEXTS}:preview_on_edit", args=[text.pk])
    assert client.post(preview, FORM).json()["is_valid"]
    page = client.get(preview, {"mode": mode}).content.decode()
    assert "One." in page
    assert ("Wolfe" in page) is (mode == "long")
    assert "<مريم>" not in page


def test_a_test_goes_to_the_one_who_asks_and_to_nobody_else(client, olivia, text):
    client.force_login(olivia)
    text.subject = "A draft for {{ name }}"
    text.save_revision()
    address = reverse("wagtail_licensing_admin:try_mail", args=[text.pk])
    assert "olivia@example.org" in client.get(address).content.decode()
    assert mail.outbox == []
    assert "Send me a test" in client.get(reverse(f"{TEXTS}:list")).content.decode()
    client.post(address, {"address": "eve@example.org"})
    (message,) = mail.outbox
    assert message.recipients() == ["olivia@example.org"]
    assert message.subject == "A draft for Ada Lovelace"


def test_without_the_right_nothing_is_tried(client, charlie, text):
    client.force_login(permitted(charlie, "view_mailtext"))
    address = reverse("wagtail_licensing_admin:try_mail", args=[text.pk])
    assert client.get(address).status_code == 302
    assert client.post(address).status_code == 302
    assert mail.outbox == []


def test_without_an_address_nothing_is_sent(client, olivia, text):
    olivia.email = ""
    olivia.save()
    client.force_login(olivia)
    address = reverse("wagtail_licensing_admin:try_mail", args=[text.pk])
    assert "no e-mail address" in client.get(address).content.decode()
    assert "no e-mail address" in client.post(address, follow=True).content.decode()
    assert mail.outbox == []
