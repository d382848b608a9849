"""The pricing table."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.translation import override
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.conftest import gate_page, give, make_product
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.domain.states import State
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.portal.formats import format_price

pytestmark = pytest.mark.django_db

PLANS = "/licensing/plans/"


def test_what_is_for_sale_stands_in_order_with_its_prices(client, pro, basic):
    make_price(pro, 1200, "month")
    make_price(pro, 12000, "year")
    make_price(basic, 500, "month")
    basic.sort_order = 0
    pro.sort_order = 1
    basic.save()
    pro.save()
    answer = client.get(PLANS)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.index("€5.00 / month") < page.index("€12.00 / month") < page.index("€120.00 / year")
    assert "16% less than monthly" in page


def test_no_cache_keeps_the_page(client, monthly):
    assert client.get(PLANS).headers["Cache-Control"] == "private, no-store"


def test_a_visitor_gets_no_cookie_but_the_token_of_the_form(client, monthly):
    assert set(client.get(PLANS).cookies) <= {"csrftoken"}


def test_archived_products_and_prices_are_not_offered(client, pro, basic):
    make_price(pro, 1200, "month", is_archived=True)
    make_price(pro, 1300, "month")
    make_price(basic, 500, "month")
    basic.is_archived = True
    basic.save()
    page = client.get(PLANS).content.decode()
    assert "€13.00" in page
    assert "€12.00" not in page
    assert "€5.00" not in page


def test_what_is_not_sold_is_not_offered(client, db):
    make_price(make_product("Press", issue_mode="by_hand"), 100, "month")
    make_product("Free")
    make_price(make_product("Odd", kind="perpetual"), 700, "month")
    page = client.get(PLANS).content.decode()
    assert "Nothing is for sale" in page
    assert "Press" not in page


def test_prices_of_another_mode_or_account_are_not_offered(client, pro):
    make_price(pro, 1200, "month", livemode=True)
    make_price(pro, 1300, "month", account="other")
    assert "Nothing is for sale" in client.get(PLANS).content.decode()


def test_it_says_what_a_product_opens_and_when(client, pro, monthly, article, course):
    gate_page(article, pro)
    gate_page(course, pro, after_days=7)
    page = client.get(PLANS).content.decode()
    assert "How to sell" in page
    assert "Wagtail in a week (after 7 days)" in page


def test_it_does_not_name_what_a_gate_hides(client, pro, monthly, article, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    settings.WAGTAIL_LICENSING_FLOOR = False
    vault = Collection.get_first_root_node().add_child(name="The vault")
    document = get_document_model().objects.create(title="The handbook", file=ContentFile(b"x", "a.txt"))
    gates = [
        gate_page(article, pro),
        Gate.objects.create(kind="collection", collection=vault),
        Gate.objects.create(kind="document", document=document),
    ]
    EntitlementRule.objects.bulk_create(EntitlementRule(gate=gate, product=pro) for gate in gates[1:])
    names = [article.title, "The vault", "The handbook"]
    text = client.get(PLANS).content.decode()
    assert all(name in text for name in names)
    for gate in gates:
        gate.without_access = "not_found"
        gate.save()
    text = client.get(PLANS).content.decode()
    assert not any(name in text for name in names)


def test_pages_that_nobody_may_know_of_are_not_named(client, pro, monthly, article, course):
    gate_page(article, pro)
    article.unpublish()
    gate_page(course, pro)
    course.view_restrictions.create(restriction_type="login")
    page = client.get(PLANS).content.decode()
    assert "How to sell" not in page
    assert "Wagtail in a week" not in page


def test_the_name_of_an_area_is_nobodys_business(client, pro, monthly):
    gate = Gate.objects.create(kind="area", area="secret-tools")
    EntitlementRule.objects.create(gate=gate, product=pro)
    assert "secret-tools" not in client.get(PLANS).content.decode()


def test_a_trial_is_offered_once(client, pro, alice, charlie, now):
    price = make_price(pro, 1200, "month", trial_days=14)
    client.force_login(charlie)
    assert "Try Pro free for 14 days" in client.get(PLANS).content.decode()
    then = now - dt.timedelta(days=90)
    end = then + dt.timedelta(days=30)
    subscribe(alice, price, at=then, ends_at=end, access_until=end, renews=False, state=State.EXPIRED)
    client.force_login(alice)
    page = client.get(PLANS).content.decode()
    assert "Try Pro" not in page
    assert "Buy Pro" in page


def test_what_a_member_pays_for_is_marked_and_not_sold_again(client, alice, monthly, now):
    subscribe(alice, monthly, at=now)
    client.force_login(alice)
    page = client.get(PLANS).content.decode()
    assert "You have this" in page
    assert "Manage Pro" in page
    assert reverse("wagtail_licensing:account") in page
    assert "Buy Pro" not in page


def test_a_license_by_hand_that_ends_can_be_followed_by_a_purchase(client, alice, pro, monthly, now):
    give(alice, pro, at=now, ends_at=now + dt.timedelta(days=3))
    client.force_login(alice)
    page = client.get(PLANS).content.decode()
    assert "You have this" in page
    assert "Buy Pro" in page


def test_somebody_elses_license_changes_nothing(client, alice, charlie, monthly, now):
    subscribe(alice, monthly, at=now)
    client.force_login(charlie)
    assert "You have this" not in client.get(PLANS).content.decode()


def test_products_sold_per_seat_ask_for_the_number(client, team, monthly):
    make_price(team, 900, "month")
    page = client.get(PLANS).content.decode()
    assert "€9.00 / month per seat" in page
    assert page.count('name="quantity"') == 1


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: evil=b",
        "evil/",
        "///evil.example",
    ],
)
def test_a_purchase_leads_back_to_this_site_only(client, monthly, evil):
    page = client.get(PLANS, {"next": evil}).content.decode()
    assert 'name="next"' not in page
    assert "evil" not in page


def test_a_purchase_leads_back_to_where_it_came_from(client, monthly):
    page = client.get(PLANS, {"next": "/course/?a=1&b=2"}).content.decode()
    assert '<input type="hidden" name="next" value="/course/?a=1&amp;b=2">' in page


def test_prices_are_written_in_the_active_language(monthly):
    with override("de"):
        assert format_price(monthly).startswith("12,00\xa0€")


def test_the_table_costs_as_many_queries_for_many_products_as_for_one(
    client, alice, monthly, article, now, django_assert_num_queries
):
    gate = gate_page(article, monthly.product)
    subscribe(alice, monthly, at=now)
    client.force_login(alice)
    client.get(PLANS)
    with django_assert_num_queries(13) as few:
        client.get(PLANS)
    count = len(few)
    for number in range(6):
        product = make_product(f"Product {number}")
        make_price(product, 100 + number, "month")
        EntitlementRule.objects.create(gate=gate, product=product)
    client.get(PLANS)
    with django_assert_num_queries(count):
        client.get(PLANS)


def test_only_reading_is_allowed(client):
    assert client.post(PLANS).status_code == 405
