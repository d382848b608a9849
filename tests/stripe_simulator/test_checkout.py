"""Checkout sessions and their hosted page."""

import pytest
import stripe

from .pages import check_page, visit

DAY = 86400


def session_for(shop, **params) -> stripe.checkout.Session:
    given = {
        "mode": "subscription",
        "line_items": [{"price": shop.monthly.id, "quantity": 2}],
        "success_url": "http://shop.example/done?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.example/back",
        **params,
    }
    return shop.client.v1.checkout.sessions.create(given)


def once(shop, **params) -> stripe.checkout.Session:
    items = [{"price": shop.course.id, "quantity": 1}]
    return session_for(shop, mode="payment", line_items=items, **params)


def found(shop, session) -> stripe.checkout.Session:
    return shop.client.v1.checkout.sessions.retrieve(session.id)


def test_the_page_shows_what_is_bought_and_asks_for_an_address(shop) -> None:
    session = session_for(shop)
    assert (session.status, session.amount_total, session.customer) == ("open", 4000, None)
    answer = visit(session.url)
    forms = check_page(answer)
    assert "Pro" in answer.text
    assert "40.00 EUR" in answer.text
    form = forms.with_button("Subscribe")
    assert form.options["card"] == ["ok", "decline", "delayed"]
    assert form.values == {"card": "ok", "email": ""}
    assert 'href="http://shop.example/back"' in answer.text


def test_a_guest_becomes_a_customer_by_subscribing(shop) -> None:
    session = session_for(shop, metadata={"a": "b"})
    answer = visit(session.url, {"card": "ok", "email": "bob@example.com"})
    assert (answer.status, answer.location) == (303, f"http://shop.example/done?s={session.id}")
    session = found(shop, session)
    assert session.metadata["a"] == "b"
    assert session.customer_details.email == "bob@example.com"
    customer = shop.client.v1.customers.retrieve(session.customer)
    assert customer.email == "bob@example.com"
    assert shop.subscription(session.subscription).customer == customer.id


def test_a_known_customer_is_not_asked(shop) -> None:
    session = session_for(shop, customer=shop.ada.id)
    assert "email" not in check_page(visit(session.url)).with_button("Subscribe").values
    visit(session.url, {"card": "ok"})
    assert found(shop, session).customer == shop.ada.id
    assert len(shop.client.v1.customers.list().data) == 1


def test_a_customer_without_an_address_is_asked_and_keeps_it(shop) -> None:
    office = shop.client.v1.customers.create({"name": "Office"})
    session = session_for(shop, customer=office.id)
    assert check_page(visit(session.url)).with_button("Subscribe").values["email"] == ""
    answer = visit(session.url, {"card": "ok", "email": "nobody"})
    assert (answer.status, "e-mail" in answer.text) == (400, True)
    assert visit(session.url, {"card": "ok", "email": "bills@example.com"}).status == 303
    assert shop.client.v1.customers.retrieve(office.id).email == "bills@example.com"
    again = session_for(shop, customer=office.id)
    assert "email" not in check_page(visit(again.url)).with_button("Subscribe").values
    visit(again.url, {"card": "ok", "email": "other@example.com"})
    assert shop.client.v1.customers.retrieve(office.id).email == "bills@example.com"


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [
        ({"card": "decline", "email": "b@example.com"}, 402, "declined"),
        ({"card": "ok", "email": ""}, 400, "e-mail"),
        ({"card": "ok", "email": "nobody"}, 400, "e-mail"),
        ({"card": "gold", "email": "b@example.com"}, 400, "test card"),
        ({}, 400, "test card"),
    ],
)
def test_a_refusal_shows_the_page_again_and_nothing_is_sold(shop, form, status, text) -> None:
    session = session_for(shop)
    answer = visit(session.url, form)
    check_page(answer)
    assert answer.status == status
    assert 'role="alert"' in answer.text
    assert text in answer.text
    assert found(shop, session).status == "open"
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []


def test_paying_twice_buys_once(shop) -> None:
    session = session_for(shop, customer=shop.ada.id)
    visit(session.url, {"card": "ok"})
    again = visit(session.url, {"card": "ok"})
    assert (again.status, "complete" in again.text) == (200, True)
    assert len(shop.client.v1.subscriptions.list().data) == 1


def test_a_course_is_paid_once_and_the_guest_stays_a_guest(shop) -> None:
    session = once(shop, payment_intent_data={"metadata": {"course": "1"}})
    visit(session.url, {"card": "ok", "email": "bob@example.com"})
    session = found(shop, session)
    assert (session.payment_status, session.customer, session.subscription) == ("paid", None, None)
    intent = shop.client.v1.payment_intents.retrieve(session.payment_intent)
    assert (intent.amount_received, intent.metadata["course"]) == (4900, "1")


