"""License products in the admin: prices, and what they open."""

import pytest

from tests.conftest import gate_page, give, make_product
from tests.wagtail_admin.conftest import formset, member_of, post_and_confirm, signed_in
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
        "past_due": "grace",
        "unpaid": "suspend",
        "full_refund": "revoke",
        "open_dispute": "hold",
        "trial_rule": "person",
        "seat_choice_days": "14",
        "term_start": "purchase",
        "sort_order": "0",
        **fields,
    }
    return {
        **values,
        **formset("prices", *prices, initial=initial),
        **formset("rules", *rules, initial=initial_rules),
        **formset("questions"),
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


def test_a_product_is_made_with_its_price_and_what_it_opens(head, article, alice, now, basic):
    gate = gate_page(article, basic)

    response = signed_in(head).post(
        f"{BASE}/new/", data(prices=[price()], rules=[{"gate": gate.pk, "after_days": "0"}])
    )

    assert response.status_code == 302, response.context["form"].errors
    product = LicenseProduct.objects.get(slug="pro")
    assert product.prices.get().unit_amount == 1200
    give(alice, product, at=now)
    assert has_access(alice, article)


def test_taking_a_rule_away_closes_at_once(head, gated_article, pro, alice, basic, now):
    gate = gated_article.licensing_gates.get()
    EntitlementRule.objects.create(gate=gate, product=basic)
    rule = EntitlementRule.objects.get(product=pro)
    give(alice, pro, at=now)
    assert has_access(alice, gated_article)

    row = {"id": rule.pk, "gate": gate.pk, "after_days": "0", "DELETE": "on"}
    response = post_and_confirm(
        signed_in(head), f"{BASE}/edit/{pro.pk}/", data(rules=[row], initial_rules=1)
    )

    assert response.status_code == 302, response.context["form"].errors
    assert not has_access(alice, gated_article)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"kind": "fixed_term"}, "term_days"),
        ({"kind": "subscription", "term_days": "30"}, "term_days"),
        ({"kind": "fixed_term", "term_days": "30", "term_months": "1"}, "term_days"),
        ({"kind": "perpetual", "term_months": "12"}, "term_months"),
        ({"kind": "fixed_term", "term_months": "12", "term_start": "fixed_date"}, "term_starts_on"),
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


def test_a_changed_policy_is_a_version_and_holders_keep_theirs(manager, pro, alice, now):
    license = give(alice, pro, at=now)
    client = signed_in(manager)
    url = f"{BASE}/edit/{pro.pk}/"

    assert client.post(url, data(name="Professional", trial_rule="person")).status_code == 302
    assert pro.policies.count() == 1
    assert client.post(url, data(past_due="suspend", honours_paid_term="on")).status_code == 302

    assert list(pro.policies.values_list("version", "past_due")) == [(1, "grace"), (2, "suspend")]
    license.refresh_from_db()
    assert license.policy.version == 1
    page = client.get(f"/admin/licensing/licenses/inspect/{license.pk}/").content.decode()
    assert "version 1" in page


@pytest.mark.parametrize("fields", [{"unpaid": "forget"}, {"past_due": ""}, {"grace_days": "99999"}])
def test_a_policy_that_cannot_be_is_refused(manager, pro, fields):
    response = signed_in(manager).post(f"{BASE}/edit/{pro.pk}/", data(**fields))

    assert response.status_code == 200
    assert next(iter(fields)) in response.context["form"].errors
    assert not pro.policies.exists()


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


def test_a_product_that_nobody_ever_had_is_deleted_with_its_prices(head, pro, gated_article):
    ProductPrice.objects.create(product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1)

    assert signed_in(head).post(f"{BASE}/delete/{pro.pk}/").status_code == 302
    assert not LicenseProduct.objects.exists()
    assert not EntitlementRule.objects.exists()


def test_a_product_that_somebody_has_is_kept_with_words(head, pro, alice, now, gated_article):
    give(alice, pro, at=now)

    response = signed_in(head).post(f"{BASE}/delete/{pro.pk}/", follow=True)

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


def test_a_manager_who_may_not_change_gates_changes_nothing_of_what_a_product_opens(
    manager, gated_article, pro, basic
):
    gate = gated_article.licensing_gates.get()
    client = signed_in(manager)
    row = {"id": EntitlementRule.objects.get().pk, "gate": gate.pk, "after_days": "0", "DELETE": "on"}

    shown = client.get(f"{BASE}/edit/{pro.pk}/").content.decode()
    changed = client.post(
        f"{BASE}/edit/{pro.pk}/", data(name="Professional", rules=[row], initial_rules=1)
    )
    client.post(
        f"{BASE}/edit/{basic.pk}/",
        data(name="Basic", slug="basic", rules=[{"gate": gate.pk, "after_days": "0"}]),
    )
    client.post(f"{BASE}/delete/{pro.pk}/")

    assert "set by those who may change gates" in shown
    assert changed.status_code == 302
    assert LicenseProduct.objects.get(pk=pro.pk).name == "Professional"
    assert list(EntitlementRule.objects.values_list("product", "gate")) == [(pro.pk, gate.pk)]


def test_a_product_opens_no_gate_whose_target_one_may_not_edit(manager, gated_article, pro, basic):
    manager.groups.add(*member_of("zoe", "Access editors").groups.all())
    gate = gated_article.licensing_gates.get()

    response = signed_in(manager).post(
        f"{BASE}/edit/{basic.pk}/",
        data(name="Basic", slug="basic", rules=[{"gate": gate.pk, "after_days": "0"}]),
    )

    assert response.status_code == 200
    assert EntitlementRule.objects.get().product == pro
