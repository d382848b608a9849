"""Template tags on any page of a site."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import override

from tests.conftest import CANARY, gate_page, give, make_product
from wagtail_licensing.access import AccessReason, check_access
from wagtail_licensing.courses import complete_lesson
from wagtail_licensing.domain.access import AccessDecision
from wagtail_licensing.domain.money import Money
from wagtail_licensing.models import LicenseProduct, ProductPrice


def rendered(source, **context):
    return Template("{% load wagtail_licensing_tags %}" + source).render(Context(context))


def price(amount=1200, interval="month", *, count=1, currency="EUR", per_seat=False):
    return ProductPrice(
        product=LicenseProduct(name="Pro", per_seat=per_seat),
        unit_amount=amount,
        interval=interval,
        interval_count=count,
        currency=currency,
    )


@pytest.mark.parametrize(
    ("language", "row", "words"),
    [
        ("en", price(), "€12.00 / month"),
        ("en", price(12000, "year"), "€120.00 / year"),
        ("en", price(100, "day"), "€1.00 / day"),
        ("en", price(100, "week", count=2), "€1.00 every 2 weeks"),
        ("en", price(3000, count=3), "€30.00 every 3 months"),
        ("en", price(4900, ""), "€49.00 once"),
        ("en", price(900, per_seat=True), "€9.00 / month per seat"),
        ("en", price(1200, currency="JPY"), "¥1,200 / month"),
        ("en", price(500, "", currency="ISK"), "ISK\xa05 once"),
        ("en", price(550, "", currency="ISK"), "ISK\xa05.50 once"),
        ("en", price(5120, "", currency="KWD"), "KWD\xa05.120 once"),
        ("en", price(0), "€0.00 / month"),
        ("de", price(123450), "1.234,50\xa0€"),
        ("ja", price(1200, currency="JPY"), "￥1,200"),
        ("ar", price(), "12.00\xa0€"),
        ("xx", price(), "€12.00"),
        ("zh-hans", price(), "€12.00"),
    ],
)
def test_a_price_reads_as_on_a_price_tag(language, row, words):
    with override(language):
        assert words in rendered("{{ price|price_label }}", price=row)


def test_an_amount_of_money_reads_like_a_price():
    assert rendered("{{ amount|money }}", amount=Money(-1250, "USD")) == "-$12.50"


def test_nothing_reads_as_nothing():
    source = "[{{ x|price_label }}{{ x|money }}{{ x|reason_text }}{{ x|exact_time }}{{ x|long_day }}]"
    assert rendered(source, x=None) == "[]"


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("UTC", "en", "July 1, 2026, 6:30\u202fPM UTC"),
        ("Europe/Berlin", "en", "July 1, 2026, 8:30\u202fPM CEST"),
        ("Asia/Dubai", "en", "July 1, 2026, 10:30\u202fPM UTC+04"),
        ("Pacific/Kiritimati", "en", "July 2, 2026"),
        ("UTC", "de", "1. Juli 2026, 18:30 UTC"),
    ],
)
def test_an_instant_names_its_time_zone(zone, language, words):
    instant = dt.datetime(2026, 7, 1, 18, 30, tzinfo=dt.UTC)
    with timezone.override(zone), override(language):
        assert words in rendered("{{ at|exact_time }}", at=instant)


@pytest.mark.parametrize("reason", AccessReason)
def test_every_reason_has_a_sentence_of_its_own(reason):
    sentences = {
        rendered("{{ d|reason_text }}", d=AccessDecision(allowed=False, reason=each))
        for each in AccessReason
    }
    mine = rendered("{{ d|reason_text }}", d=AccessDecision(allowed=False, reason=reason))
    assert mine.endswith(".")
    assert len(sentences) == len(AccessReason)


def test_a_reason_with_a_date_names_it():
    at = dt.datetime(2026, 12, 3, tzinfo=dt.UTC)
    decision = AccessDecision(allowed=False, reason=AccessReason.NOT_YET, unlocks_at=at)
    assert "December 3, 2026" in rendered("{{ d|reason_text }}", d=decision)


# --- the pricing table --------------------------------------------------------------------------


@pytest.fixture
def for_sale(pro, basic):
    """Pro and Basic, by the month."""
    for number, product in enumerate((pro, basic)):
        ProductPrice.objects.create(
            product=product,
            stripe_price_id=f"price_{number}",
            currency="EUR",
            unit_amount=1200 + number,
            interval="month",
        )


def ask(rf, user=None, path="/somewhere/?a=1"):
    request = rf.get(path)
    request.user = user or AnonymousUser()
    return request


def test_the_pricing_table_stands_on_any_page_and_leads_back_to_it(rf, for_sale):
    page = rendered("{% license_offers %}", request=ask(rf), csrf_token="token-of-the-form")
    assert page.count("<form") == 2
    assert page.count('value="token-of-the-form"') == 2
    assert 'name="next" value="/somewhere/?a=1"' in page


def test_the_pricing_table_can_be_narrowed(rf, for_sale, pro, basic, article, alice, now):
    gate_page(article, pro)
    decision = check_access(alice, article, now)
    for products in (decision, [pro], [pro.pk]):
        page = rendered("{% license_offers products %}", request=ask(rf), products=products)
        assert "Buy Pro" in page
        assert "Buy Basic" not in page


def test_the_pricing_table_without_a_request_sells_still(for_sale):
    assert "Buy Pro" in rendered("{% license_offers %}")


def test_a_path_given_to_the_pricing_table_is_checked(rf, for_sale):
    page = rendered('{% license_offers next="//evil.example" %}', request=ask(rf))
    assert "evil" not in page


# --- courses ------------------------------------------------------------------------------------


def test_the_outline_shows_titles_and_reasons_and_nothing_locked(rf, course, pro, db):
    gate_page(course, pro)
    gate_page(course.get_lessons()[0], audience="everyone")
    page = rendered("{% course_outline course %}", request=ask(rf), course=course)
    assert page.count("<li") == 3
    assert page.count("Locked") == 2
    assert "Free preview" in page
    assert "This is for members." in page
    assert CANARY not in page


def test_the_outline_marks_what_is_done_and_where_one_is(rf, course, alice, pro, now):
    gate_page(course, pro)
    give(alice, pro, at=now)
    first, second, _third = course.get_lessons()
    complete_lesson(user=alice, lesson=first, at=now)
    page = rendered(
        "{% course_outline course current=lesson %}",
        request=ask(rf, alice),
        course=course,
        lesson=second,
    )
    assert "1 of 3 lessons done" in page
    assert f'<a href="{second.url}" aria-current="page">' in page
    assert "Locked" not in page


def test_the_button_completes_for_members_and_asks_visitors_to_sign_in(rf, course, alice, now):
    lesson = course.get_lessons()[0]
    source = "{% complete_lesson_button lesson %}"
    assert "Sign in to keep your progress" in rendered(source, request=ask(rf), lesson=lesson)
    page = rendered(source, request=ask(rf, alice), lesson=lesson, csrf_token="t")
    assert f"/licensing/lessons/{lesson.pk}/complete/" in page
    assert "Mark as done" in page
    complete_lesson(user=alice, lesson=lesson, at=now)
    assert "You have done this lesson" in rendered(source, request=ask(rf, alice), lesson=lesson)


def test_a_product_that_nobody_sells_is_not_in_the_table(rf, db):
    make_product("Press", issue_mode="by_hand")
    assert "Nothing is for sale" in rendered("{% license_offers %}", request=ask(rf))