def test_a_receipt_comes_if_it_was_asked_for(shop) -> None:
    session = once(shop, customer=shop.ada.id, invoice_creation={"enabled": True})
    visit(session.url, {"card": "ok"})
    session = found(shop, session)
    invoice = shop.client.v1.invoices.retrieve(session.invoice)
    assert (invoice.status, invoice.parent, invoice.amount_paid) == ("paid", None, 4900)
    payment = shop.client.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    assert payment.payment.payment_intent == session.payment_intent


def test_a_declined_course_leaves_a_failed_payment(shop) -> None:
    session = once(shop, customer=shop.ada.id)
    assert visit(session.url, {"card": "decline"}).status == 402
    assert "payment_intent.payment_failed" in shop.event_types()
    assert found(shop, session).payment_status == "unpaid"


@pytest.mark.parametrize("succeed", [True, False])
def test_a_delayed_payment_arrives_or_fails_days_later(simulator, shop, succeed) -> None:
    session = once(shop, customer=shop.ada.id)
    assert visit(session.url, {"card": "delayed"}).status == 303
    waiting = found(shop, session)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    simulator.advance(days=4)
    simulator.settle_checkout(session.id, succeed=succeed)
    assert found(shop, session).payment_status == ("paid" if succeed else "unpaid")
    outcome = "succeeded" if succeed else "failed"
    assert f"checkout.session.async_payment_{outcome}" in shop.event_types()


def test_a_delayed_subscription_is_active_until_the_payment_fails(simulator, shop) -> None:
    session = session_for(shop, customer=shop.ada.id)
    visit(session.url, {"card": "delayed"})
    waiting = found(shop, session)
    assert waiting.payment_status == "unpaid"
    assert shop.subscription(waiting.subscription).status == "active"
    simulator.settle_checkout(session.id, succeed=False)
    assert shop.subscription(waiting.subscription).status == "past_due"
    from example_site.stripe_simulator.errors import StripeError

    with pytest.raises(StripeError):
        simulator.settle_checkout(session.id, succeed=True)


def test_a_trial_costs_nothing_today(shop) -> None:
    session = session_for(
        shop,
        customer=shop.ada.id,
        subscription_data={"trial_period_days": 7, "metadata": {"user": "1"}},
    )
    assert session.amount_total == 0
    assert "Free until" in visit(session.url).text
    visit(session.url, {"card": "ok"})
    session = found(shop, session)
    assert session.payment_status == "no_payment_required"
    subscription = shop.subscription(session.subscription)
    assert (subscription.status, subscription.metadata["user"]) == ("trialing", "1")
    assert subscription.trial_end - subscription.created == 7 * DAY


def test_the_quantity_can_be_changed_within_its_bounds(shop) -> None:
    bounds = {"enabled": True, "minimum": 2, "maximum": 5}
    items = [{"price": shop.monthly.id, "quantity": 2, "adjustable_quantity": bounds}]
    session = session_for(shop, customer=shop.ada.id, line_items=items)
    assert check_page(visit(session.url)).forms[0].values["quantity[0]"] == "2"
    for wrong in ("1", "6", "x", "-3", ""):
        assert visit(session.url, {"card": "ok", "quantity[0]": wrong}).status == 400
    visit(session.url, {"card": "ok", "quantity[0]": "4"})
    subscription = shop.subscription(found(shop, session).subscription)
    assert subscription["items"].data[0].quantity == 4
    assert found(shop, session).amount_total == 8000


def test_a_promotion_code_is_entered_on_the_page(shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    session = session_for(shop, customer=shop.ada.id, allow_promotion_codes=True)
    assert visit(session.url, {"card": "ok", "code": "NO"}).status == 400
    visit(session.url, {"card": "ok", "code": "half"})
    assert found(shop, session).amount_total == 2000


def test_a_one_time_item_is_billed_with_the_first_period(shop) -> None:
    items = [{"price": shop.monthly.id, "quantity": 1}, {"price": shop.course.id, "quantity": 1}]
    session = session_for(shop, customer=shop.ada.id, line_items=items)
    visit(session.url, {"card": "ok"})
    subscription = shop.subscription(found(shop, session).subscription)
    assert shop.client.v1.invoices.retrieve(subscription.latest_invoice).total == 6900
    assert len(subscription["items"].data) == 1


def test_a_card_is_saved_without_paying(shop) -> None:
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": shop.ada.id,
            "currency": "eur",
            "success_url": "http://shop.example/",
        }
    )
    check_page(visit(session.url))
    visit(session.url, {"card": "ok"})
    assert found(shop, session).payment_status == "no_payment_required"


