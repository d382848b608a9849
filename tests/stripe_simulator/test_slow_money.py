"""Bank debits that take days, tax ids, codes with conditions, and currencies with other decimals."""

import pytest
import stripe

from .pages import visit
from .test_control import control


def debit(shop, iban: str) -> stripe.PaymentMethod:
    api = shop.client.v1
    method = api.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": {"name": "Ada"}}
    )
    return api.payment_methods.attach(method.id, {"customer": shop.ada.id})


def test_a_debit_makes_a_subscription_active_and_arrives_days_later(simulator, shop) -> None:
    method = debit(shop, "AT61 1904 3002 3457 3201")
    assert (method.type, method.sepa_debit.last4) == ("sepa_debit", "3201")
    subscription = shop.subscribe(default_payment_method=method.id)
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (subscription.status, invoice.status) == ("active", "open")
    simulator.advance(days=4)
    assert shop.client.v1.invoices.retrieve(invoice.id).status == "open"
    simulator.advance(days=2)
    assert shop.client.v1.invoices.retrieve(invoice.id).status == "paid"
    charge = shop.client.v1.charges.list({"customer": shop.ada.id}).data[0]
    assert charge.payment_method_details.type == "sepa_debit"
    assert shop.client.v1.refunds.create({"charge": charge.id}).status == "pending"


def test_a_debit_that_fails_leaves_it_past_due(simulator, shop) -> None:
    method = debit(shop, "AT321904300235473204")
    subscription = shop.subscribe(default_payment_method=method.id)
    simulator.advance(days=6)
    assert shop.subscription(subscription.id).status == "past_due"
    assert "invoice.payment_failed" in shop.event_types()


def test_the_bank_can_be_told_what_to_say(simulator, shop) -> None:
    method = debit(shop, "DE89370400440532013000")
    subscription = shop.subscribe(default_payment_method=method.id)
    (payment,) = shop.client.v1.invoice_payments.list({"invoice": subscription.latest_invoice}).data
    path = f"payment_intents/{payment.payment.payment_intent}/settle"
    assert control(simulator, "POST", path, {"outcome": "maybe"})[0] == 400
    assert control(simulator, "POST", path, {"outcome": "fail"})[0] == 200
    assert shop.subscription(subscription.id).status == "past_due"
    assert control(simulator, "POST", path, {"outcome": "succeed"})[0] == 400
    simulator.advance(days=1)


@pytest.mark.parametrize("iban", ["", "12", "AT61-1904"])
def test_what_is_no_iban(shop, iban) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": iban}})
    assert refused.value.param == "sepa_debit[iban]"


def test_tax_ids_stand_on_invoices(shop) -> None:
    api = shop.client.v1
    customer = api.customers.create(
        {
            "email": "b@example.com",
            "tax_id_data": [{"type": "eu_vat", "value": "DE 123456789"}],
            "payment_method": "pm_card_visa",
        }
    )
    ids = api.customers.tax_ids
    other = ids.create(customer.id, {"type": "eu_vat", "value": "DE111111111"})
    assert other.verification.status == "unverified"
    assert [row.value for row in ids.list(customer.id).data] == ["DE111111111", "DE123456789"]
    shown = api.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert len(shown.tax_ids.data) == 2
    assert ids.delete(customer.id, other.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        ids.retrieve(shop.ada.id, ids.list(customer.id).data[0].id)
    for wrong in ({"type": "eu_vat", "value": "?"}, {"type": "moon", "value": "1"}, {"type": "eu_vat"}):
        with pytest.raises(stripe.InvalidRequestError):
            ids.create(customer.id, wrong)
    invoice = api.invoices.create({"customer": customer.id})
    paid = api.invoices.finalize_invoice(invoice.id)
    assert [(row.type, row.value) for row in paid.customer_tax_ids] == [("eu_vat", "DE123456789")]
    assert {"customer.tax_id.created", "customer.tax_id.deleted"} <= set(shop.event_types())


def code(shop, **params) -> stripe.PromotionCode:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    return shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, **params}
    )


def test_a_code_is_good_for_those_it_is_meant_for(simulator, shop) -> None:
    other = shop.client.v1.customers.create({"email": "other@example.com"})
    wrong = [
        {"customer": other.id},
        {"restrictions": {"minimum_amount": 10_000, "minimum_amount_currency": "eur"}},
        {"expires_at": simulator.now - 5},
    ]
    for params in wrong:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.subscribe(discounts=[{"promotion_code": code(shop, **params).id}])
        assert refused.value.param == "promotion_code"
    first = code(shop, restrictions={"first_time_transaction": True}, max_redemptions=1)
    used = shop.subscribe(discounts=[{"promotion_code": first.id}])
    assert shop.client.v1.invoices.retrieve(used.latest_invoice).total == 4500
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe(discounts=[{"promotion_code": first.id}])
    assert not shop.client.v1.promotion_codes.retrieve(first.id).active
    again = code(shop, restrictions={"first_time_transaction": True})
    with pytest.raises(stripe.InvalidRequestError, match="prior transactions"):
        shop.subscribe(discounts=[{"promotion_code": again.id}])


def test_a_coupon_may_be_for_one_product_and_stands_on_its_line(shop) -> None:
    api = shop.client.v1
    coupon = api.coupons.create(
        {"percent_off": 50, "duration": "forever", "applies_to": {"products": [shop.pro.id]}}
    )
    other = api.products.create({"name": "Other"})
    price = api.prices.create(
        {
            "product": other.id,
            "currency": "eur",
            "unit_amount": 999,
            "recurring": {"interval": "month"},
        }
    )
    subscription = shop.subscribe(
        items=[{"price": shop.monthly.id}, {"price": price.id}], discounts=[{"coupon": coupon.id}]
    )
    invoice = api.invoices.retrieve(subscription.latest_invoice)
    assert [sum(each.amount for each in line.discount_amounts) for line in invoice.lines] == [1000, 0]
    assert invoice.total == 1999
    shown = api.coupons.retrieve(coupon.id, {"expand": ["applies_to"]})
    assert shown.applies_to.products == [shop.pro.id]
    dollars = api.coupons.create({"amount_off": 5, "currency": "usd", "duration": "once"})
    with pytest.raises(stripe.InvalidRequestError, match="is in usd"):
        shop.subscribe(discounts=[{"coupon": dollars.id}])


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("jpy", 500, "500 JPY"), ("kwd", 12340, "12.340 KWD"), ("usd", 1205, "12.05 USD")],
)
def test_currencies_have_their_own_decimals(shop, currency, amount, shown) -> None:
    price = shop.client.v1.prices.create(
        {"product": shop.pro.id, "currency": currency.upper(), "unit_amount": amount}
    )
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "http://shop.example/",
            "tax_id_collection": {"enabled": True},
        }
    )
    assert (session.currency, session.amount_total) == (currency, amount)
    assert session.tax_id_collection.enabled
    assert shown in visit(session.url).text


@pytest.mark.parametrize(("currency", "amount"), [("kwd", 1234), ("xyz", 100), ("euro", 100)])
def test_amounts_and_currencies_that_stripe_refuses(shop, currency, amount) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.prices.create(
            {"product": shop.pro.id, "currency": currency, "unit_amount": amount}
        )
