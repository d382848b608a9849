"""Products, prices, coupons and promotion codes."""

import pytest
import stripe


def test_a_product_can_be_made_changed_listed_and_deleted(simulator, client) -> None:
    product = client.v1.products.create({"name": "Pro", "metadata": {"a": "1", "b": "2"}})
    assert (product.active, product.type, product.livemode) == (True, "service", False)
    changed = client.v1.products.update(
        product.id, {"name": "Pro+", "description": "All", "metadata": {"a": "", "c": "3"}}
    )
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert client.v1.products.update(product.id, {"description": ""}).description is None
    client.v1.products.update(product.id, {"active": False})
    assert client.v1.products.list({"active": True}).data == []
    assert [row.id for row in client.v1.products.list({"ids": [product.id]}).data] == [product.id]
    assert client.v1.products.delete(product.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such product"):
        client.v1.products.retrieve(product.id)


def test_a_product_with_a_price_cannot_be_deleted(shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="prices"):
        shop.client.v1.products.delete(shop.pro.id)


def test_an_id_of_ones_own_is_taken_once(client) -> None:
    assert client.v1.products.create({"name": "Pro", "id": "pro"}).id == "pro"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.products.create({"name": "Pro", "id": "pro"})
    assert refused.value.code == "resource_already_exists"


def test_a_default_price_comes_with_the_product(client) -> None:
    product = client.v1.products.create(
        {
            "name": "Pro",
            "default_price_data": {
                "currency": "EUR",
                "unit_amount": 500,
                "recurring": {"interval": "month"},
            },
        }
    )
    price = client.v1.prices.retrieve(product.default_price)
    assert (price.currency, price.unit_amount, price.product) == ("eur", 500, product.id)


def test_prices_are_found_by_lookup_key(shop) -> None:
    rows = shop.client.v1.prices.list({"lookup_keys": ["pro_month", "course"]}).data
    assert {row.lookup_key for row in rows} == {"pro_month", "course"}
    assert shop.client.v1.prices.list({"lookup_keys": ["none"]}).data == []
    rows = shop.client.v1.prices.list({"type": "one_time"}).data
    assert [row.id for row in rows] == [shop.course.id]
    rows = shop.client.v1.prices.list({"recurring": {"interval": "year"}}).data
    assert [row.id for row in rows] == [shop.yearly.id]


def test_a_lookup_key_belongs_to_one_price_until_it_is_transferred(shop) -> None:
    params = {
        "product": shop.pro.id,
        "currency": "eur",
        "unit_amount": 2500,
        "recurring": {"interval": "month"},
        "lookup_key": "pro_month",
    }
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.prices.create(params)
    assert refused.value.param == "lookup_key"
    new = shop.client.v1.prices.create({**params, "transfer_lookup_key": True})
    assert new.lookup_key == "pro_month"
    assert shop.client.v1.prices.retrieve(shop.monthly.id).lookup_key is None


def test_a_price_needs_a_product_and_an_amount(shop) -> None:
    for params in ({"unit_amount": 1}, {"product": shop.pro.id}):
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.v1.prices.create({"currency": "eur", **params})
    made = shop.client.v1.prices.create(
        {"currency": "eur", "unit_amount_decimal": "10.5", "product_data": {"name": "New"}}
    )
    assert made.unit_amount == 11


@pytest.mark.parametrize(
    "params",
    [
        {"custom_unit_amount": {"enabled": True}},
        {"billing_scheme": "tiered"},
        {"recurring": {"interval": "month", "usage_type": "metered"}},
    ],
)
def test_prices_that_are_not_modelled_are_refused_with_a_reason(shop, params) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="simulator"):
        shop.client.v1.prices.create(
            {"product": shop.pro.id, "currency": "eur", "unit_amount": 1, **params}
        )