def test_a_session_expires_by_time_or_by_hand(simulator, shop) -> None:
    session = session_for(shop)
    by_hand = session_for(shop)
    assert shop.client.v1.checkout.sessions.expire(by_hand.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.checkout.sessions.expire(by_hand.id)
    simulator.advance_to(session.expires_at - 60)
    assert found(shop, session).status == "open"
    simulator.advance_to(session.expires_at)
    expired = found(shop, session)
    assert (expired.status, expired.url) == ("expired", None)
    assert visit(session.url, {"card": "ok", "email": "b@example.com"}).status == 200
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []
    assert shop.event_types().count("checkout.session.expired") == 2


def test_line_items_and_lists_of_sessions(shop) -> None:
    session = session_for(shop, customer=shop.ada.id)
    rows = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    assert [(row.price.id, row.quantity, row.amount_total) for row in rows] == [
        (shop.monthly.id, 2, 4000)
    ]
    shown = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "customer"]})
    assert shown.line_items.data[0].description == "Pro"
    assert "line_items" not in session.to_dict()
    assert [row.id for row in shop.client.v1.checkout.sessions.list().data] == [session.id]
    updated = shop.client.v1.checkout.sessions.update(session.id, {"metadata": {"k": "v"}})
    assert updated.metadata["k"] == "v"


def test_an_ad_hoc_price_is_made_on_the_way(shop) -> None:
    data = {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Sticker"}}
    session = session_for(shop, mode="payment", line_items=[{"price_data": data, "quantity": 3}])
    assert (session.amount_total, session.currency) == (2100, "usd")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"success_url": "done"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"success_url": ""}, "success_url"),
        ({"mode": "gift"}, "mode"),
        ({"mode": "payment"}, "mode"),
        ({"line_items": []}, "line_items"),
        ({"customer": "cus_no"}, "customer"),
        ({"customer_email": "a@example.com", "customer": "ada"}, "customer"),
        ({"expires_at": 5}, "expires_at"),
        ({"ui_mode": "elements"}, "ui_mode"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"subscription_data": {"trial_period_days": 0}}, "subscription_data[trial_period_days]"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "c"}]}, "allow_promotion_codes"),
    ],
)
def test_a_session_without_sense_is_refused(shop, params, param) -> None:
    if params.get("customer") == "ada":
        params = {**params, "customer": shop.ada.id}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session_for(shop, **params)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"quantity": 1}, "line_items[0][price]"),
        ({"price": "price_no", "quantity": 1}, "line_items[0][price]"),
        ({"price": "monthly"}, "line_items[0][quantity]"),
        ({"price": "monthly", "quantity": -1}, "line_items[0][quantity]"),
        ({"price": "course", "quantity": 1}, "line_items"),
    ],
)
def test_a_line_item_without_sense_is_refused(shop, item, param) -> None:
    prices = {"monthly": shop.monthly.id, "course": shop.course.id}
    item = {**item, **({"price": prices.get(item["price"], item["price"])} if "price" in item else {})}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session_for(shop, line_items=[item])
    assert refused.value.param == param


def test_everything_on_the_page_is_escaped(shop) -> None:
    shop.client.v1.products.update(shop.pro.id, {"name": "<script>alert(1)</script>'\""})
    session = session_for(shop, customer_email='"><b>@example.com')
    answer = visit(session.url)
    check_page(answer)
    assert "<script>" not in answer.text
    assert "<b>" not in answer.text


def test_the_way_back_keeps_odd_characters_out_of_the_header(shop) -> None:
    session = session_for(
        shop,
        customer=shop.ada.id,
        success_url="http://shop.example/fertig/ä?x=1&y={CHECKOUT_SESSION_ID}",
    )
    answer = visit(session.url, {"card": "ok"})
    assert answer.location == f"http://shop.example/fertig/%C3%A4?x=1&y={session.id}"


@pytest.mark.parametrize(
    "path", ["/checkout/cs_no", "/portal/x", "/invoice/x", "/checkout/", "/pages/x"]
)
def test_a_page_that_does_not_exist_is_a_plain_404(simulator, path) -> None:
    answer = visit(simulator.base_url + path)
    assert answer.status == 404
    check_page(answer)


def test_the_front_page_and_the_style_are_there(simulator, shop) -> None:
    check_page(visit(simulator.base_url + "/"))
    style = visit(simulator.base_url + "/pages/style.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "color-scheme: light dark" in style.text
    assert "left" not in style.text
    assert "right" not in style.text
