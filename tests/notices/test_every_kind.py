"""Every mail, in a language that is read from the right, with names that mean harm."""

import email
import email.policy
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.utils import translation
from django.utils.translation import ngettext

from tests.conftest import make_product
from tests.notices.kinds import HARM, mail_of_kind
from wagtail_licensing.domain.notices import REMINDERS, Notice
from wagtail_licensing.models import ProductPrice
from wagtail_licensing.models.notices import SAMPLE_VALUES, NoticeKind
from wagtail_licensing.notices.compose import make_mail
from wagtail_licensing.notices.texts import DEFAULTS
from wagtail_licensing.portal.formats import format_price

pytestmark = pytest.mark.django_db

#: What people expect to be written about -> the kind that does it.
EXPECTED = {
    "invitation": Notice.INVITATION,
    "application received": Notice.APPLIED,
    "approval": Notice.APPROVED,
    "refusal": Notice.REFUSED,
    "gift": Notice.GIFT,
    "gift accepted": Notice.GIFT_CLAIMED,
    "more people than seats": Notice.SEATS_OVER,
    "welcome": Notice.WELCOME,
    "receipt": Notice.RECEIPT,
    "renews soon": Notice.RENEWAL_REMINDER,
    "ends soon": Notice.ENDING_REMINDER,
    "trial ends soon": Notice.TRIAL_ENDING,
    "payment failed": Notice.PAYMENT_FAILED,
    "two days before access ends": Notice.ACCESS_ENDING,
    "access has ended": Notice.ACCESS_LOST,
    "cancelled": Notice.CANCELLED,
    "ended": Notice.ENDED,
}

#: Which form Arabic takes for a number, as in Django's own catalogue; Babel 2.18 mixes two of them up.
PLURALS = (
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 && n%100<=99 ? 4 : 5;"
)

#: All that a mail is made of. Whatever a name brings along is none of it.
TAGS = {"html", "head", "meta", "title", "body", "main", "h1", "p", "br", "a", "hr"}


def arabic(user):
    """Return the language of everybody here."""
    return "ar"


@pytest.fixture(autouse=True)
def a_site_that_speaks_arabic(settings, tmp_path):
    """A catalogue with one mail and the six forms of one label; the rest is Django's own."""
    catalogue = Catalog(locale="ar")
    catalogue.mime_headers = [("Plural-Forms", PLURALS)]
    for notice in DEFAULTS:
        for text in map(untranslated, DEFAULTS[notice]):
            catalogue.add(text, f"\u200f\u0645 {text}")
    forms = tuple(f"\u0634{number} %(amount)s %(count)s" for number in range(6))
    catalogue.add(("%(amount)s / month", "%(amount)s every %(count)s months"), forms)
    path = tmp_path / "ar" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = f"{__name__}.arabic"


def untranslated(text) -> str:
    with translation.override(None):
        return str(text)


