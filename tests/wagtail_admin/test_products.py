"""License products in the admin: prices, and what they open."""

import pytest

from tests.conftest import gate_page, give, make_product
from tests.wagtail_admin.conftest import formset, signed_in
from wagtail_licensing.access import has_access
from wagtail_licensing.conf import now as site_now
from wagtail_licensing.models import CheckoutIntent, EntitlementRule, LicenseProduct, ProductPrice

BASE = "/admin/licensing/products"


def data(*, prices=(), rules=(), initial=0, initial_rules=0, **fields) -> dict:
    values = {
        "name": "Pro",
        "slug": "pro",
        "kind": "subscription",
        "issue_mode": "purchase",
        "seats": "1",
        "grace_days": "7",
        "sort_order": "0",
        **fields,
    }
    return {
        **values,
        **formset("prices", *prices, initial=initial),
        **formset("rules", *rules, initial=initial_rules),
    }


def price(**fields) -> dict:
    return {
        "stripe_price_id": "price_1",
        "unit_amount": "1200",
        "currency": "EUR",
        "interval": "month",
        "interval_count": "1",
        "trial_days": "0",
        "account": "default",
        "sort_order": "0",
        **fields,
    }


def test_a_product_is_made_with_its_price_and_what_it_opens(manager, article, alice, now, basic):
    gate = gate_page(article, basic)

    response = signed_in(manager).post(
        f"{BASE}/new/", data(prices=[price()], rules=[{"gate": gate.pk, "after_days": "0"}])
    )

    assert response.status_code == 302, response.context["form"].errors
    product = LicenseProduct.objects.get(slug="pro")
    assert product.prices.get().unit_amount == 1200
    give(alice, product, at=now)
    assert has_access(alice, article)


def test_taking_a_rule_away_closes_at_once(manager, gated_article, pro, alice, basic, now):
    gate = gated_article.licensing_gates.get()
    EntitlementRule.objects.create(gate=gate, product=basic)
    rule = EntitlementRule.objects.get(product=pro)
    give(alice, pro, at=now)
    assert has_access(alice, gated_article)

    row = {"id": rule.pk, "gate": gate.pk, "after_days": "0", "DELETE": "on"}
    response = signed_in(manager).post(f"{BASE}/edit/{pro.pk}/", data(rules=[row], initial_rules=1))

    assert response.status_code == 302, response.context["form"].errors
    assert not has_access(alice, gated_article)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"kind": "fixed_term"}, "term_days"),
        ({"kind": "subscription", "term_days": "30"}, "term_days"),
        ({"seats": "0"}, "__all__"),
        ({"name": ""}, "name"),
        ({"slug": "taken"}, "slug"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
def test_what_the_database_would_refuse_is_said_in_the_form(manager, fields, where):
    make_product("taken")

    response = signed_in(manager).post(f"{BASE}/new/", data(**fields))

    assert response.status_code == 200
    assert where in response.context["form"].errors
    assert LicenseProduct.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [{"unit_amount": "-1"}, {"currency": "euro"}, {"stripe_price_id": ""}, {"interval_count": "0"}],
)
def test_a_price_that_cannot_be_is_refused(manager, fields):
    response = signed_in(manager).post(f"{BASE}/new/", data(prices=[price(**fields)]))

    assert response.status_code == 200
    assert not ProductPrice.objects.exists()


def test_a_stripe_price_belongs_to_one_product(manager, pro):
    ProductPrice.objects.create(product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1)

    response = signed_in(manager).post(
        f"{BASE}/new/", data(name="Other", slug="other", prices=[price()])
    )

    assert response.status_code == 200
    assert "belongs to a product already" in response.content.decode()


def test_a_price_that_was_used_is_not_removed(manager, pro, alice):
    used = ProductPrice.objects.create(
        product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1
    )
    at = site_now()
    CheckoutIntent.objects.create(user=alice, price=used, created_at=at, expires_at=at)

    row = price(id=used.pk, DELETE="on")
    response = signed_in(manager).post(f"{BASE}/edit/{pro.pk}/", data(prices=[row], initial=1))

    assert response.status_code == 200
    assert "has been used and cannot be removed" in response.content.decode()
    assert ProductPrice.objects.get() == used


def test_a_product_that_nobody_ever_had_is_deleted_with_its_prices(manager, pro, gated_article):
    ProductPrice.objects.create(product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1)

    assert signed_in(manager).post(f"{BASE}/delete/{pro.pk}/").status_code == 302
    assert not LicenseProduct.objects.exists()
    assert not EntitlementRule.objects.exists()


def test_a_product_that_somebody_has_is_kept_with_words(manager, pro, alice, now, gated_article):
    give(alice, pro, at=now)

    response = signed_in(manager).post(f"{BASE}/delete/{pro.pk}/", follow=True)

    assert "cannot be deleted. Archive it" in response.content.decode()
    assert has_access(alice, gated_article)


def test_the_list_shows_products_in_the_order_of_the_pricing_table(manager):
    make_product("Second", sort_order=2)
    make_product("First", sort_order=1, is_archived=True)

    response = signed_in(manager).get(f"{BASE}/")

    assert [item.name for item in response.context["object_list"]] == ["First", "Second"]
    assert "archived" in response.content.decode()


def test_a_product_cannot_be_copied_or_forgotten_to_be_checked(manager, pro):
    client = signed_in(manager)

    for path in ("history", "usage", "inspect", "delete"):
        assert client.get(f"{BASE}/{path}/{pro.pk}/").status_code == 200
    assert client.get(f"{BASE}/copy/{pro.pk}/").status_code == 404
