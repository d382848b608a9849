"""May I open this: the decision as everybody else gives it, and never a word of what is hidden."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from tests.conftest import gate_page, give
from wagtail_licensing.access import AccessReason
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MISSING = {"code": "not_found", "detail": "There is nothing of the kind."}


@pytest.fixture
def document(db):
    return get_document_model().objects.create(title="Guide", file=ContentFile(b"x", "guide.pdf"))


def gate_document(document, product, **fields):
    gate = Gate.objects.create(kind="document", document_id=document.pk, **fields)
    EntitlementRule.objects.create(gate=gate, product=product)
    return gate


def test_an_open_page_is_open_to_everybody(ask, article):
    answer = ask("access", page=article.pk).json()
    assert (answer["allowed"], answer["reason"], answer["opened_by"]) == (True, "no_gate", [])


def test_a_visitor_is_told_to_sign_in_and_what_would_open_it(ask, gated_article, monthly):
    answer = ask("access", page=gated_article.pk).json()
    assert (answer["allowed"], answer["reason"]) == (False, "sign_in_required")
    assert answer["sign_in_url"] == "/login/"
    (offer,) = answer["opened_by"]
    assert (offer["slug"], offer["name"]) == ("pro", "Pro")
    (price,) = offer["prices"]
    assert (price["amount"], price["currency"], price["interval"]) == (1200, "EUR", "month")
    assert price["buy_url"] == f"/licensing/buy/{monthly.pk}/"


def test_a_member_without_and_with_the_license(ask, gated_article, alice, charlie, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    assert ask("access", charlie, page=gated_article.pk).json()["reason"] == "license_required"
    answer = ask("access", alice, page=gated_article.pk).json()
    assert (answer["allowed"], answer["reason"], answer["sign_in_url"]) == (True, "license", "")
    assert dt.datetime.fromisoformat(answer["access_until"]) == license.access_until


def test_when_a_license_that_is_held_opens_it(ask, article, alice, pro, now):
    gate_page(article, pro, after_days=7)
    license = give(alice, pro, at=now)
    answer = ask("access", alice, page=article.pk).json()
    assert answer["reason"] == "not_yet"
    assert dt.datetime.fromisoformat(answer["unlocks_at"]) == license.held_since + 7 * DAY


@pytest.mark.parametrize("host", ["", "http://localhost"])
def test_a_path_or_an_address_leads_to_the_page(ask, gated_article, host):
    url = (
        f"{host}{gated_article.get_url()}"
        if host
        else gated_article.relative_url(gated_article.get_site())
    )
    answer = ask("access", path=url).json()
    assert answer["reason"] == "sign_in_required"


def test_documents_and_areas(ask, document, charlie, alice, pro, now):
    gate_document(document, pro)
    area = Gate.objects.create(kind="area", area="vip-lounge")
    EntitlementRule.objects.create(gate=area, product=pro)
    give(alice, pro, at=now)
    for question in ({"document": document.pk}, {"area": "vip-lounge"}, {"path": document.url}):
        assert ask("access", charlie, **question).json()["reason"] == "license_required"
        assert ask("access", alice, **question).json()["allowed"] is True


# --- no oracle ----------------------------------------------------------------------------------


def questions(page, document):
    return [
        {"page": page.pk},
        {"path": page.relative_url(page.get_site())},
        {"document": document.pk},
        {"path": document.url},
        {"area": "secret-area"},
    ]


@pytest.mark.parametrize("number", range(5))
def test_what_is_hidden_answers_as_what_is_missing(
    ask, article, document, alice, charlie, pro, now, number
):
    gate_page(article, pro, without_access="not_found")
    gate_document(document, pro, without_access="not_found")
    area = Gate.objects.create(kind="area", area="secret-area", without_access="not_found")
    EntitlementRule.objects.create(gate=area, product=pro)
    give(alice, pro, at=now)
    question = questions(article, document)[number]
    missing = {
        "page": {"page": 987654},
        "document": {"document": 987654},
        "path": {"path": "/nothing/here/"},
        "area": {"area": "no-such-area"},
    }[next(iter(question))]
    for user in (None, charlie):
        hidden, gone = ask("access", user, **question), ask("access", user, **missing)
        assert (hidden.status_code, hidden.json()) == (404, MISSING)
        assert (gone.status_code, gone.content) == (404, hidden.content)
        assert sorted(hidden.headers) == sorted(gone.headers)
        assert hidden["Cache-Control"] == gone["Cache-Control"] == "private, no-store"
    assert ask("access", alice, **question).json()["allowed"] is True


def test_drafts_are_missing(ask, article, alice):
    article.unpublish()
    assert ask("access", alice, page=article.pk).json() == MISSING


def test_what_wagtail_keeps_private_is_missing(ask, article, document, alice):
    PageViewRestriction.objects.create(page=article, restriction_type="login")
    collection = Collection.get_first_root_node().add_child(name="Private")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    document.collection = collection
    document.save()
    for question in ({"page": article.pk}, {"document": document.pk}):
        assert ask("access", **question).json() == MISSING
        assert ask("access", alice, **question).json()["allowed"] is True


def test_a_failed_decision_is_503_and_closed(ask, gated_article, monkeypatch):
    from wagtail_licensing.access import reader

    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(reader, "decide", fails)
    answer = ask("access", page=gated_article.pk)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


# --- questions that are none --------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"page": 1, "area": "x"},
        {"page": "x"},
        {"page": 0},
        {"page": -1},
        {"page": 2**63},
        {"page": "1" * 400},
        {"document": "\0"},
        {"area": "a" * 101},
        {"path": "/" * 2001},
    ],
)
def test_a_question_that_is_none_is_400(ask, question):
    answer = ask("access", **question)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"
    assert answer["Cache-Control"] == "private, no-store"


HOSTILE = [
    "\0",
    "/\0/",
    "/%00/",
    "/%ff%fe/",
    "\ud7ff",
    "//evil.example/x",
    "http://evil.example/",
    "http://[::1",
    "http://localhost:99999/",
    "http://localhost:x/",
    "javascript:alert(1)",
    "area:secret",
    "/../../etc/passwd",
    "?x",
    "#",
    " ",
    "",
    "/documents/99999999999999999999999/x",
    "/documents/1/%00",
    "/licensing/files/document/\0/file/x",
    "/images/a/1/b/\u202e.png",
    "\u202e\u0000\ufffe",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["path", "area"])
def test_hostile_text_is_missing_and_no_error(ask, home, name, text):
    assert ask("access", **{name: text}).status_code in (400, 404)


# --- what it costs ------------------------------------------------------------------------------


def test_queries_do_not_grow_with_gates_and_pages(
    count_queries, gated_article, home, basic, monthly, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    few = count_queries("access", page=gated_article.pk)
    for number in range(12):
        page = home.add_child(
            instance=type(gated_article)(title=f"More {number}", slug=f"more-{number}")
        )
        gate_page(page, basic)
    assert count_queries("access", page=gated_article.pk) == few
    # the page, its privacy, the stamp, and what is for sale with its prices
    assert few <= 6


def test_every_reason_has_a_word_in_the_schema():
    from wagtail_licensing.api.answers import AccessAnswer

    schema = AccessAnswer.model_json_schema()
    assert set(schema["$defs"]["AccessReason"]["enum"]) == {reason.value for reason in AccessReason}