class Reader(HTMLParser):
    """Notes the tags, the links and the text of a mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(params=Notice, ids=str)
def notice(request) -> Notice:
    return request.param


@pytest.fixture
def mail(notice, now):
    return make_mail(mail_of_kind(notice, at=now))


@pytest.fixture
def html(mail) -> Reader:
    return Reader(mail.alternatives[0].content)


def test_every_kind_that_people_expect_exists_and_has_words():
    assert set(EXPECTED.values()) <= set(Notice)
    assert set(DEFAULTS) == set(Notice)
    assert {kind.value for kind in NoticeKind} == {kind.value for kind in Notice}


def test_a_name_brings_no_tag_no_link_and_no_script(html):
    assert {tag for tag, _attributes in html.tags} <= TAGS
    for tag, attributes in html.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        if tag == "a":
            assert attributes["href"].startswith("https://example.org/licensing/")
            assert set(attributes) <= {"href", "style"}


def test_a_name_is_read_as_it_is(notice, mail, html):
    """Neither as a tag nor escaped twice nor, in plain text, escaped at all."""
    shown = HARM if notice not in {Notice.INVITATION} else HARM[:40]
    assert shown in " ".join(mail.body.split())
    assert shown in " ".join(html.text.split())
    assert "&lt;" not in mail.body
    assert "&#x27;" not in mail.body
    assert "&amp;amp;" in mail.alternatives[0].content


def test_it_says_its_language_and_direction(mail, html):
    assert html.tags[0] == ("html", {"lang": "ar", "dir": "rtl"})
    paragraphs = [attributes for tag, attributes in html.tags if tag == "p" and "dir" in attributes]
    assert paragraphs
    assert {attributes["dir"] for attributes in paragraphs} == {"auto"}
    assert "\u200f\u0645" in mail.subject
    assert "\u200f\u0645" in mail.body


def test_a_mail_program_reads_one_subject_and_one_address(notice, mail):
    read = email.message_from_bytes(mail.message().as_bytes(), policy=email.policy.default)
    assert len(mail.subject) <= 150
    assert "\n" not in mail.subject
    assert read["To"].addresses[0].addr_spec in {"reader@example.org", "person@example.org"}
    assert len(read["To"].addresses) == 1
    assert (read["Bcc"], read["Cc"]) == (None, None)
    assert read["From"].addresses[0].addr_spec == "licenses@example.org"
    assert read["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert {part.get_content_charset() for part in read.iter_parts()} == {"utf-8"}


def test_reminders_can_be_declined_with_one_click_and_nothing_else_can(notice, mail, html):
    links = [attributes["href"] for tag, attributes in html.tags if tag == "a"]
    headers = {name for name in mail.extra_headers if name.startswith("List-Unsubscribe")}
    if notice not in REMINDERS:
        assert headers == set()
        assert not any("no-reminders" in link for link in links)
        assert "no-reminders" not in mail.body
        return
    assert headers == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail.extra_headers["List-Unsubscribe"].strip("<>")
    assert url in links
    assert url in mail.body


def test_one_click_is_one_post_without_a_session_or_a_token(client, alice, now):
    message = mail_of_kind(Notice.ENDING_REMINDER, at=now)
    url = make_mail(message).extra_headers["List-Unsubscribe"].strip("<>")
    path = url.removeprefix("https://example.org")
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert message.user.licensing_mail_preference.reminders is False


def test_the_same_mail_has_the_same_id_at_every_try(notice, now):
    message = mail_of_kind(notice, at=now)
    ids = {make_mail(message).extra_headers["Message-ID"] for _ in range(2)}
    assert ids == {f"<{message.message_id}@example.org>"}


def test_nothing_that_a_text_may_say_is_left_unfilled(notice, now, settings):
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = ""
    body = make_mail(mail_of_kind(notice, at=now)).body
    for name in SAMPLE_VALUES:
        assert f"{{{{ {name} }}}}" not in body


@pytest.mark.parametrize(
    ("count", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5)]
)
def test_a_language_with_six_plural_forms_has_all_six(count, form):
    with translation.override("ar"):
        label = ngettext("%(amount)s / month", "%(amount)s every %(count)s months", count)
        assert label.startswith(f"\u0634{form} ")
        product = make_product(f"p{count}")
        if count:
            price = ProductPrice(
                product=product,
                currency="EUR",
                unit_amount=100,
                interval="month",
                interval_count=count,
            )
            assert format_price(price).startswith(f"\u0634{form} ")


def test_a_receipt_has_the_amount_in_the_words_of_its_reader(now, settings):
    message = mail_of_kind(Notice.RECEIPT, at=now)
    with translation.override("en"):
        settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = ""
        assert "you paid €1,234.56 on" in make_mail(message).body
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = f"{__name__}.arabic"
    assert "€" in make_mail(message).body


def test_a_mail_in_another_direction_says_nothing_of_this_one(now, settings):
    settings.WAGTAIL_LICENSING_MEMBER_LANGUAGE = ""
    read = Reader(make_mail(mail_of_kind(Notice.WELCOME, at=now)).alternatives[0].content)
    assert read.tags[0] == ("html", {"lang": "en"})