def test_catalogue_events_name_what_changed(shop) -> None:
    shop.client.v1.products.update(shop.pro.id, {"name": "Pro 2"})
    shop.client.v1.prices.update(shop.monthly.id, {"active": False})
    event = shop.client.v1.events.list({"type": "product.updated"}).data[0]
    assert event.data.previous_attributes["name"] == "Pro"
    assert event.data.object["name"] == "Pro 2"
    event = shop.client.v1.events.list({"type": "price.updated"}).data[0]
    assert event.data.previous_attributes.to_dict() == {"active": True}


def test_a_change_that_changes_nothing_says_nothing(shop) -> None:
    shop.client.v1.prices.update(shop.monthly.id, {"active": True})
    assert shop.client.v1.events.list({"type": "price.updated"}).data == []


def test_a_coupon_takes_its_share_off_invoices(shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "once", "name": "Quarter"})
    subscription = shop.subscribe(discounts=[{"coupon": coupon.id}])
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (6000, 4500, 4500)
    assert invoice.total_discount_amounts[0].amount == 1500
    assert shop.client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_a_coupon_for_once_is_gone_at_the_renewal(simulator, shop) -> None:
    coupon = shop.client.v1.coupons.create({"amount_off": 500, "currency": "eur", "duration": "once"})
    subscription = shop.subscribe(discounts=[{"coupon": coupon.id}])
    assert shop.client.v1.coupons.delete(coupon.id).deleted
    simulator.advance(days=32)
    renewed = shop.subscription(subscription.id)
    assert shop.client.v1.invoices.retrieve(renewed.latest_invoice).total == 6000


def test_a_promotion_code_stands_for_its_coupon(shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    code = shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "FALL"}
    )
    assert shop.client.v1.promotion_codes.list({"code": "FALL"}).data[0].id == code.id
    subscription = shop.subscribe(discounts=[{"promotion_code": code.id}])
    assert shop.client.v1.invoices.retrieve(subscription.latest_invoice).total == 3000
    shop.client.v1.promotion_codes.update(code.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        shop.subscribe(discounts=[{"promotion_code": code.id}])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"percent_off": 10, "amount_off": 10},
        {"amount_off": 10},
        {"percent_off": 101},
        {"percent_off": 10, "duration": "repeating"},
    ],
)
def test_a_coupon_without_sense_is_refused(client, params) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.coupons.create(params)


def test_coupons_and_codes_are_listed_and_renamed(shop) -> None:
    api = shop.client.v1
    coupon = api.coupons.create({"id": "TEN", "percent_off": 10, "name": "Ten"})
    assert api.coupons.update("TEN", {"name": "Ten percent"}).name == "Ten percent"
    assert [row.id for row in api.coupons.list().data] == ["TEN"]
    with pytest.raises(stripe.InvalidRequestError):
        api.coupons.create({"id": "TEN", "percent_off": 20})
    promotion = {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "ten"}
    code = api.promotion_codes.create(promotion)
    with pytest.raises(stripe.InvalidRequestError) as taken:
        api.promotion_codes.create({**promotion, "code": "TEN"})
    assert taken.value.param == "code"
    assert api.promotion_codes.retrieve(code.id).promotion.coupon == "TEN"


def test_a_discount_can_be_taken_off_and_replaced(simulator, shop) -> None:
    api = shop.client.v1
    half = api.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = shop.subscribe(discounts=[{"coupon": half.id}])
    assert len(subscription.discounts) == 1
    assert api.subscriptions.delete_discount(subscription.id).deleted
    assert shop.subscription(subscription.id).discounts == []
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.delete_discount(subscription.id)
    months = {"percent_off": 25, "duration": "repeating", "duration_in_months": 2}
    quarter = api.coupons.create(months)
    api.subscriptions.update(subscription.id, {"discounts": [{"coupon": quarter.id}]})
    totals = []
    for _ in range(3):
        simulator.advance(days=31)
        invoice = shop.subscription(subscription.id).latest_invoice
        totals.append(api.invoices.retrieve(invoice).total)
    # The second renewal falls on the last second of the discount.
    assert (totals[0], totals[2]) == (4500, 6000)
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe(discounts=[{"coupon": "none"}])
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe(discounts=[{"discount": "di_1"}])
